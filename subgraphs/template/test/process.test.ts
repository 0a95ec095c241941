import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listen, post, tokenOf, trusted } from './kit.js';

const folder = mkdtempSync(join(tmpdir(), 'bureau-process-'));
const root = fileURLToPath(new URL('..', import.meta.url));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'index.ts'], {
    cwd: root, stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], PORT: '0', DATA_FILE: join(folder, 'bureau.json'), GATEWAY_JWKS: JSON.stringify(trusted), ...environment },
  });
  started.push(child);
  let text = '';
  const url = new Promise<string>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /(http:\S+)\/graphql/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr: text }));
  return { child, url, ended };
}

it('serves until it is told to end, and then sees through what it is answering', async () => {
  const { child, url, ended } = start({});
  const at = await url;
  const { body } = await post(at, { query: '{ bureauDepartment(id: "D-3") { isOpen } }' }, await tokenOf(null));
  expect(body).toEqual({ data: { bureauDepartment: { isOpen: true } } });

  const text = JSON.stringify({ query: '{ __typename }' });
  const slow = request(`${at}/graphql`, { method: 'POST', headers: { 'content-length': text.length, expect: '100-continue', authorization: `Bearer ${await tokenOf(null)}` } });
  const answered = once(slow, 'response') as Promise<[{ statusCode: number }]>;
  await once(slow, 'continue');
  child.kill('SIGTERM');
  slow.end(text);
  expect((await answered)[0].statusCode).toBe(200);
  slow.destroy();
  expect(await ended).toEqual({ code: 0, stderr: `${at}/graphql\n` });
});

it('ends all the same when somebody keeps it waiting', async () => {
  const { child, url, ended } = start({});
  const never = request(`${await url}/graphql`, { method: 'POST', headers: { 'content-length': 10, expect: '100-continue' } });
  never.on('error', () => undefined);
  await once(never, 'continue');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
});

describe('says in both languages what is wrong with', () => {
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, '{');

  it.each<[string, Record<string, string>]>([
    ['GATEWAY_JWKS', { GATEWAY_JWKS: '' }],
    ['GATEWAY_JWKS', { GATEWAY_JWKS: '{"keys":[{"kid":"somebody"}]}' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: 'x' }],
    ['DATA_FILE', { DATA_FILE: broken }],
  ])('%s: %j', async (name, environment) => {
    const { code, stderr } = await start(environment).ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^${name} .*\\p{Script=Han}.* / ${name} .*\\.\\n$`, 'u'))]);
  });

  it('a port that is taken', async () => {
    const other = createServer();
    const port = new URL(await listen(other)).port;
    const { code, stderr } = await start({ PORT: port }).ended;
    other.close();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/监听.* \/ Cannot listen .*EADDRINUSE/u)]);
  });
});
