// What GraphiQL offers, run by the people that it signs in as, one after the other as they stand there.
import { examples, type Example } from '../../gateway/graphiql/examples.js';
import { people } from '../../scripts/platform/people.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, settled, type Look, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { byStream } from '../kit/live.js';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'examples', seed: true, now: () => new Date('2026-03-02T02:00:00Z') });
}, 600_000);
afterAll(() => platform.end());

const actorOf = ({ role }: Example): Actor => {
  const person = people.find((one) => one.role === role);
  if (!person) throw new Error(`Nobody is ${role}.`);
  return actor(role, person.area ?? person.department ?? null, person.id);
};
const isSubscription = ({ query }: Example): boolean => query.startsWith('subscription');
const lacks = ({ variables = {} }: Example): boolean => JSON.stringify(variables).includes('…');

type Payload = { readonly userErrors?: readonly UserError[]; readonly results?: readonly { readonly userErrors: readonly UserError[] }[] } | null;
const errorsIn = (payload: Payload): readonly UserError[] =>
  [...payload?.userErrors ?? [], ...(payload?.results ?? []).flatMap(({ userErrors }) => userErrors)];

it.each(examples.filter((example) => !isSubscription(example) && !lacks(example)))('$role runs "$title.en" as it stands', async (example) => {
  const data = await platform.as(actorOf(example)).run<Record<string, Payload>>(example.query, example.variables);
  for (const payload of Object.values(data)) {
    expect(payload).not.toBeNull();
    expect(errorsIn(payload)).toEqual([]);
  }
});

const nameOf = ({ query }: Example): string => /^\w+ (\w+)/.exec(query)?.[1] ?? '';
/** A demand's way by the examples that need its id, in the order in which it is worked on. */
const way = ['AcceptMany', 'AcceptCase', 'ForwardCase', 'SignDispatch', 'BlowWhistle', 'OpenSupervision', 'ResolveDispatch', 'RateResult'];

/** The example with the id of a case, and the version of its own part of it. */
function filledIn({ query, variables = {} }: Example, id: string, { version, dispatch }: Look): Record<string, unknown> {
  const expectedVersion = /\b(dispatch|whistle)\w*\(input/.test(query) ? dispatch?.version : version;
  return JSON.parse(JSON.stringify(variables), (key, value: unknown) =>
    (key === 'caseId' ? id : key === 'expectedVersion' ? expectedVersion : value)) as Record<string, unknown>;
}

it('a demand that an example submits is worked on by the others', async () => {
  const byName = new Map(examples.map((example) => [nameOf(example), example]));
  expect(examples.filter((example) => !isSubscription(example) && lacks(example)).map(nameOf).sort()).toEqual([...way].sort());
  const cases = casesOf(platform);
  const submit = examples.find(({ query }) => query.includes('caseSubmit')) as Example;
  const submitted = await platform.as(actorOf(submit)).run<{ caseSubmit: { case: { id: string } } }>(submit.query, submit.variables);
  const { id } = submitted.caseSubmit.case;
  for (const name of way) {
    const example = byName.get(name) as Example;
    const data = await platform.as(actorOf(example)).run<Record<string, Payload>>(example.query, filledIn(example, id, await cases.look(id)));
    expect([name, Object.values(data).flatMap(errorsIn)]).toEqual([name, []]);
    await settled(platform.subgraphs);
  }
  expect(await cases.look(id)).toMatchObject({ state: 'REWORK', dispatch: { state: 'REWORK' } });
});

it.each(examples.filter(isSubscription))('$role gets the first answer of "$title.en"', async (example) => {
  const who = actorOf(example);
  const { cases } = await platform.as(who).run<{ cases: { nodes: { id: string }[] } }>('{ cases(first: 1) { nodes { id } } }');
  const variables = Object.fromEntries(Object.entries(example.variables ?? {}).map(([name, value]) => [name, value === '…' ? cases.nodes[0]?.id : value]));
  const live = (await byStream(platform, who)).watch(example.query, variables);
  const first = await live.next();
  await live.stop();
  expect(first?.errors).toBeUndefined();
  expect(Object.values(first?.data ?? {})).toEqual([expect.objectContaining({ eventId: expect.any(String) })]);
});
