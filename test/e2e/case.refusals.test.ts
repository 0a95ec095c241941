import {
  buildASTSchema, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isRequiredInputField, type GraphQLField,
  type GraphQLInputField, type GraphQLInputType,
} from 'graphql';
import { caseTransitions } from '../../subgraphs/community/domain/case.transitions.js';
import { openGrids } from '../../subgraphs/community/persistence/grid.repository.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { openAreas } from '../../subgraphs/shared/persistence/areas.js';
import {
  casesOf, demand, mutationText, people, places, satisfied, settled, solved, stages, units, type Cases, type Payload,
  type Stage,
} from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { resident, gridWorker, clerk, street, district, city, auditor, integrator } = people;

const now = new Date('2026-03-02T02:00:00Z');
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'case_refusals', seed: true, now: () => now });
  cases = casesOf(platform);
  const { connection } = platform.subgraphs.running('community');
  await (await openAreas(connection)).add([{
    code: gone.community, parent: places.street, name: '已撤社区', kind: 'COMMUNITY', isGovernment: false,
    validFrom: '2000-01-01', validTo: '2026-03-02', population: null, households: null, areaKm2: null, figuresSource: null,
  }]);
  await (await openGrids(connection)).add([{
    code: gone.grid, parent: places.community, name: '新设网格', plannedHouseholds: 250, isEstimated: false,
    validFrom: '2026-03-03', validTo: null,
  }]);
});
afterAll(() => platform.end());

type Fields = Readonly<Record<string, unknown>>;
const because = { note: '说明' } as const;
/** One ended today, the other begins tomorrow. */
const gone = { community: `${places.street}901`, grid: `${places.community}901` } as const;
const other = {
  resident: actor('RESIDENT', null, 'somebody-else'),
  gridWorker: actor('GRID_WORKER', `${places.community}002`),
  clerk: actor('COMMUNITY_CLERK', places.sibling),
  street: actor('STREET_CLERK', places.otherStreet),
  district: actor('DISTRICT_OFFICER', places.otherDistrict),
  unit: actor('DEPARTMENT_OFFICER', `${places.street}-01`),
};

// A value for each required field that a mutation of any level may have.
const values: Fields = {
  ...demand, caseId: 'case-1', expectedVersion: 1, note: '说明', otherWay: '其他', unit: units.community,
  responded: true, solved: true, satisfaction: 5, workDays: 1, reviewAt: '2026-06-01T01:00:00Z', granted: true,
};

const levels = ['city', 'district', 'street', 'community'] as const;
const mutationsOf = (level: (typeof levels)[number]): GraphQLField<unknown, unknown>[] =>
  Object.values(buildASTSchema(readSdl(level), { assumeValidSDL: true }).getMutationType()?.getFields() ?? {});

function inputFor({ name, args: [arg] }: GraphQLField<unknown, unknown>): Fields {
  const type = arg && isNonNullType(arg.type) ? arg.type.ofType : undefined;
  if (!isInputObjectType(type)) throw new Error(`${name} has no input object.`);
  const required = Object.values(type.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(required.map((field) => [field.name, valueOf(field)]));
}

// Elsewhere a unit is a department; those that are assessed are areas.
const valueOf = ({ name, type }: GraphQLInputField): unknown =>
  (getNamedType(type).name === 'AreaCode' ? someValue(type) : values[name] ?? someValue(type));

const scalarValues: Fields = {
  ID: 'some-id', String: '说明', Int: 1, Float: 1, Boolean: true, DateTime: '2026-06-01T01:00:00Z', Date: '2026-06-01',
  AreaCode: places.community, UnitCode: units.street, Month: '2026-06', PhoneNumber: '13800001234',
};

/** Any value the type takes: what is asked is not reached by somebody who has not signed in. */
function someValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return someValue(type.ofType);
  if (isListType(type)) return [someValue(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (!isInputObjectType(type)) return scalarValues[type.name];
  const required = Object.values(type.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(required.map((field) => [field.name, someValue(field.type)]));
}

describe('somebody who has not signed in', () => {
  const mutations = levels.flatMap(mutationsOf).map((field) => [field.name, String(field.args[0]?.type), inputFor(field)] as const);

  it.each(mutations)('is UNAUTHENTICATED at %s', async (name, type, input) => {
    const text = `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`;
    const { data, errors } = await platform.as(null).attempt(text, { input });
    expect([data, errors?.map(({ extensions }) => extensions?.['code'])]).toEqual([null, ['UNAUTHENTICATED']]);
  });

  it.each([
    'case(id: "case-1") { id }', 'caseByNumber(number: "HF260302-7K3M9Q") { id }', 'cases { totalCount }',
    'toDo { totalCount }', 'clockPreview(caseId: "case-1", workDays: 1) { __typename }',
    'dispatch(caseId: "case-1") { id }', 'dispatches { totalCount }', 'coordination(caseId: "case-1") { id }',
    'coordinations { totalCount }', 'receipt(caseId: "case-1") { id }', 'receipts { totalCount }',
  ])('is UNAUTHENTICATED at %s', async (selection) => {
    const { errors } = await platform.as(null).attempt(`{ ${selection} }`);
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['UNAUTHENTICATED']);
  });
});

describe('submitting', () => {
  const total = async (): Promise<number> =>
    (await platform.as(auditor).run<{ cases: { totalCount: number } }>('{ cases { totalCount } }')).cases.totalCount;

  it.each<[string, Actor, Fields, string, string | null]>([
    ['by a district officer', district, {}, 'ROLE_NOT_ALLOWED', null],
    ['for a community of another street', clerk, { community: places.otherCommunity }, 'OUT_OF_SCOPE', 'community'],
    ['of a category that is not in the taxonomy', resident, { category: '城乡建设/没有' }, 'INVALID_INPUT', 'category'],
    ['for a community that does not exist', resident, { community: '340103001999' }, 'INVALID_INPUT', 'community'],
    ['for a community that has ended', resident, { community: gone.community }, 'INVALID_INPUT', 'community'],
    ['for a grid still to come', resident, { grid: gone.grid }, 'INVALID_INPUT', 'grid'],
    ['for a street in place of a community', resident, { community: places.street }, 'INVALID_INPUT', 'community'],
    ['for a grid that does not exist', resident, { grid: `${places.community}999` }, 'INVALID_INPUT', 'grid'],
    ['for a grid outside the community', resident, { grid: `${places.sibling}001` }, 'INVALID_INPUT', 'grid'],
    ['for a community in place of a grid', resident, { grid: places.community }, 'INVALID_INPUT', 'grid'],
    ['with a title of one character', resident, { title: '灯' }, 'INVALID_INPUT', 'title'],
  ])('is refused %s, and nothing is written', async (_what, who, more, code, field) => {
    const before = await total();
    expect(await cases.trySubmit(who, more)).toEqual({
      entity: null, userErrors: [{ code, message: expect.stringContaining(' / '), field: field && ['input', field] }],
    });
    expect(await total()).toBe(before);
  });
});

describe('an action', () => {
  type Row = readonly [what: string, stage: Stage, who: Actor, mutation: string, more: Fields, field: string | null];
  const refused: Readonly<Record<string, readonly Row[]>> = {
    ROLE_NOT_ALLOWED: [
      ['of another role', 'SUBMITTED', resident, 'caseAccept', {}, null],
      ['of another level', 'SUBMITTED', district, 'caseAccept', {}, null],
      ['of the community while the street has it', 'STREET_IN_PROGRESS', clerk, 'caseResolve', solved, null],
      ['of the street on the case in place of its dispatch', 'STREET_OFFERED', street, 'caseSign', {}, null],
      ['of the district while the street has it', 'STREET_IN_PROGRESS', district, 'dispatchResolve', solved, null],
      ['of the auditor', 'STREET_OFFERED', auditor, 'dispatchSign', {}, null],
      ['on the case that one may see and not rate', 'RESOLVED', street, 'caseRate', satisfied, null],
    ],
    NOT_FOUND: [
      ['of the grid worker who did not report it', 'SUBMITTED', gridWorker, 'caseWithdraw', {}, 'caseId'],
      ['of a unit that does not have it', 'STREET_OFFERED', other.unit, 'dispatchSign', {}, 'caseId'],
      ["of the resident on the street's part", 'STREET_OFFERED', resident, 'dispatchSign', {}, 'caseId'],
      ["of another street's clerk", 'SUBMITTED', other.street, 'caseAccept', {}, 'caseId'],
      ["of another street's clerk on the dispatch", 'STREET_OFFERED', other.street, 'dispatchSign', {}, 'caseId'],
      ["of another community's clerk", 'SUBMITTED', other.clerk, 'caseAccept', {}, 'caseId'],
      ["of another district's officer", 'CLOSED', other.district, 'caseReopen', because, 'caseId'],
      ['of another resident', 'RESOLVED', other.resident, 'caseRate', satisfied, 'caseId'],
      ['on a level that never had it', 'STREET_OFFERED', district, 'coordinationSign', {}, 'caseId'],
    ],
    TRANSITION_NOT_ALLOWED: [
      ['accepted twice', 'ACCEPTED', clerk, 'caseAccept', {}, null],
      ['signed twice', 'STREET_IN_PROGRESS', street, 'dispatchSign', {}, null],
      ['resolved before signed', 'STREET_OFFERED', street, 'dispatchResolve', solved, null],
      ['rated before resolved', 'IN_PROGRESS', resident, 'caseRate', satisfied, null],
      ['restarted before rated', 'RESOLVED', clerk, 'caseRestart', {}, null],
    ],
    STALE_VERSION: [
      ['with the version before', 'ACCEPTED', clerk, 'caseHandle', { expectedVersion: 1 }, 'expectedVersion'],
      ['with a version to come', 'ACCEPTED', clerk, 'caseHandle', { expectedVersion: 3 }, 'expectedVersion'],
      ["with the dispatch's version before", 'STREET_IN_PROGRESS', street,
        'dispatchForward', { expectedVersion: 1 }, 'expectedVersion'],
    ],
    INVALID_INPUT: [
      ['with a reason of blanks', 'SUBMITTED', clerk, 'caseDecline', { note: ' ', otherWay: '其他' }, 'note'],
      ['without another way', 'SUBMITTED', clerk, 'caseDecline', { note: '理由', otherWay: '' }, 'otherWay'],
      ['with a note too long', 'STREET_OFFERED', street, 'dispatchSign', { note: '长'.repeat(2_001) }, 'note'],
      ['with a proposed owner too long', 'STREET_OFFERED', street,
        'dispatchReturn', { note: '理由', proposedOwner: '长'.repeat(101) }, 'proposedOwner'],
      ['with satisfaction 0', 'RESOLVED', resident, 'caseRate', { ...satisfied, satisfaction: 0 }, 'satisfaction'],
      ['with six tags', 'RESOLVED', resident, 'caseRate', { ...satisfied, tags: ['一', '二', '三', '四', '五', '六'] }, 'tags'],
      ['with a tag that is a sentence', 'RESOLVED', resident, 'caseRate', { ...satisfied, tags: ['长'.repeat(21)] }, 'tags'],
      ['with an empty tag', 'RESOLVED', resident, 'caseRate', { ...satisfied, tags: [' '] }, 'tags'],
      ['with satisfaction 6', 'RESOLVED', resident, 'caseRate', { ...satisfied, satisfaction: 6 }, 'satisfaction'],
      ['with a comment too long', 'RESOLVED', resident,
        'caseRate', { ...satisfied, comment: '长'.repeat(2_001) }, 'comment'],
      ['to a unit that does not exist', 'ACCEPTED', clerk, 'caseDispatch', { unit: `${places.community}-99` }, 'unit'],
      ['of the street to a unit that does not exist', 'STREET_IN_PROGRESS', street,
        'dispatchAssign', { unit: `${places.street}-99` }, 'unit'],
      ['again to nobody', 'STREET_RETURNED', clerk, 'caseRedispatch', {}, 'unit'],
      ['again to a unit and upward', 'STREET_RETURNED', clerk,
        'caseRedispatch', { unit: units.community, upward: true }, 'upward'],
      ['with an empty key', 'SUBMITTED', clerk, 'caseAccept', { idempotencyKey: '' }, 'idempotencyKey'],
      ['with a key too long', 'SUBMITTED', clerk, 'caseAccept', { idempotencyKey: 'k'.repeat(101) }, 'idempotencyKey'],
    ],
    OUT_OF_SCOPE: [
      ['to a unit of another level', 'ACCEPTED', clerk, 'caseDispatch', { unit: units.street }, 'unit'],
      ['to a unit of another community', 'ACCEPTED', clerk, 'caseDispatch', { unit: `${places.sibling}-02` }, 'unit'],
      ["of the street to a community's unit", 'STREET_IN_PROGRESS', street,
        'dispatchAssign', { unit: units.community }, 'unit'],
    ],
  };
  const rows = Object.entries(refused).flatMap(([code, list]) => list.map((row) => [code, ...row] as const));

  it.each(rows)('is %s %s, and nothing changes', async (code, _what, stage, who, mutation, more, field) => {
    const id = await cases.bring(stage);
    const before = await cases.look(id);

    const { entity, userErrors } = await cases.act(who, mutation, id, more);
    expect(userErrors).toEqual([{ code, message: expect.stringContaining(' / '), field: field && ['input', field] }]);
    expect(entity === null).toBe(code === 'NOT_FOUND' || field === 'idempotencyKey');
    await settled(platform.subgraphs);
    expect(await cases.look(id)).toEqual(before);
  });

  it('on a case that there is not is NOT_FOUND, in the words of one that may not be seen', async () => {
    const id = await cases.bring('SUBMITTED');
    const input = { caseId: 'no-such-case', expectedVersion: 1 };
    const missing = await platform.as(other.street).run<Record<string, Payload>>(mutationText('caseAccept'), { input });
    const hidden = await cases.act(other.street, 'caseAccept', id);
    expect(missing['caseAccept']).toEqual({ case: null, userErrors: hidden.userErrors });
  });
});

describe('what may be done', () => {
  const everybody: readonly Actor[] = [
    resident, gridWorker, clerk, street, district, city, auditor, people.communityUnit, people.streetUnit, integrator,
  ];
  interface Told {
    readonly action: string;
    readonly available: boolean;
    readonly reason: { readonly code: string; readonly message: string } | null;
  }
  const byPeople = caseTransitions.filter(({ by }) => by.length > 0).map(({ action }) => action);
  const parts = [
    { part: 'case', verbs: { DISPATCH: 'Dispatch' } },
    { part: 'dispatch', verbs: { DISPATCH: 'Assign' } },
  ] as const;
  const verbOf = (action: string): string =>
    action.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  const named: Readonly<Record<string, string>> = { SUPERVISE: 'supervisionOpen', DECIDE_APPLICATION: 'applicationDecide', FOLLOW_UP: 'applicationFollowUp' };
  const mutationOf = (part: string, verbs: Readonly<Record<string, string>>, action: string): string =>
    named[action] ?? part + (verbs[action] ?? verbOf(action));
  /** Done with a whistle (whistle.test.ts), which the street's record offers and the case does not. */
  const elsewhere = ['BLOW_WHISTLE', 'END_WHISTLE'];
  const byName = new Map(levels.flatMap(mutationsOf).map((field) => [field.name, field]));

  /** What a case of any state may be merged into. */
  let leadId: string;
  beforeAll(async () => {
    leadId = await cases.bring('ACCEPTED');
  });

  interface Part {
    readonly version: number;
    readonly availableActions: readonly Told[];
  }
  type Asked = Record<'case' | 'dispatch', Part | null>;
  async function ask(who: Actor, id: string): Promise<Asked> {
    const told = 'version availableActions { action available reason { code message } }';
    const query = `query ($id: ID!) { case(id: $id) { ${told} } dispatch(caseId: $id) { ${told} } }`;
    return platform.as(who).run(query, { id });
  }

  /** All in one request, one after another. */
  async function doAll(who: Actor, id: string, version: number, mutations: readonly string[]): Promise<Payload[]> {
    const inputs = mutations.map((name) => {
      const field = byName.get(name);
      if (!field) throw new Error(`There is no mutation ${name}.`);
      const unit = /^(case|application)/.test(name) ? units.community : units.street;
      const input = { ...inputFor(field), caseId: id, expectedVersion: version, ...(name === 'caseMerge' && { into: leadId }) };
      return 'unit' in input || /assign|redispatch/i.test(name) ? { ...input, unit } : input;
    });
    const variables = mutations.map((name, i) => `$i${i}: ${name[0]?.toUpperCase()}${name.slice(1)}Input!`);
    const calls = mutations.map((name, i) => `m${i}: ${name}(input: $i${i}) { userErrors { code message field } }`);
    const data = await platform.as(who).run<Record<string, Payload>>(
      `mutation (${variables.join(', ')}) { ${calls.join('\n')} }`,
      Object.fromEntries(inputs.map((input, i) => [`i${i}`, input])),
    );
    return mutations.map((_name, i) => data[`m${i}`] as Payload);
  }

  it.each(stages)('is told to everybody as the mutations then answer, when the case is %s', async (stage) => {
    const id = await cases.bring(stage);
    const before = await cases.look(id);
    const open: [Actor, string][] = [];

    for (const who of everybody) {
      const told = await ask(who, id);
      for (const { part, verbs } of parts) {
        const seen = told[part];
        if (!seen) continue;
        if (part === 'case') expect(seen.availableActions.filter(({ action, available }) => available && elsewhere.includes(action))).toEqual([]);
        const closed = seen.availableActions.filter(({ action, available }) => !available && !elsewhere.includes(action));
        const answers = closed.length === 0 ? [] : await doAll(
          who, id, seen.version, closed.map(({ action }) => mutationOf(part, verbs, action)),
        );
        expect(answers.map(({ userErrors }) => userErrors.map(({ code, message }) => ({ code, message }))))
          .toEqual(closed.map(({ reason }) => [reason]));
        const ready = seen.availableActions.filter(({ action, available }) => available && !elsewhere.includes(action));
        expect(ready.filter(({ reason }) => reason !== null)).toEqual([]);
        open.push(...ready.map(({ action }): [Actor, string] => [who, mutationOf(part, verbs, action)]));
        const actions = new Set(seen.availableActions.map(({ action }) => action));
        if (part === 'case') expect(actions).toEqual(new Set(byPeople));
      }
    }
    expect(await cases.look(id)).toEqual(before);

    for (const [who, mutation] of open) {
      const fresh = await cases.bring(stage);
      const { case: seen, dispatch } = await ask(who, fresh);
      const version = (mutation.startsWith('dispatch') ? dispatch : seen)?.version ?? 0;
      const [answer] = await doAll(who, fresh, version, [mutation]);
      expect([mutation, who.role, answer]).toEqual([mutation, who.role, { userErrors: [] }]);
    }
  });
});

describe('the same call again', () => {
  const ids = (answers: readonly Payload[]) => new Set(answers.map(({ entity }) => entity?.id));
  const ten = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 10 }, work));

  it('submits one case, however often and at once', async () => {
    const more = { idempotencyKey: 'submit-1' };
    const first = await cases.trySubmit(resident, more);
    const again = await ten(() => cases.trySubmit(resident, more));
    expect(again).toEqual(Array.from({ length: 10 }, () => first));

    const many = await ten(() => cases.trySubmit(resident, { idempotencyKey: 'submit-2' }));
    expect(many.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(ids(many).size).toBe(1);
    expect(ids([...many, first]).size).toBe(2);
  });

  it.each<[string, Stage, Actor, string]>([
    ['forwards a case once', 'ACCEPTED', clerk, 'caseForward'],
    ['signs a dispatch once', 'STREET_OFFERED', street, 'dispatchSign'],
  ])('%s, and answers the same to all', async (_what, stage, who, mutation) => {
    const id = await cases.bring(stage);
    const { version, dispatch } = await cases.look(id);
    const more = {
      expectedVersion: mutation.startsWith('case') ? version : dispatch?.version, idempotencyKey: `${mutation}-1`,
    };
    const answers = await ten(() => cases.act(who, mutation, id, more));
    await settled(platform.subgraphs);

    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(new Set(answers.map(({ entity }) => JSON.stringify(entity))).size).toBe(1);
    expect((await cases.look(id)).timeline.totalCount).toBe(version + 1);
    expect(await cases.act(who, mutation, id, more)).toEqual(answers[0]);
  });

  it('with other input is refused, and changes nothing', async () => {
    const id = await cases.bring('SUBMITTED');
    const key = { expectedVersion: 1, idempotencyKey: 'accept-1' };
    await cases.act(clerk, 'caseAccept', id, key);
    const before = await cases.look(id);
    for (const [mutation, more] of [['caseAccept', { note: '另一备注' }], ['caseHandle', {}]] as const) {
      expect(await cases.act(clerk, mutation, id, { ...key, ...more })).toMatchObject({
        entity: null, userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED', field: ['input', 'idempotencyKey'] }],
      });
    }
    expect(await cases.look(id)).toEqual(before);
  });

  it('by another actor is another call', async () => {
    const more = { idempotencyKey: 'shared' };
    const answers = [await cases.trySubmit(resident, more), await cases.trySubmit(other.resident, more)];
    expect(ids(answers).size).toBe(2);
  });

  it('may be made good after it was refused', async () => {
    const id = await cases.bring('SUBMITTED');
    const key = { idempotencyKey: 'second-try' };
    expect(await cases.act(clerk, 'caseAccept', id, { ...key, expectedVersion: 9 })).toMatchObject({
      userErrors: [{ code: 'STALE_VERSION' }],
    });
    expect(await cases.act(clerk, 'caseAccept', id, { ...key, expectedVersion: 1 })).toMatchObject({
      entity: { state: 'ACCEPTED' }, userErrors: [],
    });
  });
});

describe('twenty actions at once on one version', () => {
  const twenty = <T>(choices: readonly T[]): T[] =>
    Array.from({ length: 20 }, (_, i) => choices[i % choices.length] as T);

  it.each<[string, Stage, readonly (readonly [Actor, string, Fields])[]]>([
    ['of a case', 'ACCEPTED', [
      [clerk, 'caseHandle', {}], [clerk, 'caseForward', {}], [clerk, 'caseDispatch', { unit: units.community }],
      [clerk, 'caseRequestInfo', because], [resident, 'caseWithdraw', {}],
    ]],
    ['of a dispatch', 'STREET_IN_PROGRESS', [
      [street, 'dispatchResolve', solved], [street, 'dispatchForward', {}], [street, 'dispatchAssign', {}],
      [street, 'dispatchAssign', { unit: units.street }], [street, 'dispatchRequestInfo', because],
    ]],
  ])('%s: exactly one wins, the others are told that it has changed', async (_what, stage, choices) => {
    const id = await cases.bring(stage);
    const before = await cases.look(id);
    const expectedVersion = stage === 'ACCEPTED' ? before.version : before.dispatch?.version;
    const answers = await Promise.all(twenty(choices).map(([who, mutation, more]) => {
      const input = { caseId: id, expectedVersion, ...more };
      return platform.as(who).run<Record<string, Payload>>(mutationText(mutation), { input });
    }));
    await settled(platform.subgraphs);

    const codes = answers.flatMap((data) => Object.values(data)).map(({ userErrors }) => userErrors[0]?.code ?? 'DONE');
    expect(codes.toSorted()).toEqual(['DONE', ...Array.from({ length: 19 }, () => 'STALE_VERSION')]);
    const after = await cases.look(id);
    expect([after.version, after.timeline.totalCount]).toEqual([before.version + 1, before.timeline.totalCount + 1]);
  });
});
