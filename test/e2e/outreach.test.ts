// Service to the door: from what a community knows of a resident to the call at the door and the application.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { evaluateConditions } from '../../subgraphs/shared/conditions/expressions.js';
import { findEntitled } from '../../subgraphs/community/usecases/outreach/findEntitled.js';
import { people, places, settled, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring } from '../kit/subgraphs.js';
import { outreachPartsOf } from '../kit/outreach.js';

const { city, street, district, clerk, gridWorker, auditor } = people;
const resident = actor('RESIDENT');
const neighbour = actor('RESIDENT', null, 'neighbour');
const third = actor('RESIDENT', null, 'third');
const civil = actor('DEPARTMENT_OFFICER', '3401-05');
const sibling = actor('COMMUNITY_CLERK', places.sibling);

let platform: Platform;
let now = new Date('2026-03-02T02:00:00Z');

beforeAll(async () => {
  platform = await startPlatform({ name: 'outreach', seed: true, now: () => now });
  await platform.subgraphs.running('community').connection.collection('residentRecords').deleteMany({});
  await platform.subgraphs.running('community').connection.collection('outreachMarks').deleteMany({});
});
afterAll(() => platform.end());

type Fields = Readonly<Record<string, unknown>>;
interface Result { readonly number: string; readonly changed: readonly string[]; readonly record: { readonly id: string; readonly version: number } | null; readonly userErrors: readonly UserError[] }
interface Kept { readonly results: readonly Result[]; readonly succeeded: number; readonly refused: number; readonly userErrors: readonly UserError[] }

const facts = (known: Record<string, string | null>) => Object.entries(known).map(([code, value]) => ({ code, value }));
const record = (number: string, known: Record<string, string | null>, more: Fields = {}) =>
  ({ number, expectedVersion: 0, grid: places.grid, name: '王秀兰', address: '蒙城北路 1 号 3 栋 201', facts: facts(known), ...more });

const keep = async (who: Actor, records: readonly Fields[], more: Fields = {}): Promise<Kept> => (await platform.as(who).run<{ residentRecordKeep: Kept }>(
  `mutation ($input: ResidentRecordKeepInput!) { residentRecordKeep(input: $input) {
    results { number changed record { id version } userErrors { code message field } } succeeded refused userErrors { code message field }
  } }`, { input: { records, ...more } },
)).residentRecordKeep;
const kept = async (...call: Parameters<typeof keep>): Promise<void> => {
  const answer = await keep(...call);
  if (answer.refused > 0 || answer.userErrors.length > 0) throw new Error(JSON.stringify(answer));
};

interface Outreach {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly record: { readonly number: string; readonly name: string } | null;
  readonly item: { readonly code: string } | null;
  readonly conditions: readonly { readonly says: string }[];
  readonly calls: readonly { readonly action: string; readonly note: string | null }[];
  readonly application: { readonly id: string; readonly kind: string; readonly state: string } | null;
  readonly standing: { readonly verdict: string; readonly conditions: readonly { readonly verdict: string; readonly missing: readonly { readonly code: string }[] }[] };
}
const shown = `id version state record { number name } item { code } conditions { says } calls { action note } application { id kind state }
  standing { verdict conditions { verdict missing { code } } }`;
const outreachIn = async (who: Actor, area: string, args = ''): Promise<readonly Outreach[] | null> => (await platform.as(who).run<{ outreachCases: { nodes: Outreach[] } | null }>(
  `{ outreachCases(area: "${area}", first: 100${args}) { nodes { ${shown} } } }`,
)).outreachCases?.nodes ?? null;
const of = async (number: string): Promise<string[]> => ((await outreachIn(clerk, places.community)) ?? []).filter((one) => one.record?.number === number).map((one) => one.item?.code ?? '').toSorted();
const one = async (number: string, code: string): Promise<Outreach> => {
  const found = ((await outreachIn(clerk, places.community)) ?? []).find((outreach) => outreach.record?.number === number && outreach.item?.code === code);
  if (!found) throw new Error(`Nobody found ${number} for ${code}.`);
  return found;
};
interface Called { readonly outreachCase: Outreach | null; readonly userErrors: readonly UserError[] }
const call = async (who: Actor, input: Fields): Promise<Called> => (await platform.as(who).run<{ outreachRecord: Called }>(
  `mutation ($input: OutreachRecordInput!) { outreachRecord(input: $input) { outreachCase { ${shown} } userErrors { code message field } } }`, { input },
)).outreachRecord;

const deps = async () => ({ ...(await outreachPartsOf(platform.subgraphs.running('community'))), evaluate: evaluateConditions, now: () => now });
const run = async (): Promise<number | null> => findEntitled(await deps());
/** The night after: everybody is looked at. */
const night = async (): Promise<number | null> => {
  now = new Date(now.getTime() + 86_400_000);
  return run();
};
const collection = (name: string) => platform.subgraphs.running('community').connection.collection<{ _id: string }>(name);

const severe = { disabilityLevel: '1', careNeed: 'FULL', birthDate: '1990-01-01', employeeMedical: 'true' };

describe('a resident who is entitled to an item', () => {
  it('is found when the record changes, with why, and never twice', async () => {
    await kept(clerk, [record('A-1', { ...severe, disabilityLevel: '3' })]);
    await run();
    expect(await of('A-1')).toEqual(['04-002']);
    await kept(gridWorker, [record('A-1', { disabilityLevel: '2' }, { expectedVersion: 1 })]);
    expect(await run()).toBe(1);
    expect(await of('A-1')).toEqual(['04-002', '05-005']);
    expect(await one('A-1', '05-005')).toMatchObject({
      state: 'OPEN', calls: [], application: null, standing: { verdict: 'MET' }, conditions: [{ says: '残疾等级为一级、二级' }, { says: '需要长期照护' }],
    });
    await kept(clerk, [record('A-1', { careNeed: 'PARTIAL' }, { expectedVersion: 2 })]);
    expect([await run(), await night(), await run()]).toEqual([0, 0, 0]);
    expect(await of('A-1')).toEqual(['04-002', '05-005']);
  });

  it('is found on the night after the day on which the age is reached', async () => {
    await kept(clerk, [record('A-2', { birthDate: '1946-03-05', localHousehold: 'true', employeeMedical: 'true' })]);
    await run();
    expect(await of('A-2')).toEqual(['04-001', '08-007']);
    now = new Date('2026-03-04T17:30:00Z');
    await run();
    expect(await of('A-2')).toEqual(['04-001', '08-007']);
    now = new Date('2026-03-04T18:00:00Z');
    await run();
    expect(await of('A-2')).toEqual(['04-001', '05-006', '08-007']);
  });

  it('is found when an item comes in force with conditions, and by an item of the community itself', async () => {
    await kept(clerk, [record('A-3', { veteran: 'true' })]);
    await run();
    expect(await of('A-3')).toEqual([]);
    const content = { title: '退役军人优待证', titleEn: "Veterans' card", module: 'SOCIAL_SERVICE', level: 'COMMUNITY', delivery: 'DIRECT', materials: [], workDays: 3,
      conditions: [{ expression: 'veteran', says: '退役军人', saysEn: 'a veteran' }] };
    await platform.as(civil).run('mutation ($input: ServiceItemDraftInput!) { serviceItemDraft(input: $input) { userErrors { code } } }', { input: { code: '05-950', content } });
    await platform.as(city).run('mutation ($input: ServiceItemPutInForceInput!) { serviceItemPutInForce(input: $input) { userErrors { code } } }', { input: { code: '05-950', number: 1, expectedVersion: 1 } });
    await settled(platform.subgraphs);
    expect(await run()).toBe(1);
    expect(await of('A-3')).toEqual(['05-950']);
    const { level: _l, delivery: _d, ...own } = content;
    type Draft = { communityItemDraft: { item: { id: string } } };
    const { communityItemDraft: { item: { id } } } = await platform.as(clerk).run<Draft>('mutation ($input: OwnItemDraftInput!) { communityItemDraft(input: $input) { item { id } userErrors { code } } }', { input: { code: 'V-1', ...own } });
    await platform.as(clerk).run('mutation ($input: OwnItemActInput!) { communityItemPutInForce(input: $input) { userErrors { code } } }', { input: { itemId: id, expectedVersion: 1 } });
    expect(await run()).toBe(1);
    expect(await of('A-3')).toEqual(['05-950', 'V-1']);
  });

  it('is not found who has applied already, by sign-in or by ID number', async () => {
    const application = { item: '3401:08-008', channel: 'COUNTER', community: places.community, materials: [{ documentType: 'id-card', source: 'PAPER' }] };
    const submit = async (applicant: Fields): Promise<void> => {
      const done = await platform.as(clerk).run<{ applicationSubmit: { userErrors: readonly UserError[] } }>(
        'mutation ($input: ApplicationSubmitInput!) { applicationSubmit(input: $input) { userErrors { code message } } }', { input: { ...application, applicant: { name: '张三', ...applicant } } },
      );
      expect(done.applicationSubmit.userErrors).toEqual([]);
    };
    await submit({ residentId: neighbour.id });
    await submit({ idNumber: '340103199501010028' });
    const pregnant = { pregnant: 'true' };
    await kept(clerk, [record('A-4', pregnant, { person: neighbour.id }), record('A-5', pregnant, { idNumber: '340103199501010028' }), record('A-6', pregnant)]);
    await run();
    expect([await of('A-4'), await of('A-5'), await of('A-6')]).toEqual([[], [], ['08-008']]);
  });

  it('who is no longer so is shown as such, and nothing is closed', async () => {
    await kept(clerk, [record('A-7', { orphan: 'true', birthDate: '2012-01-01' })]);
    await run();
    await kept(clerk, [record('A-7', { orphan: null }, { expectedVersion: 1 })]);
    await run();
    expect(await one('A-7', '05-012')).toMatchObject({ state: 'OPEN', standing: { verdict: 'UNKNOWN', conditions: [{ verdict: 'UNKNOWN', missing: [{ code: 'orphan' }] }, { verdict: 'MET' }] } });
    await kept(clerk, [record('A-7', { orphan: 'false' }, { expectedVersion: 2 })]);
    await night();
    expect(await one('A-7', '05-012')).toMatchObject({ state: 'OPEN', standing: { verdict: 'NOT_MET' } });
  });
});

describe('never two', () => {
  it('whatever runs at once', async () => {
    await kept(clerk, Array.from({ length: 30 }, (_, i) => record(`B-${i}`, { onlyChildCertificate: 'true' })));
    const usual = await deps();
    // Without the lease, so that both are at it.
    const both = { ...usual, runs: { ...usual.runs, claim: () => Promise.resolve({ id: 'any' }), extend: () => Promise.resolve(true) } };
    const opened = await Promise.all([findEntitled(both), findEntitled(both)]);
    expect(Number(opened[0]) + Number(opened[1])).toBe(30);
    expect(await collection('outreachCases').countDocuments({ item: '3401:08-004' } as object)).toBe(30);
  });

  it('and none is lost, wherever a run is cut off', async () => {
    await kept(clerk, [record('B-50', { pregnant: 'true' })]);
    const usual = await deps();
    const cutAt = (method: 'items' | 'open' | 'clear') => ({ ...usual, runs: { ...usual.runs, [method]: () => Promise.reject(new Error('killed')) } });
    for (const method of ['items', 'open', 'clear'] as const) {
      await expect(findEntitled(cutAt(method))).rejects.toThrow('killed');
      expect(await run()).toBeNull();
      // The lease of the one that was killed runs out.
      now = new Date(now.getTime() + 121_000);
    }
    expect(await of('B-50')).toEqual(['08-008']);
    expect(await run()).toBe(0);
    expect(await collection('outreachMarks').countDocuments({})).toBe(0);
  });

  it('the night goes on where it was cut off, with as many queries for each batch', async () => {
    const before = await collection('residentRecords').countDocuments({});
    await collection('residentRecords').insertMany(Array.from({ length: 1_100 }, (_, i) => ({
      _id: `${places.sibling}:N-${String(i).padStart(5, '0')}`, community: places.sibling, number: `N-${i}`, grid: null, name: '张三', phone: null, address: null,
      facts: [{ code: 'lostOnlyChild', value: i % 100 === 0, checkedAt: now, checkedBy: 'x' }, { code: 'birthDate', value: '1960-01-01', checkedAt: now, checkedBy: 'x' }, { code: 'employeeMedical', value: true, checkedAt: now, checkedBy: 'x' }],
      version: 1, keptAt: now,
    })) as never);
    const usual = await deps();
    let batches = 0;
    const once: typeof usual.runs = { ...usual.runs, open: (found) => ((batches += 1) > 1 ? Promise.reject(new Error('killed')) : usual.runs.open(found)) };
    now = new Date(now.getTime() + 86_400_000);
    await expect(findEntitled({ ...usual, runs: once })).rejects.toThrow('killed');
    expect(await collection('outreachMarks').findOne({ _id: 'night' })).toMatchObject({ after: expect.stringContaining(':') });
    now = new Date(now.getTime() + 121_000);
    const commands = await commandsDuring(platform.subgraphs, async () => void await run());
    expect(await collection('outreachCases').countDocuments({ community: places.sibling, item: '3401:08-003' } as object)).toBe(11);
    // Two batches were left: records, items, what is served, what is opened, the place, the lease.
    expect(commands.filter((command) => command === 'community find residentRecords')).toHaveLength(Math.ceil((before + 1_100 - 500) / 500));
    expect(commands.length).toBeLessThan(40);
  });
});

describe('a call at the door', () => {
  beforeAll(async () => {
    await kept(clerk, [record('C-1', { pregnant: 'true', severeMentalIllnessCarer: 'true' }, { person: resident.id, phone: '13812345678', idNumber: '340103199001011234' })]);
    await kept(clerk, [record('C-2', { severeMentalIllnessCarer: 'true' }, { person: third.id })]);
    await run();
  });

  it('is recorded by the clerk or the grid worker; after three in vain it waits to be taken up again', async () => {
    const { id } = await one('C-1', '08-009');
    for (let version = 1; version <= 3; version += 1) expect((await call(gridWorker, { outreachId: id, expectedVersion: version, action: 'MISS' })).userErrors).toEqual([]);
    expect(await one('C-1', '08-009')).toMatchObject({ state: 'NOT_REACHED', version: 4, calls: [{ action: 'MISS' }, { action: 'MISS' }, { action: 'MISS' }] });
    expect((await call(clerk, { outreachId: id, expectedVersion: 4, action: 'INFORM', note: '已告知家属' })).outreachCase).toMatchObject({ state: 'OPEN' });
    expect((await call(clerk, { outreachId: id, expectedVersion: 5, action: 'MISS' })).outreachCase).toMatchObject({ state: 'OPEN' });
    expect((await call(clerk, { outreachId: id, expectedVersion: 6, action: 'DECLINE', note: '已由原籍发放' })).outreachCase).toMatchObject({ state: 'DECLINED' });
    await night();
    expect(await of('C-1')).toEqual(['08-008', '08-009']);
  });

  it('leads to an application of the resident who wants the item, once for one key', async () => {
    const { id } = await one('C-1', '08-008');
    const input = { outreachId: id, expectedVersion: 1, action: 'WANT', idempotencyKey: 'wants' };
    const { outreachCase, userErrors } = await call(clerk, input);
    expect(userErrors).toEqual([]);
    expect(outreachCase).toMatchObject({ state: 'WANTED', application: { kind: 'APPLICATION', state: 'SUBMITTED' } });
    expect(await call(clerk, input)).toMatchObject({ userErrors: [], outreachCase: { application: { id: outreachCase?.application?.id } } });
    expect(await collection('cases').countDocuments({ serviceItem: '08-008', 'reporter.id': resident.id } as object)).toBe(1);
    const own = await platform.as(resident).run<{ ownResidentRecord: { outreachCases: { state: string; application: { id: string } | null }[] } }>(
      '{ ownResidentRecord { number name phone idNumber outreachCases { state application { id } } } }',
    );
    expect(own.ownResidentRecord).toMatchObject({ number: 'C-1', phone: '13812345678', idNumber: '340103199001011234' });
    expect(own.ownResidentRecord.outreachCases.map(({ state }) => state).toSorted()).toEqual(['DECLINED', 'WANTED']);
  });

  it('goes on by stages from there: what is missing is asked for, and nothing is granted without it', async () => {
    const { application } = await one('C-1', '08-008');
    let version = 1;
    interface Acted { readonly case: { readonly version: number; readonly state: string; readonly application: Fields } | null; readonly userErrors: readonly UserError[] }
    const act = async (mutation: string, input: Fields = {}): Promise<Acted> => {
      const done = (await platform.as(clerk).run<Record<string, Acted>>(
        `mutation ($input: ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!) {
          ${mutation}(input: $input) { case { version state application { stage materials { documentType source } } } userErrors { code message field } }
        }`, { input: { caseId: application?.id, expectedVersion: version, ...input } },
      ))[mutation];
      if (!done) throw new Error(`${mutation} answered nothing.`);
      version = done.case?.version ?? version;
      return done;
    };
    expect(await act('caseAccept')).toMatchObject({ case: { application: { stage: 'ACCEPTED', materials: [] } } });
    expect(await act('caseHandle')).toMatchObject({ case: { application: { stage: 'HANDLING' } } });
    const granting = { granted: true, result: { text: '准予建册' } };
    const { userErrors } = await act('applicationDecide', granting);
    expect(userErrors).toEqual([expect.objectContaining({ code: 'TRANSITION_NOT_ALLOWED', message: expect.stringContaining('居民身份证') })]);
    await act('caseRequestInfo', { note: '请出示身份证' });
    expect(await act('caseSupplyInfo', { note: '已出示', materials: [{ documentType: 'id-card', source: 'PAPER' }] }))
      .toMatchObject({ userErrors: [], case: { application: { materials: [{ documentType: 'id-card', source: 'PAPER' }] } } });
    expect(await act('applicationDecide', granting)).toMatchObject({ userErrors: [], case: { application: { stage: 'FOLLOW_UP' } } });
  });

  it.each<[string, Actor, Fields, string, readonly string[] | null]>([
    ['by the resident', third, { action: 'INFORM' }, 'ROLE_NOT_ALLOWED', null],
    ['by the neighbouring community', sibling, { action: 'INFORM' }, 'NOT_FOUND', ['input', 'outreachId']],
    ['by the street', street, { action: 'INFORM' }, 'NOT_FOUND', ['input', 'outreachId']],
    ['by another grid worker', actor('GRID_WORKER', `${places.community}002`), { action: 'INFORM' }, 'NOT_FOUND', ['input', 'outreachId']],
    ['at an older version', clerk, { action: 'INFORM', expectedVersion: 7 }, 'STALE_VERSION', ['input', 'expectedVersion']],
    ['declined without a reason', clerk, { action: 'DECLINE', note: ' ' }, 'INVALID_INPUT', ['input', 'note']],
    ['with too long a note', clerk, { action: 'MISS', note: '长'.repeat(2_001) }, 'INVALID_INPUT', ['input', 'note']],
  ])('is refused %s, and nothing changes', async (_what, who, input, code, field) => {
    const before = await one('C-2', '08-009');
    const { userErrors } = await call(who, { outreachId: before.id, expectedVersion: before.version, ...input });
    expect(userErrors).toMatchObject([{ code, field, message: expect.stringContaining(' / ') }]);
    expect(await one('C-2', '08-009')).toEqual(before);
  });
});

describe('records', () => {
  it('are kept many at once, each by itself, and looked at in a dry run without being written', async () => {
    const wanted = [record('D-1', { birthDate: '1950-01-01' }), record('D-2', { birthDate: '1950-02-30' }), record('D-3', { age: '70' })];
    const dry = await keep(clerk, wanted, { dryRun: true });
    expect(dry).toMatchObject({ succeeded: 1, refused: 2, results: [{ number: 'D-1', changed: ['birthDate'], record: null }, { number: 'D-2' }, { number: 'D-3' }] });
    expect(await collection('residentRecords').countDocuments({ number: /^D-/ } as object)).toBe(0);
    const real = await keep(clerk, wanted, { idempotencyKey: 'd' });
    expect(real.results.map(({ userErrors }) => userErrors[0]?.field ?? null)).toEqual([null, ['input', 'records', '1', 'facts', '0', 'value'], ['input', 'records', '2', 'facts', '0', 'code']]);
    expect(await keep(clerk, wanted, { idempotencyKey: 'd' })).toEqual(real);
    expect(await collection('residentRecords').countDocuments({ number: /^D-/ } as object)).toBe(1);
  });

  it.each<[string, Actor, Fields, string, readonly string[] | null]>([
    ['of an older version', clerk, record('D-1', {}, { expectedVersion: 5 }), 'STALE_VERSION', ['records', '0', 'expectedVersion']],
    ['with a number that is none', clerk, record('D 9', {}), 'INVALID_INPUT', ['records', '0', 'number']],
    ['without a name', clerk, record('D-9', {}, { name: ' ' }), 'INVALID_INPUT', ['records', '0', 'name']],
    ['with a masked telephone', clerk, record('D-9', {}, { phone: '138****5678' }), 'INVALID_INPUT', ['records', '0', 'phone']],
    ['with half an ID number', clerk, record('D-9', {}, { idNumber: '3401' }), 'INVALID_INPUT', ['records', '0', 'idNumber']],
    ["with somebody else's ID number", clerk, record('D-9', {}, { idNumber: '340103199001011234' }), 'DUPLICATE', ['records', '0', 'idNumber']],
    ["with somebody else's sign-in", clerk, record('D-9', {}, { person: resident.id }), 'DUPLICATE', ['records', '0', 'person']],
    ["with another community's grid", clerk, record('D-9', {}, { grid: `${places.sibling}001` }), 'INVALID_INPUT', ['records', '0', 'grid']],
    ['with a grid that there is not', clerk, record('D-9', {}, { grid: `${places.community}999` }), 'INVALID_INPUT', ['records', '0', 'grid']],
    ['by a grid worker for another grid', gridWorker, record('D-9', {}, { grid: `${places.community}002` }), 'OUT_OF_SCOPE', ['records', '0', 'grid']],
    ['with a fact that there is not', clerk, record('D-9', { shoeSize: '43' }), 'INVALID_INPUT', ['records', '0', 'facts', '0', 'code']],
    ['with a level that there is not', clerk, record('D-9', { disabilityLevel: '5' }), 'INVALID_INPUT', ['records', '0', 'facts', '0', 'value']],
  ])('are refused %s, and nothing changes', async (_what, who, input, code, field) => {
    const count = () => collection('residentRecords').countDocuments({});
    const before = await count();
    const { results, refused } = await keep(who, [input]);
    expect(results[0]?.userErrors).toMatchObject([{ code, field: field && ['input', ...field], message: expect.stringContaining(' / ') }]);
    expect([refused, await count()]).toEqual([1, before]);
  });

  it('are kept by nobody else, never two of one number, never 201 at once', async () => {
    for (const who of [street, district, resident, auditor]) expect((await keep(who, [record('D-9', {})])).userErrors).toMatchObject([{ code: 'ROLE_NOT_ALLOWED' }]);
    expect((await keep(clerk, [record('D-9', {}), record('D-9', {})])).userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'records', '1'] }]);
    expect((await keep(clerk, Array.from({ length: 201 }, (_, i) => record(`E-${i}`, {})))).userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'records'] }]);
  });

  it('are seen by their community, their grid and the resident; all others have counts', async () => {
    const id = `${places.community}:C-1`;
    const look = async (who: Actor) => (await platform.as(who).run<{ residentRecord: { idNumber: string } | null }>(`{ residentRecord(id: "${id}") { idNumber } }`)).residentRecord;
    expect([await look(clerk), await look(resident), await look(gridWorker)]).toEqual([{ idNumber: '340103199001011234' }, { idNumber: '340103199001011234' }, { idNumber: '3401**********1234' }]);
    for (const who of [sibling, street, district, city, auditor, neighbour, actor('GRID_WORKER', `${places.community}002`)]) expect(await look(who)).toBeNull();
    const lists = (who: Actor, area: string) => platform.as(who).run(`{ residentRecords(area: "${area}") { totalCount } outreachCases(area: "${area}") { totalCount } outreachCounts(area: "${area}") { wanted } }`);
    expect(await lists(street, places.community)).toEqual({ residentRecords: null, outreachCases: null, outreachCounts: { wanted: 1 } });
    expect(await lists(sibling, places.community)).toEqual({ residentRecords: null, outreachCases: null, outreachCounts: null });
    const counted = await platform.as(street).run<{ residentRecordCount: number }>(`{ residentRecordCount(area: "${places.street}") }`);
    expect(counted.residentRecordCount).toBe(await collection('residentRecords').countDocuments({}));
  });
});

describe('a rehearsal', () => {
  interface Rehearsal { readonly looked: number; readonly found: number; readonly served: number; readonly unknown: number; readonly notMet: number; readonly next: string | null; readonly parts: readonly { area: string; found: number }[];
    readonly people: { readonly nodes: readonly { readonly record: { readonly number: string }; readonly verdict: string; readonly conditions: readonly { readonly missing: readonly { readonly code: string }[] }[] }[] } | null }
  const rehearse = async (who: Actor, args: string): Promise<Rehearsal | null> => (await platform.as(who).run<{ outreachRehearsal: Rehearsal | null }>(
    `{ outreachRehearsal(${args}) { looked found served unknown notMet next parts { area found } people(first: 100) { nodes { record { number } verdict conditions { missing { code } } } } } }`,
  )).outreachRehearsal;
  const drafted = 'conditions: [{ expression: "extremePoverty && age >= 60", says: "特困老人", saysEn: "destitute and old" }]';

  beforeAll(async () => {
    const old = { extremePoverty: 'true', birthDate: '1950-01-01' };
    await kept(clerk, [...[11, 12, 13, 14, 15].map((n) => record(`F-${n}`, old)), record('F-1', old), record('F-2', { extremePoverty: 'true' }), record('F-3', { extremePoverty: 'false' })]);
  });

  it('shows whom conditions that are only drafted would find, why, and who is missed for want of a fact; nothing is written', async () => {
    const written = async () => [await collection('outreachCases').countDocuments({}), await collection('outreachMarks').countDocuments({}), await collection('receipts').countDocuments({})];
    const before = await written();
    const found = await rehearse(clerk, `area: "${places.community}", ${drafted}`);
    expect(found).toMatchObject({ found: 6, served: 0, next: null, parts: [{ area: places.grid, found: 6 }] });
    expect(found?.looked).toBe((found?.found ?? 0) + (found?.unknown ?? 0) + (found?.notMet ?? 0));
    const by = new Map(found?.people?.nodes.map((node) => [node.record.number, node]));
    expect(by.get('F-1')).toMatchObject({ verdict: 'MET' });
    expect(by.get('F-2')).toMatchObject({ verdict: 'UNKNOWN', conditions: [{ missing: [{ code: 'birthDate' }] }] });
    expect(by.has('F-3')).toBe(false);
    expect(await written()).toEqual(before);
  });

  it('of an item in force finds exactly those whom the run finds then', async () => {
    await kept(clerk, [record('F-4', { lostOnlyChild: 'true', birthDate: '1970-01-01' })]);
    const before = await rehearse(clerk, `area: "${places.community}", item: "3401:08-003"`);
    expect(before?.people?.nodes.filter(({ verdict }) => verdict === 'MET').map(({ record: { number } }) => number)).toEqual(['F-4']);
    await run();
    expect(await of('F-4')).toContain('08-003');
    expect(await rehearse(clerk, `area: "${places.community}", item: "3401:08-003"`)).toMatchObject({ found: 0, served: (before?.served ?? 0) + 1 });
  });

  it('gives the levels above and the department numbers by area alone, to the nearest ten, and everybody else nothing', async () => {
    for (const [who, area, part] of [[street, places.street, places.community], [district, places.district, places.street], [city, places.city, places.district], [civil, places.city, places.district]] as const) {
      const found = await rehearse(who, `area: "${area}", ${drafted}`);
      expect(found).toMatchObject({ found: 10, served: 0, people: null });
      expect(found?.parts.find((one) => one.area === part)).toEqual({ area: part, found: 10 });
      expect([found?.unknown, found?.notMet].map((count) => (count ?? 1) % 10)).toEqual([0, 0]);
    }
    expect((await rehearse(street, `area: "${places.community}", ${drafted}`))?.people).toBeNull();
    for (const who of [resident, sibling]) expect(await rehearse(who, `area: "${places.community}", ${drafted}`)).toBeNull();
  });

  it('is made once in a request', async () => {
    const { errors } = await platform.as(clerk).attempt(`{ a: outreachRehearsal(area: "${places.community}", ${drafted}) { found } b: outreachRehearsal(area: "${places.community}", ${drafted}) { found } }`);
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    ['without an item or conditions', ''], ['with conditions that are none', ', conditions: []'],
    ['with an expression that is none', ', conditions: [{ expression: "shoeSize > 1", says: "大", saysEn: "large" }]'],
  ])('%s is BAD_USER_INPUT', async (_what, args) => {
    const { errors } = await platform.as(clerk).attempt(`{ outreachRehearsal(area: "${places.community}"${args}) { found } }`);
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });
});
