import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, getOperationAST, GraphQLError, parse, validate, type ExecutionResult } from 'graphql';
import type { JSONWebKeySet } from 'jose';
import { createContext } from './context.js';
import { createCallerCheck } from './identity.js';
import { resolvers } from './resolvers.js';
import type { ShelterStore } from './store.js';

const maxBodyBytes = 1024 * 1024;
const maxTokens = 10_000;
/** Most operations in one request; the gateway reads it in `x-graphql-batch`, and sends them singly without it. */
const maxBatch = 50;

const typeDefs = parse(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'));
const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);

interface Operation {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown> | null;
  /** The identity of one of several; a single one's is in the header `authorization`. */
  readonly identity: string | undefined;
}

class BadRequest extends Error {}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function operationOf(body: unknown): Operation {
  if (!isObject(body) || typeof body['query'] !== 'string') throw new BadRequest('Send {"query": …}.');
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

/** What went wrong inside stays inside. */
const masked = (error: GraphQLError): GraphQLError => {
  if (error.originalError === undefined || error.extensions['code'] !== undefined) return error;
  console.error(error.originalError);
  const { path } = error;
  return new GraphQLError('请稍后再试。 / Try again later.', { ...(path && { path }), extensions: { code: 'INTERNAL_SERVER_ERROR' } });
};

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new BadRequest(`Send at most ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new BadRequest('Send JSON.');
  }
}

/** POST /graphql for the gateway, GET /health for whoever watches. */
export function createTemplateServer({ name, trusted, store }: {
  /** In the supergraph. */
  readonly name: string;
  readonly trusted: JSONWebKeySet;
  readonly store: ShelterStore;
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
      if (!isAlone && getOperationAST(document, operationName)?.operation !== 'query') return refusal('Send a mutation by itself.', 'BAD_REQUEST');
      const contextValue = createContext(caller.kind === 'actor' ? caller.actor : null, store, onLookup);
      const { data, errors: failed } = await execute({ schema, document, operationName, variableValues: variables, contextValue });
      return { ...(data !== undefined && { data }), ...(failed && { errors: failed.map(masked) }) };
    } catch (error) {
      return error instanceof GraphQLError ? { errors: [error] } : refusal('请稍后再试。 / Try again later.', 'INTERNAL_SERVER_ERROR');
    }
  }

  function answerAll(body: unknown, header: string | undefined, onLookup: () => void): Promise<ExecutionResult | ExecutionResult[]> {
    if (!Array.isArray(body)) return answer(operationOf(body), /^Bearer (.+)$/.exec(header ?? '')?.[1], true, onLookup);
    if (body.length > maxBatch) throw new BadRequest(`Send at most ${maxBatch} operations at once.`);
    return Promise.all(body.map(operationOf).map((operation) => answer(operation, operation.identity, false, onLookup)));
  }

  return createServer((request, response) => {
    const send = (status: number, body: unknown, lookups = 0): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-graphql-batch': maxBatch, 'x-graphql-lookups': lookups });
      response.end(JSON.stringify(body));
    };
    async function respond(): Promise<void> {
      if (request.method === 'GET' && request.url === '/health') return send(200, { status: 'up' });
      if (request.method !== 'POST' || request.url !== '/graphql') return send(404, { error: 'POST /graphql, or GET /health.' });
      let lookups = 0;
      const answered = await answerAll(await readBody(request), request.headers.authorization, () => { lookups += 1; });
      send(200, answered, lookups);
    }
    respond().catch((error: unknown) => {
      if (!(error instanceof BadRequest)) console.error(error);
      send(error instanceof BadRequest ? 400 : 503, { error: error instanceof BadRequest ? error.message : 'Try again later.' });
    });
  });
}
