// Applications through the gateway: from a department's draft to a resident's finished application and its evaluation.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { sha256 } from '../../subgraphs/shared/hash.js';
import { people, places, satisfied, settled, unsatisfied, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { resident, clerk, street, district, city, auditor, integrator, gridWorker } = people;
const civil = actor('DEPARTMENT_OFFICER', '3401-05');
const labour = actor('DEPARTMENT_OFFICER', '3401-06');
const bureau = actor('DEPARTMENT_OFFICER', '340103-05');
const elsewhere = actor('COMMUNITY_CLERK', '340104001001');
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-02T02:00:00Z');

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'applications', seed: true, now: () => now });
});
afterAll(() => platform.end());

type Fields = Readonly<Record<string, unknown>>;
interface Shown {
  readonly id: string;
  readonly number: string;
  readonly version: number;
  readonly state: string;
  readonly application: {
    readonly stage: string;
    readonly nextStep: string;
    readonly receipt: string;
    readonly materials: readonly Fields[] | null;
    readonly results: readonly { readonly number: string; readonly hash: string; readonly text: string | null; readonly printed: string | null }[];
  };
}
interface Answer {
  readonly case: Shown | null;
  readonly userErrors: readonly UserError[];
}

const party = 'level area unit';
const shown = `
  id number version state kind nextDueAt holder { ${party} } resolution { outcome text provider { ${party} } }
  clocks { name budget unit source state }
  application {
    stage nextStep receipt provider { ${party} } approver { ${party} } item { id code number title workDays }
    answers { name value } materials { documentType source document origin consent note } findings { wording verdict unknown }
    decisions { round granted note decider { ${party} } } followUps { round text }
    results { number title text fields { name value } validFrom validTo hash issuedAt issuer { ${party} } printed masked }
  }
`;
const inputOf = (mutation: string): string => `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;

async function send(who: Actor, mutation: string, input: Fields): Promise<Answer> {
  const field = mutation.startsWith('dispatch') ? 'dispatch { id version state }' : mutation.startsWith('coordination') ? 'coordination { id version state }' : `case { ${shown} }`;
  const data = await platform.as(who).run<Record<string, Answer>>(
    `mutation ($input: ${inputOf(mutation)}!) { ${mutation}(input: $input) { ${field} userErrors { code message field } } }`, { input },
  );
  await settled(platform.subgraphs);
  return data[mutation] as Answer;
}

async function look(id: string, who: Actor = clerk): Promise<Shown | null> {
  return (await platform.as(who).run<{ case: Shown | null }>(`query ($id: ID!) { case(id: $id) { ${shown} } }`, { id })).case;
}

const versionQuery = 'query ($id: ID!) { case(id: $id) { version dispatch { version } coordination { version } } }';
/** With the versions as they stand; the case's after it. */
async function act(who: Actor, mutation: string, id: string, more: Fields = {}): Promise<Answer> {
  const segment = /^(dispatch|coordination)/.exec(mutation)?.[0];
  const { case: standing } = await platform.as(auditor).run<{ case: Record<string, { version: number } | null> & { version: number } }>(versionQuery, { id });
  return send(who, mutation, { caseId: id, expectedVersion: segment ? standing[segment]?.version ?? 1 : standing.version, ...more });
}

async function done(...call: Parameters<typeof act>): Promise<Shown> {
  const { userErrors } = await act(...call);
  if (userErrors.length > 0) throw new Error(`${call[1]}: ${JSON.stringify(userErrors)}`);
  return await look(call[2]) as Shown;
}

const paper = (...types: readonly string[]): Fields => ({ materials: types.map((documentType) => ({ documentType, source: 'PAPER' })) });
const applicant = { residentId: resident.id, name: '王小明', idNumber: '340103199001011234', phone: '13812345678' } as const;

/** At the counter of the resident's community, with all the papers of the item. */
const apply = (item: string, more: Fields = {}, who: Actor = clerk): Promise<Answer> =>
  send(who, 'applicationSubmit', { item, community: places.community, channel: who.role === 'RESIDENT' ? 'WEB' : 'COUNTER', applicant, ...more });

async function applied(...call: Parameters<typeof apply>): Promise<Shown> {
  const { case: taken, userErrors } = await apply(...call);
  if (!taken || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return taken;
}

const content = {
  title: '困难老人居家照护补贴', titleEn: 'Allowance for care at home', module: 'GOVERNMENT_SERVICE', level: 'STREET', delivery: 'DISPATCHED',
  materials: [
    { documentType: 'id-card', name: '居民身份证', nameEn: 'Identity card' },
    { documentType: 'household-register', name: '户口簿', nameEn: 'Household register', copies: 2 },
    { documentType: 'photo', name: '照片', nameEn: 'Photograph', required: false },
  ],
  workDays: 20, feeFen: 500, eligibility: '年满 80 周岁',
};

/** Drafted by the department, put in force by the city, and come down to the community. */
async function inForce(code: string, more: Fields = {}): Promise<string> {
  const item = async (who: Actor, action: string, input: Fields): Promise<void> => {
    const text = `mutation ($input: ServiceItem${action}Input!) { serviceItem${action}(input: $input) { userErrors { code message } } }`;
    const data = await platform.as(who).run<Record<string, { userErrors: unknown[] }>>(text, { input });
    expect(data[`serviceItem${action}`]?.userErrors).toEqual([]);
  };
  await item(civil, 'Draft', { code, content: { ...content, ...more } });
  await item(city, 'PutInForce', { code, number: 1, expectedVersion: 1 });
  await settled(platform.subgraphs);
  return `3401:${code}`;
}

const checkText = `query ($item: ID!, $community: AreaCode!, $residentId: ID) {
  applicationCheck(item: $item, community: $community, residentId: $residentId) {
    ready expectedBy provider { ${party} } approver { ${party} } item { title workDays feeFen eligibility } community { name } remarks { place }
    materials { missing document origin consent validTo material { documentType name required } } findings { wording verdict unknown }
  }
}`;
const check = async (item: string, who: Actor = resident, more: Fields = {}): Promise<Fields | null> =>
  (await platform.as(who).run<{ applicationCheck: Fields | null }>(checkText, { item, community: places.community, ...more })).applicationCheck;

async function counted(): Promise<Fields> {
  const dashboard = 'dashboard(kind: APPLICATION) { total { total { submitted accepted resolved rated solved reworked } } }';
  const { community, city: whole } = await platform.as(auditor).run<Record<string, { dashboard: { total: { total: Fields } } }>>(
    `{ community(code: "${places.community}") { ${dashboard} } city { ${dashboard} } }`,
  );
  return { community: community?.dashboard.total.total, city: whole?.dashboard.total.total };
}

const result = { text: '准予发放,每月 300 元。', fields: [{ name: '月标准', value: '300 元' }], validTo: '2027-03-01' } as const;
const granted = { granted: true, result } as const;
const followUp = { note: '首月补贴已到账,老人确认。' } as const;
const finish = { outcome: 'SOLVED', note: '补贴已发放' } as const;

describe('one item, from the draft of its department to the rating of a resident', () => {
  it('goes down to the community, is applied for, accepted, approved, followed up, resolved and rated', async () => {
    const item = await inForce('05-900');
    const before = await check(item);
    expect(before).toMatchObject({
      ready: false, approver: { level: 'CITY', area: '3401', unit: '3401-05' }, provider: { level: 'STREET', area: places.street, unit: null },
      item: { title: content.title, workDays: 20, feeFen: 500, eligibility: '年满 80 周岁' }, expectedBy: '2026-03-30T09:00:00.000Z',
      materials: [{ missing: true, material: { documentType: 'id-card' } }, { missing: true }, { missing: false, material: { documentType: 'photo' } }],
    });

    const taken = await applied(item, { ...paper('id-card', 'household-register'), answers: [{ name: '照护等级', value: '二级' }], statement: '父亲独居' });
    expect(taken).toMatchObject({ state: 'SUBMITTED', kind: 'APPLICATION', application: { stage: 'SUBMITTED', item: { id: item, code: '05-900', number: 1 } } });
    expect(taken.application.receipt).toContain(`受理回执 ${taken.number}\n事项:${content.title}(05-900,第 1 版)`);
    expect(taken.application.receipt).toContain('已收材料:居民身份证、户口簿\n办理时限:受理后 20 个工作日\n费用:5.00 元');
    const { id } = taken;

    expect(await done(clerk, 'caseAccept', id)).toMatchObject({
      state: 'DISPATCHED', holder: { level: 'STREET', area: places.street, unit: null }, application: { stage: 'HANDLING', nextStep: expect.stringContaining('签收') },
    });
    const signed = await done(street, 'dispatchSign', id);
    expect(signed).toMatchObject({ state: 'IN_PROGRESS', application: { nextStep: '等待 3401-05 审批。 / 3401-05 decides.' } });
    expect(signed).toMatchObject({ clocks: expect.arrayContaining([expect.objectContaining({
      name: 'RESOLVE', budget: 20, unit: 'WORK_DAY', source: "服务事项的承诺时限 / the service item's own time limit",
    })]) });
    const { toDo } = await platform.as(civil).run<{ toDo: { nodes: { id: string }[] } }>('{ toDo { nodes { id } } }');
    expect(toDo.nodes).toEqual([{ id }]);

    expect(await done(civil, 'applicationDecide', id, granted)).toMatchObject({
      state: 'IN_PROGRESS', application: { stage: 'FOLLOW_UP', decisions: [{ round: 1, granted: true, note: null, decider: { unit: '3401-05' } }] },
    });
    expect(await done(street, 'applicationFollowUp', id, followUp)).toMatchObject({ application: { stage: 'FOLLOW_UP', followUps: [{ round: 1, text: followUp.note }] } });
    const masked = await look(id, auditor);
    expect(masked).toMatchObject({ application: { findings: null, materials: null, answers: null, followUps: [{ round: 1, text: null }], decisions: [{ note: null }] } });
    expect(masked?.application.receipt).not.toContain('居民身份证');
    expect(await done(street, 'caseResolve', id, finish)).toMatchObject({
      state: 'RESOLVED', application: { stage: 'RETURN_VISIT' }, resolution: { outcome: 'SOLVED', provider: { level: 'STREET', area: places.street } },
    });
    expect(await done(resident, 'caseRate', id, satisfied)).toMatchObject({ state: 'CLOSED', application: { stage: 'FINISHED' } });

    const none = { submitted: 0, accepted: 0, resolved: 0, rated: 0, solved: 0, reworked: 0 };
    expect(await counted()).toEqual({
      community: { ...none, submitted: 1, accepted: 1 }, city: { submitted: 1, accepted: 1, resolved: 1, rated: 1, solved: 1, reworked: 0 },
    });
    const { case: { dispatch } } = await platform.as(street).run<{ case: { dispatch: Fields } }>('query ($id: ID!) { case(id: $id) { dispatch { state } } }', { id });
    expect(dispatch).toEqual({ state: 'CLOSED' });
  });
});

const standing = async (id: string): Promise<unknown> => ({ ...await look(id, auditor), toDo: null });

describe('a stage', () => {
  const items: Record<string, string> = {};
  beforeAll(async () => {
    items['toStreet'] = await inForce('05-910');
    items['direct'] = await inForce('05-911', { level: 'DISTRICT', delivery: 'DIRECT' });
  });
  const begun = async (item: string, ...steps: readonly (readonly [Actor, string, Fields?])[]): Promise<string> => {
    const { id } = await applied(items[item] ?? '', paper('id-card', 'household-register'));
    for (const [who, mutation, more] of steps) await done(who, mutation, id, more);
    return id;
  };
  const accepted = [[clerk, 'caseAccept']] as const;
  const signed = [...accepted, [street, 'dispatchSign']] as const;
  const approved = [...signed, [civil, 'applicationDecide', granted]] as const;

  it.each<[string, string, readonly (readonly [Actor, string, Fields?])[], Actor, string, Fields, string]>([
    ['to decide before it is signed for', 'toStreet', accepted, civil, 'applicationDecide', granted, 'TRANSITION_NOT_ALLOWED'],
    ['to resolve what is not decided, on the level', 'toStreet', signed, street, 'dispatchResolve', finish, 'TRANSITION_NOT_ALLOWED'],
    ['to resolve what is not decided', 'toStreet', signed, street, 'caseResolve', finish, 'TRANSITION_NOT_ALLOWED'],
    ['to follow up what is not decided', 'toStreet', signed, street, 'applicationFollowUp', followUp, 'TRANSITION_NOT_ALLOWED'],
    ['to resolve what is not followed up', 'toStreet', approved, street, 'caseResolve', finish, 'TRANSITION_NOT_ALLOWED'],
    ['to resolve what is decided, on the level', 'toStreet', approved, street, 'dispatchResolve', finish, 'TRANSITION_NOT_ALLOWED'],
    ['to decide what is decided', 'toStreet', approved, civil, 'applicationDecide', granted, 'DUPLICATE'],
    ['to decide, by who has it', 'toStreet', signed, street, 'applicationDecide', granted, 'ROLE_NOT_ALLOWED'],
    ['to decide, by another department', 'toStreet', signed, labour, 'applicationDecide', granted, 'NOT_FOUND'],
    ["to decide, by the district's bureau", 'toStreet', signed, bureau, 'applicationDecide', granted, 'NOT_FOUND'],
    ['to decide, by the applicant', 'toStreet', signed, resident, 'applicationDecide', granted, 'ROLE_NOT_ALLOWED'],
    ['to follow up, by the community that has passed it on', 'toStreet', approved, clerk, 'applicationFollowUp', followUp, 'ROLE_NOT_ALLOWED'],
    ['to follow up, by the department of a dispatched item', 'toStreet', approved, civil, 'applicationFollowUp', followUp, 'ROLE_NOT_ALLOWED'],
    ['to approve without a document', 'toStreet', signed, civil, 'applicationDecide', { granted: true }, 'INVALID_INPUT'],
    ['to approve with a document that says nothing', 'toStreet', signed, civil, 'applicationDecide', { granted: true, result: { text: ' ' } }, 'INVALID_INPUT'],
    ['to approve with a document that ended yesterday', 'toStreet', signed, civil, 'applicationDecide', { granted: true, result: { text: '准予', validTo: '2026-03-01' } }, 'INVALID_INPUT'],
    ['to refuse without a reason', 'toStreet', signed, civil, 'applicationDecide', { granted: false }, 'INVALID_INPUT'],
    ['to refuse with a document', 'toStreet', signed, civil, 'applicationDecide', { granted: false, note: '不符合', result }, 'INVALID_INPUT'],
    ['to follow up with no word', 'toStreet', approved, street, 'applicationFollowUp', { note: ' ' }, 'INVALID_INPUT'],
    ['to refuse by resolving', 'toStreet', [...approved, [street, 'applicationFollowUp', followUp]], street, 'caseResolve', { outcome: 'REFUSED', note: '不予' }, 'INVALID_INPUT'],
    ['to send a direct item down', 'direct', accepted, district, 'coordinationAssign', {}, 'TRANSITION_NOT_ALLOWED'],
    ['to merge an application', 'toStreet', signed, street, 'caseMerge', { into: 'another' }, 'TRANSITION_NOT_ALLOWED'],
  ])('is not skipped: %s is refused, and nothing changes', async (_what, item, steps, who, mutation, more, code) => {
    const id = await begun(item, ...steps);
    const before = await standing(id);
    expect((await act(who, mutation, id, more)).userErrors).toMatchObject([{ code, message: expect.stringContaining(' / ') }]);
    expect(await standing(id)).toEqual(before);
  });

  it('is told beforehand by the very guards', async () => {
    const id = await begun('toStreet', ...signed);
    const reasons = async (who: Actor): Promise<Fields> => {
      const { case: found } = await platform.as(who).run<{ case: { availableActions: { action: string; available: boolean; reason: UserError | null }[] } }>(
        'query ($id: ID!) { case(id: $id) { availableActions { action available reason { code message } } } }', { id },
      );
      const wanted = found.availableActions.filter(({ action }) => ['DECIDE_APPLICATION', 'FOLLOW_UP', 'RESOLVE'].includes(action));
      return Object.fromEntries(wanted.map(({ action, available, reason }) => [action, available || reason?.code]));
    };
    expect(await reasons(civil)).toEqual({ DECIDE_APPLICATION: true, FOLLOW_UP: 'ROLE_NOT_ALLOWED', RESOLVE: 'ROLE_NOT_ALLOWED' });
    expect(await reasons(street)).toEqual({ DECIDE_APPLICATION: 'ROLE_NOT_ALLOWED', FOLLOW_UP: 'TRANSITION_NOT_ALLOWED', RESOLVE: 'TRANSITION_NOT_ALLOWED' });
    await done(civil, 'applicationDecide', id, granted);
    expect(await reasons(street)).toEqual({ DECIDE_APPLICATION: 'ROLE_NOT_ALLOWED', FOLLOW_UP: true, RESOLVE: 'TRANSITION_NOT_ALLOWED' });
  });

  it('of a refusal is the last: the applicant reads why, and who is not content has it decided again', async () => {
    const id = await begun('toStreet', ...signed);
    const refused = await done(civil, 'applicationDecide', id, { granted: false, note: '家庭收入高于标准' });
    expect(refused).toMatchObject({
      state: 'RESOLVED', resolution: { outcome: 'REFUSED', text: '家庭收入高于标准', provider: { level: 'CITY', unit: '3401-05' } },
      application: { stage: 'RETURN_VISIT', results: [], decisions: [{ granted: false, note: '家庭收入高于标准' }] },
    });
    expect(await look(id, resident)).toMatchObject({ resolution: { text: '家庭收入高于标准' } });
    const { notices } = await platform.as(resident).run<{ notices: { nodes: { kind: string; text: string }[] } }>('{ notices(first: 1) { nodes { kind text } } }');
    expect(notices.nodes).toMatchObject([{ kind: 'REFUSED', text: expect.stringContaining('未获批准') }]);

    expect(await done(resident, 'caseRate', id, unsatisfied)).toMatchObject({ state: 'REWORK' });
    await done(street, 'dispatchRestart', id);
    expect((await look(id))?.application).toMatchObject({ stage: 'HANDLING', nextStep: expect.stringContaining('3401-05') });
    expect(await done(civil, 'applicationDecide', id, granted)).toMatchObject({ application: { decisions: [{ round: 1, granted: false }, { round: 2, granted: true }] } });
  });

  it('of an approval stands when the work is done again, and is followed up again', async () => {
    const id = await begun('toStreet', ...approved, [street, 'applicationFollowUp', followUp], [street, 'caseResolve', finish], [resident, 'caseRate', unsatisfied], [street, 'dispatchRestart']);
    expect((await look(id))?.application).toMatchObject({ stage: 'FOLLOW_UP' });
    expect((await act(street, 'caseResolve', id, finish)).userErrors).toMatchObject([{ code: 'TRANSITION_NOT_ALLOWED' }]);
    await done(street, 'applicationFollowUp', id, followUp);
    expect(await done(street, 'caseResolve', id, finish)).toMatchObject({ state: 'RESOLVED', application: { followUps: [{ round: 1 }, { round: 2 }] } });
  });

  it('of a direct item is done on the platform: it is with who delivers it at once, and its department finishes it', async () => {
    const id = await begun('direct');
    expect(await done(clerk, 'caseAccept', id)).toMatchObject({ state: 'IN_PROGRESS', holder: { level: 'DISTRICT', area: places.district, unit: null } });
    await done(civil, 'applicationDecide', id, granted);
    await done(civil, 'applicationFollowUp', id, followUp);
    expect(await done(civil, 'caseResolve', id, finish)).toMatchObject({ state: 'RESOLVED', resolution: { provider: { level: 'CITY', area: '3401', unit: '3401-05' } } });
    const { case: { coordination } } = await platform.as(district).run<{ case: { coordination: Fields } }>('query ($id: ID!) { case(id: $id) { coordination { state } } }', { id });
    expect(coordination).toEqual({ state: 'RESOLVED' });
  });

  it('waits for what the department still asks of the applicant', async () => {
    const id = await begun('toStreet', ...signed, [civil, 'caseRequestInfo', { note: '请补照片' }]);
    expect(await look(id)).toMatchObject({ state: 'NEEDS_INFO', application: { nextStep: expect.stringContaining('申请人') } });
    const supplied = await done(clerk, 'caseSupplyInfo', id, { note: '已交', ...paper('photo') });
    expect(supplied).toMatchObject({ state: 'IN_PROGRESS' });
    expect((await look(id, civil))?.application.materials).toMatchObject([{ documentType: 'id-card' }, { documentType: 'household-register' }, { documentType: 'photo', source: 'PAPER' }]);
  });
});

describe('a document that was issued', () => {
  it('is sealed, readable by the applicant and those who handle it, and masked for others', async () => {
    const item = await inForce('05-920', { level: 'COMMUNITY' });
    const { id, number } = await applied(item, paper('id-card', 'household-register'));
    for (const [who, mutation, more] of [[clerk, 'caseAccept', {}], [clerk, 'caseHandle', {}], [civil, 'applicationDecide', granted]] as const) await done(who, mutation, id, more);
    const results = async (who: Actor) => (await look(id, who))?.application.results;
    const open = { number: `${number}-R1`, text: result.text, fields: result.fields, validFrom: '2026-03-02', validTo: '2027-03-01', masked: false, issuer: { level: 'CITY', area: '3401', unit: '3401-05' } };
    for (const who of [resident, clerk, civil]) expect(await results(who)).toMatchObject([open]);
    for (const who of [auditor, district, street]) expect(await results(who)).toMatchObject([{ number: `${number}-R1`, text: null, fields: [], printed: null, masked: true }]);
    expect((await look(id, auditor))?.application).toMatchObject({ answers: null, materials: null });
    const [issued] = await results(resident) ?? [];
    const title = `${content.title} / ${content.titleEn}`;
    expect(issued?.hash).toBe(sha256(JSON.stringify([
      `${number}-R1`, item, 1, '王小明', title, result.text, [['月标准', '300 元']], '2026-03-02', '2027-03-01', now.toISOString(), '3401-05',
    ])));
    for (const line of [title, `编号:${number}-R1`, '申请人:王小明', result.text, '月标准:300 元', '签发:民政局,2026-03-02', `校验码(SHA-256):${issued?.hash}`]) {
      expect(issued?.printed?.split('\n')).toContain(line);
    }
    for (const who of [labour, integrator, actor('RESIDENT', null, 'somebody'), actor('COMMUNITY_CLERK', places.sibling)]) expect(await look(id, who)).toBeNull();
  });
});

describe('an item', () => {
  const plain = { module: 'SOCIAL_SERVICE', materials: [], level: 'COMMUNITY', delivery: 'DIRECT' } as const;

  it('that only informs is matched with who offers it, who has it as soon as it is accepted', async () => {
    const item = await inForce('05-930', { ...plain, module: 'INFORMATION', level: 'DISTRICT', delivery: 'DISPATCHED' });
    const { id } = await applied(item, {}, resident);
    expect((await look(id))?.application).toMatchObject({ provider: { level: 'DISTRICT', area: places.district, unit: '340103-05' }, approver: null });
    expect(await done(clerk, 'caseAccept', id)).toMatchObject({ state: 'IN_PROGRESS', holder: { unit: '340103-05' } });
    expect(await done(bureau, 'applicationDecide', id, granted)).toMatchObject({ application: { decisions: [{ decider: { unit: '340103-05' } }] } });
    await done(bureau, 'applicationFollowUp', id, followUp);
    expect(await done(bureau, 'caseResolve', id, finish)).toMatchObject({ state: 'RESOLVED', resolution: { provider: { unit: '340103-05' } } });
  });

  it("that is the community's own to deliver is decided by the community, by a resident's own application", async () => {
    const item = await inForce('05-931', plain);
    expect(await check(item)).toMatchObject({ ready: true, approver: null, provider: { level: 'COMMUNITY', area: places.community } });
    const { id } = await applied(item, { applicant: { name: '王小明' } }, resident);
    for (const [mutation, more] of [['caseAccept', {}], ['caseHandle', {}], ['applicationDecide', granted], ['applicationFollowUp', followUp], ['caseResolve', finish]] as const) await done(clerk, mutation, id, more);
    expect(await look(id, resident)).toMatchObject({ state: 'RESOLVED', application: { stage: 'RETURN_VISIT' } });
  });

  it('is taken by any counter, which sees what it has taken in and no more of it afterwards', async () => {
    const item = await inForce('05-932', plain);
    const input = { idempotencyKey: 'far away' };
    const { id, state } = await applied(item, input, elsewhere);
    expect(state).toBe('SUBMITTED');
    expect((await applied(item, input, elsewhere)).id).toBe(id);
    expect(await look(id, elsewhere)).toBeNull();
    expect(await look(id, clerk)).toMatchObject({ state: 'SUBMITTED' });
    expect(await look(id, resident)).toMatchObject({ state: 'SUBMITTED' });
  });

  it('is resolved in the time that the policy names for it, or else in its own', async () => {
    const [item, other] = [await inForce('05-933', { ...plain, workDays: 7 }), await inForce('05-934', { ...plain, workDays: 7 })];
    const row = (clock: string, unit: string, budget: number, more: Fields = {}): Fields => ({ clock, unit, budget, sourceZh: '市府令', sourceEn: 'Order', ...more });
    const rows = [
      row('RESOLVE', 'WORK_DAY', 2, { serviceItem: '05-934' }), row('RESOLVE', 'WORK_DAY', 9), row('ACCEPT', 'WORK_DAY', 1), row('SIGN', 'WORK_DAY', 1),
      row('RESPOND', 'WORK_DAY', 1), row('INFO', 'WORK_DAY', 10), row('CALLBACK', 'MINUTE', 20_160), row('REOPEN', 'MINUTE', 4_320),
    ];
    const { clockPolicyPublish } = await platform.as(city).run<{ clockPolicyPublish: { userErrors: unknown[] } }>(
      'mutation ($input: ClockPolicyPublishInput!) { clockPolicyPublish(input: $input) { userErrors { code message } } }', { input: { version: 'items', rows } },
    );
    expect(clockPolicyPublish.userErrors).toEqual([]);
    await settled(platform.subgraphs);
    const budgets = [];
    for (const one of [item, other]) {
      const { id } = await applied(one);
      const clocks = (await done(clerk, 'caseAccept', id) as unknown as { clocks: { name: string; budget: number }[] }).clocks;
      budgets.push(clocks.find(({ name }) => name === 'RESOLVE')?.budget);
    }
    expect(budgets).toEqual([7, 2]);
  });
});

describe('an application', () => {
  let item = '';
  beforeAll(async () => {
    item = await inForce('05-940');
  });
  const count = async (): Promise<number> =>
    (await platform.as(auditor).run<{ cases: { totalCount: number } }>('{ cases(filter: { kinds: [APPLICATION] }) { totalCount } }')).cases.totalCount;
  const photo = { documentType: 'photo', source: 'PAPER' } as const;
  const whole = paper('id-card', 'household-register');
  const given = whole['materials'] as readonly Fields[];

  it.each<[string, Actor, Fields, string, readonly (readonly string[] | null)[]]>([
    ['without two of its materials', clerk, {}, 'INVALID_INPUT', [['input', 'materials', 'id-card'], ['input', 'materials', 'household-register']]],
    ['without one of its materials', clerk, paper('id-card'), 'INVALID_INPUT', [['input', 'materials', 'household-register']]],
    ['of a resident who says there is paper', resident, whole, 'INVALID_INPUT', [['input', 'materials', '0', 'source']]],
    ['with a document that is in no vault', clerk, { materials: [...given.slice(1), { documentType: 'id-card', source: 'DOCUMENT', document: 'none' }] }, 'INVALID_INPUT', [['input', 'materials', '1', 'document']]],
    ['with a document without an id', clerk, { materials: [...given, { documentType: 'photo', source: 'DOCUMENT' }] }, 'INVALID_INPUT', [['input', 'materials', '2', 'document']]],
    ['with a material twice', clerk, { materials: [...given, photo, photo] }, 'INVALID_INPUT', [['input', 'materials', '3', 'documentType']]],
    ['with a material that nobody asked for', clerk, { materials: [...given, { documentType: 'diploma', source: 'PAPER' }] }, 'INVALID_INPUT', [['input', 'materials', '2', 'documentType']]],
    ['without a name', clerk, { ...whole, applicant: { residentId: resident.id } }, 'INVALID_INPUT', [['input', 'applicant', 'name']]],
    ['with a field twice', clerk, { ...whole, answers: [{ name: '等级', value: '1' }, { name: ' 等级', value: '2' }] }, 'INVALID_INPUT', [['input', 'answers', '1', 'name']]],
    ['for what there is not', clerk, { ...whole, item: '3401:none' }, 'NOT_FOUND', [['input', 'item']]],
    ["for another community's item", clerk, { ...whole, item: '340104001001:M-1' }, 'NOT_FOUND', [['input', 'item']]],
    ['in a category that there is not', clerk, { ...whole, category: '其它' }, 'INVALID_INPUT', [['input', 'category']]],
    ['by a channel that is not a counter\'s', clerk, { ...whole, channel: 'IMPORT' }, 'INVALID_INPUT', [['input', 'channel']]],
    ['by a district', district, whole, 'ROLE_NOT_ALLOWED', [null]],
    ['by a grid worker', gridWorker, { ...whole, channel: 'GRID_WORKER' }, 'ROLE_NOT_ALLOWED', [null]],
    ['by its department', civil, whole, 'ROLE_NOT_ALLOWED', [null]],
  ])('%s is refused with all that is wrong, and nothing is kept', async (_what, who, more, code, fields) => {
    const before = await count();
    const { case: taken, userErrors } = await apply(more['item'] as string ?? item, more, who);
    expect(taken).toBeNull();
    expect(userErrors).toMatchObject(fields.map((field) => ({ code, field, message: expect.stringContaining(' / ') })));
    expect(await count()).toBe(before);
  });

  it('for an item on offer is not submitted as any other case', async () => {
    const { userErrors } = await send(resident, 'caseSubmit', {
      kind: 'APPLICATION', channel: 'WEB', category: '民政', title: '申请补贴', detail: '申请', community: places.community, serviceItem: '05-940',
    });
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'serviceItem'], message: expect.stringContaining('applicationSubmit') }]);
  });

  it('is not checked for a community that does not have the item', async () => {
    expect(await check('3401:none')).toBeNull();
    const { errors } = await platform.as(resident).attempt(checkText, { item, community: places.street });
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it('is finished by a return visit, too', async () => {
    const own = await inForce('05-941', { module: 'SOCIAL_SERVICE', materials: [], level: 'COMMUNITY', delivery: 'DIRECT' });
    const { id } = await applied(own);
    for (const [mutation, more] of [['caseAccept', {}], ['caseHandle', {}], ['applicationDecide', granted], ['applicationFollowUp', followUp], ['caseResolve', finish]] as const) await done(clerk, mutation, id, more);
    const input = { community: places.community, from: '2026-03-02', to: '2026-03-02', mode: 'FULL' };
    const opened = await platform.as(clerk).run<{ returnVisitListOpen: { returnVisitList: { visits: { nodes: { id: string; version: number; case: { id: string } }[] } } } }>(
      'mutation ($input: ReturnVisitListOpenInput!) { returnVisitListOpen(input: $input) { returnVisitList { visits(first: 100) { nodes { id version case { id } } } } userErrors { code message } } }', { input },
    );
    const visit = opened.returnVisitListOpen.returnVisitList.visits.nodes.find((one) => one.case.id === id);
    await platform.as(clerk).run('mutation ($input: ReturnVisitRecordInput!) { returnVisitRecord(input: $input) { userErrors { code message } } }', {
      input: { visitId: visit?.id, expectedVersion: visit?.version, outcome: 'REACHED', rating: { responded: true, solved: true, satisfaction: 5 } },
    });
    expect(await look(id)).toMatchObject({ state: 'CLOSED', application: { stage: 'FINISHED' } });
  });
});
