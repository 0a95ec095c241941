// The second application: what the vault has is not handed in again, as long as a consent covers it.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { sha256 } from '../../subgraphs/shared/hash.js';
import { people, places, settled, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { clerk, street, auditor } = people;
const civil = actor('DEPARTMENT_OFFICER', '3401-05');
const now = new Date('2026-03-02T02:00:00Z');
let platform: Platform;
const items: string[] = [];

type Fields = Readonly<Record<string, unknown>>;
interface Shown {
  readonly id: string;
  readonly number: string;
  readonly version: number;
  readonly state: string;
  readonly application: { readonly materials: readonly Fields[] };
}

const content = {
  title: '老年人优待证办理', titleEn: 'Card for older residents', module: 'GOVERNMENT_SERVICE', level: 'COMMUNITY', delivery: 'DIRECT', workDays: 5,
  materials: [
    { documentType: 'id-card', name: '居民身份证', nameEn: 'Identity card' }, { documentType: 'photo', name: '照片', nameEn: 'Photograph' },
  ],
};

async function write<T>(who: Actor, mutation: string, field: string, selection: string, input: Fields): Promise<{ readonly entity: T | null; readonly userErrors: readonly UserError[] }> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, Record<string, T | null> & { userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${field} { ${selection} } userErrors { code message field } } }`, { input },
  );
  await settled(platform.subgraphs);
  return { entity: data[mutation]?.[field] ?? null, userErrors: data[mutation]?.userErrors ?? [] };
}
async function done<T>(...call: Parameters<typeof write>): Promise<T> {
  const { entity, userErrors } = await write<T>(...call);
  if (!entity || userErrors.length > 0) throw new Error(`${call[1]}: ${JSON.stringify(userErrors)}`);
  return entity;
}

beforeAll(async () => {
  platform = await startPlatform({ name: 'applications_materials', seed: true, now: () => now });
  for (const code of ['05-950', '05-951']) {
    await done(civil, 'serviceItemDraft', 'serviceItem', 'code', { code, content: { ...content, title: `${content.title}${code}` } });
    await done(people.city, 'serviceItemPutInForce', 'serviceItem', 'code', { code, number: 1, expectedVersion: 1 });
    items.push(`3401:${code}`);
  }
});
afterAll(() => platform.end());

let residents = 0;
const somebody = (): Actor => actor('RESIDENT', null, `applicant-${(residents += 1)}`);

async function keep(who: Actor, documentType: string): Promise<string> {
  const bytes = `%PDF-1.7\n${who.id} ${documentType}`;
  const { id } = await done<{ id: string }>(who, 'materialStart', 'upload', 'id', {
    documentType, name: `${documentType}.pdf`, format: 'PDF', size: Buffer.byteLength(bytes), sha256: sha256(bytes),
  });
  const response = await fetch(`${platform.url}/materials/uploads/${id}`, {
    method: 'PUT', headers: { ...(await platform.headers(who)), 'upload-offset': '0', 'content-type': 'application/octet-stream' }, body: bytes,
  });
  if (response.status !== 201) throw new Error(await response.text());
  return id;
}

const shown = 'id number version state application { materials { documentType source document origin consent } }';
const input = (item: number, more: Fields = {}): Fields => ({ item: items[item], community: places.community, channel: 'WEB', applicant: { name: '王小明' }, ...more });
const apply = (who: Actor, item: number, more: Fields = {}) => write<Shown>(who, 'applicationSubmit', 'case', shown, input(item, more));
const applied = (who: Actor, item: number): Promise<Shown> => done<Shown>(who, 'applicationSubmit', 'case', shown, input(item));

interface Check {
  readonly ready: boolean;
  readonly materials: readonly Fields[];
}
const check = async (who: Actor, item: number, residentId: string | null = null): Promise<Check> => (await platform.as(who).run<{ applicationCheck: Check }>(
  `query ($item: ID!, $community: AreaCode!, $residentId: ID) { applicationCheck(item: $item, community: $community, residentId: $residentId) {
    ready materials { missing lack document origin consent material { documentType } }
  } }`, { item: items[item], community: places.community, residentId },
)).applicationCheck;

/** With both documents in the vault, and applied once. */
async function appliedOnce(): Promise<readonly [who: Actor, first: Shown, documents: readonly string[]]> {
  const who = somebody();
  const documents = [await keep(who, 'id-card'), await keep(who, 'photo')];
  return [who, await applied(who, 0), documents];
}
const consent = (who: Actor, more: Fields = {}) => done<{ id: string; version: number }>(who, 'consentGive', 'consent', 'id version', more);

describe('the first application', () => {
  it('says what the vault lacks, and takes what is put there', async () => {
    const who = somebody();
    expect(await check(who, 0)).toMatchObject({ ready: false, materials: [{ missing: true, lack: 'NONE', document: null }, { missing: true, lack: 'NONE' }] });
    expect((await apply(who, 0)).userErrors.map(({ field }) => field)).toEqual([['input', 'materials', 'id-card'], ['input', 'materials', 'photo']]);
    const documents = [await keep(who, 'id-card'), await keep(who, 'photo')];
    expect(await check(who, 0)).toMatchObject({ ready: true, materials: documents.map((document) => ({ missing: false, lack: null, document, consent: null })) });
    const { application } = await applied(who, 0);
    expect(application.materials).toEqual(['id-card', 'photo'].map((documentType, i) => ({
      documentType, source: 'DOCUMENT', document: documents[i], consent: null, origin: '本人 2026-03-02 存入资料库 / Put into the vault by the applicant on 2026-03-02',
    })));
  });
});

describe('the second application', () => {
  it('needs no upload: it says where each document came from and which consent covers it, and each use is logged', async () => {
    const [who, first, documents] = await appliedOnce();
    const { id: given } = await consent(who, { documentTypes: ['id-card', 'photo'], items: ['05-951'] });
    const origin = `本人 2026-03-02 为案件 ${first.number} 提交 / Given by the applicant on 2026-03-02 for case ${first.number}`;
    const covered = documents.map((document) => ({ document, origin, consent: given }));
    expect(await check(who, 1)).toMatchObject({ ready: true, materials: covered });
    const second = await applied(who, 1);
    expect(second.application.materials).toMatchObject(covered);
    const { myMaterials } = await platform.as(who).run<{ myMaterials: { totalCount: number; nodes: { reads: { nodes: Fields[] } }[] } }>(
      '{ myMaterials { totalCount nodes { reads { nodes { kind case { id } } } } } }',
    );
    expect(myMaterials.totalCount).toBe(2);
    for (const { reads } of myMaterials.nodes) {
      expect(reads.nodes).toHaveLength(2);
      for (const { id } of [first, second]) expect(reads.nodes).toContainEqual({ kind: 'USED', case: { id } });
    }
  });

  it.each<[string, Fields | null]>([
    ['no consent', null], ['a consent for another item', { items: ['05-999'] }], ['a consent for other documents', { documentTypes: ['diploma'] }],
  ])('is refused with %s, and nothing is attached', async (_what, more) => {
    const [who] = await appliedOnce();
    if (more) await consent(who, more);
    expect(await check(who, 1)).toMatchObject({ ready: false, materials: [{ missing: true, lack: 'NO_CONSENT', document: null }, { lack: 'NO_CONSENT' }] });
    const uses = () => platform.subgraphs.running('community').connection.collection('materialAttachments').countDocuments({ person: who.id });
    const { entity, userErrors } = await apply(who, 1);
    expect([entity, userErrors.length, await uses()]).toEqual([null, 2, 2]);
    for (const { code, message } of userErrors) expect([code, message]).toEqual(['INVALID_INPUT', expect.stringContaining('give consent first')]);
  });

  it('cannot rest on a consent that was withdrawn', async () => {
    const [who] = await appliedOnce();
    const { id, version } = await consent(who);
    expect(await check(who, 1)).toMatchObject({ ready: true });
    await done(who, 'consentWithdraw', 'consent', 'id', { consentId: id, expectedVersion: version });
    expect(await check(who, 1)).toMatchObject({ ready: false, materials: [{ lack: 'NO_CONSENT' }, { lack: 'NO_CONSENT' }] });
    expect((await apply(who, 1)).entity).toBeNull();
  });

  it('is taken at a counter with what the vault has and paper for the rest', async () => {
    const who = somebody();
    await keep(who, 'id-card');
    await consent(who, { documentTypes: ['id-card'] });
    expect(await check(clerk, 0, who.id)).toMatchObject({ ready: false, materials: [{ missing: false }, { missing: true }] });
    const { entity } = await apply(clerk, 0, {
      channel: 'COUNTER', applicant: { residentId: who.id, name: '李四' }, materials: [{ documentType: 'photo', source: 'PAPER' }],
    });
    expect(entity?.application.materials).toMatchObject([{ documentType: 'photo', source: 'PAPER', document: null }, { documentType: 'id-card', source: 'DOCUMENT' }]);
  });

  it('is not made at a counter of documents that nobody has consented to', async () => {
    const who = somebody();
    await keep(who, 'id-card');
    expect(await check(clerk, 0, who.id)).toMatchObject({ materials: [{ missing: true, lack: 'NO_CONSENT', document: null, origin: null }, { missing: true, lack: 'NO_CONSENT' }] });
    const { entity } = await apply(clerk, 0, { channel: 'COUNTER', applicant: { residentId: who.id, name: '李四' }, materials: [{ documentType: 'photo', source: 'PAPER' }] });
    expect([entity, await platform.subgraphs.running('community').connection.collection('materialAttachments').countDocuments({ person: who.id })]).toEqual([null, 0]);
  });

  it("is nobody's to check for another but a counter's", async () => {
    const who = somebody();
    await keep(who, 'id-card');
    for (const other of [somebody(), auditor, civil]) expect((await check(other, 0, who.id)).materials).toMatchObject([{ document: null }, { document: null }]);
  });
});

describe('conditions of an item', () => {
  const says = (zh: string, en: string, expression: string): Fields => ({ expression, says: zh, saysEn: en });
  beforeAll(async () => {
    const conditions = [says('年满 80 周岁', '80 years of age or more', 'age >= 80'), says('本市户籍', 'of a household of this city', 'localHousehold')];
    await done(civil, 'serviceItemDraft', 'serviceItem', 'code', { code: '05-952', content: { ...content, materials: [], conditions } });
    await done(people.city, 'serviceItemPutInForce', 'serviceItem', 'code', { code: '05-952', number: 1, expectedVersion: 1 });
    items.push('3401:05-952');
  });
  let records = 0;
  const known = async (facts: readonly Fields[]): Promise<Actor> => {
    const who = somebody();
    const { residentRecordKeep } = await platform.as(clerk).run<{ residentRecordKeep: { results: { userErrors: unknown[] }[] } }>(
      'mutation ($input: ResidentRecordKeepInput!) { residentRecordKeep(input: $input) { results { userErrors { code message field } } } }',
      { input: { records: [{ expectedVersion: 0, number: `R-${(records += 1)}`, name: '王小明', person: who.id, facts }] } },
    );
    expect(residentRecordKeep.results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    return who;
  };
  const findings = async (who: Actor, residentId: string | null = null): Promise<Fields> => (await platform.as(who).run<{ applicationCheck: Fields }>(
    'query ($item: ID!, $community: AreaCode!, $residentId: ID) { applicationCheck(item: $item, community: $community, residentId: $residentId) { ready findings { wording verdict unknown } } }',
    { item: items[2], community: places.community, residentId },
  )).applicationCheck;
  const old = '年满 80 周岁 / 80 years of age or more';
  const local = '本市户籍 / of a household of this city';

  it('that are met, or of which nothing is known, let one apply; what is not known is named', async () => {
    const who = await known([{ code: 'birthDate', value: '1940-01-01' }]);
    const found = [{ wording: old, verdict: 'MET', unknown: [] }, { wording: local, verdict: 'UNKNOWN', unknown: ['本市户籍 / household register of this city'] }];
    expect(await findings(who)).toEqual({ ready: true, findings: found });
    expect((await applied(who, 2)).state).toBe('SUBMITTED');
    expect(await findings(somebody())).toMatchObject({ ready: true, findings: [{ verdict: 'UNKNOWN' }, { verdict: 'UNKNOWN' }] });
  });

  it('that are known not to be met are named, each of them, and nothing is taken in', async () => {
    const who = await known([{ code: 'birthDate', value: '1990-01-01' }, { code: 'localHousehold', value: 'false' }]);
    expect(await findings(who)).toEqual({ ready: false, findings: [{ wording: old, verdict: 'NOT_MET', unknown: [] }, { wording: local, verdict: 'NOT_MET', unknown: [] }] });
    expect(await findings(clerk, who.id)).toMatchObject({ ready: false });
    // Whose records the counter does not keep, of them it is told nothing.
    for (const other of [people.street, actor('COMMUNITY_CLERK', places.sibling)]) expect(await findings(other, who.id)).toMatchObject({ ready: true, findings: [{ verdict: 'UNKNOWN' }, { verdict: 'UNKNOWN' }] });
    const { entity, userErrors } = await apply(who, 2);
    expect(entity).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'item'], message: expect.stringContaining('年满 80 周岁') }, { message: expect.stringContaining('本市户籍') }]);
  });
});

it('shows the documents to the department while it decides, and to nobody who has no part in it', async () => {
  const [, { id }, documents] = await appliedOnce();
  const version = async (): Promise<number> => (await platform.as(auditor).run<{ case: { version: number } }>('query ($id: ID!) { case(id: $id) { version } }', { id })).case.version;
  const attached = async (who: Actor): Promise<string[] | null> => {
    const found = (await platform.as(who).run<{ case: { materials: { material: { id: string } }[] | null } }>('query ($id: ID!) { case(id: $id) { materials { material { id } } } }', { id })).case;
    return found.materials?.map(({ material }) => material.id) ?? null;
  };
  expect(await attached(civil)).toBeNull();
  for (const mutation of ['caseAccept', 'caseHandle']) await done(clerk, mutation, 'case', 'id', { caseId: id, expectedVersion: await version() });
  expect((await attached(civil))?.toSorted()).toEqual([...documents].toSorted());
  expect(await attached(street)).toBeNull();
  await done(civil, 'applicationDecide', 'case', 'id', { caseId: id, expectedVersion: await version(), granted: true, result: { text: '准予办理' } });
  expect(await attached(civil)).toBeNull();
  expect((await attached(clerk))?.toSorted()).toEqual([...documents].toSorted());
});
