import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';

const script = fileURLToPath(new URL('./redis.sh', import.meta.url));
const { path, reason } = await promisify(execFile)(script).then(
  ({ stdout }) => ({ path: stdout.trim(), reason: '' }),
  ({ stderr, message }: { stderr?: string; message: string }) => ({ path: null, reason: stderr?.trim() || message }),
);

/** For tests that need a Redis: where none can be had they are skipped, and say why. */
export function describeWithRedis(title: string, tests: () => void): void {
  if (path === null) describe.skip(`${title} (skipped: ${reason})`, tests);
  else describe(title, tests);
}

export interface TestRedis {
  readonly url: string;
  command(...words: string[]): Promise<unknown>;
  /** Every key there is. */
  keys(): Promise<string[]>;
  /** As long as it is held it takes connections and answers nothing. */
  hold(): void;
  release(): void;
  /** Without a word, as if its machine had failed. */
  kill(): Promise<void>;
  /** Once more, at the same place, with what it had saved. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A server of one's own, which saves nothing unless it is told to. */
export async function startRedis(...flags: string[]): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const at = flags.indexOf('--requirepass');
  const password = at < 0 ? undefined : flags[at + 1];
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess;

  async function start(): Promise<void> {
    server = spawn(path as string, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('exit', () => reject(new Error(`redis-server did not start:\n${said}`)));
      server.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ready to accept connections')) resolve();
      });
    });
  }
  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'close');
    server.kill('SIGKILL');
    await ended;
  }
  async function command(...words: string[]): Promise<unknown> {
    const client = createClient({ url, ...(password !== undefined && { password }) });
    client.on('error', () => undefined);
    await client.connect();
    return client.sendCommand(words).finally(() => client.destroy());
  }

  await start();
  process.once('exit', () => void server.kill('SIGKILL'));
  return {
    url, start, kill, command,
    keys: async () => (await command('KEYS', '*')) as string[],
    hold: () => void server.kill('SIGSTOP'),
    release: () => void server.kill('SIGCONT'),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
