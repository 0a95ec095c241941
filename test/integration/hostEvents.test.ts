import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, SignJWT } from 'jose';
import type { Envelope } from '../../subgraphs/shared/events/envelope.js';
import type { Transactions } from '../../subgraphs/shared/persistence/transactions.js';
import { createEventSigner } from '../../subgraphs/shared/identity/serviceKeys.js';
import { envelope, numbered } from '../kit/events.js';
import { definitionOf, hosted, until, wireTo, type Hosted, type Wire } from '../kit/host.js';
import { actor, internalToken, newKey, serviceKeys, type ServiceName } from '../kit/identity.js';
import { post } from '../kit/subgraphs.js';

const mediaType = 'application/cloudevents-batch+json';
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('a level that takes events in', () => {
  let host: Hosted;
  let wire: Wire;
  const taken: string[] = [];
  beforeAll(async () => {
    const definition = definitionOf('community', 'type Query { ok: Boolean }', {}, async () => ({
      handlers: { 'dispatch.signed': async (events) => void taken.push(...events.map(({ id }) => id)) },
    }));
    host = await hosted(definition, {
      async through(uri) {
        wire = await wireTo(uri);
        return wire.uri;
      },
    });
  });
  afterAll(async () => {
    await host.end();
    await wire.close();
  });

  const signed = async (body: Uint8Array, by: ServiceName = 'street', audience = 'community'): Promise<string> =>
    (await createEventSigner((await serviceKeys()).own[by]))(audience, body);
  async function send(body: Buffer | string, token?: string, path = '/events', type = mediaType) {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { 'content-type': type, ...authorization };
    const response = await fetch(`${host.url}${path}`, { method: 'POST', headers, body });
    return { status: response.status, answer: (await response.json()) as unknown };
  }
  let last = 0;
  const fresh = (): Envelope => envelope(`e${last += 1}`, 1, { subject: `case ${last}` });

  it('answers for each event of a batch what became of it', async () => {
    const batch = [fresh(), fresh(), envelope('unknown', 0, { type: 'weather.changed' })];
    const body = bytes([...batch, batch[0]]);
    expect(await send(body, await signed(body))).toEqual({
      status: 200, answer: { receipts: ['APPLIED', 'APPLIED', 'PARKED', 'DUPLICATE'] },
    });
    expect(taken).toEqual(expect.arrayContaining(['e1', 'e2']));
  });

  /** As the signer does, but for what is given. */
  const forged = async (over: {
    key?: string; kid?: string; issuer?: string; at?: number; lives?: number | null; body?: Buffer;
  }, body: Buffer): Promise<string> => {
    const { own } = await serviceKeys();
    const key = over.key === 'stolen name' ? await newKey('street') : own[(over.key ?? 'street') as ServiceName];
    const digest = await crypto.subtle.digest('SHA-256', over.body ?? body);
    const at = Math.floor(Date.now() / 1_000) + (over.at ?? 0);
    const token = new SignJWT({ body: Buffer.from(digest).toString('base64url') })
      .setProtectedHeader({ alg: 'EdDSA', kid: over.kid ?? 'street' })
      .setIssuer(over.issuer ?? 'street')
      .setAudience('community')
      .setIssuedAt(at);
    if (over.lives !== null) token.setExpirationTime(at + (over.lives ?? 60));
    return token.sign(await importJWK(key, 'EdDSA'));
  };

  it('takes what is signed as it should be: the refusals below are for what they say', async () => {
    const body = bytes([fresh()]);
    expect((await send(body, await forged({}, body))).status).toBe(200);
  });

  it.each<[string, (body: Buffer) => Promise<string | undefined>]>([
    ['no signature', async () => undefined],
    ['something else in its place', async () => 'nonsense'],
    ['a forged signature', (body) => forged({ key: 'stolen name' }, body)],
    ["another level's signature under this one's name", (body) => forged({ key: 'district' }, body)],
    ["another level's signature, its own key named", (body) => forged({ key: 'district', kid: 'district' }, body)],
    ['a signature for another level', (body) => signed(body, 'street', 'city')],
    ['a signature over other bytes', (body) => forged({ body: Buffer.from('[]') }, body)],
    ['a signature that has expired', (body) => forged({ at: -300 }, body)],
    ['a signature that never expires', (body) => forged({ lives: null }, body)],
    ['a signature that is too old for its kind', (body) => forged({ at: -3_600, lives: 7_200 }, body)],
    ['a signature from the future', (body) => forged({ at: 300 }, body)],
  ])('refuses %s', async (_what, token) => {
    const event = fresh();
    const body = bytes([event]);
    expect(await send(body, await token(body)))
      .toEqual({ status: 401, answer: { error: 'The signature does not hold.' } });
    expect(taken).not.toContain(event.id);
  });

  it.each<[string, () => Buffer]>([
    ['no JSON', () => Buffer.from('[{]')],
    ['null', () => bytes(null)],
    ['no batch', () => bytes(fresh())],
    ['nothing', () => bytes([])],
    ['more than 500 events', () => bytes(Array.from({ length: 501 }, fresh))],
    ['something that is no CloudEvent among them', () => bytes([fresh(), { id: 'x' }])],
    ["another level's event", () => bytes([fresh(), { ...fresh(), source: 'city' }])],
  ])('refuses a body of %s, all of it', async (_what, body) => {
    const before = taken.length;
    const given = body();
    expect(await send(given, await signed(given))).toEqual({
      status: 400, answer: { error: 'Not a batch of CloudEvents from this sender.' },
    });
    expect(taken).toHaveLength(before);
  });

  it('refuses more than 4 MiB, and another media type', async () => {
    const large = Buffer.alloc(4 * 1024 * 1024 + 1, ' ');
    expect((await send(large, 'nonsense')).status).toBe(413);
    const body = bytes([fresh()]);
    expect((await send(body, await signed(body), '/events', 'application/json')).status).toBe(415);
    expect((await send(body, await signed(body), '/events', 'text/plain')).status).toBe(415);
  });

  it.each<[string, unknown, ServiceName, number]>([
    ['asked by another level', { id: 'unknown' }, 'street', 401],
    ['asked by the gateway', { id: 'unknown' }, 'gateway', 401],
    ['there is no such event', { id: 'never heard of' }, 'community', 404],
    ['no event is named', {}, 'community', 400],
    ['its JSON is null', null, 'community', 400],
  ])('does not take a kept event in again when %s', async (_what, asked, by, status) => {
    const body = bytes(asked);
    expect((await send(body, await signed(body, by), '/events/retry')).status).toBe(status);
  });

  it('takes a kept event in again for its own key', async () => {
    const body = bytes({ id: 'unknown' });
    expect(await send(body, await signed(body, 'community'), '/events/retry'))
      .toEqual({ status: 200, answer: { receipt: 'PARKED' } });
  });

  it('sends away at once, to come again later, while its database is away', async () => {
    const body = bytes([fresh()]);
    wire.cut();
    await until(async () => (await fetch(`${host.url}/ready`)).status === 503);
    expect((await send(body, await signed(body))).status).toBe(503);

    wire.mend();
    await until(async () => (await send(body, await signed(body))).status === 200);
    expect(taken.filter((id) => id === `e${last}`)).toHaveLength(1);
  });
});

describe('a level that sends events', () => {
  let host: Hosted;
  let transactions: Transactions;
  let receiver: Server;
  let answer: (response: ServerResponse, batch: Envelope[]) => void;
  let posts: { readonly at: number; readonly batch: Envelope[] }[];
  const silence: typeof answer = () => undefined;
  const well: typeof answer = (response, batch) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ receipts: batch.map(() => 'APPLIED') }));
  };

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const batch = JSON.parse(Buffer.concat(chunks).toString()) as Envelope[];
        posts.push({ at: Date.now(), batch });
        answer(response, batch);
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const nowhere = 'http://127.0.0.1:1';
    const community = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const typeDefs = 'type Query { ok: Boolean } type Mutation { sign(id: String!): Boolean }';
    const definition = definitionOf('street', typeDefs, {
      Mutation: {
        async sign(_parent, { id }: { id: string }) {
          await transactions.run(async (unit) => unit.emit(numbered('street', id, 1)));
          return true;
        },
      },
    }, async (ground) => {
      ({ transactions } = ground);
      return {};
    });
    host = await hosted(definition, { urls: { city: nowhere, district: nowhere, street: nowhere, community } });
  });
  afterAll(async () => {
    await host.end();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });
  beforeEach(() => {
    posts = [];
  });

  async function sign(id: string): Promise<number> {
    const token = await internalToken(actor('STREET_CLERK', '340103001'), 'street');
    const started = performance.now();
    const answered = await post(host.url, 'mutation ($id: String!) { sign(id: $id) }', { variables: { id }, token });
    expect(answered).toEqual({ data: { sign: true } });
    return performance.now() - started;
  }
  const outbox = () => host.database.connection.collection<{ subject: string; status: string }>('outbox');
  const delivered = (id: string): Promise<void> =>
    until(async () => (await outbox().findOne({ subject: id }))?.status === 'DELIVERED');

  it('waits for them to take effect, and marks them', async () => {
    answer = well;
    await sign('well');
    expect(posts.map(({ batch }) => batch.map(({ subject }) => subject))).toEqual([['well']]);
    await delivered('well');
  });

  it('tries again what the other could not take in, until it can', async () => {
    answer = (response) => response.writeHead(503).end();
    await sign('busy');
    await sign('busy too');
    answer = well;
    await Promise.all([delivered('busy'), delivered('busy too')]);
    expect(host.lines().filter(({ target }) => target === 'community').map(({ msg }) => msg)).toEqual([
      'level cannot be reached; events wait', 'level can be reached again',
    ]);
  });

  it.each<[string, typeof answer]>([
    ['too few receipts', (response) => response.end('{"receipts":[]}')],
    ['words of its own', (response) => response.end('{"receipts":["FINE"]}')],
    ['no JSON', (response) => response.end('thank you')],
    ['its connection closed', (response) => void response.destroy()],
  ])('does not take %s for an answer', async (what, strange) => {
    answer = strange;
    await sign(what);
    expect(await outbox().findOne({ subject: what })).toMatchObject({ status: 'PENDING' });
    answer = well;
    await delivered(what);
  });

  it('answers its caller after some 300 ms when the other does not answer at all', async () => {
    answer = silence;
    const waited = await sign('silent');
    expect(waited).toBeGreaterThanOrEqual(250);
    expect(waited).toBeLessThan(2_000);
    expect(posts).toHaveLength(1);
  });
});
