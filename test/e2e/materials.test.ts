// 资料复用 through the gateway: documents given once, in pieces or whole, used again by consent, and every read on record.
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { mongo } from 'mongoose';
import { Pool } from 'undici';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { createLogger } from '../../subgraphs/shared/logging.js';
import { pieceBytes } from '../../subgraphs/community/domain/material/upload.js';
import { casesOf, people, places, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { until } from '../kit/host.js';
import { actor } from '../kit/identity.js';

const { resident, clerk, street, gridWorker } = people;
const day = 86_400_000;
let now = new Date('2026-03-02T02:00:00Z');
const written: string[] = [];
let verdict: 'CLEAN' | 'INFECTED' | 'NOT_SCANNED' | 'AWAY' = 'NOT_SCANNED';
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({
    name: 'materials', seed: true, now: () => now, log: createLogger('levels', 'info', { write: (line) => void written.push(line) }),
    scanner: {
      async scan(bytes) {
        if (verdict === 'AWAY') throw new Error('The scanner is away.');
        for await (const piece of bytes) if (piece.length === 0) throw new Error('An empty piece.');
        return verdict;
      },
    },
  });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  verdict = 'NOT_SCANNED';
});

type Input = Readonly<Record<string, unknown>>;
interface Upload { readonly id: string; readonly version: number; readonly state: string; readonly rejection: string | null; readonly material: { readonly id: string } | null }
interface Answer<T> { readonly entity: T | null; readonly userErrors: readonly UserError[] }

const selections: Readonly<Record<string, readonly [field: string, selection: string]>> = {
  materialStart: ['upload', 'id version state rejection material { id }'], materialCancel: ['upload', 'id version state rejection material { id }'],
  materialRemove: ['material', 'id version state'], materialAttach: ['case', 'id version'],
  consentGive: ['consent', 'id version isInForce'], consentWithdraw: ['consent', 'id version isInForce'],
};
async function write<T>(who: Actor | null, mutation: string, input: Input): Promise<Answer<T>> {
  const [field = '', selection = ''] = selections[mutation] ?? [];
  const data = await platform.as(who).run<Record<string, Record<string, T | null> & { userErrors: UserError[] }>>(
    `mutation ($input: ${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${field} { ${selection} } userErrors { code message field } } }`,
    { input },
  );
  return { entity: (data[mutation]?.[field] ?? null) as T | null, userErrors: data[mutation]?.userErrors ?? [] };
}
async function done<T>(...call: Parameters<typeof write>): Promise<T> {
  const { entity, userErrors } = await write<T>(...call);
  if (!entity || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return entity;
}
const codes = ({ userErrors }: Answer<unknown>): string[] => userErrors.map(({ code }) => code);

let seeds = 0;
/** A PDF that no other test has. */
function pdf(size = 1_000): Buffer {
  const bytes = Buffer.alloc(size, `%% ${(seeds += 1)} `);
  bytes.write('%PDF-1.7\n');
  return bytes;
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const announced = (bytes: Uint8Array, more: Input = {}): Input =>
  ({ documentType: 'id-card', name: '身份证.pdf', format: 'PDF', size: bytes.length, sha256: sha256(bytes), ...more });
const start = (bytes: Uint8Array, more: Input = {}, who: Actor = resident): Promise<Upload> => done<Upload>(who, 'materialStart', announced(bytes, more));

interface Put { readonly status: number; readonly offset: string | null; readonly body: { readonly id?: string; readonly received?: number; readonly errors?: readonly { readonly extensions: { readonly code: string } }[] } }
async function put(id: string, bytes: Uint8Array, { offset = 0, who = resident as Actor | null } = {}): Promise<Put> {
  const response = await fetch(`${platform.url}/materials/uploads/${id}`, {
    method: 'PUT', headers: { ...(await platform.headers(who)), 'upload-offset': String(offset), 'content-type': 'application/octet-stream' }, body: new Uint8Array(bytes),
  });
  return { status: response.status, offset: response.headers.get('upload-offset'), body: (await response.json()) as Put['body'] };
}
const codeOf = ({ body }: Pick<Put, 'body'>): string | undefined => body.errors?.[0]?.extensions.code;
async function give(more: Input = {}, who: Actor = resident, bytes = pdf()): Promise<string> {
  const { id } = await start(bytes, more, who);
  const { status, body } = await put(id, bytes, { who });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return id;
}
const get = async (path: string, who: Actor | null, method = 'GET') =>
  fetch(`${platform.url}/materials/${path}`, { method, headers: await platform.headers(who) });

/** Sends a part of what it says it will, and then hangs up. */
async function breakOff(id: string, part: Uint8Array, length: number, who: Actor): Promise<void> {
  const headers = { ...(await platform.headers(who)), 'content-length': String(length), 'content-type': 'application/octet-stream' };
  const sending = httpRequest(`${platform.url}/materials/uploads/${id}`, { method: 'PUT', headers });
  sending.on('error', () => undefined);
  await new Promise<void>((resolve) => void sending.write(part, () => resolve()));
  await until(async () => (await count('materials.chunks', { files_id: id })) === Math.floor(part.length / pieceBytes));
  sending.destroy();
}
const sweep = (): Promise<void> => platform.subgraphs.running('community').runTasks();
const dayAfter = (days: number): string => new Date(now.getTime() + days * day).toISOString().slice(0, 10);

const community = () => platform.subgraphs.running('community').connection;
const count = (collection: string, filter: object = {}): Promise<number> => community().collection(collection).countDocuments(filter);
/** Residents of their own, so that no test sees what another has left. */
let residents = 0;
const somebody = (): Actor => actor('RESIDENT', null, `resident-${(residents += 1)}`);

interface Seen {
  readonly myMaterials: { readonly totalCount: number; readonly nodes: readonly {
    readonly id: string; readonly version: number; readonly documentType: string; readonly givenFor: { readonly id: string } | null; readonly scan: string; readonly isValid: boolean;
    readonly reads: { readonly totalCount: number; readonly nodes: readonly { readonly kind: string; readonly role: string; readonly area: string | null; readonly reason: string | null; readonly case: { readonly id: string } | null }[] };
  }[] };
}
const mine = (who: Actor): Promise<Seen> => platform.as(who).run<Seen>(/* GraphQL */ `
  { myMaterials { totalCount nodes { id version documentType givenFor { id } scan isValid reads { totalCount nodes { kind role area reason case { id } } } } } }
`);

describe('a document', () => {
  it('is given whole, and comes back as it was, with a name and nothing that a browser would run', async () => {
    const who = somebody();
    const bytes = pdf(2 * pieceBytes + 77);
    const { id } = await start(bytes, {}, who);
    expect(await put(id, bytes, { who })).toEqual({ status: 201, offset: String(bytes.length), body: { id, state: 'FINISHED', received: bytes.length, size: bytes.length } });
    const response = await get(id, who);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    const { headers } = response;
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('content-length')).toBe(String(bytes.length));
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${id}.pdf"; filename*=UTF-8''${encodeURIComponent('身份证')}.pdf`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    const { myMaterials } = await mine(who);
    expect(myMaterials).toMatchObject({ totalCount: 1, nodes: [{ id, documentType: 'id-card', givenFor: null, scan: 'NOT_SCANNED', isValid: true }] });
    expect(myMaterials.nodes[0]?.reads).toEqual({ totalCount: 1, nodes: [{ kind: 'DOWNLOADED', role: 'RESIDENT', area: null, reason: null, case: null }] });
  });

  it('is given in parts that go on where the part before ended, also after the connection broke', async () => {
    const who = somebody();
    const bytes = pdf(3 * pieceBytes - 5);
    const { id } = await start(bytes, {}, who);
    // Cut within a piece: what does not fill one is sent again.
    await breakOff(id, bytes.subarray(0, pieceBytes + 100), bytes.length, who);
    await until(async () => (await get(`uploads/${id}`, who, 'HEAD')).headers.get('upload-offset') === String(pieceBytes));
    expect(await count('materials', { person: who.id })).toBe(0);
    const part = await put(id, bytes.subarray(pieceBytes, 2 * pieceBytes), { offset: pieceBytes, who });
    expect(part).toEqual({ status: 202, offset: String(2 * pieceBytes), body: { id, state: 'OPEN', received: 2 * pieceBytes, size: bytes.length } });
    expect((await put(id, bytes.subarray(2 * pieceBytes), { offset: 2 * pieceBytes, who })).status).toBe(201);
    expect(Buffer.from(await (await get(id, who)).arrayBuffer()).equals(bytes)).toBe(true);
    // Whose answer was lost asks again.
    expect((await put(id, Buffer.alloc(0), { offset: bytes.length, who })).status).toBe(201);
    expect((await get(`uploads/${id}`, who)).status).toBe(200);
    expect(await count('materials', { person: who.id })).toBe(1);
  });

  it('is a file of GridFS, and one content however many have it', async () => {
    const [one, other] = [somebody(), somebody()];
    const bytes = pdf(pieceBytes + 1);
    const first = await give({}, one, bytes);
    const second = await give({}, other, bytes);
    const bucket = new mongo.GridFSBucket(community().db as mongo.Db, { bucketName: 'materials' });
    const read = Buffer.concat(await bucket.openDownloadStream(first as never).toArray() as Buffer[]);
    expect(read.equals(bytes)).toBe(true);
    const chunks = () => count('materials.chunks', { files_id: { $in: [first, second] } });
    expect(await count('materialContents', { _id: sha256(bytes) } as object)).toBe(1);
    now = new Date(now.getTime() + day);
    await sweep();
    expect(await chunks()).toBe(2);

    await done(one, 'materialRemove', { materialId: first, expectedVersion: 1 });
    expect((await get(first, one)).status).toBe(404);
    now = new Date(now.getTime() + day);
    await sweep();
    expect(Buffer.from(await (await get(second, other)).arrayBuffer()).equals(bytes)).toBe(true);
    await done(other, 'materialRemove', { materialId: second, expectedVersion: 1 });
    now = new Date(now.getTime() + day);
    await sweep();
    expect([await chunks(), await count('materials.files', { _id: { $in: [first, second] } } as object)]).toEqual([0, 0]);
    expect((await mine(one)).myMaterials.totalCount).toBe(0);
  });

  it('that never became one leaves nothing behind: not its bytes, and not its place in the vault', async () => {
    const who = somebody();
    const bytes = pdf(pieceBytes + 1);
    const { id } = await start(bytes, {}, who);
    await put(id, bytes.subarray(0, pieceBytes), { who });
    expect(await count('materials.chunks', { files_id: id })).toBe(1);
    now = new Date(now.getTime() + 2 * day);
    expect(codeOf(await put(id, bytes.subarray(pieceBytes), { offset: pieceBytes, who }))).toBe('UPLOAD_OVER');
    await sweep();
    now = new Date(now.getTime() + day);
    await sweep();
    expect(await count('materials.chunks', { files_id: id })).toBe(0);
    expect(await community().collection('materialVaults').findOne({ _id: who.id } as object)).toMatchObject({ documents: 0, bytes: 0, uploads: 0 });
    now = new Date(now.getTime() + 8 * day);
    await sweep();
    expect(await count('materialUploads', { person: who.id })).toBe(0);
  });

  it('once kept and valid is not taken a second time', async () => {
    const who = somebody();
    const bytes = pdf();
    await give({ validUntil: dayAfter(1) }, who, bytes);
    const again = await write(who, 'materialStart', announced(bytes));
    expect(again.userErrors).toEqual([expect.objectContaining({ code: 'DUPLICATE', field: ['input', 'sha256'] })]);
    now = new Date(now.getTime() + 2 * day);
    expect(codes(await write(who, 'materialStart', announced(bytes)))).toEqual([]);
  });

  it('is begun once per idempotency key, and given up when the person says so', async () => {
    const who = somebody();
    const bytes = pdf();
    const input = { idempotencyKey: 'once' };
    const [first, second] = [await start(bytes, input, who), await start(bytes, input, who)];
    expect(second.id).toBe(first.id);
    expect(codes(await write(who, 'materialStart', announced(bytes, { ...input, name: '别的' })))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    expect(await done(who, 'materialCancel', { uploadId: first.id, expectedVersion: 1 })).toMatchObject({ state: 'CANCELLED' });
    expect(codes(await write(who, 'materialCancel', { uploadId: first.id, expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect(codes(await write(who, 'materialCancel', { uploadId: first.id, expectedVersion: 2 }))).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect(codeOf(await put(first.id, bytes, { who }))).toBe('UPLOAD_OVER');
  });
});

describe('an upload is refused, and nothing is kept,', () => {
  it.each<[string, string, Input, string]>([
    ['of an unknown type', 'INVALID_INPUT', { documentType: 'passport-of-mars' }, 'documentType'],
    ['without a name', 'INVALID_INPUT', { name: ' ' }, 'name'],
    ['named like a path', 'INVALID_INPUT', { name: '../x.pdf' }, 'name'],
    ['named with a line break', 'INVALID_INPUT', { name: 'a\nb.pdf' }, 'name'],
    ['of no bytes', 'INVALID_INPUT', { size: 0 }, 'size'],
    ['too big', 'INVALID_INPUT', { size: 10 * 1024 * 1024 + 1 }, 'size'],
    ['with what is no SHA-256', 'INVALID_INPUT', { sha256: 'abc' }, 'sha256'],
    ['no longer valid', 'INVALID_INPUT', { validUntil: '2026-03-01' }, 'validUntil'],
    ['for a case that is not one\'s own', 'NOT_FOUND', { givenFor: 'no-such' }, 'givenFor'],
  ])('%s: %s', async (_what, code, more, field) => {
    const who = somebody();
    const { entity, userErrors } = await write(who, 'materialStart', announced(pdf(), more));
    expect([entity, userErrors.map((error) => [error.code, error.field])]).toEqual([null, [[code, ['input', field]]]]);
    expect(await count('materialUploads', { person: who.id })).toBe(0);
  });

  it('of an officer, who has no vault', async () => {
    expect(codes(await write(clerk, 'materialStart', announced(pdf())))).toEqual(['ROLE_NOT_ALLOWED']);
    const { errors } = await platform.as(clerk).attempt('{ myMaterials { totalCount } }');
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  it('beyond the uploads that may be open at once, until one is over', async () => {
    const who = somebody();
    const begun = await Promise.all(Array.from({ length: 8 }, () => write<Upload>(who, 'materialStart', announced(pdf()))));
    expect(begun.flatMap(codes)).toEqual(['TRANSITION_NOT_ALLOWED', 'TRANSITION_NOT_ALLOWED', 'TRANSITION_NOT_ALLOWED']);
    expect(await count('materialUploads', { person: who.id })).toBe(5);
    const open = begun.flatMap(({ entity }) => entity ?? []);
    await done(who, 'materialCancel', { uploadId: open[0]?.id, expectedVersion: 1 });
    expect(codes(await write(who, 'materialStart', announced(pdf())))).toEqual([]);
  });

  it.each<[string, keyof typeof full, number, RegExp]>([
    ['documents', 'documents', 200, /200/],
    ['bytes', 'bytes', 200 * 1024 * 1024 - 10, /200 MiB/],
  ])('beyond the %s of a vault', async (_what, field, value, words) => {
    const who = somebody();
    await community().collection('materialVaults').insertOne({ _id: who.id, ...full, [field]: value } as never);
    const { userErrors } = await write(who, 'materialStart', announced(pdf()));
    expect(userErrors).toEqual([expect.objectContaining({ code: 'TRANSITION_NOT_ALLOWED', message: expect.stringMatching(words) })]);
  });
  const full = { documents: 0, bytes: 0, uploads: 0, calls: 0 };

  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(500)]);
  it.each<[string, () => { readonly bytes: Buffer; readonly said?: Input; readonly sent?: Buffer; readonly scan?: typeof verdict }, number, string]>([
    ['HASH_DIFFERS', () => ({ bytes: pdf(), said: { sha256: 'a'.repeat(64) } }), 422, 'REJECTED'],
    ['FORMAT_DIFFERS', () => ({ bytes: png }), 422, 'REJECTED'],
    ['FORMAT_DIFFERS', () => ({ bytes: Buffer.from('<html>'.padEnd(900)) }), 422, 'REJECTED'],
    ['FORMAT_DIFFERS', () => ({ bytes: Buffer.from('MZ') }), 422, 'REJECTED'],
    ['INFECTED', () => ({ bytes: pdf(), scan: 'INFECTED' }), 422, 'REJECTED'],
    ['PAYLOAD_TOO_LARGE', () => { const bytes = pdf(); return { bytes, sent: Buffer.concat([bytes, bytes]) }; }, 413, 'OPEN'],
    ['PAYLOAD_TOO_LARGE', () => ({ bytes: pdf(), sent: pdf(10 * 1024 * 1024 + 1) }), 413, 'OPEN'],
  ])('%s', async (code, made, status, state) => {
    const who = somebody();
    const { bytes, said = {}, sent = bytes, scan = 'CLEAN' } = made();
    const { id } = await start(bytes, said, who);
    verdict = scan;
    const answer = await put(id, sent, { who });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    const { materialUpload } = await platform.as(who).run<{ materialUpload: Upload }>('query ($id: ID!) { materialUpload(id: $id) { state rejection material { id } } }', { id });
    expect(materialUpload).toEqual({ state, rejection: state === 'OPEN' ? null : code, material: null });
    expect([await count('materials', { person: who.id }), (await get(id, who)).status]).toEqual([0, 404]);
    if (state === 'REJECTED') expect(await count('materials.chunks', { files_id: id })).toBe(0);
    // What was rejected stays so.
    if (state === 'REJECTED') expect(codeOf(await put(id, bytes, { who }))).toBe(code);
  });

  it('of what does not end and says nothing of its length', async () => {
    const who = somebody();
    const { id } = await start(pdf(10 * 1024 * 1024), {}, who);
    let sent = 0;
    const response = await fetch(`${platform.url}/materials/uploads/${id}`, {
      method: 'PUT', headers: await platform.headers(who), duplex: 'half',
      body: new ReadableStream({
        pull(controller) {
          sent += pieceBytes;
          if (sent > 20 * 1024 * 1024) controller.close();
          else controller.enqueue(new Uint8Array(pdf(pieceBytes)));
        },
      }),
    } as RequestInit);
    expect([response.status, codeOf({ body: (await response.json()) as Put['body'] })]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(sent).toBeLessThan(20 * 1024 * 1024);
    expect(await count('materialUploads', { _id: id, state: 'OPEN' } as object)).toBe(1);
  });

  it.each<[string, number, string]>([
    ['where nothing is yet', pieceBytes, '0'],
    ['beyond the end', 10 * pieceBytes, '0'],
  ])('at an offset %s, and says where to go on', async (_where, offset, expected) => {
    const who = somebody();
    const bytes = pdf(2 * pieceBytes);
    const { id } = await start(bytes, {}, who);
    const answer = await put(id, bytes, { offset, who });
    expect([answer.status, codeOf(answer), answer.offset]).toEqual([409, 'OFFSET_DIFFERS', expected]);
  });

  it('at an offset that is no number', async () => {
    const who = somebody();
    const { id } = await start(pdf(), {}, who);
    const response = await fetch(`${platform.url}/materials/uploads/${id}`, { method: 'PUT', headers: { ...(await platform.headers(who)), 'upload-offset': '-1' }, body: 'x' });
    expect([response.status, codeOf({ body: (await response.json()) as Put['body'] })]).toEqual([400, 'BAD_REQUEST']);
  });

  it('to somebody else, and to nobody who has not signed in', async () => {
    const who = somebody();
    const bytes = pdf();
    const { id } = await start(bytes, {}, who);
    for (const [other, status] of [[somebody(), 404], [clerk, 404], [null, 401]] as const) {
      expect((await put(id, bytes, { who: other })).status).toBe(status);
      expect((await get(`uploads/${id}`, other)).status).toBe(status);
      expect((await get(`uploads/${id}`, other, 'HEAD')).status).toBe(status);
    }
    expect((await get('uploads/no-such', who)).status).toBe(404);
    expect(codes(await write(somebody(), 'materialCancel', { uploadId: id, expectedVersion: 1 }))).toEqual(['NOT_FOUND']);
    expect(await count('materials.chunks', { files_id: id })).toBe(0);
    expect((await put(id, bytes, { who })).status).toBe(201);
  });

  it.each<[string, (who: Actor) => Promise<{ readonly path: string; readonly offset?: number }>, number]>([
    ['for no upload', async () => ({ path: 'no-such' }), 404],
    ['for an offset that is none', async () => ({ path: 'no-such', offset: -1 }), 400],
    ['at another offset', async (who) => ({ path: (await start(pdf(2_000_000), {}, who)).id, offset: 7 }), 409],
    ['beyond what was announced', async (who) => ({ path: (await start(pdf(600_000), {}, who)).id }), 413],
  ])('%s with its bytes unread, and the connection serves what comes next', async (_what, made, status) => {
    const who = somebody();
    const headers = await platform.headers(who);
    const one = new Pool(platform.url, { connections: 1 });
    const refusedThenServed = async (): Promise<number[]> => {
      const { path, offset = 0 } = await made(who);
      const refused = await one.request({ method: 'PUT', path: `/materials/uploads/${path}`, headers: { ...headers, 'upload-offset': String(offset) }, body: pdf(2_000_000) });
      await refused.body.dump();
      const next = await one.request({ method: 'GET', path: '/health', signal: AbortSignal.timeout(10_000) });
      await next.body.dump();
      return [refused.statusCode, next.statusCode];
    };
    try {
      for (let time = 0; time < 5; time += 1) expect(await refusedThenServed()).toEqual([status, 200]);
    } finally {
      await one.destroy();
    }
  });

  it('by nobody who asks the community itself without the gateway', async () => {
    const { id } = await start(pdf(), {}, somebody());
    const response = await fetch(`${platform.subgraphs.urls.community}/materials/uploads/${id}`, { method: 'PUT', body: 'x', headers: await platform.headers(resident) });
    expect(response.status).toBe(401);
  });

  it('while it cannot be scanned, and kept once it can be', async () => {
    const who = somebody();
    const bytes = pdf();
    const { id } = await start(bytes, {}, who);
    verdict = 'AWAY';
    const answer = await put(id, bytes, { who });
    expect([answer.status, codeOf(answer), answer.offset]).toEqual([503, 'SCAN_UNAVAILABLE', String(bytes.length)]);
    expect(await count('materials', { person: who.id })).toBe(0);
    verdict = 'CLEAN';
    expect((await put(id, Buffer.alloc(0), { offset: bytes.length, who })).status).toBe(201);
    expect((await mine(who)).myMaterials.nodes[0]?.scan).toBe('CLEAN');
  });

  it('twice at the same time: one of them writes, and one document comes of it', async () => {
    const who = somebody();
    const bytes = pdf(4 * pieceBytes);
    const { id } = await start(bytes, {}, who);
    const answers = await Promise.all([put(id, bytes, { who }), put(id, bytes, { who })]);
    const statuses = answers.map(({ status }) => status).toSorted();
    expect([[201, 201], [201, 409], [409, 409]]).toContainEqual(statuses);
    for (let at = await get(`uploads/${id}`, who); at.status === 202; at = await get(`uploads/${id}`, who)) {
      const offset = Number(at.headers.get('upload-offset'));
      await put(id, bytes.subarray(offset), { offset, who });
    }
    expect(Buffer.from(await (await get(id, who)).arrayBuffer()).equals(bytes)).toBe(true);
    expect(await count('materials', { person: who.id })).toBe(1);
    expect(await community().collection('materialVaults').findOne({ _id: who.id } as object)).toMatchObject({ documents: 1, bytes: bytes.length, uploads: 0 });
  });
});

const apply = (who: Actor, serviceItem: string | null = 'PENSION', more: Input = {}): Promise<string> =>
  cases.submit(who, { kind: serviceItem === null ? 'DEMAND' : 'APPLICATION', demandType: serviceItem === null ? 'REQUEST' : null, serviceItem, ...more });
const attach = (who: Actor, caseId: string, ...materialIds: string[]) => write<{ id: string }>(who, 'materialAttach', { caseId, materialIds });
interface Consented { readonly id: string; readonly version: number; readonly isInForce: boolean }
const consent = (who: Actor, more: Input = {}): Promise<Consented> => done<Consented>(who, 'consentGive', more);

interface UsableSeen { readonly documentType: string; readonly lack: string | null; readonly consent: { readonly id: string } | null; readonly material: { readonly id: string; readonly givenAt: string; readonly givenFor: { readonly id: string } | null } | null }
async function usable(who: Actor, item = 'HOUSING', documentTypes: readonly string[] = ['id-card']): Promise<readonly UsableSeen[]> {
  const data = await platform.as(who).run<{ usableMaterials: UsableSeen[] }>(
    'query ($item: String!, $documentTypes: [String!]!) { usableMaterials(item: $item, documentTypes: $documentTypes) { documentType lack consent { id } material { id givenAt givenFor { id } } } }',
    { item, documentTypes },
  );
  return data.usableMaterials;
}
interface OfCase { readonly basis: string; readonly material: { readonly id: string; readonly reads: { readonly totalCount: number } | null }; readonly consent: { readonly id: string } | null }
async function ofCase(who: Actor, id: string): Promise<readonly OfCase[] | null | undefined> {
  const data = await platform.as(who).run<{ case: { materials: OfCase[] | null } | null }>(
    'query ($id: ID!) { case(id: $id) { materials { basis consent { id } material { id reads { totalCount } } } } }', { id },
  );
  return data.case?.materials;
}
const why = encodeURIComponent('核对身份');
const readFor = (who: Actor, material: string, caseId: string): Promise<Response> => get(`${material}?case=${caseId}&reason=${why}`, who);

describe('the second application', () => {
  it('needs no upload for what is there, and says where it came from and what covers it', async () => {
    const who = somebody();
    const first = await apply(who);
    const id = await give({ givenFor: first }, who);
    const given = now.toISOString();
    expect(await usable(who)).toEqual([{ documentType: 'id-card', lack: 'NO_CONSENT', consent: null, material: null }]);
    const { id: by } = await consent(who, { documentTypes: ['id-card', 'household-register'], items: ['HOUSING'] });
    expect(await usable(who, 'HOUSING', ['household-register', 'id-card'])).toEqual([
      { documentType: 'household-register', lack: 'NONE', consent: null, material: null },
      { documentType: 'id-card', lack: null, consent: { id: by }, material: { id, givenAt: given, givenFor: { id: first } } },
    ]);
    expect(await usable(who, 'SCHOOL')).toMatchObject([{ lack: 'NO_CONSENT' }]);

    const second = await apply(who, 'HOUSING');
    expect(codes(await attach(who, second, id))).toEqual([]);
    expect(await ofCase(who, first)).toMatchObject([{ basis: 'GIVEN', consent: null, material: { id } }]);
    expect(await ofCase(who, second)).toMatchObject([{ basis: 'REUSED', consent: { id: by }, material: { id } }]);
    const { myMaterials: { nodes: [material] } } = await mine(who);
    expect(material?.reads.nodes.map((read) => [read.kind, read.case?.id]).toSorted()).toEqual([['USED', first], ['USED', second]].toSorted());
    // Once more changes nothing.
    expect(codes(await attach(who, second, id))).toEqual([]);
    expect([await count('materialAttachments', { materialId: id }), await count('materialReads', { materialId: id })]).toEqual([2, 2]);
  });

  it('takes what was kept before it was ever used as given for it', async () => {
    const who = somebody();
    const id = await give({}, who);
    expect(await usable(who)).toMatchObject([{ lack: null, consent: null, material: { id, givenFor: null } }]);
    const first = await apply(who);
    expect(codes(await attach(who, first, id))).toEqual([]);
    expect(await ofCase(who, first)).toMatchObject([{ basis: 'GIVEN', consent: null }]);
    expect(await usable(who)).toMatchObject([{ lack: 'NO_CONSENT' }]);
  });

  it('takes the newest that is valid', async () => {
    const who = somebody();
    await consent(who);
    const old = await give({ validUntil: dayAfter(1) }, who);
    await attach(who, await apply(who), old);
    now = new Date(now.getTime() + 1_000);
    const newer = await give({ validUntil: dayAfter(3) }, who);
    expect(await usable(who)).toMatchObject([{ material: { id: newer } }]);
    now = new Date(now.getTime() + 4 * day);
    expect(await usable(who)).toMatchObject([{ lack: 'EXPIRED', material: null }]);
    expect(codes(await attach(who, await apply(who), newer))).toEqual(['TRANSITION_NOT_ALLOWED']);
  });

  it.each<[string, (who: Actor) => Promise<readonly [string, readonly string[]]>, string]>([
    ['what another has', async (who) => [await apply(who), [await give({}, somebody())]], 'NOT_FOUND'],
    ['another\'s case', async (who) => [await apply(somebody()), [await give({}, who)]], 'NOT_FOUND'],
    ['what is not there', async (who) => [await apply(who), ['no-such']], 'NOT_FOUND'],
    ['nothing at all', async (who) => [await apply(who), []], 'INVALID_INPUT'],
    ['one twice', async (who) => [await apply(who), ['a', 'a']], 'INVALID_INPUT'],
    ['too many', async (who) => [await apply(who), Array.from({ length: 31 }, (_, i) => String(i))], 'INVALID_INPUT'],
    ['what no consent covers', async (who) => {
      const id = await give({ givenFor: await apply(who) }, who);
      await consent(who, { items: ['SCHOOL'] });
      return [await apply(who, 'HOUSING'), [await give({ documentType: 'photo' }, who), id]];
    }, 'TRANSITION_NOT_ALLOWED'],
    ['a consent for items where the case is for none', async (who) => {
      const id = await give({ givenFor: await apply(who) }, who);
      await consent(who, { items: ['SCHOOL'] });
      return [await apply(who, null), [id]];
    }, 'TRANSITION_NOT_ALLOWED'],
    ['a case that is over', async (who) => {
      const caseId = await apply(who);
      await cases.act(who, 'caseWithdraw', caseId);
      return [caseId, [await give({}, who)]];
    }, 'TRANSITION_NOT_ALLOWED'],
  ])('does not take %s', async (_what, made, code) => {
    const who = somebody();
    const [caseId, materialIds] = await made(who);
    const before = await count('materialAttachments');
    expect(codes(await attach(who, caseId, ...materialIds))).toEqual([code]);
    expect(await count('materialAttachments')).toBe(before);
  });
});

describe('an officer', () => {
  it('reads what is given for a case that the office holds, says why, and is in the log', async () => {
    const who = somebody();
    const caseId = await apply(who);
    const bytes = pdf();
    const id = await give({ givenFor: caseId }, who, bytes);
    expect((await get(`${id}?case=${caseId}`, clerk)).status).toBe(400);
    expect((await get(`${id}?case=${caseId}&reason=${'x'.repeat(201)}`, clerk)).status).toBe(400);
    expect(await count('materialReads', { materialId: id, kind: 'DOWNLOADED' })).toBe(0);
    const response = await readFor(clerk, id, caseId);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await ofCase(clerk, caseId)).toMatchObject([{ basis: 'GIVEN', material: { id, reads: null } }]);
    const { myMaterials: { nodes: [material] } } = await mine(who);
    expect(material?.reads.nodes.find(({ kind }) => kind === 'DOWNLOADED'))
      .toEqual({ kind: 'DOWNLOADED', role: 'COMMUNITY_CLERK', area: places.community, reason: '核对身份', case: { id: caseId } });
  });

  it('no longer reads it once another has the case, or it is closed', async () => {
    const who = somebody();
    const caseId = await apply(who);
    const id = await give({ givenFor: caseId }, who);
    await cases.walk(caseId, [[clerk, 'caseAccept'], [clerk, 'caseForward'], [street, 'dispatchSign']]);
    expect((await readFor(clerk, id, caseId)).status).toBe(404);
    expect(await ofCase(clerk, caseId)).toBeNull();
    expect((await readFor(street, id, caseId)).status).toBe(200);
    await cases.walk(caseId, [[street, 'dispatchResolve', { outcome: 'SOLVED', note: '已办' }], [who, 'caseRate', { responded: true, solved: true, satisfaction: 5 }]]);
    expect((await readFor(street, id, caseId)).status).toBe(404);
    expect(await ofCase(who, caseId)).toHaveLength(1);
    expect((await get(id, who)).status).toBe(200);
  });

  it.each<[string, Actor | null, number]>([
    ['an auditor', people.auditor, 404], ['a grid worker', gridWorker, 404], ['the street that does not hold it', street, 404],
    ['the clerk of another community', actor('COMMUNITY_CLERK', places.sibling), 404], ['another resident', resident, 404], ['nobody', null, 401],
  ])('of none is %s, for whom it does not exist', async (_who, other, status) => {
    const who = somebody();
    const caseId = await apply(who);
    const id = await give({ givenFor: caseId }, who);
    for (const path of [`${id}?case=${caseId}&reason=${why}`, `no-such?case=${caseId}&reason=${why}`]) expect((await get(path, other)).status).toBe(status);
    if (other) {
      const { material } = await platform.as(other).run<{ material: unknown }>('query ($id: ID!) { material(id: $id) { id } }', { id });
      expect([material, await ofCase(other, caseId) ?? null]).toEqual([null, null]);
    }
    expect(await count('materialReads', { materialId: id, kind: 'DOWNLOADED' })).toBe(0);
  });

  it('reads it for no case that it is not attached to', async () => {
    const who = somebody();
    const [one, other] = [await apply(who), await apply(who)];
    const id = await give({ givenFor: one }, who);
    expect((await readFor(clerk, id, other)).status).toBe(404);
    expect((await get(`${id}?reason=${why}`, clerk)).status).toBe(404);
  });
});

describe('a consent', () => {
  /** Two cases of one person, and a document of the first used again for the second. */
  async function reused(more: Input = {}) {
    const who = somebody();
    const first = await apply(who);
    const id = await give({ givenFor: first }, who);
    const given = await consent(who, more);
    const second = await apply(who, 'HOUSING');
    if (codes(await attach(who, second, id)).length > 0) throw new Error('Not attached.');
    return { who, first, second, id, given };
  }

  it('withdrawn stops use and reading at once, but not of what was given for an open case', async () => {
    const { who, first, second, id, given } = await reused();
    expect((await readFor(clerk, id, second)).status).toBe(200);
    expect(await done(who, 'consentWithdraw', { consentId: given.id, expectedVersion: 1 })).toMatchObject({ isInForce: false, version: 2 });
    expect((await readFor(clerk, id, second)).status).toBe(404);
    expect(await ofCase(clerk, second)).toEqual([]);
    expect((await readFor(clerk, id, first)).status).toBe(200);
    expect(await usable(who)).toMatchObject([{ lack: 'NO_CONSENT' }]);
    expect(codes(await attach(who, await apply(who, 'HOUSING'), id))).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect(codes(await write(who, 'consentWithdraw', { consentId: given.id, expectedVersion: 2 }))).toEqual(['TRANSITION_NOT_ALLOWED']);
    // The person still sees on what it was used.
    expect(await ofCase(who, second)).toMatchObject([{ basis: 'REUSED', consent: { id: given.id } }]);
    await consent(who, { items: ['HOUSING'] });
    expect((await readFor(clerk, id, second)).status).toBe(200);
  });

  it('that has ended covers no more', async () => {
    const { who, second, id } = await reused({ validUntil: dayAfter(1) });
    now = new Date(now.getTime() + day);
    expect((await readFor(clerk, id, second)).status).toBe(200);
    now = new Date(now.getTime() + day);
    expect((await readFor(clerk, id, second)).status).toBe(404);
    expect(await usable(who)).toMatchObject([{ lack: 'NO_CONSENT' }]);
    const { myConsents } = await platform.as(who).run<{ myConsents: { totalCount: number; nodes: { isInForce: boolean; withdrawnAt: string | null }[] } }>('{ myConsents { totalCount nodes { isInForce withdrawnAt } } }');
    expect(myConsents).toEqual({ totalCount: 1, nodes: [{ isInForce: false, withdrawnAt: null }] });
  });

  it('withdrawn while it is being used: never used after it was withdrawn', async () => {
    const who = somebody();
    const id = await give({ givenFor: await apply(who) }, who);
    for (let round = 0; round < 4; round += 1) {
      const given = await consent(who);
      const caseId = await apply(who, 'HOUSING');
      const [attached, ended] = await Promise.all([attach(who, caseId, id), write(who, 'consentWithdraw', { consentId: given.id, expectedVersion: 1 })]);
      expect(codes(ended)).toEqual([]);
      expect(codes(attached)).toEqual((await count('materialAttachments', { caseId })) === 1 ? [] : ['TRANSITION_NOT_ALLOWED']);
    }
  });

  it.each<[string, Input, string]>([
    ['of an unknown type', { documentTypes: ['passport-of-mars'] }, 'documentTypes'],
    ['of no types', { documentTypes: [] }, 'documentTypes'],
    ['of one type twice', { documentTypes: ['photo', 'photo'] }, 'documentTypes'],
    ['for what is no code', { items: ['a b'] }, 'items'],
    ['for too many items', { items: Array.from({ length: 51 }, (_, i) => `I${i}`) }, 'items'],
    ['that ends before it begins', { validUntil: '2026-03-01' }, 'validUntil'],
  ])('%s is refused', async (_what, input, field) => {
    const who = somebody();
    const { userErrors } = await write(who, 'consentGive', input);
    expect(userErrors.map((error) => [error.code, error.field])).toEqual([['INVALID_INPUT', ['input', field]]]);
    expect(await count('materialConsents', { person: who.id })).toBe(0);
  });

  it('is the person\'s own to give and to withdraw', async () => {
    const { id } = await consent(somebody());
    expect(codes(await write(clerk, 'consentGive', {}))).toEqual(['ROLE_NOT_ALLOWED']);
    for (const other of [somebody(), clerk]) expect(codes(await write(other, 'consentWithdraw', { consentId: id, expectedVersion: 1 }))).toEqual(['NOT_FOUND']);
    const { errors } = await platform.as(null).attempt('mutation { consentGive(input: {}) { consent { id } } }');
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
    expect(await count('materialConsents', { _id: id, withdrawnAt: null } as object)).toBe(1);
  });

  it('is one of so many in force at once', async () => {
    const who = somebody();
    const made = (i: number) => ({ _id: `${who.id}-${i}`, version: 1, person: who.id, documentTypes: null, items: null, givenAt: now, validUntil: null, withdrawnAt: null });
    await community().collection('materialConsents').insertMany(Array.from({ length: 99 }, (_, i) => made(i)) as never[]);
    const answers = await Promise.all([write(who, 'consentGive', {}), write(who, 'consentGive', {})]);
    expect(answers.flatMap(codes)).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect(await count('materialConsents', { person: who.id })).toBe(100);
  });
});

describe('a document is removed', () => {
  it('not while an open case uses it, then for good, and its log stays', async () => {
    const who = somebody();
    const caseId = await apply(who);
    const id = await give({ givenFor: caseId }, who);
    expect(codes(await write(who, 'materialRemove', { materialId: id, expectedVersion: 1 }))).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect((await get(id, who)).status).toBe(200);
    await cases.act(who, 'caseWithdraw', caseId);
    expect(codes(await write(who, 'materialRemove', { materialId: id, expectedVersion: 7 }))).toEqual(['STALE_VERSION']);
    expect(await done(who, 'materialRemove', { materialId: id, expectedVersion: 1 })).toMatchObject({ state: 'REMOVED' });
    expect(codes(await write(who, 'materialRemove', { materialId: id, expectedVersion: 2 }))).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect((await get(id, who)).status).toBe(404);
    const { material } = await platform.as(who).run<{ material: { state: string; reads: { totalCount: number } } }>('query ($id: ID!) { material(id: $id) { state reads { totalCount } } }', { id });
    expect(material).toEqual({ state: 'REMOVED', reads: { totalCount: 2 } });
    expect(await community().collection('materialVaults').findOne({ _id: who.id } as object)).toMatchObject({ documents: 0, bytes: 0 });
  });

  it('by nobody else', async () => {
    const id = await give({}, somebody());
    for (const other of [somebody(), clerk]) expect(codes(await write(other, 'materialRemove', { materialId: id, expectedVersion: 1 }))).toEqual(['NOT_FOUND']);
  });
});

it('can be gone on with after the community was away, which loses nothing', async () => {
  const who = somebody();
  const bytes = pdf(pieceBytes + 9);
  const { id } = await start(bytes, {}, who);
  expect((await put(id, bytes.subarray(0, pieceBytes), { who })).status).toBe(202);
  await platform.subgraphs.stop('community');
  const away = await put(id, bytes.subarray(pieceBytes), { offset: pieceBytes, who });
  expect([away.status, codeOf(away)]).toEqual([503, 'LEVEL_UNAVAILABLE']);
  await platform.subgraphs.start('community');
  expect((await put(id, bytes.subarray(pieceBytes), { offset: pieceBytes, who })).status).toBe(201);
});

it('has the log say what was done, and not by whom, with what, or why', async () => {
  const who = actor('RESIDENT', null, 'resident-not-in-the-log');
  const caseId = await apply(who);
  const id = await give({ givenFor: caseId, name: '不入日志.pdf' }, who);
  await readFor(clerk, id, caseId);
  const lines = written.map((line) => JSON.parse(line) as { path?: string }).filter(({ path }) => path?.startsWith('/materials'));
  expect(lines).toContainEqual(expect.objectContaining({ path: '/materials/uploads/:id', status: 201, role: 'RESIDENT' }));
  expect(lines).toContainEqual(expect.objectContaining({ path: '/materials/:id', status: 200, role: 'COMMUNITY_CLERK', bytes: 1_000 }));
  const text = JSON.stringify(lines);
  for (const secret of [who.id, clerk.id, id, '不入日志', '核对身份', why]) expect(text).not.toContain(secret);
});

it('offers the types of data/document-types.csv to everybody', async () => {
  const { materialTypes } = await platform.as(null).run<{ materialTypes: { code: string; name: string; nameEn: string }[] }>('{ materialTypes { code name nameEn } }');
  expect(materialTypes).toContainEqual({ code: 'id-card', name: '居民身份证', nameEn: 'Resident identity card' });
});
