// A subgraph of your own as a process. Copy the folder and rename what is in it; README.md says how to go on.
import type { JSONWebKeySet } from 'jose';
import { createTemplateServer } from './server.js';
import { openStore } from './store.js';

const { SUBGRAPH_NAME = 'bureau', PORT = '4010', HOST = '127.0.0.1', DATA_FILE = 'bureau.json', GATEWAY_JWKS = '' } = process.env;

/** Longer than an answer takes, shorter than those who stop processes wait. */
const drainMs = 3_000;

function end(zh: string, en: string): never {
  console.error(`${zh} / ${en}`);
  process.exit(1);
}

function readKeys(): JSONWebKeySet {
  try {
    const trusted = JSON.parse(GATEWAY_JWKS) as JSONWebKeySet;
    if (trusted.keys.some(({ kid }) => kid === 'gateway')) return trusted;
  } catch {
    // The sentence below says what is wanted.
  }
  return end(
    'GATEWAY_JWKS 须为公钥的 JWK 集(JSON),{"keys": […]},其中一把的 kid 为 gateway。',
    'GATEWAY_JWKS must be the public keys as a JWK set in JSON, {"keys": […]}, one of them with the kid gateway.',
  );
}

if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) end('PORT 须为 0 至 65535 的整数。', 'PORT must be a whole number from 0 to 65535.');
const trusted = readKeys();
const store = await openStore(DATA_FILE).catch((error: NodeJS.ErrnoException) =>
  end(`DATA_FILE 读不出(${error.code ?? error.name}):须为本服务写的 JSON,或尚不存在。`, `DATA_FILE cannot be read (${error.code ?? error.name}): it must be JSON that this service wrote, or not be there yet.`));

const server = createTemplateServer({ name: SUBGRAPH_NAME, trusted, store });
server.once('error', ({ code = '' }: NodeJS.ErrnoException) =>
  end(`不能在 ${HOST}:${PORT} 监听(${code}):换一个 PORT 或 HOST。`, `Cannot listen on ${HOST}:${PORT} (${code}): choose another PORT or HOST.`));
server.listen(Number(PORT), HOST, () => {
  const address = server.address();
  console.error(`http://${HOST}:${typeof address === 'object' && address ? address.port : PORT}/graphql`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    setTimeout(() => server.closeAllConnections(), drainMs).unref();
  });
}
