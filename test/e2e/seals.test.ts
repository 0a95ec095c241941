// 智能公章 through the gateway: approval first, then use; and whatever is done to the log behind its back is found.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printHead, readHeads, verifySeals } from '../../scripts/seals/verify.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { sha256 } from '../../subgraphs/shared/hash.js';
import { canonicalJson, type SealRecord } from '../../subgraphs/street/domain/seal/chain.js';
import { people, places, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, district, city, clerk, resident, auditor, streetUnit } = people;
const keeper = actor('COMMUNITY_CLERK', places.community, 'keeper');
const colleague = actor('COMMUNITY_CLERK', places.community, 'colleague');
const now = new Date('2026-03-02T02:00:00Z');
const contentHash = sha256('居住证明');
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'seals', seed: true, now: () => now });
});
afterAll(() => platform.end());

type Input = Readonly<Record<string, unknown>>;
interface Entity {
  readonly id: string;
  readonly version: number;
  readonly keeper?: string;
  readonly state?: string;
  readonly used?: number;
  readonly availableActions?: readonly { readonly action: string; readonly available: boolean }[];
}
interface Answer { readonly entity: Entity | null; readonly userErrors: readonly UserError[] }

const requestFields = 'id version state matter copies used requestedBy decidedBy decisionNote availableActions { action available }';
async function write(who: Actor, mutation: 'sealRegister' | 'sealEntrust' | 'sealRequest' | 'sealDecide' | 'sealUse', input: Input): Promise<Answer> {
  const isSeal = mutation === 'sealRegister' || mutation === 'sealEntrust';
  const selection = isSeal ? 'seal { id version name keeper office { level area } }' : `request { ${requestFields} }`;
  const data = await platform.as(who).run<Record<string, { seal?: Entity | null; request?: Entity | null; userErrors: UserError[] }>>(
    `mutation ($input: S${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${selection} userErrors { code message field } } }`, { input },
  );
  const { seal, request, userErrors = [] } = data[mutation] ?? {};
  return { entity: (isSeal ? seal : request) ?? null, userErrors };
}
async function done(...call: Parameters<typeof write>): Promise<Entity> {
  const { entity, userErrors } = await write(...call);
  if (!entity || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return entity;
}

let names = 0;
const register = (more: Input = {}): Promise<Entity> =>
  done(street, 'sealRegister', { office: places.community, name: `公章 ${(names += 1)}`, keeper: keeper.id, ...more });
const wish = (seal: Entity, more: Input = {}) => ({ sealId: seal.id, matter: '居住证明', reason: '办理入学', contentHash, ...more });
const requested = (seal: Entity, more: Input = {}): Promise<Entity> => done(clerk, 'sealRequest', wish(seal, more));
const of = ({ id, version }: Entity, more: Input = {}) => ({ requestId: id, expectedVersion: version, ...more });
const approved = async (seal: Entity, more: Input = {}): Promise<Entity> =>
  done(colleague, 'sealDecide', of(await requested(seal, more), { approved: true }));
const use = (request: Entity, more: Input = {}, who = keeper): Promise<Answer> => write(who, 'sealUse', of(request, { contentHash, ...more }));

const database = () => platform.subgraphs.running('street').connection;
const verify = (noted: Parameters<typeof verifySeals>[1] = []) => verifySeals(database(), noted);
type Stored = SealRecord & { _id: string };
const records = () => database().collection<Stored>('sealRecords');
const logOf = (seal: Entity): Promise<Stored[]> => records().find({ seal: seal.id }).sort({ number: 1 }).toArray();
const everything = async () => Promise.all(
  ['seals', 'sealRequests', 'sealRecords', 'sealHeads'].map((name) => database().collection(name).find().sort({ _id: 1 }).toArray()),
);

describe('a seal', () => {
  let seal: Entity;
  let request: Entity;
  beforeAll(async () => {
    seal = await register();
  });

  it('is requested, approved and used copy by copy, each step in the log', async () => {
    request = await requested(seal, { copies: 2 });
    expect(request).toMatchObject({ state: 'REQUESTED', version: 1, requestedBy: clerk.id, copies: 2, used: 0 });
    request = await done(street, 'sealDecide', of(request, { approved: true, note: '同意' }));
    expect(request).toMatchObject({ state: 'APPROVED', decidedBy: street.id, decisionNote: '同意' });
    request = await done(keeper, 'sealUse', of(request, { contentHash, note: '正本' }));
    expect(request).toMatchObject({ state: 'APPROVED', used: 1 });
    request = await done(keeper, 'sealUse', of(request, { contentHash }));
    expect(request).toMatchObject({ state: 'USED', used: 2 });
    expect((await use(request)).userErrors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);

    const { seal: { log } } = await platform.as(auditor).run<{ seal: { log: { totalCount: number; nodes: unknown[] } } }>(
      'query ($id: ID!) { seal(id: $id) { log { totalCount nodes { number action by requestId reason contentHash copy note keeper } } } }', { id: seal.id },
    );
    const about = { requestId: request.id, reason: '办理入学', contentHash, keeper: null };
    expect(log).toEqual({
      totalCount: 5,
      nodes: [
        { number: 5, action: 'USE', by: keeper.id, ...about, copy: 2, note: null },
        { number: 4, action: 'USE', by: keeper.id, ...about, copy: 1, note: '正本' },
        { number: 3, action: 'APPROVE', by: street.id, ...about, copy: null, note: '同意' },
        { number: 2, action: 'REQUEST', by: clerk.id, ...about, copy: null, note: null },
        { number: 1, action: 'REGISTER', by: street.id, requestId: null, reason: null, contentHash: null, copy: null, note: null, keeper: keeper.id },
      ],
    });
  });

  it('shows its log page by page to auditors and superiors, and to nobody else', async () => {
    type Data = { seal: { log: { nodes: { number: number }[]; pageInfo: { endCursor: string } } | null } | null };
    const page = (who: Actor, after: string | null) => platform.as(who).run<Data>(
      'query ($id: ID!, $after: String) { seal(id: $id) { log(first: 2, after: $after) { nodes { number } pageInfo { endCursor } } } }', { id: seal.id, after },
    );
    const first = (await page(district, null)).seal?.log;
    expect(first?.nodes.map(({ number }) => number)).toEqual([5, 4]);
    expect((await page(street, first?.pageInfo.endCursor ?? null)).seal?.log?.nodes.map(({ number }) => number)).toEqual([3, 2]);
    expect((await page(clerk, null)).seal).toEqual({ log: null });
    for (const who of [resident, streetUnit, actor('STREET_CLERK', places.otherStreet)]) expect((await page(who, null)).seal).toBeNull();
  });

  it('is listed with its requests for those who may see it', async () => {
    type Data = { community: { seals: { id: string; requests: { nodes: { id: string }[] } }[] } };
    const seen = (who: Actor | null) => platform.as(who).run<Data>(
      'query ($code: AreaCode!) { community(code: $code) { seals { id requests(states: [USED]) { nodes { id } } } } }', { code: places.community },
    );
    for (const who of [clerk, street, district, city, auditor]) {
      expect((await seen(who)).community.seals).toEqual([{ id: seal.id, requests: { nodes: [{ id: request.id }] } }]);
    }
    for (const who of [null, resident, actor('COMMUNITY_CLERK', places.sibling)]) expect((await seen(who)).community.seals).toEqual([]);
    const { sealRequests } = await platform.as(resident).run<{ sealRequests: { nodes: unknown[]; totalCount: number } }>('{ sealRequests { nodes { id } totalCount } }');
    expect(sealRequests).toEqual({ nodes: [], totalCount: 0 });
  });

  it('is given to another keeper, who alone uses it from then on', async () => {
    const own = await register();
    const waiting = await approved(own);
    const given = await done(street, 'sealEntrust', { sealId: own.id, expectedVersion: 1, keeper: colleague.id });
    expect(given).toMatchObject({ version: 2, keeper: colleague.id });
    expect((await use(waiting)).userErrors.map(({ code }) => code)).toEqual(['ROLE_NOT_ALLOWED']);
    expect((await use(waiting, {}, colleague)).entity).toMatchObject({ state: 'USED' });
  });

  it('may be the street\'s own, decided by a colleague or the district', async () => {
    const own = await register({ office: places.street, keeper: street.id });
    const asked = await done(street, 'sealRequest', wish(own));
    expect((await write(street, 'sealDecide', of(asked, { approved: true }))).userErrors.map(({ code }) => code)).toEqual(['ROLE_NOT_ALLOWED']);
    await done(district, 'sealDecide', of(asked, { approved: false, note: '材料不全' }));
    const again = await done(street, 'sealRequest', wish(own));
    const agreed = await done(actor('STREET_CLERK', places.street, 'second'), 'sealDecide', of(again, { approved: true }));
    expect((await use(agreed, {}, street)).entity).toMatchObject({ state: 'USED' });
    expect(await done(street, 'sealRequest', wish(own, { idempotencyKey: 'once' }))).toEqual(await done(street, 'sealRequest', wish(own, { idempotencyKey: 'once' })));
  });

  it('says what each may do', async () => {
    const waiting = await requested(seal);
    const may = async (who: Actor) => (await platform.as(who).run<{ sealRequest: Entity }>(
      `query ($id: ID!) { sealRequest(id: $id) { ${requestFields} } }`, { id: waiting.id },
    )).sealRequest.availableActions?.filter(({ available }) => available).map(({ action }) => action);
    expect(await may(clerk)).toEqual([]);
    expect(await may(colleague)).toEqual(['DECIDE']);
    expect(await may(auditor)).toEqual([]);
  });

  it.each<[string, string, Actor, Input]>([
    ['by a community clerk', 'ROLE_NOT_ALLOWED', clerk, {}],
    ["for another street's community", 'OUT_OF_SCOPE', street, { office: places.otherCommunity }],
    ['for a grid', 'INVALID_INPUT', street, { office: places.grid }],
    ['for what is not there', 'INVALID_INPUT', street, { office: `${places.street}999` }],
    ['without a name', 'INVALID_INPUT', street, { name: ' ' }],
    ['without a keeper', 'INVALID_INPUT', street, { keeper: '' }],
    ['under a name that is taken', 'INVALID_INPUT', street, { name: '公章 1' }],
  ])('is not registered %s: %s', async (_how, code, who, more) => {
    const before = await everything();
    const { entity, userErrors } = await write(who, 'sealRegister', { office: places.community, name: '新章', keeper: keeper.id, ...more });
    expect([entity, userErrors.map((error) => error.code)]).toEqual([null, [code]]);
    expect(await everything()).toEqual(before);
  });

  it.each<[string, string, Actor, Input]>([
    ['by the street above', 'ROLE_NOT_ALLOWED', street, {}],
    ['by a resident, who sees none', 'NOT_FOUND', resident, {}],
    ['without a matter', 'INVALID_INPUT', clerk, { matter: '' }],
    ['without a reason', 'INVALID_INPUT', clerk, { reason: ' ' }],
    ['for what is no hash', 'INVALID_INPUT', clerk, { contentHash: contentHash.toUpperCase() }],
    ['for no copy', 'INVALID_INPUT', clerk, { copies: 0 }],
    ['for too many copies', 'INVALID_INPUT', clerk, { copies: 1_001 }],
  ])('is not requested %s: %s', async (_how, code, who, more) => {
    const before = await everything();
    expect((await write(who, 'sealRequest', wish(seal, more))).userErrors.map((error) => error.code)).toEqual([code]);
    expect(await everything()).toEqual(before);
  });

  it.each<[string, string, Actor, Input]>([
    ['by the requester', 'ROLE_NOT_ALLOWED', clerk, {}],
    ['by a department', 'NOT_FOUND', streetUnit, {}],
    ['by another community', 'NOT_FOUND', actor('COMMUNITY_CLERK', places.sibling), {}],
    ['by an auditor', 'ROLE_NOT_ALLOWED', auditor, {}],
    ['against, without a word', 'INVALID_INPUT', colleague, { approved: false }],
    ['by an older version', 'STALE_VERSION', colleague, { expectedVersion: 0 }],
  ])('is not decided %s: %s', async (_how, code, who, more) => {
    const waiting = await requested(seal);
    const before = await everything();
    expect((await write(who, 'sealDecide', of(waiting, { approved: true, ...more }))).userErrors.map((error) => error.code)).toEqual([code]);
    expect(await everything()).toEqual(before);
  });

  it.each<[string, string, Actor, Input, boolean]>([
    ['before it is approved', 'TRANSITION_NOT_ALLOWED', keeper, {}, false],
    ['by another clerk of the office', 'ROLE_NOT_ALLOWED', colleague, {}, true],
    ['by the street', 'OUT_OF_SCOPE', street, {}, true],
    ['on another document', 'INVALID_INPUT', keeper, { contentHash: sha256('另一份') }, true],
    ['by an older version', 'STALE_VERSION', keeper, { expectedVersion: 1 }, true],
  ])('is not used %s: %s', async (_how, code, who, more, isApproved) => {
    const one = await (isApproved ? approved(seal) : requested(seal));
    const before = await everything();
    expect((await use(one, more, who)).userErrors.map((error) => error.code)).toEqual([code]);
    expect(await everything()).toEqual(before);
  });
});

describe('twenty at the same time', () => {
  it('use one seal for a request each: all do, and the chain has no fork', async () => {
    const seal = await register();
    const requests = [];
    for (let i = 0; i < 20; i += 1) requests.push(await approved(seal));
    const answers = await Promise.all(requests.map((request) => use(request)));
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect((await logOf(seal)).map(({ number }) => number)).toEqual(Array.from({ length: 61 }, (_, i) => i + 1));
    expect((await verify()).breaches).toEqual([]);
  });

  it('use it for the one copy of one request: one does', async () => {
    const seal = await register();
    const request = await approved(seal);
    const answers = await Promise.all(Array.from({ length: 20 }, () => use(request)));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(new Set(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code)))).toEqual(new Set(['STALE_VERSION']));
    expect((await logOf(seal)).filter(({ action }) => action === 'USE')).toHaveLength(1);
  });
});

describe('the log of a seal', () => {
  let seal: Entity;
  let untouched: Stored[];
  const head = () => database().collection<{ _id: string; number: number; hash: string }>('sealHeads');
  beforeAll(async () => {
    seal = await register();
    for (let i = 0; i < 3; i += 1) await done(keeper, 'sealUse', of(await approved(seal), { contentHash }));
    untouched = await logOf(seal);
  });
  const restore = async (): Promise<void> => {
    await records().deleteMany({ seal: seal.id });
    await records().insertMany(untouched);
    await head().updateOne({ _id: seal.id }, { $set: { number: untouched.length, hash: at(untouched.length).hash } });
  };
  afterEach(restore);

  const at = (number: number): Stored => {
    const found = untouched[number - 1];
    if (!found) throw new Error(`There is no record ${number}.`);
    return found;
  };
  /** With the hash that belongs to it, as somebody makes it who knows how. */
  const forged = ({ _id, hash: _hash, ...record }: Stored): Stored => ({ ...record, _id, hash: sha256(canonicalJson(record)) });
  /** From `first` on, all of it anew. */
  const rewritten = (first: Stored): Stored[] => {
    let previous = first;
    return untouched.slice(first.number).map((record) => (previous = forged({ ...record, previous: previous.hash })));
  };
  const replaceAll = async (list: readonly Stored[]): Promise<void> => {
    await records().deleteMany({ seal: seal.id });
    await records().insertMany([...list]);
  };
  const moved = (record: Stored, number: number): Stored => ({ ...record, number, _id: `${seal.id}:${number}` });
  const withForged = (number: number, change: Partial<Stored>): Stored[] => {
    const first = forged({ ...at(number), ...change });
    return [...untouched.slice(0, number - 1), first, ...rewritten(first)];
  };

  it('is sound as it was written', async () => {
    expect(untouched).toHaveLength(10);
    expect((await verify()).breaches).toEqual([]);
  });

  it.each<[string, number, string, () => Promise<unknown>]>([
    ['a reason that was changed', 5, 'CHANGED', () => records().updateOne({ _id: at(5)._id }, { $set: { reason: '另一用途' } })],
    ['a time that was changed', 6, 'CHANGED', () => records().updateOne({ _id: at(6)._id }, { $set: { at: new Date(0) } })],
    ['a field that was added', 4, 'CHANGED', () => records().updateOne({ _id: at(4)._id }, { $set: { extra: 1 } })],
    ['a field that was taken away', 4, 'CHANGED', () => records().updateOne({ _id: at(4)._id }, { $unset: { note: '' } })],
    ['a record that was changed with its hash', 6, 'UNLINKED', () => records().replaceOne({ _id: at(5)._id }, forged({ ...at(5), reason: '另一用途' }))],
    ['a record that was removed', 7, 'MISSING', () => records().deleteOne({ _id: at(7)._id })],
    ['the first record removed', 1, 'MISSING', () => records().deleteOne({ _id: at(1)._id })],
    ['a record removed and the rest moved up', 7, 'UNLINKED', () => replaceAll(
      [...untouched.slice(0, 6), ...untouched.slice(7).map((record) => moved(record, record.number - 1))],
    )],
    ['a tail that was cut off', 9, 'CUT', () => records().deleteMany({ seal: seal.id, number: { $gte: 9 } })],
    ['all of it removed', 1, 'CUT', () => records().deleteMany({ seal: seal.id })],
    ['a record put in, with a hash of its own', 6, 'UNLINKED', () => replaceAll([
      ...untouched.slice(0, 4), forged({ ...moved(at(4), 5), previous: at(4).hash }), ...untouched.slice(4).map((record) => moved(record, record.number + 1)),
    ])],
    ['a record put in without one', 5, 'UNLINKED', () => replaceAll(
      [...untouched.slice(0, 4), moved(at(4), 5), ...untouched.slice(4).map((record) => moved(record, record.number + 1))],
    )],
    ['two records that changed places', 5, 'UNLINKED', () => replaceAll(
      [...untouched.slice(0, 4), moved(at(6), 5), moved(at(5), 6), ...untouched.slice(6)],
    )],
    ['a record put on at the end', 11, 'BEYOND', () => records().insertOne(forged({ ...moved(at(10), 11), previous: at(10).hash }))],
    ['the chain made anew from a record on', 10, 'HEAD', () => replaceAll(withForged(5, { reason: '另一用途' }))],
    ['a head that was removed', 1, 'BEYOND', () => head().deleteOne({ _id: seal.id })],
  ])('gives away %s: record %i is %s', async (how, number, fault, tamper) => {
    await tamper();
    const { breaches, heads } = await verify();
    if (how.startsWith('a head')) await head().insertOne({ _id: seal.id, number: 10, hash: at(10).hash });
    expect(breaches).toEqual([{ seal: seal.id, number, fault }]);
    expect(heads.map((one) => one.seal)).not.toContain(seal.id);
  });

  it('that was made anew with its head is given away by a head noted before', async () => {
    const { heads } = await verify();
    const anew = withForged(5, { reason: '另一用途' });
    await replaceAll(anew);
    await head().updateOne({ _id: seal.id }, { $set: { hash: anew.at(-1)?.hash ?? '' } });
    expect((await verify()).breaches).toEqual([]);
    expect((await verify(readHeads(heads.map(printHead).join('\n')))).breaches).toEqual([{ seal: seal.id, number: 10, fault: 'HEAD' }]);
  });

  it('whose tail was cut off with its head is given away by a head noted before', async () => {
    const { heads } = await verify();
    await records().deleteMany({ seal: seal.id, number: { $gte: 9 } });
    await head().updateOne({ _id: seal.id }, { $set: { number: 8, hash: at(8).hash } });
    expect((await verify()).breaches).toEqual([]);
    expect((await verify(heads)).breaches).toEqual([{ seal: seal.id, number: 9, fault: 'CUT' }]);
  });

  describe('by npm run seals:verify', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'seals-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    const command = (...args: string[]): Promise<{ code: number | null; text: string }> => new Promise((resolve, reject) => {
      const env = {
        PATH: process.env['PATH'], DATA_DIR: folder, MONGODB_URI: platform.subgraphs.uris.street, SERVICE_PRIVATE_KEY: '{"kid":"street"}',
      };
      const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/seals.ts', ...args], { env });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.once('error', reject).once('exit', (code) => resolve({ code, text }));
    });

    it('answers by its exit code, prints heads and takes them back', async () => {
      const sound = await command();
      expect(sound).toMatchObject({ code: 0, text: expect.stringContaining(`${seal.id} 10 ${at(10).hash}`) as string });
      const file = join(folder, 'heads.txt');
      await writeFile(file, sound.text);
      expect((await command('--heads', file)).code).toBe(0);
      await records().deleteOne({ _id: at(3)._id });
      expect(await command('--heads', file)).toMatchObject({ code: 1, text: expect.stringContaining(`seal ${seal.id}, record 3 is missing`) as string });
      await writeFile(file, '');
      expect((await command('--heads', file)).code).toBe(2);
      expect((await command('--heads', join(folder, 'none'))).code).toBe(2);
    });
  });
});
