// `tsx scripts/bench/gateway/subgraph.ts NAME PORT [memoised]`: one benchmark subgraph, which parses and executes every operation.
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse } from 'graphql';
import { shopResolvers, shopSdl, type ShopSubgraph } from './shop.js';

const [name = '', port = '', mode] = process.argv.slice(2);
const subgraph = name as ShopSubgraph;
const schema = buildSubgraphSchema({ typeDefs: parse(shopSdl[subgraph]), resolvers: shopResolvers[subgraph] as never });
const counted = { requests: 0, operations: 0 };
const memo = new Map<string, string>();

interface Operation { readonly query: string; readonly operationName?: string; readonly variables?: Record<string, unknown> }

async function answer(operation: Operation): Promise<string> {
  counted.operations += 1;
  const key = mode === 'memoised' ? JSON.stringify([operation.query, { ...operation.variables, nonce: null }]) : '';
  const known = memo.get(key);
  if (known !== undefined) return known;
  const { query, operationName, variables } = operation;
  const result = await execute({
    schema, document: parse(query), contextValue: {}, variableValues: variables ?? {}, ...(operationName && { operationName }),
  });
  const text = JSON.stringify(result);
  if (key !== '' && memo.size < 10_000) memo.set(key, text);
  return text;
}

createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.setHeader('x-graphql-batch', '50');
  if (request.url === '/health') {
    response.end('{}');
    return;
  }
  if (request.url === '/counted') {
    response.end(JSON.stringify(counted));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    counted.requests += 1;
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Operation | Operation[];
    const text = Array.isArray(body) ? Promise.all(body.map(answer)).then((all) => `[${all.join(',')}]`) : answer(body);
    void text.then((written) => response.end(written), (error: unknown) => response.writeHead(500).end(String(error)));
  });
}).listen(Number(port), '127.0.0.1');
process.once('disconnect', () => process.exit(0));
