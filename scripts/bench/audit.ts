// Compares the four databases with one another after a run: what was lost, what happened twice, which counts disagree.
import mongoose, { type Connection } from 'mongoose';
import type { SubgraphName } from '../../schema/events.js';
import { ancestorAt, type Level } from '../../subgraphs/shared/domain/areaCode.js';
import { localDate } from '../../subgraphs/shared/domain/calendar.js';
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
  _id: string; title: string; state: string; version: number; submittedAt: Date; acceptedAt: Date | null;
  place: { community: string }; chain: { holder: { level: Level; area: string } }[];
  evaluations: { at: Date; solved: boolean; satisfaction: number; provider: { area: string } }[];
}
interface StoredStep { caseId: string; seq: number; action: string; to: string; level: Level; at: Date; superseded: boolean }
interface StoredCounts { area: string; month: string; own: Record<string, number>; children: Record<string, number> }

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

const monthOf = (at: Date): string => localDate(at).slice(0, 7);

/** What the counts of all areas must be, from the cases and what happened to them. */
function expectedCounts(cases: readonly StoredCase[], steps: readonly StoredStep[]): Map<string, number> {
  const expected = new Map<string, number>();
  const add = (area: string, at: Date, measure: string): void => {
    const own = `${area}:${monthOf(at)}:own:${measure}`;
    expected.set(own, (expected.get(own) ?? 0) + 1);
    for (const length of [9, 6, 4].filter((n) => n < area.length)) {
      const children = `${area.slice(0, length)}:${monthOf(at)}:children:${measure}`;
      expected.set(children, (expected.get(children) ?? 0) + 1);
    }
  };
  const byId = new Map(cases.map((one) => [one._id, one]));
  for (const one of cases) {
    add(one.place.community, one.submittedAt, 'submitted');
    if (one.acceptedAt) add(one.place.community, one.acceptedAt, 'accepted');
    for (const { at, solved, satisfaction, provider } of one.evaluations) {
      add(provider.area, at, 'rated');
      if (solved) add(provider.area, at, 'solved');
      if (satisfaction >= 4) add(provider.area, at, 'satisfied');
    }
  }
  const provider = new Map<string, string>();
  for (const step of [...steps].sort((a, b) => a.seq - b.seq)) {
    const community = byId.get(step.caseId)?.place.community;
    if (community === undefined || step.superseded) continue;
    if (step.action === 'RESOLVE') {
      provider.set(step.caseId, ancestorAt(community, step.level));
      add(ancestorAt(community, step.level), step.at, 'resolved');
    }
    if (step.to === 'REWORK') add(provider.get(step.caseId) ?? community, step.at, 'reworked');
  }
  return expected;
}

async function auditCounts(databases: Databases, expected: Map<string, number>, findings: string[]): Promise<number> {
  const stored = new Map<string, number>();
  for (const name of subgraphNames) {
    for (const { area, month, own, children } of await all<StoredCounts>(databases[name], 'counts')) {
      for (const [part, counts] of Object.entries({ own, children })) {
        for (const [measure, n] of Object.entries(counts)) if (n !== 0) stored.set(`${area}:${month}:${part}:${measure}`, n);
      }
    }
  }
  const keys = [...new Set([...expected.keys(), ...stored.keys()])];
  const wrong = keys.filter((key) => expected.get(key) !== stored.get(key));
  findings.push(...wrong.map((key) => `count ${key} is ${stored.get(key) ?? 0}, the cases give ${expected.get(key) ?? 0}`));
  return wrong.length;
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
  const mismatchedCounts = await auditCounts(databases, expectedCounts(await all<StoredCase>(databases.community, 'cases'), steps), findings);
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
