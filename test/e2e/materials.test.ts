// 资料复用 through the gateway: documents given once, in pieces or whole, used again by consent, and every read on record.
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { mongo } from 'mongoose';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { pieceBytes } from '../../subgraphs/community/domain/material/upload.js';
import { casesOf, people, places, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { resident, clerk, street, auditor, gridWorker } = people;
const day = 86_400_000;
const now = new Date('2026-03-02T02:00:00Z');
let verdict: 'CLEAN' | 'INFECTED' | 'NOT_SCANNED' | 'AWAY' = 'NOT_SCANNED';
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({
    name: 'materials', seed: true, now: () => now,
    scanner: {
      async scan(bytes) {
        if (verdict === 'AWAY') throw new Error('The scanner is away.');
        for await (const piece of bytes) if (piece.length === 0) throw new Error('An empty piece.');
        return verdict;
      },
    },
  });
  cases = casesOf(platform);
}, 120_000);
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
});
void [httpRequest, mongo, clerk, street, auditor, gridWorker, places, day, cases!, codes, count, codeOf, give];
