// What asking an integrator's subgraph shows, and what it cannot show. Only queries are sent.
import { isDeepStrictEqual } from 'node:util';
import { buildSubgraph, defaultPrintOptions, printSchema } from '@apollo/federation-internals';
import { parse, type DocumentNode } from 'graphql';
import { judged, untold, words, type Bilingual, type Check } from './check.js';
import { NoAnswer, type Answered, type Client, type Identities } from './client.js';
import type { Entity, KeyValues } from './entities.js';

export interface Subject {
  readonly client: Client;
  readonly identities: Identities;
  readonly sdl: DocumentNode;
  readonly entities: readonly Entity[];
  /** Keys that exist, by type, as the integrator names them. */
  readonly known: ReadonlyMap<string, readonly KeyValues[]>;
}

const titles = {
  health: words('/health 有应答', 'answers /health'),
  identity: words('认网关签发的身份', 'takes the identity that the gateway signs'),
  nobody: words('拒绝没有身份的请求', 'refuses calls without identity'),
  forged: words('拒绝不实的身份', 'refuses identities that do not hold'),
  sdl: words('运行中的 SDL 与文件相同', 'serves the SDL of the file'),
  entities: words('_entities 按序应答,没有的为 null', '_entities answers in order, null for what is not there'),
  lookups: words('_entities 成批查询(N+1)', '_entities are looked up together (N+1)'),
  batch: words('一次请求多个操作', 'several operations in one request'),
};

/** Every check by itself: what ends one in no answer leaves the others. */
export async function checkLive(subject: Subject): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [id, check] of Object.entries(table)) {
    const key = id as keyof typeof table;
    try {
      checks.push(await check(subject));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      checks.push(untold(key, titles[key], words(
        `没有应答(${error.message}):须在 10 秒、4 MiB 以内。`, `No answer (${error.message}): it must come within 10 s and 4 MiB.`,
      )));
    }
  }
  return checks;
}

const table: Readonly<Record<keyof typeof titles, (subject: Subject) => Promise<Check>>> = {
  health: checkHealth,
  identity: checkIdentity,
  nobody: checkNobody,
  forged: checkForged,
  sdl: checkSdl,
  entities: checkEntities,
  lookups: checkLookups,
  batch: checkBatch,
};

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const dataOf = (json: unknown): Json => objectOf(objectOf(json)['data']);
const codesOf = (json: unknown): string[] =>
  listOf(objectOf(json)['errors']).map((error) => String(objectOf(objectOf(error)['extensions'])['code'] ?? objectOf(error)['message'] ?? ''));

const probe = { query: 'query Integrate { __typename }' };
const answersProbe = (json: unknown): boolean => dataOf(json)['__typename'] !== undefined;
const refuses = (status: number, json: unknown): boolean =>
  !answersProbe(json) && (status === 401 || codesOf(json).includes('UNAUTHENTICATED'));

const outcome = ({ status, json }: Answered): string => `HTTP ${status}${answersProbe(json) ? ', data' : ''} ${codesOf(json).join(' ')}`.trim();

async function checkHealth({ client }: Subject): Promise<Check> {
  const { status } = await client.health();
  return judged('health', titles.health, status >= 200 && status < 300 ? [] : [words(
    `GET /health 答 ${status};服务可用时须答 2xx,网关靠它得知服务已恢复。`,
    `GET /health answers ${status}; it must be 2xx while the service works: by it the gateway learns that the service is back.`,
  )]);
}

async function checkIdentity({ client, identities }: Subject): Promise<Check> {
  const faults: Bilingual[] = [];
  for (const [zh, en, identity] of [['已登录者', 'somebody signed in', identities.officer], ['未登录者', 'somebody not signed in', identities.anonymous]] as const) {
    const answered = await client.post(probe, identity);
    if (!answersProbe(answered.json)) {
      faults.push(words(
        `${zh}:${outcome(answered)};须认 authorization 头里网关的令牌,公钥见 npm run integrate -- --jwks。`,
        `${en}: ${outcome(answered)}; take the gateway's token in the header authorization, its public key is in npm run integrate -- --jwks.`,
      ));
    }
  }
  return judged('identity', titles.identity, faults);
}

async function checkNobody({ client }: Subject): Promise<Check> {
  const answered = await client.post(probe, null);
  return judged('nobody', titles.nobody, refuses(answered.status, answered.json) ? [] : [words(
    `没有 authorization 头,答 ${outcome(answered)};须答 401 或 UNAUTHENTICATED,不给数据。`,
    `Without the header authorization it answers ${outcome(answered)}; answer 401 or UNAUTHENTICATED, and no data.`,
  )]);
}

async function checkForged({ client, identities }: Subject): Promise<Check> {
  const faults: Bilingual[] = [];
  for (const [what, identity] of identities.forged) {
    const answered = await client.post(probe, identity);
    if (!refuses(answered.status, answered.json)) {
      faults.push(words(`令牌${what}:答 ${outcome(answered)},须答 401 或 UNAUTHENTICATED。`, `A token with ${what}: it answers ${outcome(answered)}; answer 401 or UNAUTHENTICATED.`));
    }
  }
  return judged('forged', titles.forged, faults);
}

const maxTokens = 200_000;
const contractOnly = {
  ...defaultPrintOptions, mergeTypesAndExtensions: true, noDescriptions: true, directiveDefinitionFilter: () => false,
};

/** The same lines, in whatever order, for two texts that promise the same: `Type: line` for a line inside a type. */
function linesOf(sdl: DocumentNode): string[] {
  let type = '';
  return printSchema(buildSubgraph('subject', 'http://subject', sdl).schema, contractOnly).split('\n').filter((line) => /\w/.test(line)).map((line) => {
    if (/^\s/.test(line)) return `${type}: ${line.trim()}`;
    type = line.replace(/\s*[@{=].*$/, '');
    return line.replace(/\s*\{$/, '');
  }).filter((line) => !/^(extend )?schema\b|\b(federation|link)__/.test(line));
}

async function checkSdl({ client, identities, sdl }: Subject): Promise<Check> {
  const { json } = await client.post({ query: 'query Integrate { _service { sdl } }' }, identities.anonymous);
  const served = objectOf(dataOf(json)['_service'])['sdl'];
  if (typeof served !== 'string') {
    return judged('sdl', titles.sdl, [words('没有给出 _service { sdl };用 @apollo/subgraph 之类的库建 schema。', 'It does not give _service { sdl }; build the schema with a library such as @apollo/subgraph.')]);
  }
  let wanted: readonly string[];
  let found: readonly string[];
  try {
    wanted = linesOf(sdl);
    found = linesOf(parse(served, { maxTokens }));
  } catch (error) {
    return judged('sdl', titles.sdl, [words(`_service { sdl } 不成立:${(error as Error).message}`, `_service { sdl } does not hold: ${(error as Error).message}`)]);
  }
  const extra = found.filter((line) => !wanted.includes(line));
  const missing = wanted.filter((line) => !found.includes(line));
  return judged('sdl', titles.sdl, [
    ...extra.map((line) => words(`服务有而文件没有:${line}`, `Served, but not in the file: ${line}`)),
    ...missing.map((line) => words(`文件有而服务没有:${line}`, `In the file, but not served: ${line}`)),
  ]);
}

interface Resolved {
  readonly answered: Answered;
  readonly entities: readonly unknown[] | null;
}

async function resolve({ client, identities }: Subject, { name }: Entity, keys: readonly KeyValues[], selection: string): Promise<Resolved> {
  const query = `query Integrate($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on ${name} { ${selection} } } }`;
  const representations = keys.map((key) => ({ __typename: name, ...key }));
  const answered = await client.post({ query, variables: { representations } }, identities.officer);
  const found = dataOf(answered.json)['_entities'];
  return { answered, entities: Array.isArray(found) ? found : null };
}

const nothingToAsk = (id: keyof typeof titles): Check => judged(id, titles[id], []);

async function checkEntities(subject: Subject): Promise<Check> {
  const faults: Bilingual[] = [];
  const open: Bilingual[] = [];
  for (const entity of subject.entities) {
    const known = subject.known.get(entity.name) ?? [];
    const [nobody, nobodyElse] = entity.unknownKeys(2) ?? [];
    const [first, second] = entity.isOwn ? known : [...known, nobody, nobodyElse].filter((key) => key !== undefined);
    if (entity.isOwn && (first === undefined || second === undefined)) {
      open.push(words(
        `${entity.name}:须两个存在的键才能看次序,用 --known '${entity.name}={"${entity.key[0]}":…}' 给出,各一次。`,
        `${entity.name}: its order shows only with two keys that exist; give each by --known '${entity.name}={"${entity.key[0]}":…}'.`,
      ));
    }
    if (entity.isOwn && nobody === undefined) {
      open.push(words(`${entity.name}:这种键编不出不存在的值。`, `${entity.name}: no unknown value can be made up for such a key.`));
    }
    const strangers = entity.isOwn ? [nobody, nobodyElse] : [];
    const asked = [strangers[0], second, first, strangers[1], second].filter((key) => key !== undefined);
    if (asked.length === 0) continue;
    const expected = asked.map((key) => (strangers.includes(key) ? null : key));
    const { answered, entities } = await resolve(subject, entity, asked, entity.key.join(' '));
    const found = entities?.map((value) => (value === null ? null : Object.fromEntries(entity.key.map((name) => [name, objectOf(value)[name]]))));
    const codes = codesOf(answered.json);
    if (!isDeepStrictEqual(found, expected) || codes.length > 0) {
      faults.push(words(
        `${entity.name}:问 ${asked.length} 个,应为 ${JSON.stringify(expected)},答 ${JSON.stringify(found ?? null)} ${codes.join(' ')};逐一按序应答,没有的为 null,不报错。`,
        `${entity.name}: asked for ${asked.length}, wanted ${JSON.stringify(expected)}, got ${JSON.stringify(found ?? null)} ${codes.join(' ')}; answer each in its place, null for what is not there, and no error.`,
      ));
    }
  }
  if (faults.length > 0 || open.length === 0) return judged('entities', titles.entities, faults);
  return untold('entities', titles.entities, ...open);
}

const tries = 3;
const many = 100;

const lookupsOf = ({ headers }: Answered): number | null => {
  const value = headers['x-graphql-lookups'];
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null;
};

const fastest = (answers: readonly Answered[]): number => Math.min(...answers.map(({ ms }) => ms));

export interface Cost {
  readonly lookups: number | null;
  readonly ms: number;
}

/**
 * What one and a hundred different keys cost, compared. The number of lookups, as the subgraph counts them, tells; time alone can only
 * convict: a hundred lookups side by side, or of a fast database, take no longer.
 */
export function judgeLookups(name: string, one: Cost, hundred: Cost): { readonly verdict: Check['verdict']; readonly found: Bilingual } {
  const times = `${one.ms.toFixed(0)} → ${hundred.ms.toFixed(0)} ms`;
  if (one.lookups !== null && hundred.lookups !== null) {
    const numbers = `${one.lookups} → ${hundred.lookups}`;
    return {
      verdict: hundred.lookups > one.lookups ? 'FAILED' : 'OK',
      found: words(
        `${name}:1 个与 ${many} 个键,查询 ${numbers} 次,${times};用 DataLoader 之类合成一次。`,
        `${name}: for 1 and ${many} keys, ${numbers} lookups, ${times}; gather them with something like DataLoader.`,
      ),
    };
  }
  const grows = hundred.ms - one.ms > 100 && hundred.ms > 20 * one.ms;
  return grows
    ? { verdict: 'FAILED', found: words(`${name}:1 个与 ${many} 个键,${times},逐个查询的样子;用 DataLoader 之类合成一次。`, `${name}: for 1 and ${many} keys ${times}, as if looked up one by one; gather them with something like DataLoader.`) }
    : { verdict: 'UNKNOWN', found: words(
        `${name}:1 个与 ${many} 个键,${times},看不出逐个查询,但并行的逐个查询也是如此;在响应头 x-graphql-lookups 里报查询次数即可判断。`,
        `${name}: for 1 and ${many} keys ${times}, which shows no lookups one by one; side by side they would look the same. Say how many there were in the response header x-graphql-lookups.`,
      ) };
}

async function checkLookups(subject: Subject): Promise<Check> {
  if (subject.entities.length === 0) return nothingToAsk('lookups');
  const judgements: { readonly verdict: Check['verdict']; readonly found: Bilingual }[] = [];
  for (const entity of subject.entities) {
    const keys = entity.unknownKeys(many) ?? subject.known.get(entity.name) ?? [];
    const [single] = keys;
    if (single === undefined || keys.length < many) {
      judgements.push({ verdict: 'UNKNOWN', found: words(
        `${entity.name}:编不出 ${many} 个不同的键,用 --known 给出。`, `${entity.name}: ${many} different keys cannot be made up; give them by --known.`,
      ) });
      continue;
    }
    const cost = async (asked: readonly KeyValues[]): Promise<Cost | null> => {
      const answers: Answered[] = [];
      for (let tried = 0; tried < tries; tried += 1) {
        const { answered, entities } = await resolve(subject, entity, asked, entity.selection);
        if (entities?.length !== asked.length) return null;
        answers.push(answered);
      }
      const counts = answers.map(lookupsOf);
      const lookups = counts.includes(null) ? null : Math.max(...counts.map(Number));
      return { lookups, ms: fastest(answers) };
    };
    const [one, hundred] = [await cost([single]), await cost(keys.slice(0, many))];
    judgements.push(one && hundred ? judgeLookups(entity.name, one, hundred) : { verdict: 'FAILED', found: words(
      `${entity.name}:一次问 ${many} 个,没有得到 ${many} 个应答。`, `${entity.name}: asked for ${many} at once, it did not give ${many} answers.`,
    ) });
  }
  const worst = (['FAILED', 'UNKNOWN'] as const).find((verdict) => judgements.some((judgement) => judgement.verdict === verdict)) ?? 'OK';
  return {
    id: 'lookups', title: titles.lookups, verdict: worst,
    found: worst === 'OK' ? [] : judgements.filter(({ verdict }) => verdict === worst).map(({ found }) => found),
  };
}

/** Array batching is offered by a header, and not asked for by the gateway without it. */
async function checkBatch({ client, identities }: Subject): Promise<Check> {
  const { headers } = await client.post(probe, identities.anonymous);
  if (headers['x-graphql-batch'] === undefined) return judged('batch', titles.batch, []);
  const element = (alias: string, identity: string | null) =>
    ({ query: `query Integrate { ${alias}: __typename }`, ...(identity !== null && { extensions: { identity } }) });
  const [, forged = ''] = [...identities.forged][0] ?? [];
  // The request's own identity is good, and must not help the elements that have none, or a false one.
  const { json } = await client.post(
    [element('a', identities.officer), element('b', forged), element('c', null), element('d', identities.anonymous)], identities.officer,
  );
  const answers = listOf(json);
  const names = answers.map((answer) => Object.keys(dataOf(answer)).join(' '));
  const isRefused = (answer: unknown): boolean => codesOf(answer).includes('UNAUTHENTICATED');
  const faults = [
    !isDeepStrictEqual([names[0], names[3], names.length], ['a', 'd', 4]) && words(
      '带 x-graphql-batch 就要收数组,按序逐一应答。', 'With x-graphql-batch it must take an array, and answer each in its place.',
    ),
    answers.length === 4 && ![answers[1], answers[2]].every((answer) => isRefused(answer) && Object.keys(dataOf(answer)).length === 0) && words(
      '数组中每个操作的身份在它自己的 extensions.identity,没有或不实的须以 UNAUTHENTICATED 拒绝。',
      'In an array each operation has its identity in its own extensions.identity; where it lacks or does not hold, refuse it with UNAUTHENTICATED.',
    ),
  ].filter((fault) => fault !== false);
  return judged('batch', titles.batch, faults);
}
