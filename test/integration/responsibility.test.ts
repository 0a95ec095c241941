import fc from 'fast-check';
import { submitCase } from '../../subgraphs/community/domain/caseDecisions.js';
import { nextDueAt, noDeadline } from '../../subgraphs/community/domain/clockPolicy.js';
import { toDoKeys, type Case } from '../../subgraphs/community/domain/case.js';
import { answerAt, type Roster } from '../../subgraphs/community/domain/responsibility/answer.js';
import { createPost, planAbsence, type Ground } from '../../subgraphs/community/domain/responsibility/planning.js';
import { shareOf } from '../../subgraphs/community/domain/responsibility/share.js';
import { openCases } from '../../subgraphs/community/persistence/case.repository.js';
import { openNotices } from '../../subgraphs/community/persistence/notice.repository.js';
import type { CaseRepository, PageRequest } from '../../subgraphs/community/usecases/ports.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { openCounts } from '../../subgraphs/shared/persistence/counts.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import type { Transactions } from '../../subgraphs/shared/persistence/transactions.js';
import { people, places } from '../kit/cases.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';
import { actor } from '../kit/identity.js';

// Whose a case is on the to-do is written twice, as a rule and as a query: here the two are held against each other.

const calendar = chineseCalendar({ version: 'test' });
const calendars = { inForce: () => calendar, of: () => calendar, outdated: () => [] };
const now = new Date('2026-03-02T02:00:00Z');
const later = new Date(now.getTime() + 3_600_000);
const holder = { level: 'COMMUNITY', area: places.community, unit: null } as const;
const names = ['a', 'b', 'c'] as const;
const grids = [`${places.community}001`, `${places.community}002`] as const;
const categories = ['城乡建设', '城乡建设/安全生产', '城乡建设/安全生产/安全隐患', '环境保护', '教育文体'] as const;
const clerk = (id: string) => actor('COMMUNITY_CLERK', places.community, id);

const everyCase: readonly Case[] = categories.flatMap((category) => [null, ...grids].map((grid) => ({ category, grid })))
  .map(({ category, grid }, i) => {
    const result = submitCase({
      id: `case-${String(i).padStart(2, '0')}`, number: `HF260302-${String(i).padStart(6, '0')}`, kind: 'DEMAND', demandType: 'COMPLAINT',
      channel: 'WEB', category, title: '路灯不亮', detail: '三盏', sourceId: null, reportedAt: null,
      reporter: { id: null, name: null, phone: null, idNumber: null },
      place: { community: places.community, grid, address: null, longitude: null, latitude: null },
    }, people.resident, new Date(now.getTime() + (i % 4) * 60_000), { policy: defaultPolicy });
    if (!result.ok) throw new Error(result.error.message);
    return result.value.next;
  });

const person = fc.constantFrom(...names);
const plans = fc.record({
  posts: fc.array(fc.record({
    a: person, b: person,
    categories: fc.uniqueArray(fc.constantFrom(...categories), { maxLength: 3 }), grids: fc.uniqueArray(fc.constantFrom(...grids), { maxLength: 2 }),
  }), { maxLength: 6 }),
  away: fc.uniqueArray(person, { maxLength: 2 }),
});

/** What the planner takes of it. */
const rosterFrom = ({ posts, away }: typeof plans extends fc.Arbitrary<infer T> ? T : never): Roster => {
  let ground: Ground = { posts: [], absences: [] };
  posts.forEach(({ a, b, ...scope }, i) => {
    const command = { id: `post-${i}`, holder, name: `岗${i}`, scope, a: { id: a, name: a }, b: { id: b, name: b }, from: now, to: null };
    const post = createPost(command, ground, now);
    if (post.ok) ground = { ...ground, posts: [...ground.posts, post.value] };
  });
  for (const id of away) {
    const absence = planAbsence({ id, person: id, from: now, to: new Date(later.getTime() + 1), reason: 'LEAVE' }, ground, clerk(id), now);
    if (absence.ok) ground = { ...ground, absences: [...ground.absences, absence.value] };
  }
  return ground;
};

let database: TestDatabase;
let cases: CaseRepository;

beforeAll(async () => {
  database = await testDatabase('responsibility');
  const { connection } = database;
  const transactions: Transactions = {
    run: (work) => connection.transaction((session) => work({ session, emit: () => undefined, changed: () => undefined, afterCommit: () => undefined })),
  };
  const [receipts, counts] = [await openReceipts(connection), await openCounts(connection)];
  cases = (await openCases(connection, { counts, receipts, calendars, notices: await openNotices(connection, { channels: [] }) })).repository(transactions);
  for (const next of everyCase) {
    const entry = {
      caseId: next.id, seq: 1, at: now, action: 'SUBMIT', from: null, to: next.state, level: 'COMMUNITY', note: null,
      by: people.resident, target: null, proposedOwner: null, superseded: false,
    } as const;
    expect(await cases.save({ next, entry, messages: [], notices: [], counts: [] }, 0, null)).toBe('SAVED');
  }
});
afterAll(() => database.drop());

const due = ({ clocks }: Case): number => (nextDueAt(clocks, calendar) ?? noDeadline).getTime();

it('puts on a person\'s own list exactly what they answer for and what nobody does, oldest due first, page by page', async () => {
  expect(toDoKeys(clerk('a'))).toEqual([`COMMUNITY:${places.community}`]);
  const oldestFirst = everyCase.toSorted((one, other) => due(one) - due(other) || (one.id < other.id ? -1 : 1));
  let [own, others] = [0, 0];
  await fc.assert(fc.asyncProperty(plans, person, async (plan, id) => {
    const roster = rosterFrom(plan);
    const share = shareOf(roster, clerk(id), later);
    const answerer = ({ category, place: { grid } }: Case): unknown => answerAt(roster, { category, grid }, later)?.person.id ?? null;
    const expected = oldestFirst.filter((subject) => [id, null].some((one) => one === answerer(subject)));
    const found: Case[] = [];
    for (let after: PageRequest['after'] = null; ;) {
      const { items, hasNextPage } = await cases.toDo(clerk(id), { first: 4, after }, share);
      found.push(...items);
      const last = items.at(-1);
      if (!hasNextPage || !last) break;
      after = [due(last), last.id];
    }
    expect(found.map((subject) => subject.id)).toEqual(expected.map((subject) => subject.id));
    expect(await cases.countToDo(clerk(id), share)).toBe(expected.length);
    own += everyCase.filter((subject) => answerer(subject) === id).length;
    others += everyCase.length - expected.length;
  }), { numRuns: 120, seed: 7 });
  // Or it would hold for want of posts.
  expect([own > 100, others > 100]).toEqual([true, true]);
});
