import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { UnreachableError } from '../../../../gateway/execution/errors.js';
import type { Call } from '../../../../gateway/execution/plan.js';
import { createSubgraphClient, type SubgraphClient } from '../../../../gateway/execution/subgraphClient.js';
import type { Asker } from '../../../../gateway/execution/units.js';

interface Operation {
  readonly query: string;
  readonly variables: { readonly representations?: readonly unknown[] };
  readonly extensions?: { readonly identity?: string };
}
interface Received {
  readonly body: Operation | Operation[];
  readonly bytes: number;
  readonly authorization: string | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

let server: Server;
let received: Received[];
let waiting: ((one: Received) => void)[];
let client: SubgraphClient;
/** What the subgraph does with a request; null leaves it open. */
let react: (one: Received) => void;
let batch: string | undefined;

const answerTo = ({ query, variables: { representations } }: Operation): unknown => ({
  data: representations ? { _entities: representations.map((of) => ({ of })) } : { asked: query },
});
const respond = ({ body, response }: Received): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...(batch !== undefined && { 'x-graphql-batch': batch }) });
  response.end(JSON.stringify(Array.isArray(body) ? body.map(answerTo) : answerTo(body)));
};

beforeEach(async () => {
  received = [];
  waiting = [];
  react = respond;
  batch = undefined;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const body = JSON.parse(bytes.toString()) as Operation | Operation[];
      const one = { body, bytes: bytes.length, authorization: request.headers.authorization, request, response };
      received.push(one);
      for (const told of waiting.splice(0)) told(one);
      react(one);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createSubgraphClient({
    name: 'street',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    timeoutMs: 5_000,
    unreachable: (cause) => new UnreachableError(cause, 'AWAY'),
  });
});
afterEach(async () => {
  await client.destroy();
  server.closeAllConnections();
  server.close();
});

const call = (text: string, representations: readonly unknown[] | null = null, type = OperationTypeNode.QUERY, isPublic = false): Call => ({
  operation: { type, name: null, text, json: `"query":${JSON.stringify(text)}`, isPublic },
  variables: '',
  representations: representations && representations.map((one) => JSON.stringify(one)),
});
const mutation = (text: string): Call => call(text, null, OperationTypeNode.MUTATION);
const by = (identity: string | null, signal?: AbortSignal): Asker => ({ identity, publicIdentity: 'nobody', traceparent: null, signal });
const arrival = (): Promise<Received> => new Promise((resolve) => { waiting.push(resolve); });
const queries = (): (string | string[])[] =>
  received.map(({ body }) => (Array.isArray(body) ? body.map(({ query }) => query) : body.query));
/** Lets the client learn how many the subgraph takes. */
const learn = async (): Promise<void> => {
  batch = '3';
  await client.ask(call('learn'), by('a'));
  received = [];
};

it('sends what is the same for one identity once', async () => {
  const answers = await Promise.all([client.ask(call('q'), by('a')), client.ask(call('q'), by('a')), client.ask(call('q'), by('b'))]);
  expect(answers.map(({ data }) => data)).toEqual([{ asked: 'q' }, { asked: 'q' }, { asked: 'q' }]);
  expect(received.map(({ authorization }) => authorization)).toEqual(['Bearer a', 'Bearer b']);
  expect(answers[0]?.data).not.toBe(answers[1]?.data);
});

it('waits for the whole answer no longer than is given, not even for one that has begun', async () => {
  const hasty = createSubgraphClient({
    name: 'street', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, timeoutMs: 20,
    unreachable: (cause, _traceparent, fate) => new UnreachableError(`${cause} ${fate}`, 'AWAY'),
  });
  react = () => undefined;
  await expect(hasty.ask(call('silent'), by('a'))).rejects.toThrow('TIMEOUT unanswered');
  react = ({ response }) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":');
  await expect(hasty.ask(mutation('begun'), by('a'))).rejects.toThrow('TIMEOUT unsure');
  await hasty.destroy();
});

it('gives each of those that share an answer objects of its own, whether their entities were asked for alone or together', async () => {
  react = () => undefined;
  const alone = arrival();
  const asked = [client.ask(call('q', [1, 2]), by('a'))];
  const first = await alone;
  asked.push(client.ask(call('q', [1]), by('a')), client.ask(call('q', [2]), by('a')));
  await new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
  expect(received).toHaveLength(1);
  respond(first);
  const [whole, one, two] = (await Promise.all(asked)).map(({ data }) => (data as { _entities: object[] })._entities);
  expect([whole, one, two]).toEqual([[{ of: 1 }, { of: 2 }], [{ of: 1 }], [{ of: 2 }]]);
  expect([one?.[0] === whole?.[0], two?.[0] === whole?.[1]]).toEqual([false, false]);
});

it('lets one join what is under way, but not across a mutation', async () => {
  react = () => undefined;
  const first = arrival();
  const asked = [client.ask(call('q'), by('a'))];
  await first;
  asked.push(client.ask(call('q'), by('a')), client.ask(call('q'), by('b')));
  await arrival();
  react = respond;
  await client.ask(mutation('m'), by('a'));
  asked.push(client.ask(call('q'), by('a')));
  await arrival();
  for (const one of received.filter(({ response }) => !response.writableEnded)) respond(one);
  await Promise.all(asked);
  expect(received.map(({ body, authorization }) => [(body as Operation).query, authorization])).toEqual(
    [['q', 'Bearer a'], ['q', 'Bearer b'], ['m', 'Bearer a'], ['q', 'Bearer a']],
  );
});

it('joins entities of one identity, each once, and gives each asker its own', async () => {
  const answers = await Promise.all([
    client.ask(call('e', [1, 2]), by('a')), client.ask(call('e', [2, 3]), by('a')), client.ask(call('e', [2]), by('b')),
  ]);
  expect(answers.map(({ data }) => data)).toEqual([
    { _entities: [{ of: 1 }, { of: 2 }] }, { _entities: [{ of: 2 }, { of: 3 }] }, { _entities: [{ of: 2 }] },
  ]);
  expect(received.map(({ body }) => (body as Operation).variables.representations)).toEqual([[1, 2, 3], [2]]);
});

it('asks for what is public under nobody\'s identity, for all at once', async () => {
  const open = (...ids: number[]): Call => call('e', ids, OperationTypeNode.QUERY, true);
  await Promise.all([client.ask(open(1), by('a')), client.ask(open(2, 1), by('b'))]);
  expect(received.map(({ authorization, body }) => [authorization, (body as Operation).variables.representations])).toEqual([['Bearer nobody', [1, 2]]]);
});

describe('several operations in one request', () => {
  it('are sent only to a subgraph that says it takes them', async () => {
    await Promise.all([client.ask(call('p'), by('a')), client.ask(call('q'), by('a'))]);
    expect(queries()).toEqual(['p', 'q']);
  });

  it('are as many as it says, each with its own identity', async () => {
    await learn();
    const answers = await Promise.all(['p', 'q', 'r', 's'].map((text) => client.ask(call(text), by(`id-${text}`))));
    expect(answers.map(({ data }) => data)).toEqual(['p', 'q', 'r', 's'].map((asked) => ({ asked })));
    expect(queries()).toEqual([['p', 'q', 'r'], 's']);
    const [together] = received;
    expect((together?.body as Operation[]).map(({ extensions }) => extensions?.identity)).toEqual(['id-p', 'id-q', 'id-r']);
    expect(together?.authorization).toBeUndefined();
  });

  it('are none where each is to be sent by itself', async () => {
    const single = createSubgraphClient({
      name: 'street', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, timeoutMs: 5_000, maxBatch: 1,
      unreachable: (cause) => new UnreachableError(cause, 'AWAY'),
    });
    batch = '3';
    await single.ask(call('learn'), by('a'));
    await Promise.all([single.ask(call('p'), by('a')), single.ask(call('q'), by('b'))]);
    expect(queries()).toEqual(['learn', 'p', 'q']);
    await single.destroy();
  });

  const mebibyte = 1024 * 1024;
  it.each<[string, () => readonly (readonly [text: string, identity: string])[], readonly number[]]>([
    ['of three bytes a character', () => ['甲', '乙', '丙'].map((one) => [one.repeat(160_000), 'a']), [2, 1]],
    ['of one byte a character', () => ['a', 'b', 'c'].map((one) => [one.repeat(300_000), 'a']), [3]],
    ['with what says who asks', () => ['a', 'b', 'c'].map((one) => [one.repeat(349_300), one.repeat(300)]), [2, 1]],
  ])('are no more bytes than a mebibyte, %s', async (_what, asked, sizes) => {
    await learn();
    await Promise.all(asked().map(([text, identity]) => client.ask(call(text), by(identity))));
    expect(received.map(({ body }) => (Array.isArray(body) ? body.length : 1)).toSorted((a, b) => b - a)).toEqual(sizes);
    for (const { bytes } of received) expect(bytes).toBeLessThanOrEqual(mebibyte);
  });

  it('fill a mebibyte to the last byte', async () => {
    await learn();
    const together = async (...texts: readonly string[]): Promise<(readonly [isBatch: boolean, bytes: number])[]> => {
      received = [];
      await Promise.all(texts.map((text) => client.ask(call(text), { ...by('a'), traceparent: '00-1-2-01' })));
      return received.map(({ body, bytes }) => [Array.isArray(body), bytes] as const);
    };
    const [[, bytes] = [true, 0]] = await together('市', 'q');
    const filling = '市'.repeat(1 + Math.floor((mebibyte - bytes) / 3)) + 'x'.repeat((mebibyte - bytes) % 3);
    expect(await together(filling, 'q')).toEqual([[true, mebibyte]]);
    expect((await together(`${filling}x`, 'q')).map(([isBatch]) => isBatch)).toEqual([false, false]);
  });

  it('never have a mutation among them', async () => {
    await learn();
    await Promise.all([client.ask(call('p'), by('a')), client.ask(mutation('m'), by('a')), client.ask(call('q'), by('a'))]);
    expect(queries()).toHaveLength(2);
    expect(queries()).toEqual(expect.arrayContaining(['m', ['p', 'q']]));
  });

  it('are sent one by one when it takes them no more', async () => {
    await learn();
    batch = undefined;
    react = (one) => { if (Array.isArray(one.body)) one.response.writeHead(400).end('{"error":"no"}'); else respond(one); };
    const answers = await Promise.all([client.ask(call('p'), by('a')), client.ask(call('q'), by('a'))]);
    expect([answers.map(({ data }) => data), queries()]).toEqual([[{ asked: 'p' }, { asked: 'q' }], [['p', 'q'], 'p', 'q']]);
  });
});

describe('more entities than one operation asks for', () => {
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  const counts = (): (number | undefined)[] => received.map(({ body }) => (body as Operation).variables.representations?.length);

  it('are asked for by several, each for those of some askers', async () => {
    const asked = [range(0, 600), range(600, 1_200), range(1_200, 1_500), range(1_100, 1_300)];
    const answers = await Promise.all(asked.map((ids) => client.ask(call('e', ids), by('a'))));
    expect(answers).toEqual(asked.map((ids) => ({ data: { _entities: ids.map((of) => ({ of })) } })));
    expect(counts()).toEqual([600, 900, 200]);
  });

  const asOne = (over: (ids: readonly number[]) => object | null): void => {
    react = ({ body, response }) => {
      const ids = (body as Operation).variables.representations as number[];
      const answer = over(ids) ?? { data: { _entities: ids.map((of) => ({ of })) } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
  };

  it('are asked for by several for one asker as well, with all in their places: entities, nulls and errors', async () => {
    const said = (at: number) => ({ message: 'no', path: ['_entities', at, 'name'], extensions: {} });
    asOne((ids) => (ids[0] === 1_000
      ? { data: { _entities: ids.map((of) => (of === 1_700 ? null : { of })) }, errors: [said(700), { message: 'beside', extensions: {} }] } : null));
    const { data, errors } = await client.ask(call('e', range(0, 2_500)), by('a'));
    expect(data).toEqual({ _entities: range(0, 2_500).map((of) => (of === 1_700 ? null : { of })) });
    expect(errors).toEqual([said(1_700), { message: 'beside', extensions: {} }]);
    expect(counts()).toEqual([1_000, 1_000, 500]);
  });

  it('are null where a part of them came to nothing', async () => {
    asOne((ids) => (ids[0] === 0 ? { data: null, errors: [{ message: 'no' }] } : null));
    const { data, errors } = await client.ask(call('e', range(0, 1_001)), by('a'));
    expect(data).toEqual({ _entities: [...range(0, 1_000).map(() => null), { of: 1_000 }] });
    expect(errors).toEqual([{ message: 'no', extensions: {} }]);
  });

  it('are nothing when none of them came', async () => {
    asOne(() => ({ data: null, errors: [{ message: 'no' }] }));
    expect(await client.ask(call('e', range(0, 1_001)), by('a'))).toMatchObject({ data: null, errors: [{ message: 'no' }, { message: 'no' }] });
  });

  it.each([
    ['fails', () => ({}), 'street answered 200 with no GraphQL response.'],
    ['is answered with others', (ids: readonly number[]) => ({ data: { _entities: ids.slice(1).map((of) => ({ of })) } }), 'street answered with other entities than the 1 asked for.'],
  ])('are an error when a part of them %s', async (_what, over, message) => {
    asOne((ids) => (ids[0] === 1_000 ? over(ids) : null));
    await expect(client.ask(call('e', range(0, 1_001)), by('a'))).rejects.toThrow(message);
  });
});

describe('a caller who goes', () => {
  it('cancels the request that nobody else waits for', async () => {
    react = () => undefined;
    const gone = new AbortController();
    const asked = client.ask(call('q'), by('a', gone.signal));
    const { request } = await arrival();
    gone.abort();
    await expect(asked).rejects.toThrow('gone');
    await once(request.socket, 'close');
  });

  it('leaves the others who wait for the same their answer', async () => {
    react = () => undefined;
    const gone = new AbortController();
    const asked = [client.ask(call('q'), by('a', gone.signal)), client.ask(call('q'), by('a'))];
    const one = await arrival();
    gone.abort();
    await expect(asked[0]).rejects.toThrow('gone');
    respond(one);
    expect((await asked[1])?.data).toEqual({ asked: 'q' });
  });

  it('before anything is sent asks nobody', async () => {
    const gone = new AbortController();
    const asked = client.ask(call('q'), by('a', gone.signal));
    gone.abort();
    await expect(asked).rejects.toThrow('gone');
    await client.ask(call('other'), by('a'));
    expect(queries()).toEqual(['other']);
  });
});

describe('a connection that ends before anything is said', () => {
  it('has a query sent once more', async () => {
    react = (one) => { if (received.length === 1) one.request.socket.destroy(); else respond(one); };
    expect((await client.ask(call('q'), by('a'))).data).toEqual({ asked: 'q' });
    expect(queries()).toEqual(['q', 'q']);
  });

  it.each([['a mutation', () => mutation('m'), 1], ['a query for the second time', () => call('q'), 2]])('has %s fail', async (_name, made, times) => {
    react = ({ request }) => void request.socket.destroy();
    await expect(client.ask(made(), by('a'))).rejects.toMatchObject({ extensions: { code: 'AWAY' } });
    expect(received).toHaveLength(times);
  });
});

it.each([
  [502, '<html>', 'AWAY', '502'], [200, '[]', undefined, 'street answered 200 with no GraphQL response.'],
  [500, 'oops', undefined, 'street answered 500 with no GraphQL response.'], [408, '{"error":"Request Timeout"}', undefined, 'street answered 408 with no GraphQL response.'],
  [200, '{"data":null}', undefined, 'street answered 200 with no GraphQL response.'], [200, '{"errors":[]}', undefined, 'street answered 200 with no GraphQL response.'],
])('takes status %i with %s for no answer', async (status, text, code, message) => {
  react = ({ response }) => void response.writeHead(status).end(text);
  const error = await client.ask(call('q'), by('a')).catch((thrown: unknown) => thrown as GraphQLError);
  expect(error).toMatchObject({ message });
  expect((error as GraphQLError).extensions?.['code']).toBe(code);
});
