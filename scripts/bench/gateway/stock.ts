// `tsx scripts/bench/gateway/stock.ts SUPERGRAPH PORT`: @apollo/gateway as it comes.
process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const [file = '', port = ''] = process.argv.slice(2);
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(file, 'utf8') });
await startStandaloneServer(new ApolloServer({ gateway, stopOnTerminationSignals: false }), {
  listen: { port: Number(port), host: '127.0.0.1' },
});
process.once('disconnect', () => process.exit(0));
