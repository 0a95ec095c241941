// 逐级汇总 through the gateway: what a known set of cases gives on each level, by day, month, kind, category and provider.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SubgraphName } from '../../schema/events.js';
import { compareCounts, type Databases } from '../../scripts/ledger/compare.js';
import { repairCounts } from '../../scripts/ledger/repair.js';
import { writeRunning } from '../../scripts/platform/running.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { measures } from '../../subgraphs/shared/domain/counts.js';
import { countsTopic } from '../../subgraphs/shared/domain/topics.js';
import { casesOf, people, places, satisfied, settled, solved, unsatisfied, units, type Cases, type Step } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring, subgraphNames } from '../kit/subgraphs.js';

const { resident, gridWorker, clerk, street, streetUnit, district, districtUnit, city, auditor, integrator } = people;

const root = fileURLToPath(new URL('../../', import.meta.url));
const march = new Date('2026-03-31T02:00:00Z');
const april = new Date('2026-04-01T02:00:00Z');
let now = march;
let platform: Platform;
let cases: Cases;

type Numbers = Partial<Record<(typeof measures)[number], number>>;
interface Parts { readonly own: Numbers; readonly children: Numbers; readonly total: Numbers; readonly rates: Record<string, number | null> }
interface Dashboard {
  readonly total: Parts;
  readonly byMonth: readonly { readonly month: string; readonly counts: Parts }[];
  readonly byDay: readonly { readonly day: string; readonly counts: Parts }[];
  readonly byHour: readonly { readonly weekday: number; readonly hour: number; readonly submitted: number }[];
  readonly byKind: readonly { readonly kind: string; readonly counts: Parts }[];
  readonly byCategory: readonly { readonly category: string; readonly counts: Parts }[];
  readonly byProvider: readonly { readonly area: string; readonly unit: { readonly code: string; readonly name: string } | null; readonly counts: Parts }[];
  readonly byDepartment: readonly { readonly level: string; readonly number: string | null; readonly name: string | null; readonly counts: Parts }[];
}
type Level = 'community' | 'street' | 'district' | 'city';
type Args = Readonly<Record<string, unknown>>;

const everything = /* GraphQL */ `
  query ($community: AreaCode!, $street: AreaCode!, $district: AreaCode!, $from: Month, $to: Month, $kind: CaseKind, $category: String) {
    community(code: $community) { dashboard(from: $from, to: $to, kind: $kind, category: $category) { ...all } }
    street(code: $street) { dashboard(from: $from, to: $to, kind: $kind, category: $category) { ...all } }
    district(code: $district) { dashboard(from: $from, to: $to, kind: $kind, category: $category) { ...all } }
    city { dashboard(from: $from, to: $to, kind: $kind, category: $category) { ...all } }
  }
  fragment all on Dashboard {
    total { ...parts } byMonth { month counts { ...parts } } byDay { day counts { ...parts } } byHour { weekday hour submitted } byKind { kind counts { ...parts } }
    byCategory { category counts { ...parts } } byProvider { area unit { code name } counts { ...parts } }
    byDepartment { level number name counts { ...parts } }
  }
  fragment parts on CountParts { own { ...numbers } children { ...numbers } total { ...numbers } rates { accepted responded solved satisfied rated } }
  fragment numbers on Counts { ${measures.join(' ')} }
`;
const where = { community: places.community, street: places.street, district: places.district };
const wholeSpring = { from: '2026-03', to: '2026-04' };

async function look(args: Args = wholeSpring, who: Actor = auditor): Promise<Record<Level, Dashboard>> {
  const data = await platform.as(who).run<Record<Level, { dashboard: Dashboard }>>(everything, { ...where, ...args });
  return Object.fromEntries(Object.entries(data).map(([level, { dashboard }]) => [level, dashboard])) as Record<Level, Dashboard>;
}

/** Without the zeros. */
const some = (numbers: Numbers): Numbers => Object.fromEntries(Object.entries(numbers).filter(([, n]) => n !== 0));
const parts = ({ own, children, total }: Parts): Record<string, Numbers> => ({ own: some(own), children: some(children), total: some(total) });
const filled = <T extends { readonly counts: Parts }>(rows: readonly T[]): T[] => rows.filter(({ counts }) => Object.keys(some(counts.total)).length > 0);

beforeAll(async () => {
  platform = await startPlatform({ name: 'rollup', seed: true, now: () => now });
  cases = casesOf(platform);
  const accepted: readonly Step[] = [[clerk, 'caseAccept']];

  // In March: one that the community resolves, rated well; one that the street's unit resolves, rated badly, from April on.
  await cases.walk(await cases.submit(), [...accepted, [clerk, 'caseHandle'], [clerk, 'caseResolve', solved], [resident, 'caseRate', satisfied]]);
  const second = await cases.submit();
  await cases.walk(second, [...accepted, [clerk, 'caseForward'], [street, 'dispatchSign'], [street, 'dispatchAssign', { unit: units.street }]]);
  now = april;
  await cases.walk(second, [[streetUnit, 'dispatchSign'], [streetUnit, 'dispatchResolve', solved], [resident, 'caseRate', unsatisfied]]);
  // In April: a patrol finding of another category that the district's department first returns and then resolves.
  await cases.walk(await cases.report(gridWorker, { category: '环境保护/环境污染/噪音污染' }), [
    [street, 'caseAccept'], [street, 'dispatchForward'],
    [district, 'coordinationSign'], [district, 'coordinationAssign', { unit: units.district }],
    [districtUnit, 'coordinationReturn', { note: '不属本部门' }], [district, 'coordinationRedispatch', { unit: units.district }],
    [districtUnit, 'coordinationSign'], [districtUnit, 'coordinationResolve', solved],
  ]);
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

const march1 = { submitted: 2, accepted: 2, resolved: 1, rated: 1, responded: 1, solved: 1, satisfied: 1 };
const unitsWork = { resolved: 1, rated: 1, responded: 1, reworked: 1 };
const communitys = { ...march1, submitted: 3, accepted: 3 };
const streets = { ...communitys, resolved: 2, rated: 2, responded: 2, reworked: 1 };
const districts = { ...streets, resolved: 3, returned: 1 };

it('gives every level its own, and the sum of its children', async () => {
  const found = await look();
  expect(Object.fromEntries(Object.entries(found).map(([level, { total }]) => [level, parts(total)]))).toEqual({
    community: { own: communitys, children: {}, total: communitys },
    street: { own: unitsWork, children: communitys, total: streets },
    district: { own: { resolved: 1, returned: 1 }, children: streets, total: districts },
    city: { own: {}, children: districts, total: districts },
  });
});

it('makes rates of the total when asked, none of nothing', async () => {
  const { district: { total, byMonth } } = await look({ from: '2026-02', to: '2026-04' });
  expect(total.rates).toEqual({ accepted: 1, responded: 1, solved: 0.5, satisfied: 0.5, rated: 1 });
  expect(byMonth[0]).toMatchObject({ month: '2026-02', counts: { rates: { accepted: null, responded: null, solved: null } } });
});

it('tells months and days apart by the day of Shanghai, and has no gaps', async () => {
  const { city: { byMonth, byDay } } = await look();
  expect(byMonth.map(({ month, counts }) => [month, some(counts.total).submitted])).toEqual([['2026-03', 2], ['2026-04', 1]]);
  expect(byDay).toHaveLength(61);
  expect(filled(byDay).map(({ day, counts }) => [day, some(counts.total)])).toEqual([
    ['2026-03-31', march1],
    ['2026-04-01', { submitted: 1, accepted: 1, resolved: 2, rated: 1, responded: 1, reworked: 1, returned: 1 }],
  ]);
});

it('tells the hours of the week apart, in Shanghai, on every level', async () => {
  const found = await look();
  for (const { byHour } of Object.values(found)) {
    expect(byHour).toHaveLength(168);
    expect(byHour[0]).toEqual({ weekday: 1, hour: 0, submitted: 0 });
    // 31 March 2026 is a Tuesday.
    expect(byHour.filter(({ submitted }) => submitted > 0)).toEqual([
      { weekday: 2, hour: 10, submitted: 2 }, { weekday: 3, hour: 10, submitted: 1 },
    ]);
  }
});

it('tells kinds and categories of level 1 apart', async () => {
  const { city: { byKind, byCategory } } = await look();
  const demands = { ...march1, resolved: 2, rated: 2, responded: 2, reworked: 1 };
  const patrols = { submitted: 1, accepted: 1, resolved: 1, returned: 1 };
  expect(byKind.map(({ kind, counts }) => [kind, some(counts.total)])).toEqual([['DEMAND', demands], ['APPLICATION', {}], ['PATROL', patrols]]);
  expect(byCategory.map(({ category, counts }) => [category, some(counts.total)])).toEqual([['城乡建设', demands], ['环境保护', patrols]]);
});

it('credits who did it: the office, its unit or department, or an area below', async () => {
  const found = await look();
  const rows = (level: Level) => found[level].byProvider.map(({ area, unit, counts }) => [area, unit?.code ?? null, some(counts.total)]);
  expect(rows('community')).toEqual([[places.community, null, communitys]]);
  expect(rows('street')).toEqual([[places.street, units.street, unitsWork], [places.community, null, communitys]]);
  expect(rows('district')).toEqual([[places.district, units.district, { resolved: 1, returned: 1 }], [places.street, null, streets]]);
  expect(rows('city')).toEqual([[places.district, null, districts]]);
  expect(found.street.byProvider[0]?.unit?.name).toBe('综合行政执法队');
});

it('sums a department of one level over the whole area', async () => {
  const { city: { byDepartment } } = await look();
  expect(byDepartment.map(({ level, number, name, counts }) => [level, number, name, some(counts.total)])).toEqual([
    ['DISTRICT', '02', '城市管理局', { resolved: 1, returned: 1 }],
    ['STREET', '03', '综合行政执法队', unitsWork],
    ['COMMUNITY', null, null, communitys],
  ]);
});

it.each<[string, Args, Numbers]>([
  ['a kind', { kind: 'PATROL' }, { submitted: 1, accepted: 1, resolved: 1, returned: 1 }],
  ['a category', { category: '城乡建设' }, { ...march1, resolved: 2, rated: 2, responded: 2, reworked: 1 }],
  ['both', { kind: 'DEMAND', category: '环境保护' }, {}],
  ['a month', { from: '2026-03', to: '2026-03' }, march1],
])('can be asked for %s alone, in every field', async (_what, args, wanted) => {
  const { district: found } = await look({ ...wholeSpring, ...args });
  const add = (rows: readonly { readonly counts: Parts }[]): Numbers => some(Object.fromEntries(measures.map((measure) =>
    [measure, rows.reduce((n, { counts }) => n + (counts.total[measure] ?? 0), 0)])));
  expect(some(found.total.total)).toEqual(wanted);
  for (const rows of [found.byMonth, found.byDay, found.byKind, found.byCategory, found.byProvider, found.byDepartment]) {
    expect(add(rows)).toEqual(wanted);
  }
  expect(found.byHour.reduce((n, { submitted }) => n + submitted, 0)).toBe(wanted.submitted ?? 0);
});

describe('who may look', () => {
  const own: readonly [string, Actor, readonly Level[]][] = [
    ['a resident', resident, []],
    ['a system that hands cases in', integrator, []],
    ['a clerk of another community', actor('COMMUNITY_CLERK', places.sibling), []],
    ['the community', clerk, ['community']],
    ['the street', street, ['community', 'street']],
    ['a department of the district', districtUnit, ['community', 'street', 'district']],
    ['the city', city, ['community', 'street', 'district', 'city']],
  ];
  it.each(own)('%s sees the counts of its own area and of those below, and null for others', async (_who, who, levels) => {
    const found = await look(wholeSpring, who);
    expect(Object.entries(found).flatMap(([level, dashboard]) => (dashboard === null ? [] : [level]))).toEqual(levels);
  });

  it.each<[string, Args]>([
    ['months the wrong way round', { from: '2026-04', to: '2026-03' }],
    ['more than two years', { from: '2024-01', to: '2026-01' }],
    ['a name that is no category of level 1', { category: '城乡建设/安全生产' }],
    ['a name that would reach into the database', { category: '$where.x' }],
  ])('is refused %s', async (_what, args) => {
    const { errors } = await platform.as(city).attempt(everything, { ...where, ...args });
    expect(new Set(errors?.map(({ extensions }) => extensions?.['code']))).toEqual(new Set(['BAD_USER_INPUT']));
  });
});

it('keeps the totals of an area that has ended', async () => {
  const areas = platform.subgraphs.running('community').connection.collection<{ _id: string }>('areas');
  await areas.updateOne({ _id: places.community }, { $set: { validTo: '2026-05-01' } });
  now = new Date('2026-06-01T02:00:00Z');
  const { community: ended } = await look();
  expect(some(ended.total.total)).toEqual(communitys);
  await areas.updateOne({ _id: places.community }, { $set: { validTo: null } });
  now = april;
});

it('reads counters and no case, and as often for two years as for a month', async () => {
  const text = everything.replace(/(community|street|district)\(code: \$\w+\) \{.*\n/g, '').replace(/\$(community|street|district): AreaCode!, /g, '');
  const reads = (args: Args): Promise<string[]> =>
    commandsDuring(platform.subgraphs, () => platform.as(city).run(text, args)).then((commands) => commands.filter((command) => command.startsWith('city ')));
  const month = await reads({ from: '2026-04' });
  expect(month).toEqual(['city find areas', ...Array.from({ length: 6 }, () => 'city find counts'), 'city find units']);
  expect(await reads({ from: '2024-05', to: '2026-04' })).toEqual(month);
});

describe('npm run ledger', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'rollup-'));
  const databases = (): Databases => Object.fromEntries(subgraphNames.map((name) => [name, platform.subgraphs.running(name).connection])) as unknown as Databases;
  const countsOf = (name: SubgraphName) => databases()[name].collection<{ _id: string }>('counts');
  const month = `${places.district}:2026-03`;

  interface Said { readonly code: number; readonly lines: readonly string[]; readonly stderr: string }
  const run = (...args: string[]): Promise<Said> => new Promise((resolve) => {
    writeRunning(dataDir, { pid: process.pid, databaseUris: platform.subgraphs.uris, urls: { ...platform.subgraphs.urls, gateway: 'http://127.0.0.1:1' } });
    execFile(process.execPath, ['--import', 'tsx', 'scripts/ledger.ts', '--wait', '1', ...args], {
      cwd: root, env: { PATH: process.env['PATH'], DATA_DIR: dataDir },
    }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), lines: stdout.trim().split('\n'), stderr }));
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('finds that all four levels agree with the cases', async () => {
    const { code, lines, stderr } = await run();
    expect([code, stderr, lines.length]).toEqual([0, '', 1]);
    expect(lines[0]).toMatch(/ 3 cases, \d+ counters, 0 differences\.$/);
  });

  it('computes histories that kept no counts by replaying them', async () => {
    const timeline = databases().community.collection('timeline');
    const kept = await timeline.find({ counts: { $ne: [] } }).toArray();
    await timeline.updateMany({}, { $unset: { counts: '' } });
    expect(await compareCounts(databases())).toMatchObject({ cases: 3, differences: [], strays: [] });
    for (const { _id, counts } of kept) await timeline.updateOne({ _id }, { $set: { counts } });
  });

  it('takes steps from before hours were counted for what they kept', async () => {
    const timeline = databases().community.collection('timeline');
    const submitted = await timeline.find({ action: 'SUBMIT' }).toArray();
    await timeline.updateMany({ action: 'SUBMIT' }, { $unset: { 'counts.0.hour': '' } });
    const { strays, differences } = await compareCounts(databases());
    expect(strays).toEqual([]);
    expect(new Set(differences.map(({ counter }) => counter.slice))).toEqual(new Set(['HOUR']));
    for (const { _id, counts } of submitted) await timeline.updateOne({ _id }, { $set: { counts } });
  });

  it('finds exactly the number that is wrong, ends with 1 and changes nothing; with --repair it mends that', async () => {
    const matters = `${month}:matters`;
    const before = await countsOf('district').findOne({ _id: matters });
    const path = 'matters.DEMAND.城乡建设.children.accepted';
    await countsOf('district').updateOne({ _id: matters }, { $inc: { [path]: 5 } });
    const wrong = await run();
    expect(wrong.code).toBe(1);
    expect(wrong.lines).toEqual([`DISTRICT ${matters} ${path}: 7, 案件得出 2 / the cases give 2`, expect.stringContaining(' 1 differences.')]);
    expect(await countsOf('district').findOne({ _id: matters })).not.toEqual(before);
    expect((await run('--area', places.district)).lines[0]).toBe(wrong.lines[0]);
    expect([(await run('--area', places.street)).code, (await run('--area', '3401x')).code]).toEqual([0, 2]);

    expect((await run('--repair')).code).toBe(0);
    expect(await countsOf('district').findOne({ _id: matters })).toEqual(before);
  });

  it('makes a counter anew that is missing, and empties one that nothing was counted for', async () => {
    const before = await countsOf('city').findOne({ _id: '3401:2026-04-01' });
    await countsOf('city').deleteOne({ _id: '3401:2026-04-01' });
    await countsOf('street').insertOne({ _id: '340104001:2026-03', area: '340104001', slice: 'MONTH', period: '2026-03', key: null, ofMatters: false, own: { rated: 3 } } as { _id: string });
    const { differences } = await compareCounts(databases());
    expect(differences.filter(({ level }) => level !== 'CITY')).toEqual([expect.objectContaining({ level: 'STREET', path: 'own.rated', expected: 0, found: 3 })]);
    expect(await repairCounts(databases(), differences)).toBe(differences.length);
    expect((await compareCounts(databases())).differences).toEqual([]);
    expect(await countsOf('city').findOne({ _id: '3401:2026-04-01' })).toEqual(before);
  });

  it('leaves a counter alone that has moved since it was compared, and mends no difference twice', async () => {
    await countsOf('district').updateOne({ _id: month }, { $inc: { 'own.rated': 1 } });
    const { differences } = await compareCounts(databases());
    await countsOf('district').updateOne({ _id: month }, { $inc: { 'own.rated': 1 } });
    const told = () => databases().district.collection('changes').countDocuments({ topics: countsTopic(places.district) });
    const before = await told();
    expect(await repairCounts(databases(), differences)).toBe(0);
    expect(await told()).toBe(before);
    const now2 = (await compareCounts(databases())).differences;
    expect([now2.length, await repairCounts(databases(), now2), await repairCounts(databases(), now2)]).toEqual([1, 1, 0]);
    // Those who watch the numbers are told of what was mended.
    expect(await told()).toBe(before + 1);
  });

  it('tells a step that kept other counts than its history gives', async () => {
    const timeline = databases().community.collection('timeline');
    const step = await timeline.findOne({ action: 'RATE' });
    await timeline.updateOne({ _id: step?._id ?? '' as never }, { $set: { 'counts.0.counts.solved': 9 } });
    const { strays, differences } = await compareCounts(databases());
    expect(strays.map(({ caseId, seq }) => [caseId, seq])).toEqual([[step?.['caseId'], step?.['seq']]]);
    expect(differences.length).toBeGreaterThan(0);
    await timeline.updateOne({ _id: step?._id ?? '' as never }, { $set: { counts: step?.['counts'] } });
  });

  it.each([
    ['on its way', 'outbox', { target: 'street', status: 'PENDING', availableAt: new Date('2126-01-01'), envelope: { type: 'counts.moved' } }, / 1 events of counts are on their way and 0 are parked/],
    ['parked', 'inbox', { source: 'district', status: 'PARKED', type: 'counts.moved', subject: 'counts:1', sequence: 0 }, / 0 events of counts are on their way and 1 are parked/],
  ])('does not judge while an event of counts is %s', async (_how, collection, event, said) => {
    const held = databases().community.collection<{ _id: string }>(collection);
    await held.insertOne({ _id: 'held', ...event } as { _id: string });
    const { code, stderr } = await run('--repair');
    await held.deleteOne({ _id: 'held' });
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
  });

  it('does not start with what it does not know', async () => {
    const { code, stderr } = await run('--mend');
    expect(code).toBe(2);
    expect(stderr).toContain('npm run ledger');
  });
});
