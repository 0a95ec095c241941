// Clocks through the gateway: the test moves the time and says when the alarms are looked at.
import { actor } from '../kit/identity.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

const community = '340103001001';
const resident = actor('RESIDENT', null, 'resident-7');
const clerk = actor('COMMUNITY_CLERK', community);
const streetClerk = actor('STREET_CLERK', '340103001');
const district = actor('DISTRICT_OFFICER', '340103');
const city = actor('CITY_OFFICER', '3401');

/** Shanghai time. */
const at = (local: string): Date => new Date(`${local}:00+08:00`);
let now = at('2026-03-02T09:00');
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'deadlines', seed: true, now: () => now });
});
afterAll(() => platform.end());
beforeEach(() => {
  now = at('2026-03-02T09:00');
});

interface CaseView {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly escalatedTo: string | null;
  readonly evaluations: readonly unknown[];
  readonly clocks: readonly {
    readonly name: string; readonly budget: number; readonly unit: string; readonly usedMinutes: number; readonly dueAt: string | null;
    readonly state: string; readonly pausedReason: string | null;
    readonly segments: readonly { readonly from: string; readonly to: string; readonly counted: number; readonly why: string }[];
  }[];
  readonly timeline: { readonly nodes: readonly { readonly action: string; readonly role: string | null; readonly note: string | null }[] };
}

const view = `id state version escalatedTo evaluations { round }
  clocks { name budget unit usedMinutes dueAt state pausedReason segments { from to counted why } }
  timeline(first: 100) { nodes { action role note } }`;

async function read(id: string): Promise<CaseView> {
  return (await platform.as(clerk).run<{ case: CaseView }>(`query ($id: ID!) { case(id: $id) { ${view} } }`, { id })).case;
}

type Who = ReturnType<typeof actor>;
interface Outcome {
  readonly case: CaseView | null;
  readonly codes: readonly string[];
}

async function act(who: Who, mutation: string, id: string, input: Record<string, unknown> = {}): Promise<Outcome> {
  const { version } = await read(id);
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { case: CaseView | null; userErrors: { code: string }[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { case { ${view} } userErrors { code } } }`,
    { input: { caseId: id, expectedVersion: version, ...input } },
  );
  const payload = data[mutation];
  return { case: payload?.case ?? null, codes: payload?.userErrors.map(({ code }) => code) ?? [] };
}

async function does(who: Who, mutation: string, id: string, input: Record<string, unknown> = {}): Promise<CaseView> {
  const outcome = await act(who, mutation, id, input);
  expect(outcome.codes).toEqual([]);
  if (!outcome.case) throw new Error(`${mutation} gave no case.`);
  return outcome.case;
}

let titles = 0;
async function submit(demandType = 'COMPLAINT'): Promise<string> {
  titles += 1;
  const { caseSubmit } = await platform.as(resident).run<{ caseSubmit: { case: { id: string } } }>(
    'mutation ($input: CaseSubmitInput!) { caseSubmit(input: $input) { case { id } userErrors { code } } }',
    { input: { channel: 'WEB', demandType, category: '城乡建设', title: `路灯不亮 ${titles}`, detail: '已三天', community } },
  );
  return caseSubmit.case.id;
}

/** In progress at the community since 09:00 on Monday 2 March 2026. */
async function inProgress(demandType?: string): Promise<string> {
  const id = await submit(demandType);
  await does(clerk, 'caseAccept', id);
  await does(clerk, 'caseHandle', id);
  return id;
}

const lookAtAlarms = (): Promise<void> => platform.subgraphs.running('community').runTasks();
const clock = (subject: CaseView, name: string) => subject.clocks.findLast((one) => one.name === name);
const fired = (subject: CaseView): string[] =>
  subject.timeline.nodes.filter(({ role }) => role === null).map(({ action, note }) => `${action} ${note ?? ''}`);

it('explains every minute of a clock, and what it counts adds up to what it used', async () => {
  const id = await inProgress();
  now = at('2026-03-03T10:00');
  await does(clerk, 'caseRequestInfo', id, { note: '请补充照片' });
  now = at('2026-03-09T11:00');
  await does(resident, 'caseSupplyInfo', id, { note: '已补充' });
  now = at('2026-03-10T11:00');

  const resolve = clock(await read(id), 'RESOLVE');
  // Monday to Tuesday 10:00 is a day of 7 hours and one more; Monday 11:00 to Tuesday 11:00 is a day's worth.
  expect([resolve?.usedMinutes, resolve?.state, resolve?.budget, resolve?.unit]).toEqual([(7 + 1 + 7) * 60, 'RUNNING', 10, 'WORK_DAY']);
  const segments = resolve?.segments ?? [];
  expect(segments.reduce((sum, { counted }) => sum + counted, 0)).toBe(resolve?.usedMinutes);
  expect(segments.every(({ from }, i) => i === 0 || from === segments[i - 1]?.to)).toBe(true);
  expect([segments[0]?.from, segments.at(-1)?.to]).toEqual([at('2026-03-02T09:00').toISOString(), now.toISOString()]);
  expect(new Set(segments.map(({ why }) => why))).toEqual(new Set(['RUNNING', 'OFF_HOURS', 'PAUSED_INFO']));
});

it('counts no holiday, and the weekends that make up for it', async () => {
  now = at('2026-09-30T09:00');
  const due = clock(await read(await inProgress('CONSULTATION')), 'RESOLVE')?.dueAt;
  // Three work days after 30 September 2026: National Day to the 7th; 8 and 9 October, and Saturday the 10th is worked.
  expect(due).toBe(at('2026-10-10T17:00').toISOString());
});

it('warns at 80 %, escalates at 100, 150 and 300 %, each once however often it is looked at', async () => {
  const id = await inProgress();
  await lookAtAlarms();
  expect(fired(await read(id))).toEqual([]);

  now = at('2026-03-13T12:00');
  await lookAtAlarms();
  await Promise.all([lookAtAlarms(), lookAtAlarms(), lookAtAlarms()]);
  expect(fired(await read(id))).toEqual(['WARN RESOLVE 80%']);

  now = at('2026-03-16T17:00');
  await Promise.all([lookAtAlarms(), lookAtAlarms()]);
  expect([fired(await read(id)).at(-1), (await read(id)).escalatedTo]).toEqual(['ESCALATE RESOLVE 100%', 'STREET']);

  now = at('2026-05-20T17:00');
  await Promise.all([lookAtAlarms(), lookAtAlarms()]);
  const last = await read(id);
  expect(fired(last)).toEqual(['WARN RESOLVE 80%', 'ESCALATE RESOLVE 100%', 'ESCALATE RESOLVE 150%', 'ESCALATE RESOLVE 300%']);
  expect([last.state, last.escalatedTo]).toEqual(['IN_PROGRESS', 'CITY']);
});

it('counts a case overdue once, on the level that held it and above', async () => {
  const count = async (): Promise<number> => {
    const { community: area } = await platform.as(clerk).run<{ community: { counts: { own: { overdue: number } }[] } }>(
      `{ community(code: "${community}") { counts(from: "2026-06") { own { overdue } } } }`,
    );
    return area.counts[0]?.own.overdue ?? 0;
  };
  now = at('2026-06-01T09:00');
  const before = await count();
  await inProgress('CONSULTATION');
  now = at('2026-06-30T09:00');
  await lookAtAlarms();
  expect(await count()).toBe(before + 1);
});

it('closes a case nobody rated within 14 days, unrated and never as satisfied', async () => {
  const id = await inProgress();
  await does(clerk, 'caseResolve', id, { outcome: 'SOLVED', note: '已修好' });
  now = at('2026-03-16T08:59');
  await lookAtAlarms();
  expect((await read(id)).state).toBe('RESOLVED');

  now = at('2026-03-16T09:00');
  await lookAtAlarms();
  const closed = await read(id);
  expect([closed.state, closed.evaluations, fired(closed)]).toEqual(['CLOSED', [], ['NO_REPLY CALLBACK 100%']]);
});

it('withdraws a case whose information never came', async () => {
  const id = await inProgress();
  await does(clerk, 'caseRequestInfo', id, { note: '请补充地址' });
  now = at('2026-03-16T17:00');
  await lookAtAlarms();
  const lapsed = await read(id);
  expect([lapsed.state, fired(lapsed)]).toEqual(['WITHDRAWN', ['LAPSE INFO 100%']]);
});

it('previews an extension, grants the first by the level above and the second by the district', async () => {
  const id = await inProgress();
  const preview = `query ($id: ID!) { clockPreview(caseId: $id, workDays: 5) { dueAt extendedDueAt } }`;
  const { clockPreview } = await platform.as(clerk).run<{ clockPreview: { dueAt: string; extendedDueAt: string } }>(preview, { id });
  expect(clockPreview).toEqual({ dueAt: at('2026-03-16T17:00').toISOString(), extendedDueAt: at('2026-03-23T17:00').toISOString() });

  await does(clerk, 'caseRequestExtension', id, { workDays: 5, note: '待配件' });
  expect((await act(clerk, 'caseRequestExtension', id, { workDays: 5, note: '再申请' })).codes).toEqual(['DUPLICATE']);
  expect((await act(district, 'caseDecideExtension', id, { granted: true })).codes).toEqual(['ROLE_NOT_ALLOWED']);
  const granted = await does(streetClerk, 'caseDecideExtension', id, { granted: true });
  expect(clock(granted, 'RESOLVE')?.dueAt).toBe(clockPreview.extendedDueAt);

  await does(clerk, 'caseRequestExtension', id, { workDays: 3, note: '仍待配件' });
  expect((await act(streetClerk, 'caseDecideExtension', id, { granted: true })).codes).toEqual(['ROLE_NOT_ALLOWED']);
  await does(district, 'caseDecideExtension', id, { granted: true });
  expect((await act(clerk, 'caseRequestExtension', id, { workDays: 1, note: '第三次' })).codes).toEqual(['TRANSITION_NOT_ALLOWED']);
});

it('refuses an extension that is asked for after the time is over', async () => {
  const id = await inProgress();
  now = at('2026-03-17T09:00');
  await lookAtAlarms();
  expect((await act(clerk, 'caseRequestExtension', id, { workDays: 5, note: '太晚了' })).codes).toEqual(['TRANSITION_NOT_ALLOWED']);
});

it('suspends by the district alone, stands still meanwhile, and goes on where it was', async () => {
  const id = await inProgress();
  now = at('2026-03-04T09:00');
  await does(clerk, 'caseRequestSuspension', id, { reviewAt: at('2026-06-01T09:00').toISOString(), note: '待拆迁完成' });
  expect((await act(streetClerk, 'caseDecideSuspension', id, { granted: true })).codes).toEqual(['ROLE_NOT_ALLOWED']);
  expect((await act(district, 'caseDecideSuspension', id, { granted: false })).codes).toEqual(['INVALID_INPUT']);
  const suspended = await does(district, 'caseDecideSuspension', id, { granted: true });
  expect([suspended.state, clock(suspended, 'RESOLVE')?.pausedReason]).toEqual(['SUSPENDED', 'PAUSED_SUSPENDED']);

  now = at('2026-04-08T09:00');
  await lookAtAlarms();
  expect(fired(await read(id))).toEqual([]);
  const resumed = await does(district, 'caseResume', id);
  expect([resumed.state, clock(resumed, 'RESOLVE')?.usedMinutes]).toEqual(['IN_PROGRESS', 2 * 7 * 60]);
});

it('tells the street that its case is suspended and when it must be resolved after that', async () => {
  const id = await inProgress();
  const dispatch = async () => (await platform.as(streetClerk).run<{ dispatch: { state: string; version: number; resolveBy: string | null } }>(
    'query ($id: ID!) { dispatch(caseId: $id) { state version resolveBy } }', { id },
  )).dispatch;
  await does(clerk, 'caseForward', id, { note: '需街道处理' });
  const sign = 'mutation ($input: DispatchSignInput!) { dispatchSign(input: $input) { userErrors { code } } }';
  await platform.as(streetClerk).run(sign, { input: { caseId: id, expectedVersion: (await dispatch()).version } });
  await does(streetClerk, 'caseRequestExtension', id, { workDays: 2, note: '待材料' });
  await does(district, 'caseDecideExtension', id, { granted: true });
  expect((await dispatch()).resolveBy).toBe(at('2026-03-18T17:00').toISOString());

  await does(streetClerk, 'caseRequestSuspension', id, { reviewAt: at('2026-05-01T09:00').toISOString(), note: '待立项' });
  await does(district, 'caseDecideSuspension', id, { granted: true });
  expect((await dispatch()).state).toBe('SUSPENDED');
  await does(district, 'caseResume', id);
  expect((await dispatch()).state).toBe('IN_PROGRESS');
});

it('lets a superior raise a case to their own level once, with a reason', async () => {
  const id = await inProgress();
  expect((await act(city, 'caseEscalate', id, { note: ' ' })).codes).toEqual(['INVALID_INPUT']);
  expect((await does(district, 'caseEscalate', id, { note: '群众反映强烈' })).escalatedTo).toBe('DISTRICT');
  expect((await act(streetClerk, 'caseEscalate', id, { note: '本级已知' })).codes).toEqual(['TRANSITION_NOT_ALLOWED']);
  expect((await act(clerk, 'caseEscalate', id, { note: '社区' })).codes).toEqual(['ROLE_NOT_ALLOWED']);
});

it.each([
  ['no work days', 'caseRequestExtension', { workDays: 0, note: '延期' }],
  ['too many work days', 'caseRequestExtension', { workDays: 31, note: '延期' }],
  ['no reason', 'caseRequestExtension', { workDays: 1, note: '' }],
  ['a review date that has passed', 'caseRequestSuspension', { reviewAt: '2026-03-01T00:00:00Z', note: '挂账' }],
  ['a review date beyond a year', 'caseRequestSuspension', { reviewAt: '2027-06-01T00:00:00Z', note: '挂账' }],
])('changes nothing for %s', async (_name, mutation, input) => {
  const id = await inProgress();
  const before = await read(id);
  expect((await act(clerk, mutation, id, input)).codes).toEqual(['INVALID_INPUT']);
  expect(await read(id)).toEqual(before);
});
