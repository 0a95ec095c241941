import fc from 'fast-check';
import {
  caseKinds, channels, levelHolder, maySee, toDoKeys, waitsFor, type Case,
} from '../../subgraphs/community/domain/case.js';
import { caseStates } from '../../subgraphs/community/domain/case.transitions.js';
import { submitCase } from '../../subgraphs/community/domain/caseDecisions.js';
import { nextDueAt, noDeadline, startClock } from '../../subgraphs/community/domain/clockPolicy.js';
import { openCases } from '../../subgraphs/community/persistence/case.repository.js';
import { openNotices } from '../../subgraphs/community/persistence/notice.repository.js';
import type { CaseFilter, CaseRepository, Page, PageRequest } from '../../subgraphs/community/usecases/ports.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { areaOfUnit, roles, type Actor } from '../../subgraphs/shared/domain/actor.js';
import { isWithin, levels } from '../../subgraphs/shared/domain/areaCode.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { handoverStates, offered, seesHandover, type Handover } from '../../subgraphs/shared/domain/handover.js';
import { openCounts } from '../../subgraphs/shared/persistence/counts.js';
import { openHandovers, type HandoverRepository } from '../../subgraphs/shared/persistence/handovers.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import type { Transactions } from '../../subgraphs/shared/persistence/transactions.js';
import { people } from '../kit/cases.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';

// Who may see what is written twice, as a rule and as a query: here the two are held against each other.

const calendar = chineseCalendar({ version: 'test' });
const calendars = { inForce: () => calendar, of: () => calendar, outdated: () => [] };
const now = new Date('2026-03-02T02:00:00Z');
const ids = ['A', 'B', 'C'] as const;
const communities = ['340103001001', '340103001002', '340103002001', '340104001001', '340202001001'] as const;
const grids = communities.flatMap((community) => [`${community}001`, `${community}002`]);
const units = [...communities.map((code) => `${code}-01`), '340103001-01', '340103-01', '340103-02', '3401-01'];
const areas = ['3401', '3402', '340103', '340104', '340103001', '340103002', ...communities, ...grids];

const anyActor: fc.Arbitrary<Actor> = fc.record({
  id: fc.constantFrom(...ids), role: fc.constantFrom(...roles), area: fc.option(fc.constantFrom(...areas)),
  unit: fc.option(fc.constantFrom(...units)),
});

const anyCase: fc.Arbitrary<Omit<Case, 'id' | 'number'>> = fc.record({
  community: fc.constantFrom(...communities),
  gridNumber: fc.constantFrom(null, '001', '002'),
  unit: fc.option(fc.constantFrom(...units)),
  level: fc.constantFrom(...levels),
  state: fc.constantFrom(...caseStates),
  kind: fc.constantFrom(...caseKinds),
  channel: fc.constantFrom(...channels),
  reporterId: fc.option(fc.constantFrom(...ids)),
  submittedBy: fc.constantFrom(...ids),
  minute: fc.nat(40),
  due: fc.option(fc.nat(5)),
}).map(({ community, gridNumber, unit, level, state, kind, channel, reporterId, submittedBy, minute, due }) => {
  const submittedAt = new Date(now.getTime() + minute * 60_000);
  const result = submitCase({
    id: '', number: '', kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'WEB', category: '城乡建设', title: '路灯不亮',
    detail: '三盏', sourceId: null, reportedAt: null, reporter: { id: null, name: null, phone: null, idNumber: null },
    place: {
      community, grid: gridNumber && `${community}${gridNumber}`, address: null, longitude: null, latitude: null,
    },
  }, people.resident, submittedAt, { policy: defaultPolicy });
  if (!result.ok) throw new Error(result.error.message);
  const { chain, reporter, ...next } = result.value.next;
  const holder = unit === null ? levelHolder(community, level) : { level, area: areaOfUnit(unit), unit };
  const link = { rung: 2, holder, offeredAt: submittedAt, signedAt: null };
  const clocks = due === null ? [] : [startClock('CALLBACK', next, defaultPolicy, new Date(now.getTime() + due * 3_600_000))];
  const signedIn = { ...reporter, id: reporterId };
  return { ...next, state, kind, channel, submittedBy, reporter: signedIn, chain: [...chain, link], clocks };
});

const everyCase = fc.sample(anyCase, { numRuns: 90, seed: 1 }).map((subject, i): Case =>
  ({ ...subject, id: `case-${String(i).padStart(3, '0')}`, number: `HF260302-${String(i).padStart(6, '0')}` }));

const everyHandover = everyCase.map(({ id, place, chain, state }, i): Handover => ({
  ...offered(null, {
    caseId: id, rung: 2, at: new Date(now.getTime() + (i % 20) * 60_000), target: chain[1]?.holder as never,
    sender: chain[0]?.holder as never, number: id, title: '路灯不亮', kind: 'DEMAND', category: '城乡建设',
    community: place.community, grid: place.grid, submittedAt: now, note: null, signBy: null, resolveBy: null,
  }),
  target: i % 3 === 0 ? { level: 'STREET', area: '340103001', unit: '340103001-01' } : null,
  state: handoverStates.find((known) => known === state) ?? 'OFFERED',
}));

let database: TestDatabase;
let cases: CaseRepository;
let handovers: HandoverRepository;

beforeAll(async () => {
  database = await testDatabase('case_scope');
  const { connection } = database;
  const transactions: Transactions = {
    run: (work) => connection.transaction((session) => work({ session, emit: () => undefined, changed: () => undefined, afterCommit: () => undefined })),
  };
  const receipts = await openReceipts(connection);
  const counts = await openCounts(connection);
  cases = (await openCases(connection, { counts, receipts, calendars, notices: await openNotices(connection, { channels: [] }) })).repository(transactions);
  const dispatches = { modelName: 'Dispatch', collection: 'dispatches', receipts };
  handovers = (await openHandovers(connection, dispatches)).repository(transactions);
  for (const next of everyCase) {
    const entry = {
      caseId: next.id, seq: 1, at: now, action: 'SUBMIT', from: null, to: next.state, level: 'COMMUNITY', note: null,
      by: people.resident, target: null, proposedOwner: null, superseded: false,
    } as const;
    expect(await cases.save({ next, entry, messages: [], notices: [], counts: [] }, 0, null)).toBe('SAVED');
  }
  for (const handover of everyHandover) await handovers.put(handover, 0);
});
afterAll(() => database.drop());

const everything: CaseFilter = {
  states: null, kinds: null, patrolDomains: null, urgencies: null, category: null, area: null, from: null, to: null, text: null,
};

/** All pages of a list, joined. */
async function all<T>(
  page: (request: PageRequest) => Promise<Page<T>>,
  cursorOf: (item: T) => readonly (string | number)[],
): Promise<T[]> {
  const found: T[] = [];
  for (let after: PageRequest['after'] = null; ;) {
    const { items, hasNextPage } = await page({ first: 7, after });
    found.push(...items);
    const last = items.at(-1);
    if (!hasNextPage || !last) return found;
    after = cursorOf(last);
  }
}

const due = ({ clocks }: Case): number => (nextDueAt(clocks, calendar) ?? noDeadline).getTime();
/** Latest first, and within an instant the id that sorts last. */
const byTime = <T extends { readonly id: string }>(timeOf: (item: T) => Date) => (a: T, b: T): number =>
  timeOf(b).getTime() - timeOf(a).getTime() || (a.id < b.id ? 1 : -1);
const listedCases = (who: Actor, filter: CaseFilter): Promise<Case[]> =>
  all((page) => cases.list(who, filter, page), ({ submittedAt, id }) => [submittedAt.getTime(), id]);
const idsOf = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

it('lists exactly the cases that the rule lets each actor see, latest first, and counts as many', async () => {
  const latestFirst = everyCase.toSorted(byTime(({ submittedAt }) => submittedAt));
  let shown = 0;
  await fc.assert(fc.asyncProperty(anyActor, async (who) => {
    const expected = latestFirst.filter((subject) => maySee(subject, who));
    expect(idsOf(await listedCases(who, everything))).toEqual(idsOf(expected));
    expect(await cases.count(who, everything)).toBe(expected.length);
    shown += expected.length;
  }), { numRuns: 150, seed: 2 });
  expect(shown).toBeGreaterThan(1_000);
});

it('narrows the list by an area of any level as the codes say', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...areas), async (area) => {
    const listed = await listedCases(people.auditor, { ...everything, area });
    const expected = everyCase.filter(({ place }) =>
      isWithin(place.community, '3401') && isWithin(place.grid ?? place.community, area));
    expect(idsOf(listed).toSorted()).toEqual(idsOf(expected));
  }), { numRuns: areas.length * 2, seed: 3 });
});

it('puts on each to-do list exactly what waits for that actor, oldest due first, and counts as many', async () => {
  const oldestFirst = everyCase.toSorted((a, b) => due(a) - due(b) || (a.id < b.id ? -1 : 1));
  let shown = 0;
  await fc.assert(fc.asyncProperty(anyActor, async (who) => {
    const keys = toDoKeys(who);
    const expected = oldestFirst.filter((subject) => keys.includes(waitsFor(subject) ?? ''));
    const listed = await all((page) => cases.toDo(who, page, null), (subject) => [due(subject), subject.id]);
    expect(idsOf(listed)).toEqual(idsOf(expected));
    expect(await cases.countToDo(who, null)).toBe(expected.length);
    expect(expected.filter((subject) => !maySee(subject, who))).toEqual([]);
    shown += expected.length;
  }), { numRuns: 150, seed: 4 });
  expect(shown).toBeGreaterThan(50);
});

it('lists exactly the handovers that the rule lets each actor see, latest first, and counts as many', async () => {
  const latestFirst = everyHandover.toSorted(byTime(({ offeredAt }) => offeredAt));
  const filter = { states: null, unit: null };
  let shown = 0;
  await fc.assert(fc.asyncProperty(anyActor, async (who) => {
    const expected = latestFirst.filter((handover) => seesHandover(handover, who));
    const page = (request: PageRequest) => handovers.list(who, filter, request);
    const listed = await all(page, ({ offeredAt, id }) => [offeredAt.getTime(), id]);
    expect(idsOf(listed)).toEqual(idsOf(expected));
    expect(await handovers.count(who, filter)).toBe(expected.length);
    shown += expected.length;
  }), { numRuns: 150, seed: 5 });
  expect(shown).toBeGreaterThan(500);
});
