// What is marked PUBLIC is the same for everyone: asked by each under an identity of their own, past the gateway's marks.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, places } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { answered, fieldsOf, isMarked, markedFields, objectTypes, questions, supergraphSdl, usualArguments, withoutMarks } from '../kit/marks.js';

const { resident, clerk, street, district, city, auditor } = people;
const civil = actor('DEPARTMENT_OFFICER', '3401-05');
const callers: readonly (Actor | null)[] = [null, resident, clerk, street, district, city, civil, auditor];
const code = '05-001';

let platform: Platform;
let entryId: string;

type Data = Record<string, Record<string, Record<string, unknown>> & { readonly userErrors: readonly unknown[] }>;
async function write(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>, selection = ''): Promise<Data[string]> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`.replace(/^DistrictI/, 'I');
  const data = await platform.as(who).run<Data>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message field } } }`, { input },
  );
  const payload = data[mutation] as Data[string];
  if (payload.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`);
  return payload;
}

/** Something that each may see more of than another: drafts, names of those who wrote, words withdrawn. */
beforeAll(async () => {
  platform = await startPlatform({ name: 'public', seed: true, now: () => new Date('2026-03-02T02:00:00Z') }, { supergraphSdl: withoutMarks(supergraphSdl) });
  await write(city, 'calendarPublish', { version: 'c-2', note: '年度', holidays: ['2026-03-03'], workDays: ['2026-03-07'], notices: [{ year: 2027, holidays: ['2027-01-01', '2027-05-01', '2027-10-01'], makeUpDays: ['2027-01-02'] }] });
  await write(city, 'listPublish', {
    kind: 'POWER', version: 'p-2', note: '年度', entries: [{ code: 'Q-1', title: '市容检查', titleEn: 'Check of order', department: '3401-05', detail: '每季' }],
  });
  const duty = { code: 'Z-1', title: '安全检查', titleEn: 'Safety checks', category: 'LAWFUL_ASSISTANCE', class: 'A', matters: [], forward: true, dispatch: true };
  const types = [{ name: '城区街道', streets: [places.street] }];
  await write(city, 'dutyListPublish', { version: 'd-2', note: '年度', streetTypes: types, entries: [duty, { ...duty, code: 'Z-2' }] });
  await write(city, 'dutyListPublish', { version: 'd-3', streetTypes: types, entries: [{ ...duty, dispatch: false }, { ...duty, code: 'Z-3' }] });
  const content = { title: '时间银行', titleEn: 'Hours given', module: 'SOCIAL_SERVICE', level: 'COMMUNITY', delivery: 'DIRECT', materials: [], workDays: 3 };
  await write(civil, 'serviceItemDraft', { code: '05-999', content });
  await write(district, 'districtItemRemark', { itemId: `${places.city}:${code}`, expectedVersion: 0, place: '一楼', hours: '9–17', contact: '65699001' });
  const { entry } = await write(street, 'opennessPublish', {
    code: '19.01', title: '办理指南', titleEn: 'Guide', summary: '如何办理', text: '详见', reason: '公开', subject: { kind: 'SERVICE_ITEM', reference: code },
  }, 'entry { id version }');
  entryId = String(entry?.['id']);
  await write(street, 'opennessWithdraw', { entryId, expectedVersion: entry?.['version'], reason: '有误' });
});
afterAll(() => platform.end());

const given = (): Record<string, string> => ({
  ...usualArguments,
  'Query.gridPlan': 'households: 900',
  'Query.dutyListDiff': 'from: "d-2"',
  'Community.catalogue': 'first: 200',
  'Query.serviceItemSearch': 'text: "低保"',
  'Query.opennessEntry': `id: "${entryId}"`,
});

it('gives each marked field alike to all, signed in or not, residents and officers', async () => {
  const seen = new Set<string>();
  for (const question of questions(given())) {
    const [first, ...others] = await Promise.all(callers.map((who) => platform.as(who).attempt(question.text)));
    expect([question.text, first?.errors]).toEqual([question.text, undefined]);
    for (const other of others) expect([question.text, other]).toEqual([question.text, first]);
    for (const field of answered(question, first?.data)) seen.add(field);
  }
  // What has no value here was compared as null, or not reached.
  expect(markedFields.filter((field) => !seen.has(field))).toMatchInlineSnapshot(`
[
  "AreaStandards.note",
  "AreaStandards.publishedAt",
  "AreaSuccession.code",
  "AreaSuccession.name",
  "AreaSuccession.on",
  "City.areaKm2",
  "City.validTo",
  "ClockPolicy.note",
  "ClockPolicy.publishedAt",
  "ClockPolicyRow.category",
  "ClockPolicyRow.kind",
  "ClockPolicyRow.serviceItem",
  "Community.areaKm2",
  "Community.figuresSource",
  "Community.households",
  "Community.population",
  "Community.predecessors",
  "Community.successors",
  "Community.validTo",
  "Community.verdicts",
  "ConcernRule.note",
  "ConcernRule.publishedAt",
  "District.areaKm2",
  "District.households",
  "District.validTo",
  "DistrictWorkload.residentsPerCommunityOver",
  "DutyClassName.class",
  "DutyClassName.name",
  "DutyClassName.nameEn",
  "DutyList.classes",
  "Grid.successor",
  "Grid.validTo",
  "ListEntryChange.after",
  "ListEntryChange.before",
  "OpennessSubject.dutyList",
  "OpennessSubject.list",
  "PublishedListDiff.changed",
  "ScoringScheme.note",
  "ScoringScheme.publishedAt",
  "ServiceItemVersion.conditions",
  "ServiceItemVersion.lapsedAt",
  "ServiceItemVersion.note",
  "ServiceMaterial.note",
  "Street.households",
  "Street.predecessors",
  "Street.successors",
  "Street.validTo",
  "Street.verdicts",
  "WorkloadSurvey.note",
  "WorkloadSurvey.publishedAt",
]
`);
});

it.each([
  ['{ calendar { publishedBy } }'],
  ['{ publishedList(kind: POWER) { publishedBy } }'],
  ['{ serviceItem(code: "05-999") { code } }'],
  [`{ city { counts { total { submitted } } } }`],
])('would find that %s is not', async (text) => {
  const answers = await Promise.all(callers.map(async (who) => JSON.stringify(await platform.as(who).attempt(text))));
  expect(new Set(answers).size).toBeGreaterThan(1);
});

it('marks nothing that needs a login, that is written, or that says what a caller may do', () => {
  const wrong = objectTypes.flatMap((type) => fieldsOf(type).filter(isMarked)
    .filter(({ name, astNode }) => type.name === 'Mutation' || name === 'availableActions' || name === 'publishedBy'
      || (astNode?.directives ?? []).some((directive) => ['authenticated', 'requiresScopes', 'policy'].includes(directive.name.value)))
    .map(({ name }) => `${type.name}.${name}`));
  expect(wrong).toEqual([]);
});
