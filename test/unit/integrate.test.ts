import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, type DocumentNode } from 'graphql';
import type { JSONWebKeySet, JWK } from 'jose';
import { createCallerVerifier } from '../../gateway/auth.js';
import { createInternalSigner } from '../../gateway/internalToken.js';
import { createLog } from '../../gateway/logging.js';
import { createGateway } from '../../gateway/server.js';
import { exitCodeOf, reportOf, words, type Check } from '../../scripts/integrate/check.js';
import { connectTo, signIdentities, targetOf, type Identities } from '../../scripts/integrate/client.js';
import { entitiesOf, type KeyValues } from '../../scripts/integrate/entities.js';
import { checkLive, judgeLookups } from '../../scripts/integrate/live.js';
import { checkComposition, checkDefinitions } from '../../scripts/integrate/static.js';
import { typesOfServices } from '../../scripts/integrate/types.js';
import { levelServices } from '../../scripts/services.js';
import { signToken } from '../../scripts/token.js';
import { createTemplateServer } from '../../subgraphs/template/server.js';
import { openStore } from '../../subgraphs/template/store.js';

const root = new URL('../../', import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const sdlText = file('subgraphs/template/schema.graphql');
const sdl = parse(sdlText);
const ours = levelServices();
const platformTypes = new Set(typesOfServices(ours).keys());
const verdicts = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
const failed = (checks: readonly Check[]): string[] => checks.filter(({ verdict }) => verdict === 'FAILED').map(({ id }) => id);
/** Replaced once, or the test says so. */
function altered(from: string, to: string): DocumentNode {
  expect(sdlText.split(from)).toHaveLength(2);
  return parse(sdlText.replace(from, to));
}

describe('composition', () => {
  const supergraph = file('schema/supergraph.graphql');
  const compose = (typeDefs: DocumentNode) =>
    checkComposition({ name: 'bureau', url: 'http://127.0.0.1:4010/graphql', typeDefs }, ours, supergraph);

  it('is fine with the template, and gives the supergraph with it', () => {
    const { checks, supergraphSdl } = compose(sdl);
    expect(verdicts(checks)).toEqual({ composes: 'OK', unchanged: 'OK' });
    expect(supergraphSdl).toContain('BUREAU @join__graph(name: "bureau", url: "http://127.0.0.1:4010/graphql")');
    expect(supergraphSdl).toMatch(/^type BureauDepartment\n[^}]* isOpen: Boolean! @cacheControl\(maxAge: 60, scope: PUBLIC\)\n/m);
  });

  it('names what keeps them from composing, and then cannot compare', () => {
    const { checks, supergraphSdl } = compose(altered('bureauDepartments: [BureauDepartment!]', 'name: String!'));
    expect(verdicts(checks)).toEqual({ composes: 'FAILED', unchanged: 'UNKNOWN' });
    expect(checks[0]?.found[0]?.en).toContain('Street.name');
    expect(supergraphSdl).toBeNull();
  });

  it('sees what composition changes without a word: an input of ours loses a field, an enum gets a value', () => {
    const { checks } = compose(parse(`${sdlText}
      extend type Query { a(input: CaseAcceptInput): BureauDepartment }
      input CaseAcceptInput { caseId: ID! expectedVersion: Int! idempotencyKey: String }
      extend enum UserErrorCode { FLOODED }
    `));
    expect(verdicts(checks)).toEqual({ composes: 'OK', unchanged: 'FAILED' });
    expect(checks[1]?.found.map(({ en }) => en)).toEqual([
      expect.stringContaining('CaseAcceptInput.note was removed'), expect.stringContaining('FLOODED was added to enum type UserErrorCode'),
    ]);
  });
});

describe('the definitions', () => {
  it('are fine in the template', () => {
    expect(failed(checkDefinitions(sdl, ours))).toEqual([]);
  });

  it.each<[string, string, string, string[], string]>([
    ['a field of ours taken over', 'type Street @key(fields: "code") {', 'type Street @key(fields: "code") {\n "名。 / Name." name: String! @override(from: "street")', ['ownership'], 'Street.name has @override'],
    ['a field of ours once more', 'type Street @key(fields: "code") {', 'type Street @key(fields: "code") {\n "名。 / Name." name: String! @shareable', ['ownership'], 'Street.name is there on the platform already'],
    ['every query behind a login', 'type Query {', 'type Query @authenticated {', ['ownership'], 'Query is the platform\'s and may not get @authenticated'],
    ['a type of ours behind a login', 'type Street @key(fields: "code")', 'type Street @key(fields: "code") @authenticated', ['ownership'], 'Street is the platform\'s and may not get @authenticated'],
    ['a name of ours for another kind', 'scalar AreaCode', 'enum AreaCode { "一。 / One." ONE }', ['ownership'], 'AreaCode is another kind'],
    ['a directive that spreads', '@composeDirective(name: "@cacheControl")', '@composeDirective(name: "@x")', ['ownership'], '@composeDirective(name: "@x"): the platform has no such directive'],
    ['another version of a directive of ours', 'cacheControl/v0.1', 'cacheControl/v0.2', ['ownership'], '@composeDirective(name: "@cacheControl"): its @link and definitions must be the platform\'s'],
    ['a directive of ours defined otherwise', 'maxAge: Int', 'maxAge: Int = 600', ['ownership'], '@composeDirective(name: "@cacheControl"): its @link and definitions must be the platform\'s'],
    ['a field of ours said to be everybody\'s', 'hasNextPage: Boolean!', 'hasNextPage: Boolean! @cacheControl(maxAge: 60, scope: PUBLIC)', ['ownership'], 'PageInfo.hasNextPage is the platform\'s and may not get @cacheControl'],
    ['an addition that is not nullable', 'bureauDepartments: [BureauDepartment!]', 'bureauDepartments: [BureauDepartment!]!', ['nullable'], 'Street.bureauDepartments must be nullable'],
    ['a reference that is not nullable', 'street: Street', 'street: Street!', ['nullable'], 'BureauDepartment.street must be nullable'],
    ['a query that is not nullable', '): BureauDepartment @cacheControl', '): BureauDepartment! @cacheControl', ['nullable'], 'Query.bureauDepartment must be nullable'],
    ['another key of ours', 'type Street @key(fields: "code")', 'type Street @key(fields: "name")', ['keys'], 'The key of Street is code'],
    ['a stub without a key', 'type Street @key(fields: "code")', 'type Street', ['keys'], 'a stub needs @key(fields: "code")'],
    ['an addition that nobody resolves', 'type Street @key(fields: "code")', 'type Street @key(fields: "code", resolvable: false)', ['keys'], 'leave resolvable: false out'],
    ['an entity that nobody resolves', 'type BureauDepartment @key(fields: "id")', 'type BureauDepartment @key(fields: "id", resolvable: false)', ['keys'], 'Nobody else resolves BureauDepartment'],
    ['an entity without a key', 'type BureauDepartment @key(fields: "id")', 'type BureauDepartment', ['keys', 'mutations'], 'BureauDepartment has an id'],
    ['a mutation of a level', 'bureauDepartmentOpen(', 'caseOpen(', ['mutations'], 'Case is the platform\'s'],
    ['a mutation verb first', 'bureauDepartmentOpen(', 'openBureauDepartment(', ['mutations'], 'openBureauDepartment: noun first'],
    ['a mutation without a login', `input: BureauDepartmentOpenInput!\n  ): BureauDepartmentPayload! @authenticated`, `input: BureauDepartmentOpenInput!\n  ): BureauDepartmentPayload!`, ['mutations'], 'needs @authenticated'],
    ['a mutation with another input', 'input: BureauDepartmentOpenInput!', 'department: BureauDepartmentOpenInput!', ['mutations'], 'input: BureauDepartmentOpenInput!'],
    ['a payload without userErrors', 'userErrors: [UserError!]!', 'problems: [UserError!]!', ['mutations'], 'userErrors'],
    ['a description in one language', '职责。 / What it is there for.', 'What it is there for.', ['descriptions'], 'BureauDepartment.duty'],
  ])('are refused with %s', (_what, from, to, ids, sentence) => {
    const checks = checkDefinitions(altered(from, to), ours);
    expect(failed(checks)).toEqual(ids);
    expect(JSON.stringify(checks.flatMap(({ found }) => found.map(({ en }) => en)))).toContain(sentence.replaceAll('"', '\\"'));
  });
});

const folder = mkdtempSync(join(tmpdir(), 'integrate-'));
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const trusted = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'gateway', alg: 'EdDSA' }] } as JSONWebKeySet;
const twoKnown = new Map<string, readonly KeyValues[]>([['BureauDepartment', [{ id: 'D-1' }, { id: 'D-2' }]]]);
let template: Server;
let identities: Identities;
const open: Server[] = [];

async function listen(server: Server): Promise<URL> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
}

let templateUrl: URL;
beforeAll(async () => {
  template = createTemplateServer({ name: 'bureau', trusted, store: await openStore(join(folder, 'bureau.json')) });
  templateUrl = await listen(template);
});
beforeEach(async () => {
  // They are good for a minute, which the checks before may take.
  identities = await signIdentities(privateKey, 'bureau', new Date());
});
afterAll(async () => {
  for (const server of open) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true });
});

async function ask(url: URL, known = twoKnown, limitMs?: number): Promise<Check[]> {
  const client = connectTo(url, limitMs);
  try {
    return await checkLive({ client, identities, sdl, known, entities: entitiesOf(sdl, platformTypes) });
  } finally {
    await client.close();
  }
}

interface Passing {
  path: string;
  status: number;
  authorization: string | undefined;
  asked: string;
  answered: string;
  headers: IncomingHttpHeaders;
}

/** The template behind something that spoils what passes. */
async function spoilt({ onAsk = () => undefined, onAnswer = () => undefined }: {
  readonly onAsk?: (passing: Passing) => void;
  readonly onAnswer?: (passing: Passing) => void;
}): Promise<URL> {
  const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  return listen(createServer((incoming, response) => {
    void (async () => {
      const passing: Passing = { path: incoming.url ?? '', status: 0, authorization: incoming.headers.authorization, asked: await read(incoming), answered: '', headers: {} };
      onAsk(passing);
      const { authorization, asked, path } = passing;
      const onward = request(new URL(path, templateUrl), {
        method: incoming.method, headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      });
      onward.end(asked);
      const [answer] = (await once(onward, 'response')) as [IncomingMessage];
      passing.status = answer.statusCode ?? 0;
      passing.headers = { ...answer.headers };
      passing.answered = await read(answer);
      onAnswer(passing);
      const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = passing.headers;
      response.writeHead(passing.status, headers).end(passing.answered);
    })();
  }));
}

interface Body { data: { _entities?: unknown[] } }
const entitiesBy = (change: (entities: unknown[]) => unknown[]) => (passing: Passing): void => {
  const body = JSON.parse(passing.answered) as Body;
  if (!body.data?._entities) return;
  passing.answered = JSON.stringify({ data: { _entities: change(body.data._entities) } });
};
const good = (): string => `Bearer ${identities.officer}`;

describe('the template, asked', () => {
  it('does everything', async () => {
    const checks = await ask(templateUrl);
    expect(reportOf(checks)).toMatch(/ 8 ok, 0 failed, 0 could not be told\.$/);
    expect(exitCodeOf(checks)).toBe(0);
  });

  it('cannot be told to answer in order without keys that exist', async () => {
    const checks = await ask(templateUrl, new Map());
    expect(checks.filter(({ verdict }) => verdict !== 'OK')).toEqual([expect.objectContaining({
      id: 'entities', verdict: 'UNKNOWN', found: [expect.objectContaining({ en: expect.stringContaining('--known') })],
    })]);
    expect(exitCodeOf(checks)).toBe(2);
  });

  it.each<[string, string[], Parameters<typeof spoilt>[0]]>([
    ['is unwell', ['health'], { onAnswer: (passing) => { if (passing.path === '/health') passing.status = 500; } }],
    ['takes nobody for somebody', ['nobody'], { onAsk: (passing) => { passing.authorization ??= good(); } }],
    ['takes a false identity', ['forged'], { onAsk: (passing) => { if (passing.authorization !== undefined && passing.asked.startsWith('{') && [...identities.forged.values()].includes(passing.authorization.slice(7))) passing.authorization = good(); } }],
    ['does not take the gateway\'s', ['identity', 'sdl', 'entities', 'lookups'], { onAsk: (passing) => { if (passing.asked.startsWith('{')) passing.authorization = undefined; } }],
    ['serves a field more', ['sdl'], { onAnswer: (passing) => { passing.answered = passing.answered.replace('duty: String!', 'secret: Int\\n duty: String!'); } }],
    ['serves a field less', ['sdl'], { onAnswer: (passing) => { passing.answered = passing.answered.replace(/duty: String! @cacheControl\([^)]*\)/, ''); } }],
    ['serves a mutation more', ['sdl'], { onAnswer: (passing) => { passing.answered = passing.answered.replace('type Mutation {', 'type Mutation {\\n caseClose: ID'); } }],
    ['serves no SDL', ['sdl'], { onAnswer: (passing) => { passing.answered = passing.answered.replace('"sdl"', '"text"'); } }],
    ['answers in another order', ['entities'], { onAnswer: entitiesBy((entities) => entities.toReversed()) }],
    ['leaves out what is not there', ['entities', 'lookups'], { onAnswer: entitiesBy((entities) => entities.filter((entity) => entity !== null)) }],
    ['makes up what is not there', ['entities'], { onAnswer: entitiesBy((entities) => entities.map((entity) => entity ?? { __typename: 'BureauDepartment', id: 'D-0' })) }],
    ['looks up one by one', ['lookups'], { onAnswer: (passing) => { passing.headers['x-graphql-lookups'] = String((JSON.parse(passing.answered) as Body).data?._entities?.length ?? 0); } }],
    ['answers an array in another order', ['batch'], { onAnswer: (passing) => { if (passing.answered.startsWith('[')) passing.answered = JSON.stringify((JSON.parse(passing.answered) as unknown[]).toReversed()); } }],
    ['lends the identity of one to others', ['batch'], { onAsk: (passing) => {
      if (!passing.asked.startsWith('[')) return;
      passing.asked = JSON.stringify((JSON.parse(passing.asked) as object[]).map((element) => ({ ...element, extensions: { identity: identities.officer } })));
    } }],
  ])('is found out when it %s', async (_what, ids, spoil) => {
    expect(failed(await ask(await spoilt(spoil)))).toEqual(ids);
  });

  it('need not take several operations at once', async () => {
    const single = await spoilt({ onAnswer: ({ headers }) => { delete headers['x-graphql-batch']; } });
    expect(failed(await ask(single))).toEqual([]);
  });

  it('is not told when it does not say how often it looked things up', async () => {
    const silent = await spoilt({ onAnswer: ({ headers }) => { delete headers['x-graphql-lookups']; } });
    expect(verdicts(await ask(silent))).toMatchObject({ lookups: 'UNKNOWN', entities: 'OK' });
  });

  it('is not told when nobody answers, when it takes too long, and when it says too much', async () => {
    const nobody = await listen(createServer());
    open.at(-1)?.close();
    const slow = await listen(createServer(() => undefined));
    const talker = await listen(createServer((_, response) => { response.end('x'.repeat(5 * 1024 * 1024)); }));
    for (const [url, limitMs] of [[nobody, undefined], [slow, 30], [talker, undefined]] as const) {
      const checks = await ask(url, twoKnown, limitMs);
      expect(new Set(checks.map(({ verdict }) => verdict))).toEqual(new Set(['UNKNOWN']));
      expect(exitCodeOf(checks)).toBe(2);
    }
  });

  it.each([[[]], ['text'], [{ data: { _entities: 1 }, errors: 'no' }], [{ data: { _service: { sdl: 'type {' } } }], [null]])('bears any answer: %j', async (answer) => {
    const strange = await listen(createServer((_, response) => { response.end(JSON.stringify(answer)); }));
    expect(failed(await ask(strange))).toEqual(expect.arrayContaining(['identity', 'nobody', 'sdl', 'entities']));
  });
});

it('judges lookups by their number, and by time only to convict', () => {
  const verdict = (one: Parameters<typeof judgeLookups>[1], hundred: Parameters<typeof judgeLookups>[2]) => judgeLookups('BureauDepartment', one, hundred).verdict;
  expect(verdict({ lookups: 2, ms: 1 }, { lookups: 2, ms: 900 })).toBe('OK');
  expect(verdict({ lookups: 1, ms: 1 }, { lookups: 100, ms: 1 })).toBe('FAILED');
  expect(verdict({ lookups: null, ms: 3 }, { lookups: null, ms: 300 })).toBe('FAILED');
  expect(verdict({ lookups: null, ms: 3 }, { lookups: null, ms: 90 })).toBe('UNKNOWN');
  expect(verdict({ lookups: 1, ms: 3 }, { lookups: null, ms: 4 })).toBe('UNKNOWN');
});

describe('the gateway with the template in its supergraph', () => {
  let gateway: Awaited<ReturnType<typeof createGateway>>;
  let url: string;
  let issuerPrivateJwk: JWK;

  beforeAll(async () => {
    const own = createTemplateServer({ name: 'bureau', trusted, store: await openStore(join(folder, 'joined.json')) });
    const { href } = await listen(own);
    const { supergraphSdl } = checkComposition({ name: 'bureau', url: href, typeDefs: sdl }, ours, file('schema/supergraph.graphql'));
    const issuer = generateKeyPairSync('ed25519');
    issuerPrivateJwk = { ...issuer.privateKey.export({ format: 'jwk' }), kid: 'development', alg: 'EdDSA' } as JWK;
    gateway = await createGateway({
      supergraphSdl: supergraphSdl ?? '',
      verifyCaller: createCallerVerifier({ keys: issuer.publicKey, issuer: 'hefei-platform', audience: 'hefei-platform' }),
      signInternal: createInternalSigner(privateKey),
      urls: {}, log: createLog('silent'), production: false,
    });
    url = await gateway.listen(0, '127.0.0.1');
  });
  afterAll(() => gateway.stop());

  async function send(query: string, department: string | null): Promise<unknown> {
    const token = department === null ? null : await signToken({ id: 'officer', role: 'DEPARTMENT_OFFICER', department }, { issuerPrivateJwk });
    const response = await fetch(new URL('/graphql', url), {
      method: 'POST', body: JSON.stringify({ query }), headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
    });
    return response.json();
  }
  const opening = 'mutation Open { bureauDepartmentOpen(input: { id: "D-1", expectedVersion: 1 }) { bureauDepartment { isOpen } userErrors { code } } }';

  it('answers those who have not signed in, and has them sign in to act', async () => {
    expect(await send('query Department { bureauDepartment(id: "D-1") { name street { code bureauDepartments { id } } } }', null)).toMatchObject({
      data: { bureauDepartment: { name: '市容执法一中队', street: { code: '340103001', bureauDepartments: [{ id: 'D-1' }, { id: 'D-2' }] } } },
    });
    expect(await send(opening, null)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('lets the bureau act, and no other', async () => {
    expect(await send(opening, '340103-04')).toMatchObject({ data: { bureauDepartmentOpen: { bureauDepartment: null, userErrors: [{ code: 'OUT_OF_SCOPE' }] } } });
    expect(await send(opening, '340103-02')).toMatchObject({ data: { bureauDepartmentOpen: { bureauDepartment: { isOpen: true }, userErrors: [] } } });
  });

  it('goes without a level that is away', async () => {
    const query = 'query Department { bureauDepartment(id: "D-2") { name street { name } } }';
    expect(await send(query, null)).toMatchObject({
      data: { bureauDepartment: { name: '渣土管理所', street: null } }, errors: [{ extensions: { code: 'LEVEL_UNAVAILABLE' } }],
    });
  });
});

describe('npm run integrate', () => {
  const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'scripts/integrate.ts', ...args], { cwd: fileURLToPath(root) }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
  });

  it('looks at the SDL, asks with the key that it is given, and writes the composed copy', async () => {
    const [key, out] = [join(folder, 'key.json'), join(folder, 'copies/supergraph.graphql')];
    writeFileSync(key, JSON.stringify(privateKey.export({ format: 'jwk' })));
    const known = ['D-1', 'D-2'].flatMap((id) => ['--known', `BureauDepartment={"id":"${id}"}`]);
    const { code, stdout } = await run('--sdl', 'subgraphs/template/schema.graphql', '--name', 'bureau', '--url', templateUrl.href, '--key', key, '--out', out, ...known);
    expect(stdout).toMatch(/ 15 ok, 0 failed, 0 could not be told\.\n/);
    expect(code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain(`BUREAU @join__graph(name: "bureau", url: "${templateUrl.href}")`);
  });

  it.each([
    ['no SDL', [], '--sdl'],
    ['the name of a level', ['--sdl', 'subgraphs/template/schema.graphql', '--name', 'street'], 'is one of the four levels'],
    ['another machine', ['--sdl', 'subgraphs/template/schema.graphql', '--url', 'http://192.0.2.1/graphql'], '--allow-remote'],
    ['what is not a key', ['--sdl', 'subgraphs/template/schema.graphql', '--known', 'BureauDepartment=D-1'], 'Type={"key":"value"}'],
    ['what is not an SDL', ['--sdl', 'package.json'], 'Syntax Error'],
  ])('cannot tell with %s', async (_what, args, sentence) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });
});

it('asks on this machine only, unless told otherwise', () => {
  for (const url of ['http://127.0.0.1:4010/graphql', 'http://localhost:4010/graphql', 'http://[::1]:4010/graphql']) {
    expect(targetOf(url, false).href).toBe(url);
  }
  for (const url of ['http://example.org/graphql', 'http://127.0.0.1.example.org/', 'http://10.0.0.1/graphql', 'http://0.0.0.0/']) {
    expect(() => targetOf(url, false)).toThrow('--allow-remote');
    expect(targetOf(url, true).href).toBe(url);
  }
  for (const url of ['file:///etc/passwd', 'http://a:b@127.0.0.1/', 'nonsense']) expect(() => targetOf(url, true)).toThrow('http(s)');
});

it('prints what others sent without what would steer a terminal, and not all of it', () => {
  const check: Check = { id: 'x', title: words('题', 'title'), verdict: 'FAILED', found: Array.from({ length: 30 }, () => words('\u001b[2J坏', `bad\r\n${'x'.repeat(1_000)}`)) };
  const report = reportOf([check]);
  expect(report).not.toMatch(/[^\P{Cc}\n]/u);
  expect(report).toContain('and 10 more');
  expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThan(420);
});
