// `npm run bench:live -- [--subscribers 5000]`: what idle subscribers cost the gateway, whose clients are in another process, and
// how long a change takes to the one who watches it. Prints one JSON line last; exit 1 when they cost more than they may.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { openDatabase } from '../database.js';
import { developmentKeys } from '../keys.js';
import { createPlatform, freePorts } from '../platform/processes.js';
import { seed } from '../seed.js';
import { signToken } from '../token.js';
import { Client, percentile } from './client.js';

const { values } = parseArgs({ options: { subscribers: { type: 'string', default: '5000' } } });
const count = Number(values.subscribers);
if (!Number.isInteger(count) || count < 1 || count > 9_000) {
  console.error('Use: npm run bench:live -- [--subscribers 5000], from 1 to 9000.');
  process.exit(1);
}
const [wantedMb, changes, settleMs] = [300, 30, 10_000];
// A subscription is read once a second at most: one after the other they would measure that.
const restMs = 1_100;
const say = (line: string): void => console.log(line);
const community = '340103001001';

const act = (mutation: string, input: string, selection = 'version'): string =>
  `mutation ($input: ${input}!) { ${mutation}(input: $input) { case { id ${selection} } userErrors { code message } } }`;

const folder = mkdtempSync(join(tmpdir(), 'bench-live-'));
const keys = await developmentKeys(join(folder, 'keys'));
const database = await openDatabase({ dataDir: null, log: say, stopOnSignal: true });
const platform = createPlatform({
  databaseUri: database.uri, databasePrefix: `bench_live_${process.pid}`, ports: await freePorts(), keys, logDir: join(folder, 'logs'), logLevel: 'warn', log: say,
  onUnexpectedExit: (name, reason) => say(`${name}: ${reason}`),
});
const token = (role: 'RESIDENT' | 'COMMUNITY_CLERK', id: string, area?: string): Promise<string> =>
  signToken({ role, id, ...(area !== undefined && { area }) }, { issuerPrivateJwk: keys.issuerPrivateJwk });

async function residentMb(): Promise<number> {
  const text = await (await fetch(new URL('/metrics', platform.gatewayUrl))).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 2 ** 20;
}

interface Payload {
  readonly case: { readonly id: string; readonly version: number } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

try {
  await seed({ uris: platform.databaseUris, log: () => undefined });
  for (const name of ['city', 'district', 'street', 'community', 'gateway'] as const) await platform.start(name);
  const [resident, clerk] = [await token('RESIDENT', 'resident-live'), await token('COMMUNITY_CLERK', 'clerk-live', community)];
  const client = new Client(platform.urls.gateway, 4);
  const run = async (who: string, mutation: string, input: string, variables: Record<string, unknown>): Promise<{ id: string; version: number }> => {
    const data = await client.run<Record<string, Payload>>(who, act(mutation, input), { input: variables });
    const made = data[mutation]?.case;
    if (!made) throw new Error(`${mutation}: ${JSON.stringify(data[mutation]?.userErrors)}`);
    return made;
  };
  let subject = await run(resident, 'caseSubmit', 'CaseSubmitInput', {
    channel: 'WEB', demandType: 'COMPLAINT', category: '城乡建设/安全生产/安全隐患', title: '路灯不亮', detail: '东门三盏路灯一周不亮', community,
  });
  for (const [mutation, input] of [['caseAccept', 'CaseAcceptInput'], ['caseHandle', 'CaseHandleInput']] as const) {
    subject = await run(clerk, mutation, input, { caseId: subject.id, expectedVersion: subject.version });
  }

  /** Resolves with the version of each event that comes. */
  const waiting = new Map<number, () => void>();
  const watching = createClient({ url: platform.gatewayUrl.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${resident}` } });
  const began = new Promise<void>((resolve) => waiting.set(subject.version, resolve));
  watching.subscribe<{ caseChanged: { case: { version: number } } }>(
    { query: 'subscription ($id: ID!) { caseChanged(id: $id) { case { version } } }', variables: { id: subject.id } },
    { next: ({ data }) => waiting.get(data?.caseChanged.case.version ?? 0)?.(), error: (error) => say(JSON.stringify(error)), complete: () => undefined },
  );
  await began;

  /** From when the change is asked for until it is told, in ms. */
  async function latencies(): Promise<number[]> {
    const times: number[] = [];
    for (let i = 0; i < changes; i += 1) {
      await sleep(restMs);
      const isAsked = i % 2 === 1;
      const version = subject.version + 1;
      const told = new Promise<void>((resolve) => waiting.set(version, resolve));
      const from = performance.now();
      const done = isAsked
        ? run(resident, 'caseSupplyInfo', 'CaseSupplyInfoInput', { caseId: subject.id, expectedVersion: subject.version, note: '见照片' })
        : run(clerk, 'caseRequestInfo', 'CaseRequestInfoInput', { caseId: subject.id, expectedVersion: subject.version, note: '请补充' });
      await told;
      times.push(performance.now() - from);
      subject = await done;
    }
    return times;
  }

  await latencies();
  const before = await residentMb();
  say(`gateway with one subscriber: ${before.toFixed(1)} MB`);
  const clients = fork(fileURLToPath(new URL('live/clients.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'] });
  clients.send({ url: platform.gatewayUrl.replace('http', 'ws'), count, issuerPrivateJwk: keys.issuerPrivateJwk });
  const [{ connected, failed }] = (await once(clients, 'message')) as [{ connected: number; failed: number }];
  await sleep(settleMs);
  const after = await residentMb();
  say(`gateway with ${connected} more (${failed} failed): ${after.toFixed(1)} MB`);
  const times = await latencies();
  const [p50, p95] = [percentile(times, 50), percentile(times, 95)];
  say(`from a mutation's start to its event, ${connected} idle subscribers beside: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`);

  clients.kill();
  await watching.dispose();
  await client.close();
  await finish();
  const growthMb = after - before;
  process.exitCode = failed === 0 && growthMb < wantedMb ? 0 : 1;
  console.log(JSON.stringify({ subscribers: connected, growthMb: Math.round(growthMb * 10) / 10, p50Ms: Math.round(p50 * 10) / 10, p95Ms: Math.round(p95 * 10) / 10 }));
} catch (error) {
  console.error(error);
  await finish();
  process.exit(1);
}

async function finish(): Promise<void> {
  await platform.stop();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
