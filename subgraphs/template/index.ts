// A subgraph of your own as a process. Copy the folder and rename what is in it; schema/README.md says how to go on.
import type { JSONWebKeySet } from 'jose';
import { createTemplateServer } from './server.js';
import { openStore } from './store.js';

const { SUBGRAPH_NAME = 'shelters', PORT = '4010', HOST = '127.0.0.1', DATA_FILE = 'shelters.json', GATEWAY_JWKS = '' } = process.env;

function readKeys(): JSONWebKeySet {
  try {
    const trusted = JSON.parse(GATEWAY_JWKS) as JSONWebKeySet;
    if (trusted.keys.some(({ kid }) => kid === 'gateway')) return trusted;
  } catch {
    // The sentence below says what is wanted.
  }
  console.error('GATEWAY_JWKS must be the public keys as a JWK set in JSON, {"keys": […]}, one of them with the kid gateway.');
  process.exit(1);
}

const server = createTemplateServer({ name: SUBGRAPH_NAME, trusted: readKeys(), store: await openStore(DATA_FILE) });
server.listen(Number(PORT), HOST, () => console.error(`http://${HOST}:${PORT}/graphql`));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
