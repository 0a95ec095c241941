// 准入: without all four gates nothing that needs them goes down to a street or community.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, demand, people, places, settled, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { city, street, district, resident, clerk } = people;
const housing = actor('DEPARTMENT_OFFICER', '3401-01');
const other = actor('DEPARTMENT_OFFICER', '3401-02');
const matter = demand.category.split('/').slice(0, 2).join('/');

let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'admission', seed: true, now: () => new Date('2026-03-02T02:00:00Z') });
  cases = casesOf(platform);
  const entry = { title: '安全检查', titleEn: 'Safety checks', category: 'LAWFUL_ASSISTANCE', class: 'A', forward: true, dispatch: true };
  const text = 'mutation ($input: DutyListPublishInput!) { dutyListPublish(input: $input) { userErrors { code } } }';
  const input = { version: 'needs-1', entries: [
    { ...entry, code: 'Z-0', matters: [], items: ['01-001'], needsAdmission: true },
    { ...entry, code: 'Z-1', matters: [matter], needsAdmission: true }, { ...entry, code: 'Z-2', matters: [] },
  ] };
  expect(await platform.as(city).run(text, { input })).toEqual({ dutyListPublish: { userErrors: [] } });
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

interface Admission {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly missing: readonly string[];
}
interface Answer {
  readonly admission: Admission | null;
  readonly userErrors: readonly UserError[];
}
const shown = 'id version state missing';
async function send(who: Actor, action: string, input: Record<string, unknown>): Promise<Answer> {
  const name = `admission${action}`;
  const text = `mutation ($input: Admission${action}Input!) { ${name}(input: $input) { admission { ${shown} } userErrors { code message field } } }`;
  const answer = (await platform.as(who).run<Record<string, Answer>>(text, { input }))[name] as Answer;
  await settled(platform.subgraphs);
  return answer;
}
const look = async (who: Actor, id: string): Promise<Admission | null> =>
  (await platform.as(who).run<{ admission: Admission | null }>(`query ($id: ID!) { admission(id: $id) { ${shown} } }`, { id })).admission;
const propose = async (more: Record<string, unknown> = {}): Promise<string> => {
  const { admission, userErrors } = await send(housing, 'Propose', { matter, street: places.street, reason: '街道更近', ...more });
  if (!admission) throw new Error(JSON.stringify(userErrors));
  return admission.id;
};

type Step = readonly [who: Actor, action: string, more: Record<string, unknown>];
const steps = {
  OPINION: [street, 'GiveOpinion', { supports: true, note: '有条件承接' }],
  SAFEGUARDS: [housing, 'Secure', { amountFen: 5_000_000, posts: 2 }],
  POWERS: [housing, 'Empower', { powers: ['Q-25'] }],
  APPROVAL: [city, 'Approve', {}],
} as const satisfies Record<string, Step>;
type Gate = keyof typeof steps;
const gates = Object.keys(steps) as Gate[];

const act = async (id: string, [who, action, more]: Step, version?: number): Promise<Answer> =>
  send(who, action, { admissionId: id, expectedVersion: version ?? (await look(city, id))?.version ?? 0, ...more });
const pass = async (id: string, which: readonly Gate[]): Promise<void> => {
  for (const gate of which) expect((await act(id, steps[gate])).userErrors).toEqual([]);
};
const end = async (id: string): Promise<void> => {
  const action = (await look(city, id))?.state === 'IN_FORCE' ? 'Lapse' : 'Refuse';
  expect((await act(id, [city, action, { note: '清理' }])).userErrors).toEqual([]);
};

describe('a matter that needs admission', () => {
  it('without any proposal is refused to whoever dispatches it down, all four gates named', async () => {
    const id = await cases.bring('STREET_IN_PROGRESS');
    const before = await cases.look(id);
    const { userErrors } = await cases.act(street, 'dispatchAssign', id);
    expect(userErrors).toMatchObject([{ code: 'NOT_ADMITTED', field: null }]);
    expect(userErrors[0]?.message).toMatch(/街道意见、经费与人员保障、相应权力、政府批准.* \/ .*opinion, safeguards .*, matching powers, the government's approval/);
    expect(await cases.look(id)).toEqual(before);
  });

  it.each(gates)('without %s alone is refused and that gate is named; with it, it goes', async (gate) => {
    const others = gates.filter((one) => one !== gate);
    const admission = await propose();
    // The approval comes after the opinion; without the opinion it cannot come at all.
    await pass(admission, gate === 'OPINION' ? others.filter((one) => one !== 'APPROVAL') : others);
    const missing = gate === 'OPINION' ? ['OPINION', 'APPROVAL'] : [gate];
    expect(await look(city, admission)).toMatchObject({ state: 'PROPOSED', missing });
    const id = await cases.bring('STREET_IN_PROGRESS');
    const { userErrors } = await cases.act(street, 'dispatchAssign', id);
    const name = { OPINION: '街道意见、政府批准', SAFEGUARDS: '经费与人员保障', POWERS: '相应权力', APPROVAL: '政府批准' }[gate];
    expect(userErrors).toMatchObject([{ code: 'NOT_ADMITTED', message: expect.stringContaining(`尚缺:${name}。`) }]);
    expect(await cases.look(id)).toMatchObject({ state: 'IN_PROGRESS', dispatch: { state: 'IN_PROGRESS' } });

    await pass(admission, gate === 'OPINION' ? ['OPINION', 'APPROVAL'] : [gate]);
    expect(await look(city, admission)).toMatchObject({ state: 'IN_FORCE', missing: [] });
    expect((await cases.act(street, 'dispatchAssign', id)).userErrors).toEqual([]);
    await end(admission);
  });

  it('goes from the district to the street it is admitted to, no more once the admission has lapsed', async () => {
    const admission = await propose();
    await pass(admission, gates);
    const [one, two] = [await cases.bring('STREET_IN_PROGRESS'), await cases.bring('STREET_IN_PROGRESS')];
    for (const id of [one, two]) await cases.walk(id, [[street, 'dispatchForward'], [district, 'coordinationSign']]);
    expect((await cases.act(district, 'coordinationAssign', one)).userErrors).toEqual([]);
    await end(admission);
    expect((await cases.act(district, 'coordinationAssign', two)).userErrors).toMatchObject([{ code: 'NOT_ADMITTED' }]);
    expect((await cases.act(district, 'coordinationAssign', two, { unit: `${places.district}-02` })).userErrors).toEqual([]);
  });

  it('says who passed which gate, when and with what, to the department, the street and the offices above', async () => {
    const id = await propose();
    await pass(id, gates);
    type Data = { admission: { passed: Record<string, unknown>[]; department: { code: string }; street: { name: string } } };
    const query = `{ admission(id: "${id}") { department { code } street { name } passed { gate by government note supports amountFen posts powers } } }`;
    const { admission } = await platform.as(street).run<Data>(query);
    const none = { note: null, government: null, supports: null, amountFen: null, posts: null, powers: [] };
    expect(admission).toMatchObject({ department: { code: '3401-01' }, street: { name: '亳州路街道' } });
    expect(admission.passed).toEqual([
      { ...none, gate: 'OPINION', by: street.id, note: '有条件承接', supports: true },
      { ...none, gate: 'SAFEGUARDS', by: housing.id, amountFen: 5_000_000, posts: 2 },
      { ...none, gate: 'POWERS', by: housing.id, powers: ['Q-25'] },
      { ...none, gate: 'APPROVAL', by: city.id, government: places.city },
    ]);
    const sees = async (who: Actor) => (await look(who, id)) !== null;
    expect(await Promise.all([housing, street, district, city].map(sees))).toEqual([true, true, true, true]);
    expect(await Promise.all([other, resident, clerk, actor('STREET_CLERK', places.otherStreet)].map(sees))).toEqual([false, false, false, false]);
    const { admissions } = await platform.as(housing).run<{ admissions: { totalCount: number; nodes: { id: string }[] } }>(
      '{ admissions(states: [IN_FORCE]) { totalCount nodes { id } } }',
    );
    expect(admissions).toEqual({ totalCount: 1, nodes: [{ id }] });
    await end(id);
  });
});

describe('the government', () => {
  it("is the district's as well as the city's: who approved, and who let it lapse, is on record", async () => {
    const id = await propose();
    await pass(id, ['OPINION', 'SAFEGUARDS', 'POWERS']);
    expect((await act(id, [district, 'Approve', {}])).admission).toMatchObject({ state: 'IN_FORCE' });
    expect((await act(id, [district, 'Lapse', { note: '清理' }])).userErrors).toEqual([]);
    const { admission } = await platform.as(street).run<{ admission: unknown }>(
      `{ admission(id: "${id}") { state endedBy endedByGovernment passed { gate by government } } }`,
    );
    expect(admission).toMatchObject({ state: 'LAPSED', endedBy: district.id, endedByGovernment: places.district });
    expect(admission).toMatchObject({ passed: expect.arrayContaining([{ gate: 'APPROVAL', by: district.id, government: places.district }]) });
  });

  it("of the district refuses a proposal in the city's place", async () => {
    const id = await propose();
    expect((await act(id, [district, 'Refuse', { note: '街道力量不足' }])).admission).toMatchObject({ state: 'REFUSED' });
  });
});

describe('a service item that needs admission', () => {
  const application = { kind: 'APPLICATION', demandType: null, category: '民政/社会救助', serviceItem: '01-001' } as const;

  it('is refused with the missing gates until the item itself is admitted; others of the matter go freely', async () => {
    // What comes from elsewhere comes as it is; everybody else applies.
    const bring = async (serviceItem: string): Promise<string> => cases.bring('STREET_IN_PROGRESS', { ...application, serviceItem }, people.integrator);
    expect((await cases.act(street, 'dispatchAssign', await bring('01-002'))).userErrors).toEqual([]);
    const id = await bring('01-001');
    const admission = await propose({ matter: null, item: '01-001' });
    expect((await cases.act(street, 'dispatchAssign', id)).userErrors).toMatchObject([{ code: 'NOT_ADMITTED' }]);
    await pass(admission, ['OPINION', 'SAFEGUARDS', 'APPROVAL']);
    const before = await cases.look(id);
    const { userErrors } = await cases.act(street, 'dispatchAssign', id);
    expect(userErrors).toMatchObject([{ code: 'NOT_ADMITTED', message: expect.stringMatching(/事项 01-001 .*尚缺:相应权力。.*item 01-001/) }]);
    expect(await cases.look(id)).toEqual(before);
    await pass(admission, ['POWERS']);
    expect((await cases.act(street, 'dispatchAssign', id)).userErrors).toEqual([]);
    const { admission: shownOne } = await platform.as(street).run<{ admission: unknown }>(
      `{ admission(id: "${admission}") { matter item { code inForce { title } } } }`,
    );
    expect(shownOne).toEqual({ matter: null, item: { code: '01-001', inForce: { title: '公共租赁住房申请' } } });
    expect((await send(housing, 'Propose', { item: '01-001', street: places.street, reason: '再提' })).userErrors).toMatchObject([{ code: 'DUPLICATE', field: ['input', 'item'] }]);
    await end(admission);
  });
});

describe('refusals', () => {
  let id: string;
  beforeAll(async () => {
    id = await propose({ matter: '民政/社会救助' });
    await pass(id, ['SAFEGUARDS']);
  });
  const on = (more: Record<string, unknown> = {}): Record<string, unknown> => ({ admissionId: id, expectedVersion: 2, ...more });
  const proposal = { matter: '民政/福利慈善', street: places.street, reason: '街道更近' };
  const opinion = { supports: true, note: '同意' };

  it.each<[string, Actor, string, string, () => Record<string, unknown>]>([
    ['a proposal by the city', city, 'Propose', 'ROLE_NOT_ALLOWED', () => proposal],
    ['a proposal for a district', housing, 'Propose', 'OUT_OF_SCOPE', () => ({ ...proposal, street: places.district })],
    ["a proposal of another district's department", actor('DEPARTMENT_OFFICER', '340104-01'), 'Propose', 'OUT_OF_SCOPE', () => proposal],
    ['a proposal of no path', housing, 'Propose', 'INVALID_INPUT', () => ({ ...proposal, matter: '民政/' })],
    ['a proposal of nothing', housing, 'Propose', 'INVALID_INPUT', () => ({ ...proposal, matter: null })],
    ['a proposal of a matter and an item', housing, 'Propose', 'INVALID_INPUT', () => ({ ...proposal, item: '01-002' })],
    ['a proposal of an item that is not in force', housing, 'Propose', 'NOT_FOUND', () => ({ ...proposal, matter: null, item: '01-999' })],
    ["a proposal of another department's item", other, 'Propose', 'OUT_OF_SCOPE', () => ({ ...proposal, matter: null, item: '01-002' })],
    ['a proposal without a reason', housing, 'Propose', 'INVALID_INPUT', () => ({ ...proposal, reason: ' ' })],
    ['the same proposal again', housing, 'Propose', 'DUPLICATE', () => ({ ...proposal, matter: '民政/社会救助' })],
    ['the opinion of another street', actor('STREET_CLERK', places.otherStreet), 'GiveOpinion', 'NOT_FOUND', () => on(opinion)],
    ['the opinion of the district', district, 'GiveOpinion', 'ROLE_NOT_ALLOWED', () => on(opinion)],
    ['an opinion without words', street, 'GiveOpinion', 'INVALID_INPUT', () => on({ supports: false, note: '' })],
    ['approval before the street was heard', city, 'Approve', 'TRANSITION_NOT_ALLOWED', () => on()],
    ['approval by the street', street, 'Approve', 'ROLE_NOT_ALLOWED', () => on()],
    ['approval by another district', actor('DISTRICT_OFFICER', places.otherDistrict), 'Approve', 'NOT_FOUND', () => on()],
    ['approval by the district before the street was heard', district, 'Approve', 'TRANSITION_NOT_ALLOWED', () => on()],
    ['safeguards a second time', housing, 'Secure', 'DUPLICATE', () => on({ posts: 1 })],
    ['safeguards of another department', other, 'Secure', 'NOT_FOUND', () => on({ posts: 1 })],
    ['powers that are none', housing, 'Empower', 'INVALID_INPUT', () => on({ powers: [] })],
    ['a power twice', housing, 'Empower', 'INVALID_INPUT', () => on({ powers: ['Q-1', 'Q-1'] })],
    ['lapsing what is not in force', city, 'Lapse', 'TRANSITION_NOT_ALLOWED', () => on({ note: '停' })],
    ['a refusal without a reason', city, 'Refuse', 'INVALID_INPUT', () => on({ note: ' ' })],
    ['an older version', street, 'GiveOpinion', 'STALE_VERSION', () => on({ ...opinion, expectedVersion: 1 })],
  ])('%s is refused, and nothing changes', async (_what, who, action, code, input) => {
    expect((await send(who, action, input())).userErrors).toMatchObject([{ code }]);
    expect(await look(city, id)).toEqual({ id, version: 2, state: 'PROPOSED', missing: ['OPINION', 'POWERS', 'APPROVAL'] });
  });

  it.each<[string, number, number]>([['nothing', 0, 0], ['a negative sum', -1, 1], ['half a fen', 0.5, 1]])(
    'safeguards of %s are refused', async (_what, amountFen, posts) => {
      const another = await propose({ matter: `民政/其他${posts}${amountFen}` });
      expect((await act(another, [housing, 'Secure', { amountFen, posts }])).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
      expect(await look(city, another)).toMatchObject({ version: 1, state: 'PROPOSED' });
    },
  );
});
