// What GraphiQL offers, run by the people that it signs in as, one after the other as they stand there.
import { examples, type Example } from '../../gateway/graphiql/examples.js';
import { people } from '../../scripts/platform/people.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import type { UserError } from '../kit/cases.js';
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

it.each(examples.filter((example) => !isSubscription(example) && lacks(example)))('of "$title.en" nothing but the id is wrong', async (example) => {
  const data = await platform.as(actorOf(example)).run<Record<string, Payload>>(example.query, example.variables);
  expect(Object.values(data).flatMap(errorsIn).map(({ code, field }) => [code, field?.at(-1)])).toEqual([['NOT_FOUND', 'caseId']]);
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
