// Bulk through the gateway: up to 200 at once, a result each, one key, and a dry run that goes the same way.
import { arrivalTransitions, whistleTransitions } from '../../subgraphs/street/domain/whistle.transitions.js';
import { receiptTransitions } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import { caseTransitions } from '../../subgraphs/community/domain/case.transitions.js';
import { coordinationTransitions } from '../../subgraphs/district/domain/coordination.transitions.js';
import { supervisionTransitions } from '../../subgraphs/district/domain/supervision.transitions.js';
import { levelOfOfficer, type Actor, type Role } from '../../subgraphs/shared/domain/actor.js';
import { dispatchTransitions } from '../../subgraphs/street/domain/dispatch.transitions.js';
import type { SubgraphName } from '../../schema/events.js';
import {
  casesOf, pathTo, people, places, satisfied, settled, solved, units, unsatisfied, type Cases, type Step, type UserError,
} from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring, subgraphNames } from '../kit/subgraphs.js';

const { resident, clerk, street, district, city, communityUnit, streetUnit, districtUnit, cityUnit } = people;
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-02T02:00:00Z');
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'bulk', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

type Fields = Readonly<Record<string, unknown>>;
type Target = readonly [id: string, version: number];
interface Result {
  readonly id: string;
  readonly entity: { readonly id: string; readonly version: number; readonly state: string } | null;
  readonly effect: (Fields & { readonly to: string }) | null;
  readonly userErrors: readonly UserError[];
}
interface Bulk {
  readonly results: readonly Result[];
  readonly succeeded: number;
  readonly refused: number;
  readonly userErrors: readonly UserError[];
}

const party = 'level area unit';
const segment = `from to target { ${party} } signBy { before after } resolveBy { before after } event`;
const whistleEffect = `from to arrivals { unit from to arriveBy { before after } } dispatch { ${segment} }`;
const caseEffect = `from to holder { ${party} } clocks { name change before { state dueAt } after { state dueAt } }
  notices { kind role area unit } messages { level event }
  counts { holder { ${party} } day counts { submitted accepted resolved rated solved satisfied reworked overdue } }`;

const ofCases = { list: 'cases', idField: 'caseId' } as const;
const ofWhistles = { entity: 'whistle', effect: whistleEffect } as const;
const mutations = {
  caseActOnMany: { ...ofCases, entity: 'case', effect: caseEffect },
  dispatchActOnMany: { ...ofCases, entity: 'dispatch', effect: segment },
  coordinationActOnMany: { ...ofCases, entity: 'coordination', effect: segment },
  receiptActOnMany: { ...ofCases, entity: 'receipt', effect: segment },
  whistleBlowOnMany: { ...ofCases, ...ofWhistles },
  whistleActOnMany: { list: 'whistles', idField: 'whistleId', ...ofWhistles },
  supervisionActOnMany: {
    list: 'supervisions', idField: 'supervisionId', entity: 'supervision', effect: 'from to answerBy { before after } event',
  },
} as const;
type Mutation = keyof typeof mutations;

function call(mutation: Mutation, targets: readonly Target[], fields: Fields): readonly [string, Fields] {
  const { list, idField, entity, effect } = mutations[mutation];
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) {
    results { id: ${idField} entity: ${entity} { id version state } effect { ${effect} } userErrors { code message field } }
    succeeded refused userErrors { code message field }
  } }`;
  return [query, { input: { [list]: targets.map(([id, expectedVersion]) => ({ [idField]: id, expectedVersion })), ...fields } }];
}

async function many(who: Actor, mutation: Mutation, targets: readonly Target[], fields: Fields): Promise<Bulk> {
  const data = await platform.as(who).run<Record<Mutation, Bulk>>(...call(mutation, targets, fields));
  return data[mutation];
}

/** How many documents there are of everything, and in which versions. */
async function snapshot(): Promise<Fields> {
  await settled(platform.subgraphs);
  const kept: Record<string, unknown> = {};
  for (const name of subgraphNames) {
    const { connection } = platform.subgraphs.running(name);
    for (const { name: collection } of await connection.listCollections()) {
      if (['areas', 'grids', 'units'].includes(collection)) continue;
      const found = await connection.collection(collection).find({}, { projection: { version: 1 } }).sort({ _id: 1 }).toArray();
      kept[`${name} ${collection}`] = found.map(({ _id, version }) => [String(_id), version as unknown]);
    }
  }
  return kept;
}

const writes = (commands: readonly string[]): string[] => commands.filter((command) => / (insert|update|delete|findAndModify) /.test(command));

/** Dry and then real: the one writes nothing, and both answer the same effects. Gives the real one's results. */
async function both(who: Actor, mutation: Mutation, targets: readonly Target[], fields: Fields): Promise<readonly Result[]> {
  const before = await snapshot();
  let dry: Bulk | undefined;
  const commands = await commandsDuring(platform.subgraphs, async () => {
    dry = await many(who, mutation, targets, { ...fields, dryRun: true, idempotencyKey: 'not kept' });
  });
  expect(writes(commands)).toEqual([]);
  expect(await snapshot()).toEqual(before);

  const real = await many(who, mutation, targets, fields);
  await settled(platform.subgraphs);
  expect(real).toMatchObject({ succeeded: targets.length, refused: 0, userErrors: [] });
  expect(dry).toMatchObject({ succeeded: real.succeeded, refused: real.refused, userErrors: [] });
  expect(real.results.map(({ effect }) => effect)).toEqual(dry?.results.map(({ effect }) => effect));
  for (const { effect, entity, userErrors } of real.results) {
    expect(userErrors).toEqual([]);
    expect(entity?.state).toBe(effect?.to);
  }
  return real.results;
}

interface Scenario {
  readonly who: Actor;
  /** What leads there, from a new demand, or from an application that the community decides on. */
  readonly after: readonly Step[];
  readonly input?: Fields;
  readonly isApplication?: true;
}

const because = { note: '说明' } as const;
const reviewAt = '2026-04-01T00:00:00Z';
const toUnit: readonly Step[] = [...pathTo.ACCEPTED, [clerk, 'caseDispatch', { unit: units.community }]];
const wantsMore: readonly Step[] = [...pathTo.IN_PROGRESS, [clerk, 'caseRequestExtension', { workDays: 2, ...because }]];
const wantsRest: readonly Step[] = [...pathTo.IN_PROGRESS, [clerk, 'caseRequestSuspension', { reviewAt, ...because }]];
const suspended: readonly Step[] = [...wantsRest, [district, 'caseDecideSuspension', { granted: true }]];
const streetBack: readonly Step[] = [
  ...pathTo.STREET_IN_PROGRESS, [street, 'dispatchAssign', { unit: units.street }], [streetUnit, 'dispatchReturn', because],
];
const toDistrict: readonly Step[] = [...pathTo.STREET_IN_PROGRESS, [street, 'dispatchForward']];
const districtHas: readonly Step[] = [...toDistrict, [district, 'coordinationSign']];
const districtBack: readonly Step[] = [
  ...districtHas, [district, 'coordinationAssign', { unit: units.district }], [districtUnit, 'coordinationReturn', because],
];
const toCity: readonly Step[] = [...districtHas, [district, 'coordinationForward']];
const cityHas: readonly Step[] = [...toCity, [city, 'receiptSign']];
const cityBack: readonly Step[] = [...cityHas, [city, 'receiptAssign', { unit: units.city }], [cityUnit, 'receiptReturn', because]];
const rated: Step = [resident, 'caseRate', unsatisfied];

const wantsLeftOut: readonly Step[] = [...pathTo.CLOSED, [clerk, 'caseRequestLeavingOut', because]];

const approved: readonly Step[] = [...pathTo.IN_PROGRESS, [clerk, 'applicationDecide', { granted: true, result: { text: '已报修' } }]];

const ofCase: Readonly<Record<string, Scenario>> = {
  ACCEPT: { who: clerk, after: [] },
  DECLINE: { who: clerk, after: [], input: { ...because, otherWay: '请拨打 12345' } },
  REQUEST_INFO: { who: clerk, after: pathTo.IN_PROGRESS, input: because },
  SUPPLY_INFO: { who: clerk, after: pathTo.NEEDS_INFO, input: because },
  HANDLE: { who: clerk, after: pathTo.ACCEPTED },
  FORWARD: { who: clerk, after: pathTo.ACCEPTED },
  DISPATCH: { who: clerk, after: pathTo.ACCEPTED, input: { unit: units.community } },
  SIGN: { who: communityUnit, after: toUnit },
  RETURN: { who: communityUnit, after: toUnit, input: { ...because, proposedOwner: '物业' } },
  REDISPATCH: { who: clerk, after: pathTo.STREET_RETURNED, input: { upward: true } },
  REQUEST_EXTENSION: { who: clerk, after: pathTo.IN_PROGRESS, input: { ...because, workDays: 2 } },
  DECIDE_EXTENSION: { who: street, after: wantsMore, input: { granted: true } },
  REQUEST_SUSPENSION: { who: clerk, after: pathTo.IN_PROGRESS, input: { ...because, reviewAt } },
  DECIDE_SUSPENSION: { who: district, after: wantsRest, input: { granted: true } },
  RESUME: { who: district, after: suspended },
  RESOLVE: { who: clerk, after: pathTo.IN_PROGRESS, input: solved },
  RATE: { who: clerk, after: pathTo.RESOLVED, input: { rating: satisfied } },
  REOPEN: { who: district, after: pathTo.CLOSED, input: because },
  RESTART: { who: clerk, after: pathTo.REWORK },
  ESCALATE: { who: street, after: pathTo.IN_PROGRESS, input: because },
  SUPERVISE: { who: district, after: pathTo.STREET_IN_PROGRESS, input: because },
  REQUEST_LEAVING_OUT: { who: clerk, after: pathTo.CLOSED, input: { ...because, round: 1 } },
  DECIDE_LEAVING_OUT: { who: street, after: wantsLeftOut, input: { granted: true } },
  DECIDE_APPLICATION: { who: clerk, after: pathTo.IN_PROGRESS, input: { granted: true, result: { text: '已报修' } }, isApplication: true },
  FOLLOW_UP: { who: clerk, after: approved, input: because, isApplication: true },
};

const onLevel = (who: Actor, unit: string, path: { readonly [stage in 'offered' | 'signed' | 'back' | 'rework']: readonly Step[] }) => ({
  SIGN: { who, after: path.offered },
  RETURN: { who, after: path.offered, input: { ...because, proposedOwner: '物业' } },
  DISPATCH: { who, after: path.signed, input: { unit } },
  REDISPATCH: { who, after: path.back, input: { unit } },
  REQUEST_INFO: { who, after: path.signed, input: because },
  RESOLVE: { who, after: path.signed, input: solved },
  RESTART: { who, after: path.rework },
});
const scenarios = {
  caseActOnMany: ofCase,
  dispatchActOnMany: {
    ...onLevel(street, units.street, {
      offered: pathTo.STREET_OFFERED, signed: pathTo.STREET_IN_PROGRESS, back: streetBack, rework: pathTo.STREET_REWORK,
    }),
    FORWARD: { who: street, after: pathTo.STREET_IN_PROGRESS },
  },
  coordinationActOnMany: {
    ...onLevel(district, units.district, {
      offered: toDistrict, signed: districtHas, back: districtBack, rework: [...districtHas, [district, 'coordinationResolve', solved], rated],
    }),
    FORWARD: { who: district, after: districtHas },
  },
  receiptActOnMany: onLevel(city, units.city, {
    offered: toCity, signed: cityHas, back: cityBack, rework: [...cityHas, [city, 'receiptResolve', solved], rated],
  }),
} as const satisfies Partial<Readonly<Record<Mutation, Readonly<Record<string, Scenario>>>>>;

const isOfficer = (role: Role): boolean => levelOfOfficer({ role }) !== null || role === 'DEPARTMENT_OFFICER';
const actionsOf = (table: readonly { readonly action: string; readonly by: readonly Role[] }[]): string[] =>
  [...new Set(table.filter(({ by }) => by.some(isOfficer)).map(({ action }) => action))].toSorted();

// The whistle is blown and ended on the street, by mutations that have more to say; the case learns it by event.
const byWhistle = ['BLOW_WHISTLE', 'END_WHISTLE'];
/** Tried further down, as it takes another case. */
const withLead = ['MERGE', 'UNMERGE'];

it.each([
  ['caseActOnMany', caseTransitions],
  ['dispatchActOnMany', dispatchTransitions],
  ['coordinationActOnMany', coordinationTransitions],
  ['receiptActOnMany', receiptTransitions],
] as const)('%s is tried below with every action that its table gives to officers', (mutation, table) => {
  expect(Object.keys(scenarios[mutation]).toSorted()).toEqual(actionsOf(table).filter((action) => ![...byWhistle, ...withLead].includes(action)));
});

const segmentOf = (mutation: keyof typeof scenarios): 'dispatch' | 'coordination' | 'receipt' | null => {
  const { entity } = mutations[mutation];
  return entity === 'case' ? null : entity;
};
async function versionOf(mutation: keyof typeof scenarios, id: string): Promise<number> {
  const look = await cases.look(id);
  const part = segmentOf(mutation);
  return (part ? look[part] : look)?.version ?? 0;
}

const tried = Object.entries(scenarios).flatMap(([mutation, actions]) =>
  Object.entries<Scenario>(actions).map(([action, scenario]) => ({ mutation: mutation as keyof typeof scenarios, action, ...scenario })));

it.each(tried)('$mutation $action: the dry run writes nothing and tells what the real run does', async ({ mutation, action, who, after, input, isApplication }) => {
  const id = isApplication ? await cases.apply('01-011') : await cases.submit();
  await cases.walk(id, after);
  await both(who, mutation, [[id, await versionOf(mutation, id)]], { action, ...input });
});

const whistleInput = { units: [units.district], reason: '占道经营反弹', place: '小区东门', urgent: true } as const;
const targetsOf = (results: readonly Result[]): Target[] =>
  results.map(({ entity }) => [entity?.id ?? '', entity?.version ?? 0]);

it('whistles: blown, arrived, confirmed and ended in bulk, each as its dry run told', async () => {
  const steps = [
    { action: 'ARRIVE', who: districtUnit, input: {} },
    { action: 'CONFIRM', who: street, input: { unit: units.district, came: true } },
    { action: 'END', who: street, input: { result: '已联合处置' } },
  ];
  expect(steps.map(({ action }) => action).toSorted()).toEqual([...actionsOf(arrivalTransitions), ...actionsOf(whistleTransitions)].toSorted());

  const ids = [await cases.bring('STREET_IN_PROGRESS'), await cases.bring('STREET_IN_PROGRESS')];
  const parts = await Promise.all(ids.map(async (id): Promise<Target> => [id, await versionOf('dispatchActOnMany', id)]));
  let results = await both(street, 'whistleBlowOnMany', parts, whistleInput);
  expect(results[0]?.effect).toMatchObject({
    from: null, to: 'OPEN', dispatch: { from: 'IN_PROGRESS', to: 'COORDINATING', event: 'whistle.blown' },
    arrivals: [{ unit: units.district, from: null, to: 'NAMED', arriveBy: { before: null, after: '2026-03-02T02:30:00.000Z' } }],
  });
  for (const { action, who, input } of steps) results = await both(who, 'whistleActOnMany', targetsOf(results), { action, ...input });
  expect(results[0]?.effect).toMatchObject({ from: 'OPEN', to: 'ENDED', dispatch: { to: 'IN_PROGRESS', event: 'whistle.ended' } });
  for (const id of ids) expect(await cases.look(id)).toMatchObject({ state: 'IN_PROGRESS', dispatch: { state: 'IN_PROGRESS' } });
});

it('merges several into one case in one call, though each changes the one that leads, and unmerges them', async () => {
  const into = await cases.bring('IN_PROGRESS');
  const ids = [await cases.submit(), await cases.bring('ACCEPTED'), await cases.bring('STREET_IN_PROGRESS')];
  const targets = await Promise.all(ids.map(async (id): Promise<Target> => [id, await versionOf('caseActOnMany', id)]));
  const merged = await both(street, 'caseActOnMany', targets, { action: 'MERGE', into });
  expect(merged.map(({ entity }) => entity?.state)).toEqual(['MERGED', 'MERGED', 'MERGED']);
  const lead = async () => (await cases.look(into)).timeline.nodes.map(({ action }) => action).filter((action) => action.startsWith('MEMBER_'));
  expect(await lead()).toEqual(['MEMBER_JOINED', 'MEMBER_JOINED', 'MEMBER_JOINED']);

  await both(street, 'caseActOnMany', targetsOf(merged), { action: 'UNMERGE' });
  expect((await lead()).slice(3)).toEqual(['MEMBER_LEFT', 'MEMBER_LEFT', 'MEMBER_LEFT']);
  expect(await many(street, 'caseActOnMany', targets, { action: 'MERGE' })).toMatchObject({ results: [], userErrors: [{ field: ['input', 'into'] }] });
});

it('supervisions: answered, sent back, answered and closed in bulk, each as its dry run told', async () => {
  const steps = [
    { action: 'ANSWER', who: street, input: because },
    { action: 'REJECT', who: district, input: because },
    { action: 'ANSWER', who: street, input: because },
    { action: 'CLOSE', who: district, input: {} },
  ];
  expect([...new Set(steps.map(({ action }) => action))].toSorted()).toEqual(actionsOf(supervisionTransitions));

  const id = await cases.bring('STREET_IN_PROGRESS');
  await both(district, 'caseActOnMany', [[id, (await cases.look(id)).version]], { action: 'SUPERVISE', ...because });
  let targets: readonly Target[] = [[`${id}:ORDER:1`, 1]];
  for (const { action, who, input } of steps) {
    targets = targetsOf(await both(who, 'supervisionActOnMany', targets, { action, ...input }));
  }
  expect((await cases.look(id)).timeline.nodes.at(-1)?.action).toBe('SUPERVISION_CLOSED');
});

it('tells transitions, clocks, notices, messages and counts, and of persons only the role', async () => {
  const person = actor('RESIDENT', null, 'person-7');
  const id = await cases.submit(person);
  const { results } = await many(clerk, 'caseActOnMany', [[id, 1]], { action: 'ACCEPT', dryRun: true });
  const none = { submitted: 0, accepted: 0, resolved: 0, rated: 0, solved: 0, satisfied: 0, reworked: 0, overdue: 0 };
  const running = (dueAt: string) => ({ state: 'RUNNING', dueAt });
  expect(results).toEqual([{
    id, userErrors: [], entity: { id, version: 1, state: 'SUBMITTED' },
    effect: {
      from: 'SUBMITTED', to: 'ACCEPTED', holder: { level: 'COMMUNITY', area: places.community, unit: null },
      clocks: [
        { name: 'ACCEPT', change: 'STOPPED', before: running('2026-03-03T09:00:00.000Z'), after: { state: 'STOPPED', dueAt: null } },
        { name: 'RESPOND', change: 'STARTED', before: null, after: running('2026-03-03T09:00:00.000Z') },
        { name: 'RESOLVE', change: 'STARTED', before: null, after: running('2026-03-16T09:00:00.000Z') },
      ],
      notices: [{ kind: 'ACCEPTED', role: 'RESIDENT', area: null, unit: null }],
      messages: [],
      counts: [{
        holder: { level: 'COMMUNITY', area: places.community, unit: null }, day: '2026-03-02', counts: { ...none, accepted: 1 },
      }],
    },
  }]);
  expect(JSON.stringify(results)).not.toContain(person.id);
});

/** As many like this one as are wanted, under ids of their own. */
async function copies(subgraph: SubgraphName, collection: string, id: string, count: number, more: (i: number) => Fields = () => ({})): Promise<string[]> {
  const documents = platform.subgraphs.running(subgraph).connection.collection<{ _id: string }>(collection);
  const original = await documents.findOne({ _id: id });
  const made = Array.from({ length: count }, (_, i) => ({ ...original, ...more(i), _id: `${id}~${i}` }));
  await documents.insertMany(made as never);
  return made.map(({ _id }) => _id);
}
async function submitted(count: number, after: readonly Step[] = []): Promise<Target[]> {
  const id = await cases.submit();
  await cases.walk(id, after);
  const { number } = (await platform.as(clerk).run<{ case: { number: string } }>('query ($id: ID!) { case(id: $id) { number } }', { id })).case;
  await settled(platform.subgraphs);
  return (await copies('community', 'cases', id, count, (i) => ({ number: `${number}-${i}` }))).map((copy) => [copy, 1 + after.length]);
}
const versions = async (targets: readonly Target[]): Promise<number[]> =>
  (await platform.subgraphs.running('community').connection.collection<{ _id: string; version: number }>('cases')
    .find({ _id: { $in: targets.map(([id]) => id) } }).toArray()).map(({ version }) => version);

it('accepts 200 cases in one call, loaded together, each in a transaction of its own', async () => {
  const targets = await submitted(200);
  const first = targets.slice(0, 1);
  const dry = (some: readonly Target[]) => commandsDuring(platform.subgraphs, () =>
    many(clerk, 'caseActOnMany', some, { action: 'ACCEPT', dryRun: true }));
  expect(await dry(targets)).toEqual(await dry(first));

  const accept = () => many(clerk, 'caseActOnMany', targets, { action: 'ACCEPT', idempotencyKey: 'two hundred' });
  let done: Bulk | undefined;
  const commands = await commandsDuring(platform.subgraphs, async () => {
    done = await accept();
  });
  // A slow machine does not come to the end in the time of one call, and says so.
  while (done && done.refused > 0) {
    expect([...new Set(done.results.flatMap(({ userErrors }) => userErrors.map(({ code }) => code)))]).toEqual(['NOT_REACHED']);
    done = await accept();
  }
  expect(done).toMatchObject({ succeeded: 200, refused: 0, userErrors: [] });
  expect(done?.results.map(({ id }) => id)).toEqual(targets.map(([id]) => id));
  expect(commands.filter((command) => command === 'community find cases')).toHaveLength(1);
  expect(commands.filter((command) => command === 'community find receipts').length).toBeLessThanOrEqual(3);
  expect(await versions(targets)).toEqual(Array(200).fill(2));
  await settled(platform.subgraphs);
});

it('loads what the levels keep in as many queries for twenty as for one', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  await cases.walk(id, [[district, 'caseEscalate', because]]);
  const version = await versionOf('dispatchActOnMany', id);
  const dispatches = (await copies('street', 'dispatches', id, 20)).map((copy): Target => [copy, version]);
  const [blown] = await both(street, 'whistleBlowOnMany', [[id, version]], whistleInput);
  const [whistleId, whistleVersion] = targetsOf(blown ? [blown] : [])[0] ?? ['', 0];
  const whistles = (await copies('street', 'whistles', whistleId, 20, (i) => ({ caseId: `${id}~${i}` })))
    .map((copy): Target => [copy, whistleVersion]);
  await both(district, 'caseActOnMany', [[id, (await cases.look(id)).version]], { action: 'SUPERVISE', ...because });
  const supervisions = (await copies('district', 'supervisions', `${id}:ORDER:1`, 20)).map((copy): Target => [copy, 1]);

  const calls: readonly (readonly [Actor, Mutation, readonly Target[], Fields])[] = [
    [street, 'dispatchActOnMany', dispatches, { action: 'FORWARD' }],
    [street, 'whistleBlowOnMany', dispatches, whistleInput],
    [districtUnit, 'whistleActOnMany', whistles, { action: 'ARRIVE' }],
    [street, 'supervisionActOnMany', supervisions, { action: 'ANSWER', ...because }],
  ];
  for (const [who, mutation, targets, fields] of calls) {
    const dry = async (some: readonly Target[]): Promise<string[]> => commandsDuring(platform.subgraphs, async () => {
      expect(await many(who, mutation, some, { ...fields, dryRun: true })).toMatchObject({ refused: 0, succeeded: some.length });
    });
    expect([mutation, await dry(targets)]).toEqual([mutation, await dry(targets.slice(0, 1))]);
  }
});

it('answers each in the order given; one that is refused holds up no other and has the code of the single action', async () => {
  const [good, old, wrong, last] = await Promise.all([cases.submit(), cases.submit(), cases.bring('ACCEPTED'), cases.submit()]);
  const elsewhere = await cases.submit(resident, { community: places.otherCommunity });
  const targets: Target[] = [[good, 1], [old, 7], ['no-such-case', 1], [elsewhere, 1], [wrong, 2], [last, 1]];
  const { results, succeeded, refused, userErrors } = await many(clerk, 'caseActOnMany', targets, { action: 'ACCEPT' });
  expect({ succeeded, refused, userErrors }).toEqual({ succeeded: 2, refused: 4, userErrors: [] });
  expect(results.map(({ id, entity, effect, userErrors: [error] }) => [id, entity?.version, effect?.to, error?.code, error?.field])).toEqual([
    [good, 2, 'ACCEPTED', undefined, undefined],
    [old, 1, undefined, 'STALE_VERSION', ['input', 'cases', '1', 'expectedVersion']],
    ['no-such-case', undefined, undefined, 'NOT_FOUND', ['input', 'cases', '2', 'caseId']],
    [elsewhere, undefined, undefined, 'NOT_FOUND', ['input', 'cases', '3', 'caseId']],
    [wrong, 2, undefined, 'TRANSITION_NOT_ALLOWED', null],
    [last, 2, 'ACCEPTED', undefined, undefined],
  ]);
  expect(await Promise.all([good, old, elsewhere, wrong, last].map(async (id) => (await cases.look(id)).version))).toEqual([2, 1, 1, 2, 2]);
});

it.each([
  ['a resident', resident, 'WITHDRAW'],
  ['a grid worker', people.gridWorker, 'WITHDRAW'],
  ['a hotline', people.integrator, 'ACCEPT'],
  ['an auditor', people.auditor, 'ACCEPT'],
])('is not for %s', async (_who, who, action) => {
  const id = await cases.submit(who === people.integrator ? who : resident);
  const before = await snapshot();
  const { results, userErrors } = await many(who, 'caseActOnMany', [[id, 1]], { action });
  expect([results, userErrors.map(({ code }) => code)]).toEqual([[], ['ROLE_NOT_ALLOWED']]);
  expect(await snapshot()).toEqual(before);
});

it.each([
  ['what only the reporter does', clerk, 'WITHDRAW', {}],
  ['what only the clock does', clerk, 'WARN', {}],
  ['the whistle, which is the street\'s', street, 'BLOW_WHISTLE', because],
  ['another level\'s work', street, 'RESOLVE', solved],
])('refuses each case for %s', async (_what, who, action, input) => {
  const id = await cases.bring('IN_PROGRESS');
  const { version } = await cases.look(id);
  const { results, refused } = await many(who, 'caseActOnMany', [[id, version]], { action, ...input });
  expect([refused, results[0]?.userErrors.map(({ code }) => code)]).toEqual([1, ['ROLE_NOT_ALLOWED']]);
  expect((await cases.look(id)).version).toBe(version);
});

const nobody = (count: number): Target[] => Array.from({ length: count }, (_, i) => [`case-${i}`, 1]);
it.each<[string, Mutation, readonly Target[], Fields, string, string[]]>([
  ['there are 201 cases', 'caseActOnMany', nobody(201), { action: 'ACCEPT' }, 'INVALID_INPUT', ['input', 'cases']],
  ['there is no case', 'caseActOnMany', [], { action: 'ACCEPT' }, 'INVALID_INPUT', ['input', 'cases']],
  ['a case is there twice', 'caseActOnMany', [['a', 1], ['b', 1], ['a', 2]], { action: 'ACCEPT' }, 'INVALID_INPUT', ['input', 'cases', '2']],
  ['the key is too long', 'caseActOnMany', nobody(1), { action: 'ACCEPT', idempotencyKey: 'k'.repeat(101) }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
  ['the outcome is missing', 'caseActOnMany', nobody(1), { action: 'RESOLVE', ...because }, 'INVALID_INPUT', ['input', 'outcome']],
  ['there is no verdict', 'caseActOnMany', nobody(1), { action: 'DECIDE_EXTENSION' }, 'INVALID_INPUT', ['input', 'granted']],
  ['the rating is missing', 'caseActOnMany', nobody(1), { action: 'RATE' }, 'INVALID_INPUT', ['input', 'rating']],
  ['a unit is given that is not used', 'caseActOnMany', nobody(1), { action: 'ACCEPT', unit: units.community }, 'INVALID_INPUT', ['input', 'unit']],
  ['the street gives no outcome', 'dispatchActOnMany', nobody(1), { action: 'RESOLVE', ...because }, 'INVALID_INPUT', ['input', 'outcome']],
  ['the street blows no whistle with it', 'dispatchActOnMany', nobody(1), { action: 'BLOW_WHISTLE', ...because }, 'INVALID_INPUT', ['input', 'action']],
  ['nobody is confirmed', 'whistleActOnMany', nobody(1), { action: 'CONFIRM', came: true }, 'INVALID_INPUT', ['input', 'unit']],
  ['a whistle ends without a result', 'whistleActOnMany', nobody(1), { action: 'END' }, 'INVALID_INPUT', ['input', 'result']],
  ['there are 201 supervisions', 'supervisionActOnMany', nobody(201), { action: 'CLOSE' }, 'INVALID_INPUT', ['input', 'supervisions']],
])('refuses the whole call when %s, dry or not', async (_name, mutation, targets, fields, code, field) => {
  const before = await snapshot();
  for (const dryRun of [true, false]) {
    const { results, userErrors } = await many(street, mutation, targets, { ...fields, dryRun });
    expect(results).toEqual([]);
    expect(userErrors).toEqual([{ code, field, message: expect.stringContaining(' / ') }]);
  }
  expect(await snapshot()).toEqual(before);
});

it('asks who has not signed in to sign in', async () => {
  const { errors } = await platform.as(null).attempt(...call('caseActOnMany', [['a', 1]], { action: 'ACCEPT' }));
  expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
});

describe('one key for the whole call', () => {
  it('finishes what broke off in the middle: each case once, and those done before answered as before', async () => {
    const targets = await submitted(24, pathTo.ACCEPTED);
    const input = { action: 'FORWARD', note: '批量上报', idempotencyKey: 'broken off' };
    const told = await many(clerk, 'caseActOnMany', targets, { ...input, dryRun: true });
    const { connection } = platform.subgraphs.running('community');
    const twelfth = { _id: targets[11]?.[0] ?? '' };
    const title = async (text: string) => connection.collection<{ _id: string }>('cases').updateOne(twelfth, { $set: { title: text } });
    // More than an event carries: the call fails there, with some written before and none begun after.
    await title('长'.repeat(20_001));
    const broken = await platform.as(clerk).attempt(...call('caseActOnMany', targets, input));
    expect(broken.errors?.[0]?.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR');
    const done = (await versions(targets)).filter((version) => version === 3).length;
    expect(done).toBeGreaterThanOrEqual(1);
    expect(done).toBeLessThan(24);

    await title('路灯不亮');
    const finished = await many(clerk, 'caseActOnMany', targets, input);
    expect(finished).toMatchObject({ succeeded: 24, refused: 0 });
    expect(finished.results.map(({ effect }) => effect)).toEqual(told.results.map(({ effect }) => effect));
    const before = await snapshot();
    expect(await many(clerk, 'caseActOnMany', targets, input)).toEqual(finished);
    expect(await snapshot()).toEqual(before);
    expect(await versions(targets)).toEqual(Array(24).fill(3));
    const ids = targets.map(([id]) => id);
    expect(await connection.collection('timeline').countDocuments({ caseId: { $in: ids } })).toBe(24);
    expect(await platform.subgraphs.running('street').connection.collection<{ _id: string }>('dispatches').countDocuments({ _id: { $in: ids } })).toBe(24);
  });

  it('has one effect and one answer when the call comes twice at the same time', async () => {
    const targets = await submitted(10);
    const input = { action: 'ACCEPT', idempotencyKey: 'at the same time' };
    const [one, other] = await Promise.all([many(clerk, 'caseActOnMany', targets, input), many(clerk, 'caseActOnMany', targets, input)]);
    expect(one).toMatchObject({ succeeded: 10, refused: 0 });
    expect(other.results.map(({ effect }) => effect)).toEqual(one.results.map(({ effect }) => effect));
    expect(await versions(targets)).toEqual(Array(10).fill(2));
  });

  it('may be sent again with what was refused, and answers the rest as before', async () => {
    const [good, wrong] = [await cases.bring('STREET_OFFERED'), await cases.bring('STREET_IN_PROGRESS')];
    const targets: Target[] = [[good, 1], [wrong, 2]];
    const input = { action: 'SIGN', idempotencyKey: 'street signs' };
    const first = await many(street, 'dispatchActOnMany', targets, input);
    expect(first).toMatchObject({ succeeded: 1, refused: 1 });
    await settled(platform.subgraphs);
    expect(await many(street, 'dispatchActOnMany', targets, input)).toEqual(first);
  });

  it.each<[string, (key: string, id: string) => Promise<unknown>]>([
    ['another action', (key, id) => many(clerk, 'caseActOnMany', [[id, 1]], { action: 'ACCEPT', idempotencyKey: key, note: '别的' })],
    ['fewer cases', (key) => many(clerk, 'caseActOnMany', [['another', 1]], { action: 'ACCEPT', idempotencyKey: key })],
    ['a single action', (key, id) => cases.act(clerk, 'caseAccept', id, { expectedVersion: 1, idempotencyKey: key })],
  ])('is refused for other input that was used for %s', async (name, use) => {
    const id = await cases.submit();
    await use(name, id);
    const again = await many(clerk, 'caseActOnMany', [[id, 2]], { action: 'HANDLE', idempotencyKey: name });
    expect([again.results, again.userErrors.map(({ code }) => code)]).toEqual([[], ['IDEMPOTENCY_KEY_REUSED']]);
  });

  it('is left alone by a dry run', async () => {
    const id = await cases.submit();
    const input = { action: 'ACCEPT', idempotencyKey: 'after a dry run' };
    await many(clerk, 'caseActOnMany', [[id, 1]], { ...input, note: '演练', dryRun: true });
    expect(await many(clerk, 'caseActOnMany', [[id, 1]], input)).toMatchObject({ succeeded: 1, userErrors: [] });
  });
});
