// Compares the four databases with one another after a run: what was lost, what happened twice, which counts disagree.
import mongoose, { type Connection } from 'mongoose';
import type { SubgraphName } from '../../schema/events.js';
import type { Level } from '../../subgraphs/shared/domain/areaCode.js';
import { counterId } from '../../subgraphs/shared/domain/counts.js';
import { compareCounts } from '../ledger/compare.js';
import { subgraphNames } from '../platform/processes.js';
import { percentile } from './client.js';

export interface Audit {
  readonly cases: number;
  readonly closed: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly mismatchedCounts: number;
  /** Commit on one level to effect on the next, of the events of cases. */
  readonly propagationP99Ms: number;
  readonly countsPropagationP99Ms: number;
  /** What was found, in words; empty when all is well. */
  readonly findings: readonly string[];
}

type Databases = Readonly<Record<SubgraphName, Connection>>;
interface Sent { _id: string; target: SubgraphName; status: string; createdAt: Date; envelope: { type: string } }
interface Taken { _id: string; status: string; appliedAt: Date | null }
interface StoredCase {
  _id: string; title: string; state: string; version: number; merge: { into: string } | null; members: number;
  chain: { holder: { level: Level; area: string } }[];
}
interface StoredStep { caseId: string; action: string; level: Level; at: Date }

const all = <T>(connection: Connection, collection: string, filter: object = {}): Promise<T[]> =>
  connection.collection(collection).find(filter).toArray() as unknown as Promise<T[]>;

/** Whether everything that was sent has been taken in. */
export async function isQuiet(databases: Databases): Promise<boolean> {
  for (const name of subgraphNames) {
    const connection = databases[name];
    if (await connection.collection('outbox').countDocuments({ status: 'PENDING' })) return false;
    if (await connection.collection('inbox').countDocuments({ status: 'WAITING' })) return false;
  }
  return true;
}

export async function openDatabases(uris: Readonly<Record<SubgraphName, string>>): Promise<Databases & { close(): Promise<void> }> {
  const opened = await Promise.all(subgraphNames.map(async (name) => [name, await mongoose.createConnection(uris[name]).asPromise()] as const));
  return {
    ...(Object.fromEntries(opened) as Databases),
    async close() {
      await Promise.all(opened.map(([, connection]) => connection.close()));
    },
  };
}

async function auditEvents(databases: Databases, findings: string[]) {
  const delays: number[] = [];
  const countsDelays: number[] = [];
  let lost = 0;
  const taken = new Map<string, Taken>();
  for (const name of subgraphNames) for (const event of await all<Taken>(databases[name], 'inbox')) taken.set(`${name}:${event._id}`, event);
  for (const name of subgraphNames) {
    for (const { _id, target, createdAt, envelope } of await all<Sent>(databases[name], 'outbox')) {
      const effect = taken.get(`${target}:${_id}`);
      if (effect?.status !== 'APPLIED' || !effect.appliedAt) {
        lost += 1;
        findings.push(`event ${_id} (${envelope.type}) of ${name} is ${effect?.status ?? 'missing'} at ${target}`);
        continue;
      }
      (envelope.type === 'counts.moved' ? countsDelays : delays).push(effect.appliedAt.getTime() - createdAt.getTime());
    }
  }
  return { lost, delays, countsDelays };
}

async function auditCounts(databases: Databases, findings: string[]): Promise<number> {
  const { differences, strays } = await compareCounts(databases);
  findings.push(
    ...differences.map(({ level, counter, path, expected, found }) =>
      `count ${level} ${counterId(counter)} ${path} is ${found}, the cases give ${expected}`),
    ...strays.map(({ caseId, seq }) => `step ${seq} of case ${caseId} kept other counts than its history gives`),
  );
  return differences.length + strays.length;
}

/** `wanted`: how many cases were to be submitted, each with a title of its own that starts with `prefix`. */
export async function audit(databases: Databases, { wanted, prefix }: { readonly wanted: number; readonly prefix: string }): Promise<Audit> {
  const findings: string[] = [];
  const cases = await all<StoredCase>(databases.community, 'cases', { title: { $regex: `^${prefix}` } });
  const steps = await all<StoredStep>(databases.community, 'timeline');
  const titles = new Set(cases.map(({ title }) => title));

  let duplicated = cases.length - titles.size;
  let lost = wanted - titles.size;
  if (lost > 0) findings.push(`${lost} cases are not in the community's database`);
  if (duplicated > 0) findings.push(`${duplicated} cases were submitted twice`);

  // Every version of a case is one step of its timeline: more is a step taken twice, less is one that was lost.
  const stepsOf = countBy(steps, ({ caseId }) => caseId);
  for (const { _id, version } of cases) {
    const difference = (stepsOf.get(_id) ?? 0) - version;
    if (difference === 0) continue;
    findings.push(`case ${_id} has version ${version} and ${stepsOf.get(_id) ?? 0} steps`);
    if (difference > 0) duplicated += difference;
    else lost -= difference;
  }
  // A step of another level is told once; an event that took effect twice shows as two steps at one instant.
  const instants = countBy(steps.filter(({ level }) => level !== 'COMMUNITY'), ({ caseId, level, action, at }) => `${caseId} ${level} ${action} ${at.toISOString()}`);
  for (const [step, n] of instants) {
    if (n === 1) continue;
    duplicated += n - 1;
    findings.push(`${step} is in the timeline ${n} times`);
  }
  // Who joined a lead has left it, or is resolved with it: at the end no case is merged, and no lead counts members.
  for (const { _id, merge, members } of cases) {
    if (merge === null && members === 0) continue;
    lost += 1;
    findings.push(`case ${_id} is merged into ${merge?.into ?? 'none'}, with ${members} members of its own`);
  }
  const entries = countBy(steps, ({ action }) => action);
  const [joined, merges] = [entries.get('MEMBER_JOINED') ?? 0, entries.get('MERGE') ?? 0];
  if (joined !== merges) {
    lost += Math.abs(joined - merges);
    findings.push(`${merges} cases were merged, and leads were joined ${joined} times`);
  }
  const went = (entries.get('UNMERGE') ?? 0) + (entries.get('RESOLVE_WITH_LEAD') ?? 0);
  if (went !== merges) {
    lost += Math.abs(went - merges);
    findings.push(`${merges} cases were merged, and ${went} unmerged or resolved with their lead`);
  }
  // A closed case is closed on every level that had a part in it.
  const segments = { STREET: 'dispatches', DISTRICT: 'coordinations', CITY: 'cityReceipts' } as const;
  for (const [level, collection] of Object.entries(segments)) {
    const states = new Map((await all<{ _id: string; state: string }>(databases[level.toLowerCase() as SubgraphName], collection)).map((s) => [s._id, s.state]));
    for (const { _id, state, chain } of cases) {
      if (!chain.some(({ holder }) => holder.level === level) || state !== 'CLOSED') continue;
      if (states.get(_id) === 'CLOSED') continue;
      lost += 1;
      findings.push(`case ${_id} is closed, but ${states.get(_id) ?? 'missing'} on level ${level}`);
    }
  }

  const events = await auditEvents(databases, findings);
  const mismatchedCounts = await auditCounts(databases, findings);
  return {
    cases: wanted,
    closed: cases.filter(({ state }) => state === 'CLOSED').length,
    lost: lost + events.lost,
    duplicated,
    mismatchedCounts,
    propagationP99Ms: percentile(events.delays, 99),
    countsPropagationP99Ms: percentile(events.countsDelays, 99),
    findings,
  };
}

function countBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of list) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
