import fc from 'fast-check';
import type { Case } from '../../subgraphs/community/domain/case.js';
import { caseStates } from '../../subgraphs/community/domain/case.transitions.js';
import { submitCase } from '../../subgraphs/community/domain/caseDecisions.js';
import { categoryAt, longUnresolvedAt, reporterMark, type ConcernDecision } from '../../subgraphs/community/domain/concern.js';
import { openCases, type CaseStore } from '../../subgraphs/community/persistence/case.repository.js';
import { openConcerns, type ConcernStore } from '../../subgraphs/community/persistence/concern.repository.js';
import { openNotices } from '../../subgraphs/community/persistence/notice.repository.js';
import { findConcerns, scanEveryMs, type FindDeps } from '../../subgraphs/community/usecases/findConcerns.js';
import type { ConcernRepository, ScanLeases } from '../../subgraphs/community/usecases/ports.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { ancestorAt } from '../../subgraphs/shared/domain/areaCode.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { concernScopes, type ConcernRule, type NamedConcernRule } from '../../subgraphs/shared/domain/concernRule.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { idOf } from '../../subgraphs/shared/ids.js';
import { openCounts } from '../../subgraphs/shared/persistence/counts.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import type { Transactions } from '../../subgraphs/shared/persistence/transactions.js';
import { people } from '../kit/cases.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';

// What is found by the database's counting is held against the definition, counted here one case after the other.

const calendar = chineseCalendar({ version: 'test' });
const calendars = { inForce: () => calendar, of: () => calendar, outdated: () => [] };
const now = new Date('2026-03-16T02:00:00Z');
const dayMs = 86_400_000;
const communities = ['340103001001', '340103001002', '340103002001', '340103002002', '340104001001'] as const;
const categories = ['城乡建设', '城乡建设/安全生产', '城乡建设/安全生产/安全隐患', '城乡建设/安全生产/事故处理', '城乡建设/安全生产1', '环境保护/环境污染/噪音污染'] as const;

const anyCase: fc.Arbitrary<Omit<Case, 'id' | 'number'>> = fc.record({
  community: fc.constantFrom(...communities),
  category: fc.constantFrom(...categories),
  state: fc.constantFrom(...caseStates),
  channel: fc.constantFrom('WEB', 'HOTLINE', 'GRID_WORKER'),
  login: fc.option(fc.constantFrom('r1', 'r2', 'r3', 'r4')),
  phone: fc.option(fc.constantFrom('13800000001', '13800000002', 'r1')),
  worker: fc.constantFrom('w1', 'w2'),
  hoursAgo: fc.integer({ min: 0, max: 14 * 24 }),
  delay: fc.constantFrom(0, 0, 0, 30 * 24),
  returns: fc.nat(3),
}).map(({ community, category, state, channel, login, phone, worker, hoursAgo, delay, returns }) => {
  const submittedAt = new Date(now.getTime() - hoursAgo * 3_600_000);
  const decision = submitCase({
    id: '', number: '', kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'WEB', category, title: '路灯不亮', detail: '三盏', sourceId: null,
    reportedAt: null, reporter: { id: null, name: null, phone: null, idNumber: null },
    place: { community, grid: null, address: null, longitude: null, latitude: null },
  }, people.resident, submittedAt, { policy: defaultPolicy });
  if (!decision.ok) throw new Error(decision.error.message);
  const { next } = decision.value;
  return {
    ...next, state, channel, returns, submittedBy: worker, reportedAt: new Date(submittedAt.getTime() - delay * 3_600_000),
    reporter: { ...next.reporter, id: login, phone },
  };
});

const anyRule: fc.Arbitrary<ConcernRule> = fc.record({
  reporters: fc.integer({ min: 2, max: 4 }), days: fc.constantFrom(3, 7, 30), depth: fc.integer({ min: 1, max: 3 }),
  within: fc.constantFrom(...concernScopes), communities: fc.integer({ min: 2, max: 4 }), cases: fc.integer({ min: 1, max: 3 }),
  workDays: fc.option(fc.constantFrom(2, 5)), times: fc.constantFrom(2, 3),
}).map(({ reporters, days, depth, within, communities: areas, cases, workDays, times }) => {
  const terms = { answerWorkDays: 2, source: { zh: '试', en: 'test' } };
  return {
    stronglyReported: { reporters, days, categoryDepth: depth, within, ...terms },
    longUnresolved: { resolvePercent: null, workDays, times, ...terms },
    common: { communities: areas, cases, days, categoryDepth: depth, ...terms },
  };
});

/** The definition, as lines. */
function byDefinition(all: readonly Case[], { stronglyReported, longUnresolved, common }: ConcernRule): string[] {
  const counted = (days: number): Case[] => all.filter(({ state, reportedAt }) =>
    state !== 'WITHDRAWN' && reportedAt.getTime() >= now.getTime() - days * dayMs);
  const strong = [...groupBy(counted(stronglyReported.days), ({ place, category }) =>
    `${ancestorAt(place.community, stronglyReported.within)}:${categoryAt(category, stronglyReported.categoryDepth)}`)]
    .map(([key, members]) => ({ key, cases: members.length, reporters: new Set(members.map(reporterMark)).size }))
    .filter(({ reporters }) => reporters >= stronglyReported.reporters)
    .map(({ key, cases, reporters }) => `STRONGLY_REPORTED:${key} ${cases} ${reporters} null`);
  const shared = [...groupBy(counted(common.days), ({ place, category }) =>
    `${ancestorAt(place.community, 'DISTRICT')}:${categoryAt(category, common.categoryDepth)}`)]
    .map(([key, members]) => ({
      key, cases: members.length,
      communities: [...groupBy(members, ({ place }) => place.community).values()].filter(({ length }) => length >= common.cases).length,
    }))
    .filter((one) => one.communities >= common.communities)
    .map((one) => `COMMON:${one.key} ${one.cases} null ${one.communities}`);
  const long = all
    .filter((one) => {
      const at = longUnresolvedAt(one, { stronglyReported, longUnresolved, common }, calendar);
      return at !== null && at <= now;
    })
    .map(({ id, place }) => `LONG_UNRESOLVED:${place.community}:${id} 1 null null`);
  return [...strong, ...shared, ...long].toSorted();
}

let database: TestDatabase;
let cases: CaseStore;
let store: ConcernStore;
let transactions: Transactions;
let named: NamedConcernRule = { version: 'none', rule: undefined as never };
const emitted: string[] = [];

beforeAll(async () => {
  database = await testDatabase('concerns');
  const { connection } = database;
  transactions = {
    run: (work) => connection.transaction((session) => work({
      session, afterCommit: () => undefined, changed: () => undefined, emit: (...events) => void emitted.push(...events.map(({ type, subject }) => `${type} ${subject}`)),
    })),
  };
  cases = await openCases(connection, {
    counts: await openCounts(connection), receipts: await openReceipts(connection), calendars,
    notices: await openNotices(connection, { channels: [] }), concernRule: () => named,
  });
  store = await openConcerns(connection);
});
afterAll(() => database.drop());
beforeEach(() => clear());

async function clear(): Promise<void> {
  for (const name of ['cases', 'timeline', 'concerns', 'scans']) await database.connection.collection(name).deleteMany({});
  emitted.length = 0;
}

async function write(all: readonly Case[]): Promise<void> {
  for (const next of all) {
    const entry = {
      caseId: next.id, seq: 1, at: now, action: 'SUBMIT', from: null, to: next.state, level: 'COMMUNITY', note: null,
      by: people.resident, target: null, proposedOwner: null, superseded: false,
    } as const;
    expect(await cases.repository(transactions).save({ next, entry, messages: [], notices: [], counts: [] }, 0, null)).toBe('SAVED');
  }
}

const deps = (more: Partial<FindDeps> = {}): FindDeps => ({
  concerns: store.repository(transactions), tallies: store.tallies, leases: store.leases, rule: named, calendar, now: () => now, idOf,
  refresh: () => cases.refreshConcerns(7), ...more,
});

const stored = async (): Promise<string[]> => {
  const found = await database.connection.collection<{ _id: string; key: string; figures: ConcernDecision['next']['figures'] }>('concerns').find().toArray();
  return found.map(({ key, figures: { cases: n, reporters, communities: areas } }) => `${key} ${n} ${reporters} ${areas}`).toSorted();
};

const numbered = (all: readonly Omit<Case, 'id' | 'number'>[]): Case[] =>
  all.map((one, i) => ({ ...one, id: `case-${String(i).padStart(3, '0')}`, number: `HF260302-${String(i).padStart(6, '0')}` }));
let rules = 0;
const inForce = (rule: ConcernRule): void => {
  rules += 1;
  named = { version: `r-${rules}`, rule };
};

it('finds exactly what the definition says, under one rule and then under another', async () => {
  let found = 0;
  await fc.assert(fc.asyncProperty(fc.array(anyCase, { minLength: 20, maxLength: 45 }), anyRule, anyRule, async (some, first, second) => {
    await clear();
    const all = numbered(some);
    inForce(first);
    await write(all);
    const wanted = byDefinition(all, first);
    expect(await findConcerns(deps())).toBe(wanted.length);
    expect(await stored()).toEqual(wanted);
    expect(emitted).toHaveLength(wanted.length);
    found += wanted.length;

    await database.connection.collection('concerns').deleteMany({});
    inForce(second);
    await findConcerns(deps());
    expect(await stored()).toEqual(byDefinition(all, second));
  }), { numRuns: 12, seed: 7 });
  expect(found).toBeGreaterThan(50);
});

const busy = (): Case[] => numbered(fc.sample(anyCase, { numRuns: 60, seed: 3 }));
const sharp = (): ConcernRule => {
  const [rule] = fc.sample(anyRule, { numRuns: 1, seed: 5 });
  if (!rule) throw new Error('No rule.');
  return rule;
};

it('finds each once when two look at the same time without a lease between them', async () => {
  inForce(sharp());
  const all = busy();
  await write(all);
  const free: ScanLeases = { claim: () => Promise.resolve({ id: 'any' }), extend: () => Promise.resolve(true), done: () => Promise.resolve() };
  const found = await Promise.all([findConcerns(deps({ leases: free })), findConcerns(deps({ leases: free }))]);
  const wanted = byDefinition(all, named.rule);
  expect(wanted.length).toBeGreaterThan(10);
  expect((found[0] ?? 0) + (found[1] ?? 0)).toBe(wanted.length);
  expect(await stored()).toEqual(wanted);
  expect(emitted.length).toBe(new Set(emitted).size);
});

it('finds the rest when the one who looked died in the middle', async () => {
  inForce(sharp());
  const all = busy();
  await write(all);
  const whole = store.repository(transactions);
  let saves = 0;
  const dying: ConcernRepository = {
    ...whole,
    save: (decision, version) => {
      saves += 1;
      return saves > 3 ? Promise.reject(new Error('killed')) : whole.save(decision, version);
    },
  };
  await expect(findConcerns(deps({ concerns: dying }))).rejects.toThrow('killed');
  expect(await findConcerns(deps())).toBeNull();
  const afterLease = new Date(now.getTime() + 120_000);
  await findConcerns(deps({ now: () => afterLease }));
  expect((await stored()).map((line) => line.split(' ')[0])).toEqual(byDefinition(all, named.rule).map((line) => line.split(' ')[0]));
});

it('lets one look at a time, only so often, and at once under another rule', async () => {
  inForce(sharp());
  const { leases } = store;
  const claim = (minutes: number, ruleVersion = 'r-a') => leases.claim(new Date(now.getTime() + minutes * 60_000), { ruleVersion, leaseMs: 60_000 });
  const [first, second] = await Promise.all([claim(0), claim(0)]);
  expect([first, second].filter(Boolean)).toHaveLength(1);
  const lease = first ?? second;
  if (!lease) throw new Error('No lease.');
  expect(await claim(0.9)).toBeNull();
  expect(await leases.extend(lease, new Date(now.getTime() + 120_000))).toBe(true);
  expect(await claim(1.5)).toBeNull();
  await leases.done(lease, { ruleVersion: 'r-a', nextAt: new Date(now.getTime() + scanEveryMs) });
  expect(await claim(9)).toBeNull();
  const other = await claim(9, 'r-b');
  expect(other).not.toBeNull();
  expect(await leases.extend(lease, now)).toBe(false);
  expect(await claim(11, 'r-b')).not.toBeNull();
});

it('brings cases of the time before there was a rule to the one in force', async () => {
  inForce(sharp());
  await write(busy());
  const raw = database.connection.collection<{ _id: string; concernAt?: Date | null; concernRule?: string }>('cases');
  const before = await raw.find({}, { projection: { concernAt: 1, concernRule: 1 } }).sort({ _id: 1 }).toArray();
  await raw.updateMany({}, { $unset: { concernAt: '', concernRule: '' } });
  while ((await cases.refreshConcerns(7)) > 0);
  const isOpen = ({ concernAt }: { readonly concernAt?: Date | null }): boolean => concernAt != null;
  const after = await raw.find({}, { projection: { concernAt: 1, concernRule: 1 } }).sort({ _id: 1 }).toArray();
  expect(after.filter(isOpen)).toEqual(before.filter(isOpen));
  expect(after.filter(isOpen).length).toBeGreaterThan(10);
  expect(await cases.rebuildAlarms(transactions)).toBe(0);
});
