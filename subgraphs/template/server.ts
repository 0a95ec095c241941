import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, getOperationAST, GraphQLError, parse, validate, type ExecutionResult } from 'graphql';
import type { JSONWebKeySet } from 'jose';
import { createContext } from './context.js';
import { createCallerCheck } from './identity.js';
import { resolvers } from './resolvers.js';
import type { BureauDepartmentStore } from './store.js';

const maxBodyBytes = 1024 * 1024;
const maxTokens = 10_000;
/** Most operations in one request; the gateway reads it in `x-graphql-batch`, and sends them singly without it. */
const maxBatch = 50;
const requestTimeout = 30_000;
/** Longer than the gateway lets a connection rest, so that it is never closed just as a request goes out. */
const keepAliveTimeout = 65_000;

const typeDefs = parse(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'));
const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);

interface Operation {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown> | null;
  /** The identity of one of several; a single one's is in the header `authorization`. */
  readonly identity: string | undefined;
}

const tryAgain = '请稍后再试。 / Try again later.';

class BadRequest extends Error {}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function operationOf(body: unknown): Operation {
  if (!isObject(body) || typeof body['query'] !== 'string') throw new BadRequest('请发送 {"query": …}。 / Send {"query": …}.');
  const { query, operationName, variables, extensions } = body;
  const identity = isObject(extensions) ? extensions['identity'] : undefined;
  return {
    query,
    operationName: typeof operationName === 'string' ? operationName : null,
    variables: isObject(variables) ? variables : null,
    identity: typeof identity === 'string' ? identity : undefined,
  };
}

const refusal = (message: string, code: string): ExecutionResult =>
  ({ errors: [new GraphQLError(message, { extensions: { code } })] });

/** Where it happened, not what it says: messages quote what people entered, and that is not for a log. */
function log(error: unknown): void {
  const { name = 'Error', stack = '' } = error instanceof Error ? error : {};
  console.error([name, ...stack.split('\n').filter((line) => /^ +at /.test(line))].join('\n'));
}

/** What went wrong inside stays inside. */
const masked = (error: GraphQLError): GraphQLError => {
  if (error.originalError === undefined || error.extensions['code'] !== undefined) return error;
  log(error.originalError);
  const { path } = error;
  return new GraphQLError(tryAgain, { ...(path && { path }), extensions: { code: 'INTERNAL_SERVER_ERROR' } });
};

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  // Not before its end: who still sends would not read the answer.
  if (size > maxBodyBytes) throw new BadRequest(`至多 ${maxBodyBytes} 字节。 / Send at most ${maxBodyBytes} bytes.`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new BadRequest('请发送 JSON。 / Send JSON.');
  }
}

/** POST /graphql for the gateway, GET /health for whoever watches. */
export function createTemplateServer({ name, trusted, store }: {
  /** In the supergraph. */
  readonly name: string;
  readonly trusted: JSONWebKeySet;
  readonly store: BureauDepartmentStore;
}): Server {
  const checkCaller = createCallerCheck(trusted, name);

  async function answer(operation: Operation, token: string | undefined, isAlone: boolean, onLookup: () => void): Promise<ExecutionResult> {
    const caller = await checkCaller(token);
    if (caller.kind === 'untrusted') return refusal('请经网关访问。 / Ask through the gateway.', 'UNAUTHENTICATED');
    const { query, operationName, variables } = operation;
    try {
      const document = parse(query, { maxTokens });
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      // Among others its order would not be kept.
      if (!isAlone && getOperationAST(document, operationName)?.operation !== 'query') return refusal('操作须单独发送。 / Send a mutation by itself.', 'BAD_REQUEST');
      const contextValue = createContext(caller.kind === 'actor' ? caller.actor : null, store, onLookup);
      const { data, errors: failed } = await execute({ schema, document, operationName, variableValues: variables, contextValue });
      return { ...(data !== undefined && { data }), ...(failed && { errors: failed.map(masked) }) };
    } catch (error) {
      return error instanceof GraphQLError ? { errors: [error] } : refusal(tryAgain, 'INTERNAL_SERVER_ERROR');
    }
  }

  function answerAll(body: unknown, header: string | undefined, onLookup: () => void): Promise<ExecutionResult | ExecutionResult[]> {
    if (!Array.isArray(body)) return answer(operationOf(body), /^Bearer (.+)$/.exec(header ?? '')?.[1], true, onLookup);
    if (body.length > maxBatch) throw new BadRequest(`一次至多 ${maxBatch} 个操作。 / Send at most ${maxBatch} operations at once.`);
    return Promise.all(body.map(operationOf).map((operation) => answer(operation, operation.identity, false, onLookup)));
  }

  return createServer({ requestTimeout, keepAliveTimeout }, (request, response) => {
    const send = (status: number, body: unknown, lookups = 0): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-graphql-batch': maxBatch, 'x-graphql-lookups': lookups });
      response.end(JSON.stringify(body));
    };
    async function respond(): Promise<void> {
      if (request.method === 'GET' && request.url === '/health') return send(200, { status: 'up' });
      if (request.method !== 'POST' || request.url !== '/graphql') return send(404, { error: '只有 POST /graphql 与 GET /health。 / There are POST /graphql and GET /health.' });
      let lookups = 0;
      const answered = await answerAll(await readBody(request), request.headers.authorization, () => { lookups += 1; });
      send(200, answered, lookups);
    }
    respond().catch((error: unknown) => {
      if (error instanceof BadRequest) return send(400, { error: error.message });
      log(error);
      send(503, { error: tryAgain });
    });
  });
}
