// What `npm run events` shows and does, on real events that could not be applied.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOverview } from '../../scripts/events/overview.js';
import { retryEvent } from '../../scripts/events/retry.js';
import { writeRunning } from '../../scripts/platform/running.js';
import type { SubgraphName } from '../../schema/events.js';
import { createEventSigner } from '../../subgraphs/shared/identity/serviceKeys.js';
import { newId } from '../../subgraphs/shared/ids.js';
import { serviceKeys } from '../kit/identity.js';
import { startSubgraphs, type Subgraphs } from '../kit/subgraphs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'events-command-'));
let subgraphs: Subgraphs;
beforeAll(async () => {
  subgraphs = await startSubgraphs({ name: 'events_command' });
});
afterAll(async () => {
  await subgraphs.end();
  rmSync(dataDir, { recursive: true });
});

const at = '2026-03-02T01:00:00.000Z';
const signed = (caseId: string, id: string, sequence = 1) => ({
  specversion: '1.0', id, source: 'street', type: 'dispatch.signed', subject: caseId, time: at,
  datacontenttype: 'application/json', sequence,
  data: { caseId, rung: 2, at, by: { id: 'clerk', role: 'STREET_CLERK', area: '340103001', unit: null }, note: null },
});

async function send(events: readonly unknown[]): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(events));
  const sign = await createEventSigner((await serviceKeys()).own.street);
  const authorization = `Bearer ${await sign('community', body)}`;
  const response = await fetch(`${subgraphs.urls.community}/events`, {
    method: 'POST', headers: { 'content-type': 'application/cloudevents-batch+json', authorization }, body,
  });
  return response.json();
}

/** Counts from below that could not be taken in, and now can. */
async function parkCounts(id: string, submitted: number): Promise<void> {
  const subject = 'counts:340103001001';
  const header = { source: 'community', subject, type: 'counts.moved', sequence: 0 } as const;
  const data = { area: '340103001001', month: '2026-03', counts: { submitted } };
  const envelope = { specversion: '1.0', id, time: at, datacontenttype: 'application/json', data, ...header };
  const state = { status: 'PARKED', error: 'before the mending', receivedAt: new Date(), appliedAt: null } as const;
  const inbox = subgraphs.running('street').connection.collection<{ _id: string }>('inbox');
  await inbox.insertOne({ _id: id, ...header, ...state, envelope } as { _id: string });
}
const submittedBelow = async (): Promise<unknown> =>
  (await subgraphs.running('street').connection.collection('counts').findOne({ area: '340103001' }))?.['children'];

const overview = () => readOverview(subgraphs.uris, { now: new Date() });

it('shows an event that could not be applied with its reason, and those of its subject that wait for it', async () => {
  const [first, second] = [newId(), newId()];
  const batch = [signed('no-such-case', first), signed('no-such-case', second, 2)];
  expect(await send(batch)).toEqual({ receipts: ['PARKED', 'WAITING'] });

  const { events, counts } = await overview();
  expect(counts).toEqual(expect.arrayContaining([
    { level: 'community', status: 'waiting', count: 1 }, { level: 'community', status: 'parked', count: 1 },
  ]));
  const common = {
    level: 'community', type: 'dispatch.signed', subject: 'no-such-case', other: 'street', since: expect.any(Date),
  };
  expect(events).toEqual([
    { ...common, status: 'waiting', id: second, error: null },
    { ...common, status: 'parked', id: first, error: 'No case no-such-case.' },
  ]);
});

it('keeps an event parked when it still cannot be applied, and takes it in once it can', async () => {
  const { community, street } = (await serviceKeys()).own;
  const parked = (await overview()).events.find(({ status }) => status === 'parked');
  expect(await retryEvent('community', subgraphs.urls.community, community, parked?.id ?? '')).toBe('PARKED');

  const id = newId();
  await parkCounts(id, 2);
  expect(await retryEvent('street', subgraphs.urls.street, street, id)).toBe('APPLIED');
  expect(await retryEvent('street', subgraphs.urls.street, street, id)).toBe('DUPLICATE');
  expect(await submittedBelow()).toEqual({ submitted: 2 });
});

it('refuses a retry that another level signed', async () => {
  const foreign = (await serviceKeys()).own.street;
  const asked = retryEvent('community', subgraphs.urls.community, foreign, 'x');
  await expect(asked).rejects.toThrow('community answered 401');
});

it('shows what is pending, for whom and since when', async () => {
  const outbox = subgraphs.running('city').connection.collection<{ _id: string }>('outbox');
  const createdAt = new Date(Date.now() - 90_000);
  await outbox.insertOne({
    _id: 'pending-1', target: 'community', subject: 'case-1', status: 'PENDING', availableAt: new Date('2126-01-01'),
    attempts: 0, lastError: 'down', createdAt, deliveredAt: null,
    envelope: { id: 'pending-1', type: 'receipt.signed', subject: 'case-1' },
  } as { _id: string });
  const { lags } = await readOverview(subgraphs.uris, { now: new Date(createdAt.getTime() + 90_000) });
  expect(lags).toContainEqual({ level: 'city', target: 'community', pending: 1, lagMs: 90_000 });
});

describe('npm run events', () => {
  interface Said {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }
  const say = (args: readonly string[], env: Record<string, string> = {}): Promise<Said> => new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'scripts/events.ts', ...args], {
      cwd: root, env: { PATH: process.env['PATH'], DATA_DIR: dataDir, ...env },
    }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
  });
  /** As `npm start` writes it down. */
  const run = (): void => {
    const urls = { ...subgraphs.urls, gateway: 'http://127.0.0.1:1' };
    writeRunning(dataDir, { pid: process.pid, databaseUris: subgraphs.uris, urls });
  };
  const deployed = async (level: SubgraphName): Promise<Record<string, string>> => ({
    MONGODB_URI: subgraphs.uris[level],
    SERVICE_PRIVATE_KEY: JSON.stringify((await serviceKeys()).own[level]),
    [`${level.toUpperCase()}_URL`]: `${subgraphs.urls[level]}/graphql`,
  });

  it('says that nothing runs and what helps, when nothing runs', async () => {
    const { code, stdout, stderr } = await say([]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^平台没有运行。 \/ The platform is not running\.\n\n用法 \/ Use:/);
  });

  it('says what is wrong with its arguments, and how they should be', async () => {
    const { code, stdout, stderr } = await say(['discard', 'e1']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/no command discard[^]*Use:/);
    expect(await say(['--help'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('retry --all') });
  });

  it('lists what the levels of a running platform have open', async () => {
    run();
    const { code, stdout } = await say([]);
    expect(code).toBe(0);
    expect(stdout).toContain('community: 待发 / pending 0, 等待 / waiting 1, 搁置 / parked 1\n');
    expect(stdout).toContain('  → community: 1, 最早 / oldest ');
    expect(stdout).toMatch(/parked {2}dispatch\.signed {2}street → community/);
    expect(stdout).toMatch(/subject no-such-case\n {2}No case no-such-case\./);
  });

  it('gives the same as JSON, as far as it is asked for', async () => {
    const { stdout } = await say(['list', '--level', 'community', '--status', 'parked', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      lags: [],
      counts: [{ level: 'community', status: 'parked', count: 1 }],
      events: [expect.objectContaining({ level: 'community', status: 'parked', subject: 'no-such-case' })],
    });
  });

  it('has one level take its events in again, with its own key alone, and says what is still parked', async () => {
    const [one, other] = [newId(), newId()];
    await parkCounts(one, 3);
    await parkCounts(other, 4);
    const ask = async (level: SubgraphName, ...args: string[]): Promise<Said> =>
      say(args, { ...(await deployed(level)), DATA_DIR: join(dataDir, 'nowhere') });

    expect(await ask('street', 'retry', one, '--level', 'street'))
      .toMatchObject({ code: 0, stdout: `street ${one}: APPLIED\n` });
    expect(await ask('street', 'retry', '--all', '--level', 'street'))
      .toMatchObject({ code: 0, stdout: `street ${other}: APPLIED\n` });
    expect(await submittedBelow()).toEqual({ submitted: 9 });
    expect(await ask('street', 'retry', '--all'))
      .toMatchObject({ code: 0, stdout: expect.stringContaining('No event is parked') });

    expect(await ask('street', 'retry', 'e1', '--level', 'community'))
      .toMatchObject({ code: 1, stderr: expect.stringContaining('the key of community is needed') });
    expect(await ask('street', 'retry', 'e1', '--level', 'street'))
      .toMatchObject({ code: 1, stderr: expect.stringContaining('no such event') });
    expect(await ask('community', 'retry', '--all'))
      .toMatchObject({ code: 1, stdout: expect.stringMatching(/^community \S+: PARKED\n.*1 are still parked/) });
  });
});
