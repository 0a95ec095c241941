// What the city publishes of the streets' powers and duties, and what the duty list lets through.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, demand, people, places, settled, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

const { city, clerk, street, district, resident } = people;

let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'lists', seed: true, now: () => new Date('2026-03-02T02:00:00Z') });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

const anonymous = <T>(query: string): Promise<T> => platform.as(null).run<T>(query);
interface Answer {
  readonly entity: { readonly version: string; readonly number: number; readonly isInForce: boolean } | null;
  readonly userErrors: readonly UserError[];
}
async function publish(who: Actor, mutation: 'listPublish' | 'dutyListPublish', input: Record<string, unknown>): Promise<Answer> {
  const entity = mutation === 'listPublish' ? 'list' : 'dutyList';
  const type = mutation === 'listPublish' ? 'ListPublishInput' : 'DutyListPublishInput';
  const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { entity: ${entity} { version number isInForce } userErrors { code message field } } }`;
  return (await platform.as(who).run<Record<string, Answer>>(text, { input }))[mutation] as Answer;
}

const power = { code: 'Q-1', title: '市容检查', titleEn: 'Check of order' };
const duty = { code: 'Z-1', title: '安全检查', titleEn: 'Safety checks', category: 'LAWFUL_ASSISTANCE', class: 'A', matters: [], forward: true, dispatch: true };
const version = { version: 'x' };

describe('the lists', () => {
  it('come with forty powers, the 150 services with their limits, and eighteen duties, for everybody', async () => {
    type Data = Record<string, { version: string; number: number; entries: { code: string; department: { name: string } | null; detail: string | null }[] }>;
    const fields = '{ version number entries { code department { name } detail } }';
    const data = await anonymous<Data>(`{
      power: publishedList(kind: POWER) ${fields} service: publishedList(kind: SERVICE) ${fields}
      efficiency: publishedList(kind: EFFICIENCY) ${fields} responsibility: publishedList(kind: RESPONSIBILITY) ${fields}
    }`);
    expect(Object.fromEntries(Object.entries(data).map(([kind, { entries }]) => [kind, entries.length]))).toEqual(
      { power: 40, service: 150, efficiency: 150, responsibility: 18 },
    );
    expect(data['efficiency']?.entries[0]).toEqual({
      code: '01-001', department: { name: '住房和城乡建设局' }, detail: '30 个工作日 / 30 work days',
    });
    expect(await anonymous('{ dutyList { version classes { class name } entries { class } } }')).toMatchObject({
      dutyList: { version: 'hefei-1', classes: [{ class: 'B' }, { class: 'C' }, { class: 'D' }, { class: 'E' }] },
    });
  });

  it('are published by the city, in force at once, and compared with any version before', async () => {
    const one = await publish(city, 'listPublish', { kind: 'POWER', version: 'p-2', entries: [power, { ...power, code: 'Q-2' }] });
    expect(one).toEqual({ entity: { version: 'p-2', number: 2, isInForce: true }, userErrors: [] });
    await publish(city, 'listPublish', { kind: 'POWER', version: 'p-3', entries: [{ ...power, detail: '行政检查' }, { ...power, code: 'Q-3' }] });
    expect(await anonymous(`{
      publishedListDiff(kind: POWER, from: "p-2") { added { code } removed { code } changed { before { detail } after { code detail } } }
      none: publishedListDiff(kind: POWER, from: "p-9") { added { code } }
      publishedLists(kind: POWER, first: 2) { totalCount nodes { kind version isInForce publishedBy } }
      other: publishedList(kind: SERVICE) { version }
    }`)).toEqual({
      publishedListDiff: {
        added: [{ code: 'Q-3' }], removed: [{ code: 'Q-2' }], changed: [{ before: { detail: null }, after: { code: 'Q-1', detail: '行政检查' } }],
      },
      none: null,
      publishedLists: {
        totalCount: 4,
        nodes: [{ kind: 'POWER', version: 'p-3', isInForce: true, publishedBy: null }, { kind: 'POWER', version: 'p-2', isInForce: false, publishedBy: null }],
      },
      other: { version: 'hefei-1' },
    });
  });

  it.each<[string, string, 'listPublish' | 'dutyListPublish', Record<string, unknown>, readonly string[] | null, Actor?]>([
    ['a list by a district', 'ROLE_NOT_ALLOWED', 'listPublish', { kind: 'POWER', ...version, entries: [power] }, null, district],
    ['a duty list by a street', 'ROLE_NOT_ALLOWED', 'dutyListPublish', { ...version, entries: [duty] }, null, street],
    ['a name used before', 'DUPLICATE', 'listPublish', { kind: 'POWER', version: 'hefei-1', entries: [power] }, ['input', 'version']],
    ['a list of nothing', 'INVALID_INPUT', 'listPublish', { kind: 'POWER', ...version, entries: [] }, ['input', 'entries']],
    ['an entry twice', 'INVALID_INPUT', 'listPublish', { kind: 'POWER', ...version, entries: [power, power] }, ['input', 'entries', '1', 'code']],
    ['an entry without a title', 'INVALID_INPUT', 'listPublish',
      { kind: 'POWER', ...version, entries: [{ ...power, titleEn: '' }] }, ['input', 'entries', '0', 'title']],
    ['an entry that says too much', 'INVALID_INPUT', 'listPublish',
      { kind: 'POWER', ...version, entries: [{ ...power, detail: '长'.repeat(501) }] }, ['input', 'entries', '0', 'detail']],
    ['a duty list of nothing', 'INVALID_INPUT', 'dutyListPublish', { ...version, entries: [] }, ['input', 'entries']],
    ['a duty of a class without a name', 'INVALID_INPUT', 'dutyListPublish',
      { ...version, entries: [{ ...duty, class: 'B' }] }, ['input', 'entries', '0', 'class']],
    ['another name for class A', 'INVALID_INPUT', 'dutyListPublish',
      { ...version, classes: [{ class: 'A', name: '甲', nameEn: 'A' }], entries: [duty] }, ['input', 'classes']],
    ['a duty for a type of street that there is not', 'INVALID_INPUT', 'dutyListPublish',
      { ...version, entries: [{ ...duty, streetTypes: ['商业型'] }] }, ['input', 'entries', '0', 'streetTypes']],
    ['a duty for a district', 'INVALID_INPUT', 'dutyListPublish',
      { ...version, entries: [{ ...duty, streets: [places.district] }] }, ['input', 'entries', '0', 'streets']],
    ['a matter that is no path', 'INVALID_INPUT', 'dutyListPublish',
      { ...version, entries: [{ ...duty, matters: ['城乡建设/'] }] }, ['input', 'entries', '0', 'matters']],
  ])('refuses %s with %s, and what is in force stays', async (_what, code, mutation, input, field, who = city) => {
    const inForce = '{ publishedList(kind: POWER) { version } dutyList { version } }';
    const before = await anonymous(inForce);
    expect(await publish(who, mutation, input)).toMatchObject({ entity: null, userErrors: [{ code, field }] });
    expect(await anonymous(inForce)).toEqual(before);
  });
});

describe('the duty list', () => {
  interface Availability {
    readonly action: string;
    readonly available: boolean;
    readonly reason: { readonly code: string; readonly message: string } | null;
  }
  const forwardOf = async (id: string): Promise<Availability | undefined> => {
    const query = 'query ($id: ID!) { case(id: $id) { availableActions { action available reason { code message } } } }';
    const data = await platform.as(clerk).run<{ case: { availableActions: Availability[] } }>(query, { id });
    return data.case.availableActions.find(({ action }) => action === 'FORWARD');
  };
  const publishDuties = async (name: string, ...entries: Record<string, unknown>[]): Promise<void> => {
    expect((await publish(city, 'dutyListPublish', { version: name, entries: entries.map((more) => ({ ...duty, ...more })) })).userErrors).toEqual([]);
    await settled(platform.subgraphs);
  };
  const [, safety] = /^(.*)\/[^/]*$/.exec(demand.category) ?? [];

  it('lets a community forward by default, and forbids it by an entry that the refusal names', async () => {
    const id = await cases.bring('IN_PROGRESS');
    expect(await forwardOf(id)).toMatchObject({ available: true });
    await publishDuties('d-2', { code: 'Z-A', matters: [safety], forward: false }, { code: 'Z-B' });
    const before = await cases.look(id);
    const { userErrors } = await cases.act(clerk, 'caseForward', id);
    expect(userErrors).toMatchObject([{ code: 'NOT_ON_DUTY_LIST', field: null, message: expect.stringMatching(/d-2.*Z-A.* \/ .*Z-A/) }]);
    expect(await cases.look(id)).toEqual(before);
    expect(await forwardOf(id)).toMatchObject({ available: false, reason: { code: 'NOT_ON_DUTY_LIST', message: userErrors[0]?.message } });
    await publishDuties('d-3', { code: 'Z-A', matters: [safety], forward: false, streets: [places.otherStreet] }, { code: 'Z-B' });
    expect((await cases.act(clerk, 'caseForward', id)).userErrors).toEqual([]);
  });

  it('that has no entry for a matter lets nobody forward it to a street, and says so', async () => {
    await publishDuties('d-4', { matters: ['民政'] });
    const id = await cases.bring('IN_PROGRESS');
    const { userErrors } = await cases.act(clerk, 'caseForward', id);
    expect(userErrors).toMatchObject([{ code: 'NOT_ON_DUTY_LIST', message: expect.stringContaining('没有街道') }]);
    expect(await cases.look(id)).toMatchObject({ state: 'IN_PROGRESS', dispatch: null });
    await publishDuties('d-5', {});
    expect((await cases.act(clerk, 'caseForward', id)).userErrors).toEqual([]);
  });

  it('forbids the street to dispatch down, but not to its own units, nor to forward up', async () => {
    const [down, own, up] = [await cases.bring('STREET_IN_PROGRESS'), await cases.bring('STREET_IN_PROGRESS'), await cases.bring('STREET_IN_PROGRESS')];
    await publishDuties('d-6', { dispatch: false });
    const before = await cases.look(down);
    const { userErrors } = await cases.act(street, 'dispatchAssign', down);
    expect(userErrors).toMatchObject([{ code: 'NOT_ON_DUTY_LIST', message: expect.stringContaining('Z-1') }]);
    expect(await cases.look(down)).toEqual(before);
    expect((await cases.act(street, 'dispatchAssign', own, { unit: `${places.street}-03` })).userErrors).toEqual([]);
    expect((await cases.act(street, 'dispatchForward', up)).userErrors).toEqual([]);
    await settled(platform.subgraphs);

    await cases.walk(up, [[district, 'coordinationSign']]);
    expect((await cases.act(district, 'coordinationAssign', up)).userErrors).toMatchObject([{ code: 'NOT_ON_DUTY_LIST' }]);
    expect(await cases.look(up)).toMatchObject({ coordination: { state: 'IN_PROGRESS' } });
    await publishDuties('d-7', {});
    expect((await cases.act(district, 'coordinationAssign', up)).userErrors).toEqual([]);
  });

  it('is compared with the version before', async () => {
    expect(await anonymous('{ dutyListDiff(from: "d-6", to: "d-7") { added { code } removed { code } changed { before { dispatch } after { dispatch } } } }')).toEqual({
      dutyListDiff: { added: [], removed: [], changed: [{ before: { dispatch: false }, after: { dispatch: true } }] },
    });
  });

  it('concerns no resident, who never forwards', async () => {
    const { userErrors } = await publish(resident, 'dutyListPublish', { ...version, entries: [duty] });
    expect(userErrors).toMatchObject([{ code: 'ROLE_NOT_ALLOWED' }]);
  });
});
