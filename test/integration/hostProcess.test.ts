import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testDatabase, type TestDatabase } from '../kit/database.js';
import { serviceKeys } from '../kit/identity.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let database: TestDatabase;
let sound: Record<string, string>;
let keyOfCity: string;
/** The URL of one that runs throughout. */
let running: string;
const started: ChildProcess[] = [];
beforeAll(async () => {
  database = await testDatabase('host_process');
  const { own, trusted } = await serviceKeys();
  keyOfCity = JSON.stringify(own.city);
  sound = {
    PORT: '0', MONGODB_URI: database.uri,
    SERVICE_PRIVATE_KEY: JSON.stringify(own.street), SERVICE_JWKS: JSON.stringify(trusted),
  };
  running = await ready(start(sound));
});
afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const end = once(child, 'close');
    child.kill('SIGKILL');
    await end;
  }
  await database.drop();
});

function start(environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'subgraphs/street/index.ts'], {
    cwd: root, env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => { text.stdout += chunk.toString(); });
  child.stderr?.on('data', (chunk: Buffer) => { text.stderr += chunk.toString(); });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

/** Resolves to the URL in the line that says it is ready. */
function ready(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /"url":"([^"]+)"/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`It ended before it was ready: ${text}`)));
  });
}

it.each(['SIGTERM', 'SIGINT'] as const)('answers, and ends in peace within five seconds of a %s', async (signal) => {
  const child = start(sound);
  const end = ended(child);
  const url = await ready(child);
  expect(await (await fetch(`${url}/ready`)).json()).toEqual({ status: 'ready', subgraph: 'street' });

  const told = performance.now();
  child.kill(signal);
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - told).toBeLessThan(5_000);
});

it('says in a sentence each what is wrong with its environment, and ends with 1', async () => {
  const child = start({ PORT: 'x', SERVICE_PRIVATE_KEY: keyOfCity, SERVICE_JWKS: 'null', LOG_LEVEL: 'loud' });
  const { code, stdout, stderr } = await ended(child);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.trim().split('\n').map((line) => line.split(' ')[0]))
    .toEqual(['PORT', 'MONGODB_URI', 'SERVICE_JWKS', 'LOG_LEVEL']);
});

it.each<[string, () => Record<string, string>, RegExp]>([
  ['its port is taken', () => ({ PORT: new URL(running).port }), /^The port is taken .* set PORT\.\n$/],
  [
    'its database cannot be found',
    () => ({ MONGODB_URI: 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200' }),
    /^The database cannot be reached .* MONGODB_URI .*\n$/,
  ],
  [
    "its key is another level's",
    () => ({ SERVICE_PRIVATE_KEY: keyOfCity }),
    /^SERVICE_PRIVATE_KEY must be the key of street: its kid says whose it is\.\n$/,
  ],
])('says in one sentence that %s, and ends with 1', async (_what, over, sentence) => {
  const { code, stderr } = await ended(start({ ...sound, ...over() }));
  expect(code).toBe(1);
  expect(stderr).toMatch(sentence);
});
