import { EventEmitter, once } from 'node:events';
import {
  createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { pino, type Logger } from 'pino';
import { createGateway, type Gateway, type GatewayOptions } from '../../../gateway/server.js';

type Resolvers = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']>;

export interface FakeSubgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: string;
  readonly received: { readonly headers: IncomingHttpHeaders; readonly query: string }[];
  /** Set to send this instead of running the operation; `null` cuts the connection. */
  override: { status: number; type: string; body: string } | null | undefined;
  /** What it says at /changes; `null`: it has none. */
  changes: { readonly position: number; readonly at: string; readonly topics: readonly string[] }[] | null;
  /** One more of them; who waits for it is answered. */
  change(...topics: readonly string[]): void;
  /** `null`: it has no /health. */
  healthy: boolean | null;
  /** Resolves when the next operation is there. */
  arrived(): Promise<void>;
  /** Resolves when a caller has cut a connection before its answer. */
  cut(): Promise<void>;
  /** How many have been. */
  readonly cuts: number;
  stop(): Promise<void>;
}

/** A subgraph on a port of its own that remembers what it was sent. */
export async function startSubgraph(name: string, typeDefs: string, resolvers: Resolvers): Promise<FakeSubgraph> {
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers });
  const received: FakeSubgraph['received'] = [];
  const signals = new EventEmitter();
  let cuts = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/health') return void response.writeHead(fake.healthy === null ? 404 : fake.healthy ? 200 : 503).end();
    if (request.url?.startsWith('/changes?')) return void tellChanges(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { query, variables, operationName } = JSON.parse(Buffer.concat(chunks).toString()) as {
      query: string; variables?: Record<string, unknown>; operationName?: string;
    };
    received.push({ headers: request.headers, query });
    signals.emit('arrived');
    response.once('close', () => {
      if (response.writableFinished) return;
      cuts += 1;
      signals.emit('cut');
    });
    if (fake.override === null) return void request.socket.destroy();
    if (fake.override) {
      const { status, type, body } = fake.override;
      return void response.writeHead(status, { 'content-type': type }).end(body);
    }
    const result = await graphql({
      schema, source: query, variableValues: variables ?? {}, operationName: operationName ?? null,
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  }
  function tellChanges(request: IncomingMessage, response: ServerResponse): void {
    if (fake.override === null) return void request.socket.destroy();
    const { changes } = fake;
    if (!changes) return void response.writeHead(404).end();
    const search = new URL(request.url ?? '', 'http://x').searchParams;
    const [after, waitMs] = [Number(search.get('after')), Number(search.get('waitMs'))];
    const position = changes.at(-1)?.position ?? 0;
    if (waitMs > 0 && position === after) return void signals.once('changed', () => tellChanges(request, response));
    response.writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ position, changes: changes.filter((change) => change.position > after) }));
  }
  const server = createServer((request, response) => void answer(request, response));
  const port = await listen(server);
  const fake: FakeSubgraph = {
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    typeDefs,
    received,
    override: undefined,
    changes: null,
    change(...topics) {
      fake.changes = [...fake.changes ?? [], { position: (fake.changes?.at(-1)?.position ?? 0) + 1, at: new Date().toISOString(), topics }];
      signals.emit('changed');
    },
    healthy: true,
    arrived: async () => void (await once(signals, 'arrived')),
    cut: async () => void (await once(signals, 'cut')),
    get cuts() { return cuts; },
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return fake;
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export function compose(subgraphs: readonly Pick<FakeSubgraph, 'name' | 'url' | 'typeDefs'>[]): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, typeDefs }) => ({ name, url, typeDefs: parse(typeDefs) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export interface RunningGateway extends Gateway {
  readonly url: string;
  readonly logged: Record<string, unknown>[];
}

/** A gateway on a free port, with sign-in off unless the options turn it on. */
export async function startGateway(
  supergraphSdl: string,
  options: Partial<GatewayOptions> = {},
): Promise<RunningGateway> {
  const logged: Record<string, unknown>[] = [];
  const write = (line: string): void => void logged.push(JSON.parse(line) as Record<string, unknown>);
  const log: Logger = pino({ level: 'debug' }, { write });
  const gateway = await createGateway({
    supergraphSdl, verifyCaller: null, signInternal: null, urls: {}, log, production: false, ...options,
  });
  const url = await gateway.listen(0, '127.0.0.1');
  return { ...gateway, url, logged };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data?: Record<string, unknown> | null;
  readonly extensions?: Record<string, unknown>;
  readonly errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

/** Sends an operation as a client would. */
export async function ask(
  { url }: { readonly url: string },
  query: string,
  { headers = {}, variables }: { headers?: Record<string, string>; variables?: Record<string, unknown> } = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as Omit<Answer, 'status' | 'headers'>;
  return { status: response.status, headers: response.headers, ...body };
}
