import { startPlatform, type Platform } from '../kit/gateway.js';
import {
  casesOf, mutationText, pathTo, people, places, satisfied, settled, solved, stages, unsatisfied, units, type Cases,
  type Stage, type Step,
} from '../kit/cases.js';
import { actor } from '../kit/identity.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';

const { resident, gridWorker, clerk, street, district, city, auditor, integrator } = people;
const { communityUnit, streetUnit, districtUnit, cityUnit } = people;

const monday = new Date('2026-03-02T02:00:00Z');
const hours = (n: number): Date => new Date(monday.getTime() + n * 3_600_000);
let now = monday;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'case', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  now = monday;
});

/** Fields of a case as the city's auditor reads them. */
async function read<T = Record<string, unknown>>(id: string, selection: string): Promise<T> {
  const text = `query ($id: ID!) { case(id: $id) { ${selection} } }`;
  return (await platform.as(auditor).run<{ case: T }>(text, { id })).case;
}

describe('a demand that goes up to the city, down to the street, and is done twice', () => {
  const april = new Date('2026-04-13T02:00:00Z');
  const way: readonly Step[] = [
    [clerk, 'caseAccept'], [clerk, 'caseForward', { note: '请街道协助' }],
    [street, 'dispatchSign'], [street, 'dispatchForward'],
    [district, 'coordinationSign'], [district, 'coordinationForward'],
    [city, 'receiptSign'], [city, 'receiptAssign'],
    [district, 'coordinationSign'], [district, 'coordinationAssign'],
    [street, 'dispatchSign'], [street, 'dispatchResolve', solved],
    [resident, 'caseRate', unsatisfied],
    [street, 'dispatchRestart'], [street, 'dispatchResolve', { outcome: 'SOLVED', note: '已换新灯' }],
    [resident, 'caseRate', satisfied],
  ];
  let id: string;

  beforeAll(async () => {
    now = april;
    id = await cases.submit();
    await cases.walk(id, way);
  });

  it('is closed on all four levels, in the second round, credited to the street', async () => {
    const byStreet = { level: 'STREET', area: places.street, unit: null };
    expect(await read(id, `
      state round returns closedAt dispatch { state } coordination { state } receipt { state }
      holder { level area unit } resolution { outcome text provider { level area unit } }
      evaluations { round solved satisfaction comment onBehalf provider { level area unit } }
    `)).toEqual({
      state: 'CLOSED', round: 2, returns: 0, closedAt: april.toISOString(),
      dispatch: { state: 'CLOSED' }, coordination: { state: 'CLOSED' }, receipt: { state: 'CLOSED' },
      holder: byStreet, resolution: { outcome: 'SOLVED', text: '已换新灯', provider: byStreet },
      evaluations: [
        { round: 1, solved: false, satisfaction: 1, comment: '仍未解决', onBehalf: false, provider: byStreet },
        { round: 2, solved: true, satisfaction: 5, comment: null, onBehalf: false, provider: byStreet },
      ],
    });
  });

  it('shows the way it went, each link with the one who handed it on', async () => {
    const { chain, dispatch, coordination } = await read<Record<string, unknown>>(id, `
      chain { rung holder { level } }
      dispatch { sender { level } target { level } } coordination { sender { level } target { level } }
    `);
    const levels = ['COMMUNITY', 'STREET', 'DISTRICT', 'CITY', 'DISTRICT', 'STREET'];
    expect(chain).toEqual(levels.map((level, i) => ({ rung: i + 1, holder: { level } })));
    expect(dispatch).toEqual({ sender: { level: 'DISTRICT' }, target: null });
    expect(coordination).toEqual({ sender: { level: 'CITY' }, target: { level: 'STREET' } });
  });

  it('has one timeline of all four levels, complete and in order over two pages of one cursor', async () => {
    type Entry = Record<'level' | 'action' | 'to' | 'role', string> & { seq: number; from: string | null };
    interface Page {
      readonly timeline: {
        readonly totalCount: number;
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
        readonly nodes: readonly Entry[];
      };
    }
    const page = (after: string | null): Promise<{ case: Page }> => platform.as(resident).run(/* GraphQL */ `
      query ($id: ID!, $after: String) {
        case(id: $id) {
          timeline(first: 10, after: $after) {
            totalCount pageInfo { hasNextPage endCursor } nodes { seq level action from to role }
          }
        }
      }
    `, { id, after });
    const { case: { timeline: first } } = await page(null);
    const { case: { timeline: second } } = await page(first.pageInfo.endCursor);

    expect([first.totalCount, first.pageInfo.hasNextPage, second.totalCount, second.pageInfo.hasNextPage])
      .toEqual([17, true, 17, false]);
    const entries = [...first.nodes, ...second.nodes];
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
    expect(entries.slice(1).map(({ from }) => from)).toEqual(entries.slice(0, -1).map(({ to }) => to));
    expect(entries.map(({ level, action, role, to }) => `${level} ${role} ${action} → ${to}`)).toEqual([
      'COMMUNITY RESIDENT SUBMIT → SUBMITTED',
      'COMMUNITY COMMUNITY_CLERK ACCEPT → ACCEPTED',
      'COMMUNITY COMMUNITY_CLERK FORWARD → DISPATCHED',
      'STREET STREET_CLERK SIGN → IN_PROGRESS',
      'STREET STREET_CLERK FORWARD → DISPATCHED',
      'DISTRICT DISTRICT_OFFICER SIGN → IN_PROGRESS',
      'DISTRICT DISTRICT_OFFICER FORWARD → DISPATCHED',
      'CITY CITY_OFFICER SIGN → IN_PROGRESS',
      'CITY CITY_OFFICER DISPATCH → DISPATCHED',
      'DISTRICT DISTRICT_OFFICER SIGN → IN_PROGRESS',
      'DISTRICT DISTRICT_OFFICER DISPATCH → DISPATCHED',
      'STREET STREET_CLERK SIGN → IN_PROGRESS',
      'STREET STREET_CLERK RESOLVE → RESOLVED',
      'COMMUNITY RESIDENT RATE → REWORK',
      'STREET STREET_CLERK RESTART → IN_PROGRESS',
      'STREET STREET_CLERK RESOLVE → RESOLVED',
      'COMMUNITY RESIDENT RATE → CLOSED',
    ]);
  });

  it('is counted on all four levels, where own and children make the total', async () => {
    const data = await platform.as(auditor).run<Record<string, { counts: Record<string, unknown>[] }>>(/* GraphQL */ `
      query ($community: AreaCode!, $street: AreaCode!, $district: AreaCode!, $month: Month) {
        community(code: $community) { counts(from: $month) { ...numbers } }
        street(code: $street) { counts(from: $month) { ...numbers } }
        district(code: $district) { counts(from: $month) { ...numbers } }
        city { counts(from: $month) { ...numbers } }
      }
      fragment numbers on AreaCounts { own { ...all } children { ...all } total { ...all } }
      fragment all on Counts { submitted accepted resolved rated solved satisfied reworked }
    `, { community: places.community, street: places.street, district: places.district, month: '2026-04' });

    const none = { submitted: 0, accepted: 0, resolved: 0, rated: 0, solved: 0, satisfied: 0, reworked: 0 };
    const takenIn = { ...none, submitted: 1, accepted: 1 };
    const done = { ...none, resolved: 2, rated: 2, solved: 1, satisfied: 1, reworked: 1 };
    const total = { submitted: 1, accepted: 1, resolved: 2, rated: 2, solved: 1, satisfied: 1, reworked: 1 };
    expect(Object.fromEntries(Object.entries(data).map(([level, { counts }]) => [level, counts]))).toEqual({
      community: [{ own: takenIn, children: none, total: takenIn }],
      street: [{ own: done, children: takenIn, total }],
      district: [{ own: none, children: total, total }],
      city: [{ own: none, children: total, total }],
    });
  });
});

describe('submitting', () => {
  it.each<[string, Actor, Record<string, unknown>]>([
    ['a resident, on the web', resident, {}],
    ['a grid worker, of a demand met on the way', gridWorker, {}],
    ['a community clerk for a resident, at the counter', clerk, { channel: 'COUNTER', reporter: { name: '李四' } }],
    ['a community clerk, of an application', clerk, { channel: 'COUNTER', kind: 'APPLICATION', demandType: null }],
    ['a street clerk for a resident, by telephone', street, { channel: 'HOTLINE' }],
    ['the hotline', integrator, { channel: 'HOTLINE', sourceId: '12345-0001' }],
  ])('is open to %s', async (_who, who, more) => {
    const id = await cases.submit(who, more);

    expect(await read(id, 'state version number submittedAt reportedAt chain { rung holder { level area } }')).toEqual({
      state: 'SUBMITTED', version: 1, number: expect.stringMatching(/^HF260302-[0-9A-HJKMNP-TV-Z]{6}$/),
      submittedAt: monday.toISOString(), reportedAt: monday.toISOString(),
      chain: [{ rung: 1, holder: { level: 'COMMUNITY', area: places.community } }],
    });
  });

  it('keeps what was said, where and when, trimmed of blanks', async () => {
    const id = await cases.submit(clerk, {
      channel: 'COUNTER', title: '  电梯停运\n', detail: ' 三号楼 ', grid: places.grid, address: ' 蒙城北路 1 号 ',
      longitude: 117.28, latitude: 31.87, reportedAt: '2026-02-27T08:00:00Z',
      reporter: { name: ' 李四 ', phone: '13812345678', idNumber: '340103199001011234' },
    });
    const { case: found } = await platform.as(clerk).run(/* GraphQL */ `
      query ($id: ID!) {
        case(id: $id) {
          title detail address longitude latitude reportedAt kind demandType channel category sourceId
          community { code name } grid { code } reporter { name phone idNumber masked }
        }
      }
    `, { id });
    expect(found).toEqual({
      title: '电梯停运', detail: '三号楼', address: '蒙城北路 1 号', longitude: 117.28, latitude: 31.87,
      reportedAt: '2026-02-27T08:00:00.000Z', kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'COUNTER',
      category: '城乡建设/安全生产/安全隐患', sourceId: null,
      community: { code: places.community, name: '水西门社区居委会' }, grid: { code: places.grid },
      reporter: { name: '李四', phone: '13812345678', idNumber: '340103199001011234', masked: false },
    });
  });

  it('answers an import that was taken in before with DUPLICATE and the number it has', async () => {
    const first = await cases.submit(integrator, { channel: 'IMPORT', sourceId: 'A-77' });
    const { number } = await read<{ number: string }>(first, 'number');
    const again = await cases.trySubmit(integrator, { channel: 'IMPORT', sourceId: 'A-77', title: '另一标题' });

    expect(again).toEqual({
      entity: null,
      userErrors: [{ code: 'DUPLICATE', message: expect.stringContaining(number), field: ['input', 'sourceId'] }],
    });
    const other = actor('INTEGRATOR', places.district);
    expect(await cases.trySubmit(other, { channel: 'IMPORT', sourceId: 'A-77' })).toMatchObject({ userErrors: [] });
  });
});

/** When the latest clock of that name is due. */
async function dueOf(id: string, name: string): Promise<string | null> {
  const { clocks } = await read<{ clocks: { name: string; dueAt: string | null }[] }>(id, 'clocks { name dueAt }');
  return clocks.findLast((clock) => clock.name === name)?.dueAt ?? null;
}

describe('taking in', () => {
  const intake = [['the community', clerk], ['the street', street]] as const;

  it.each(intake)('is accepted by %s', async (_level, who) => {
    const id = await cases.submit();
    now = hours(1);
    await cases.walk(id, [[who, 'caseAccept', { note: '已核实' }]]);

    const selection = 'state acceptedAt holder { level } nextDueAt timeline(first: 2) { nodes { note role } }';
    expect(await read(id, selection)).toEqual({
      state: 'ACCEPTED', acceptedAt: hours(1).toISOString(), holder: { level: 'COMMUNITY' },
      // First the community must respond, then resolve.
      nextDueAt: '2026-03-03T09:00:00.000Z',
      timeline: { nodes: [{ note: null, role: 'RESIDENT' }, { note: '已核实', role: who.role }] },
    });
    expect([await dueOf(id, 'RESPOND'), await dueOf(id, 'RESOLVE')]).toEqual(['2026-03-03T09:00:00.000Z', '2026-03-16T09:00:00.000Z']);
  });

  it('gives a consultation three work days instead of ten', async () => {
    const id = await cases.bring('ACCEPTED', { demandType: 'CONSULTATION' });
    expect(await dueOf(id, 'RESOLVE')).toBe('2026-03-05T09:00:00.000Z');
  });

  it.each(intake)('is declined by %s, with another way', async (_level, who) => {
    const id = await cases.submit();
    await cases.walk(id, [[who, 'caseDecline', { note: '属供电公司', otherWay: '请拨打 95598' }]]);

    expect(await read(id, 'state declined { reason otherWay } nextDueAt')).toEqual({
      state: 'DECLINED', declined: { reason: '属供电公司', otherWay: '请拨打 95598' }, nextDueAt: null,
    });
  });
});

describe('asking the reporter', () => {
  const question = { note: '请补充楼栋号' };
  const answer = { note: '三号楼' };

  it.each<[string, Stage, Step, Actor, string]>([
    ['accepted', 'ACCEPTED', [clerk, 'caseRequestInfo', question], resident, 'ACCEPTED'],
    ['in progress', 'IN_PROGRESS', [clerk, 'caseRequestInfo', question], resident, 'IN_PROGRESS'],
    ['with the street', 'STREET_IN_PROGRESS', [street, 'dispatchRequestInfo', question], resident, 'IN_PROGRESS'],
    ['answered by the clerk', 'STREET_IN_PROGRESS', [street, 'dispatchRequestInfo', question], clerk, 'IN_PROGRESS'],
  ])('brings a case %s back to where it was, and its deadline waits', async (_what, stage, ask, who, back) => {
    const id = await cases.bring(stage);
    const before = await read(id, 'dispatch { state resolveBy }');
    expect(await dueOf(id, 'RESOLVE')).toBe('2026-03-16T09:00:00.000Z');
    await cases.walk(id, [ask]);
    expect(await read(id, 'state nextDueAt infoRequest { question answer }')).toEqual({
      state: 'NEEDS_INFO', nextDueAt: await dueOf(id, 'INFO'), infoRequest: { question: '请补充楼栋号', answer: null },
    });
    expect([await dueOf(id, 'INFO'), await dueOf(id, 'RESOLVE')]).toEqual(['2026-03-16T09:00:00.000Z', null]);
    expect((await read<{ dispatch: unknown }>(id, 'dispatch { state resolveBy }')).dispatch)
      .toEqual(before['dispatch'] && { state: 'NEEDS_INFO', resolveBy: null });

    now = hours(24);
    await cases.walk(id, [[who, 'caseSupplyInfo', answer]]);
    const later = '2026-03-17T09:00:00.000Z';
    expect(await read(id, 'state nextDueAt infoRequest { answer } dispatch { state resolveBy }')).toEqual({
      state: back, nextDueAt: later, infoRequest: { answer: '三号楼' },
      dispatch: before['dispatch'] && { state: 'IN_PROGRESS', resolveBy: later },
    });
  });

  it('lets the grid worker who reported it answer', async () => {
    const id = await cases.submit(gridWorker);
    await cases.walk(id, [[clerk, 'caseAccept'], [clerk, 'caseRequestInfo', question]]);
    await cases.walk(id, [[gridWorker, 'caseSupplyInfo', answer]]);
    expect(await cases.look(id)).toMatchObject({ state: 'ACCEPTED' });
  });
});

describe('a department or unit', () => {
  const toStreet = pathTo.STREET_IN_PROGRESS;
  const toDistrict: readonly Step[] = [...toStreet, [street, 'dispatchForward'], [district, 'coordinationSign']];
  const toCity: readonly Step[] = [...toDistrict, [district, 'coordinationForward'], [city, 'receiptSign']];

  const table = [
    ['the community', pathTo.ACCEPTED, clerk, communityUnit, 'caseDispatch'],
    ['the street', toStreet, street, streetUnit, 'dispatchAssign'],
    ['the district', toDistrict, district, districtUnit, 'coordinationAssign'],
    ['the city', toCity, city, cityUnit, 'receiptAssign'],
  ] as const;

  it.each(table)('of %s returns what is not its own, or resolves it', async (_of, way, office, officer, assign) => {
    const { unit } = officer;
    const does = (verb: string): string => assign.replace(/(Dispatch|Assign)$/, verb);
    const id = await cases.submit();
    await cases.walk(id, [...way, [office, assign, { unit }]]);
    expect(await cases.look(id)).toMatchObject({ state: 'DISPATCHED', holder: { unit } });
    expect(await cases.act(office, does('Sign'), id)).toMatchObject({ userErrors: [{ code: 'ROLE_NOT_ALLOWED' }] });

    await cases.walk(id, [[officer, does('Return'), { note: '不属本单位', proposedOwner: '供电公司' }]]);
    expect(await cases.look(id)).toMatchObject({ state: 'RETURNED', returns: 1, holder: { unit: null } });

    await cases.walk(id, [
      [office, does('Redispatch'), { unit }], [officer, does('Sign')], [officer, does('Resolve'), solved],
      [resident, 'caseRate', satisfied],
    ]);
    expect(await read(id, 'state evaluations { provider { unit } }')).toEqual({
      state: 'CLOSED', evaluations: [{ provider: { unit } }],
    });
  });
});

describe('a case that is returned', () => {
  it('goes back to its sender, who sends it elsewhere, and its deadline is never reset', async () => {
    const id = await cases.bring('STREET_OFFERED');
    const offered = await read<{ dispatch: { resolveBy: string } }>(id, 'dispatch { resolveBy signBy }');
    now = hours(2);
    await cases.walk(id, [[street, 'dispatchReturn', { note: '属社区自治事项', proposedOwner: '居委会' }]]);
    expect(await read(id, 'state holder { level } dispatch { state resolveBy signBy }')).toEqual({
      state: 'RETURNED', holder: { level: 'COMMUNITY' }, dispatch: { state: 'RETURNED', resolveBy: null, signBy: null },
    });

    await cases.walk(id, [[clerk, 'caseRedispatch', { unit: units.community }]]);
    await cases.walk(id, [[communityUnit, 'caseReturn', { note: '无力办理' }]]);
    now = hours(4);
    await cases.walk(id, [[clerk, 'caseRedispatch', { upward: true }]]);
    expect(await read(id, 'returns dispatch { state resolveBy }')).toEqual({
      returns: 2, dispatch: { state: 'OFFERED', resolveBy: offered.dispatch.resolveBy },
    });
  });

  it('keeps on the timeline who should have had it instead', async () => {
    const id = await cases.bring('STREET_OFFERED');
    await cases.walk(id, [[street, 'dispatchReturn', { note: '不属本街道', proposedOwner: '供电公司' }]]);
    const { timeline } = await read<{ timeline: { nodes: unknown[] } }>(
      id, 'timeline(first: 100) { nodes { action note proposedOwner } }',
    );
    expect(timeline.nodes.at(-1)).toEqual({ action: 'RETURN', note: '不属本街道', proposedOwner: '供电公司' });
    expect(timeline.nodes.at(0)).toEqual({ action: 'SUBMIT', note: null, proposedOwner: null });
  });

  it('comes back to the street from the community below, the district above, and its unit', async () => {
    const id = await cases.bring('STREET_IN_PROGRESS');
    await cases.walk(id, [
      [street, 'dispatchAssign'], [clerk, 'caseReturn', { note: '社区无权' }],
      [street, 'dispatchRedispatch', { upward: true }], [district, 'coordinationReturn', { note: '街道可办' }],
      [street, 'dispatchRedispatch', { unit: units.street }], [streetUnit, 'dispatchReturn', { note: '无执法权' }],
    ]);
    expect(await read(id, `
      state returns dispatch { state sender { level } target { level } signedAt } coordination { state }
    `)).toEqual({
      state: 'RETURNED', returns: 3, coordination: { state: 'RETURNED' },
      dispatch: { state: 'SENT_BACK', sender: { level: 'COMMUNITY' }, target: null, signedAt: monday.toISOString() },
    });
    await cases.walk(id, [[street, 'dispatchRedispatch', {}], [clerk, 'caseSign'], [clerk, 'caseResolve', solved]]);
    expect(await read(id, 'state dispatch { state target { level area unit } }')).toEqual({
      state: 'RESOLVED',
      dispatch: { state: 'PASSED_ON', target: { level: 'COMMUNITY', area: places.community, unit: null } },
    });
  });
});

describe('rating', () => {
  it.each([
    ['a good word closes it', { responded: true, solved: true, satisfaction: 4 }, 'CLOSED', 1],
    ['neither good nor bad closes it', { responded: true, solved: true, satisfaction: 3 }, 'CLOSED', 1],
    ['a bad word sends it back though solved', { responded: true, solved: true, satisfaction: 2 }, 'REWORK', 2],
    ['what is not solved goes back though satisfied', { responded: true, solved: false, satisfaction: 5 }, 'REWORK', 2],
  ])('by the reporter: %s', async (_what, rating, state, round) => {
    const id = await cases.bring('RESOLVED');
    await cases.walk(id, [[resident, 'caseRate', rating]]);
    expect(await read(id, 'state round evaluations { round satisfaction onBehalf }')).toEqual({
      state, round, evaluations: [{ round: 1, satisfaction: rating.satisfaction, onBehalf: false }],
    });
  });

  it('by the community on behalf of the reporter is marked as such', async () => {
    const id = await cases.bring('RESOLVED');
    await cases.walk(id, [[clerk, 'caseRate', { ...satisfied, tags: ['态度好', ' 速度快 ', '态度好'], comment: '电话回访' }]]);
    expect(await read(id, 'state evaluations { onBehalf tags comment }'))
      .toEqual({ state: 'CLOSED', evaluations: [{ onBehalf: true, tags: ['态度好', '速度快'], comment: '电话回访' }] });
  });

  it('is asked for once a round', async () => {
    const id = await cases.bring('CLOSED');
    expect(await cases.act(resident, 'caseRate', id, satisfied)).toMatchObject({
      entity: { state: 'CLOSED' }, userErrors: [{ code: 'TRANSITION_NOT_ALLOWED' }],
    });
  });

  it('starts the rework with a deadline of its own', async () => {
    const id = await cases.bring('STREET_REWORK');
    const deadlines = await read(id, 'nextDueAt dispatch { resolveBy }');
    expect(deadlines).toEqual({ nextDueAt: null, dispatch: { resolveBy: null } });
    now = hours(24);
    await cases.walk(id, [[street, 'dispatchRestart']]);
    const tenWorkDaysLater = '2026-03-17T09:00:00.000Z';
    expect(await read(id, 'state nextDueAt dispatch { state resolveBy resolvedAt }')).toEqual({
      state: 'IN_PROGRESS', nextDueAt: tenWorkDaysLater,
      dispatch: { state: 'IN_PROGRESS', resolveBy: tenWorkDaysLater, resolvedAt: null },
    });
  });
});

describe('reopening', () => {
  const why = { note: '又不亮了' };

  it.each([['at once', 0], ['when 72 hours end', 72]])('is open to the reporter %s', async (_when, after) => {
    const id = await cases.bring('CLOSED');
    now = hours(after);
    await cases.walk(id, [[resident, 'caseReopen', why]]);
    expect(await read(id, 'state round closedAt')).toEqual({ state: 'REWORK', round: 2, closedAt: null });
  });

  it('is over for the reporter after 72 hours, but not for the district', async () => {
    const id = await cases.bring('CLOSED');
    now = new Date(hours(72).getTime() + 1);
    expect(await cases.act(resident, 'caseReopen', id, why)).toMatchObject({
      entity: { state: 'CLOSED' },
      userErrors: [{ code: 'TRANSITION_NOT_ALLOWED', message: expect.stringContaining('72') }],
    });
    now = hours(24 * 365);
    await cases.walk(id, [[district, 'caseReopen', why]]);
    expect(await cases.look(id)).toMatchObject({ state: 'REWORK', round: 2 });
  });

  it('gives the work back to who did it, and the others keep whom they passed it on to', async () => {
    const id = await cases.bring('STREET_IN_PROGRESS');
    await cases.walk(id, [
      [street, 'dispatchForward'], [district, 'coordinationSign'], [district, 'coordinationResolve', solved],
      [resident, 'caseRate', satisfied], [resident, 'caseReopen', why],
    ]);
    expect(await read(id, 'dispatch { state target { level } } coordination { state target { level } }')).toEqual({
      dispatch: { state: 'PASSED_ON', target: { level: 'DISTRICT' } }, coordination: { state: 'REWORK', target: null },
    });
    await cases.walk(id, [
      [district, 'coordinationRestart'], [district, 'coordinationResolve', solved], [resident, 'caseRate', satisfied],
    ]);
    expect(await cases.look(id)).toMatchObject({ state: 'CLOSED', round: 2 });
  });
});

describe('withdrawing', () => {
  const done: readonly Stage[] = ['RESOLVED', 'CLOSED', 'DECLINED', 'WITHDRAWN', 'STREET_RESOLVED'];

  it.each(stages.filter((stage) => !done.includes(stage)))('is open to the reporter while it is %s', async (stage) => {
    const id = await cases.bring(stage);
    const { dispatch, version } = await cases.look(id);
    await cases.walk(id, [[resident, 'caseWithdraw', { note: '已自行解决' }]]);

    expect(await cases.look(id)).toMatchObject({
      state: 'WITHDRAWN', version: version + 1, nextDueAt: null,
      dispatch: dispatch && (dispatch.state === 'RETURNED' ? dispatch : { state: 'WITHDRAWN' }),
    });
  });

  it.each(done)('is refused when it is %s', async (stage) => {
    const id = await cases.bring(stage);
    const before = await cases.look(id);
    const refused = await cases.act(resident, 'caseWithdraw', id);
    expect(refused).toMatchObject({ userErrors: [{ code: 'TRANSITION_NOT_ALLOWED' }] });
    expect(await cases.look(id)).toEqual(before);
  });
});

describe('a level that is down', () => {
  /** With the version given: nobody can be asked for it. */
  async function blindly(who: Actor, mutation: string, caseId: string, expectedVersion: number): Promise<unknown> {
    const input = { caseId, expectedVersion };
    return (await platform.as(who).run(mutationText(mutation, 'state'), { input }))[mutation];
  }

  it('gets what was forwarded to it, and all that followed, in order, once it is up', async () => {
    const id = await cases.bring('ACCEPTED');
    await platform.subgraphs.stop('street');
    expect(await blindly(clerk, 'caseForward', id, 2)).toEqual({ case: { state: 'DISPATCHED' }, userErrors: [] });
    const { data, errors } = await platform.as(auditor).attempt<{ case: unknown }>(
      'query ($id: ID!) { case(id: $id) { state dispatch { state } } }', { id },
    );
    expect(data?.case).toEqual({ state: 'DISPATCHED', dispatch: null });
    expect(errors).toHaveLength(1);

    await platform.subgraphs.start('street');
    await settled(platform.subgraphs);
    expect(await read(id, 'dispatch { state version }')).toEqual({ dispatch: { state: 'OFFERED', version: 1 } });
  });

  it('hears of a withdrawal after the offer that came before it', async () => {
    const id = await cases.bring('ACCEPTED');
    await platform.subgraphs.stop('street');
    expect(await blindly(clerk, 'caseForward', id, 2)).toMatchObject({ userErrors: [] });
    expect(await blindly(resident, 'caseWithdraw', id, 3)).toMatchObject({ userErrors: [] });
    await platform.subgraphs.start('street');
    await settled(platform.subgraphs);
    expect(await read(id, 'dispatch { state version }')).toEqual({ dispatch: { state: 'WITHDRAWN', version: 2 } });
  });

  it('learns that its own action came too late, and the timeline shows it as superseded', async () => {
    const id = await cases.bring('STREET_OFFERED');
    const outbox = platform.subgraphs.running('street').connection.collection('outbox');
    await platform.subgraphs.stop('community');
    const signed = await blindly(street, 'dispatchSign', id, 1);
    expect(signed).toEqual({ dispatch: { state: 'IN_PROGRESS' }, userErrors: [] });

    // The signature is held back until the withdrawal has been made.
    const held = { subject: id, status: 'PENDING' };
    await outbox.updateOne(held, { $set: { availableAt: new Date('2999-01-01') } });
    await platform.subgraphs.start('community');
    expect(await cases.act(resident, 'caseWithdraw', id)).toMatchObject({ userErrors: [] });
    await outbox.updateOne(held, { $set: { availableAt: new Date(0) } });
    await settled(platform.subgraphs);

    const after = await cases.look(id);
    expect(after).toMatchObject({ state: 'WITHDRAWN', dispatch: { state: 'WITHDRAWN' } });
    expect(after.timeline.nodes.slice(-2).map(({ action, superseded }) => [action, superseded]))
      .toEqual([['WITHDRAW', false], ['SIGN', true]]);
  });
});
