import { caseActions, caseTransitions, initialCaseState } from '../../subgraphs/community/domain/case.transitions.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { holds, type Holder } from '../../subgraphs/shared/domain/handover.js';
import { segmentView } from '../../subgraphs/community/domain/caseSegments.js';
import { receiptTransitions } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import { coordinationTransitions } from '../../subgraphs/district/domain/coordination.transitions.js';
import { dispatchTransitions } from '../../subgraphs/street/domain/dispatch.transitions.js';
import type { Case } from '../../subgraphs/community/domain/case.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { casesOf, mutationText, people, settled, units, type Cases, type Payload } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

// Many people act on one case at the same time, on all levels. What the API answered each of them, and where the case
// ends, must be explained by one order of what was done: that of the timeline, checked row by row against the table.

type Fields = Readonly<Record<string, unknown>>;
interface Move {
  readonly who: Actor;
  readonly segment: Segment;
  readonly action: string;
  readonly more: Fields;
}

const now = new Date('2026-03-02T02:00:00Z');
const reviewAt = '2026-06-01T02:00:00Z';

const tables = { case: caseTransitions, dispatch: dispatchTransitions, coordination: coordinationTransitions, receipt: receiptTransitions } as const;
type Segment = keyof typeof tables;
interface Row {
  readonly action: string;
  readonly from: string;
  readonly to: string;
  readonly by: readonly string[];
}
const rowsOf = (segment: Segment): readonly Row[] => tables[segment];

const community = { unit: units.community };
const inputs: Readonly<Record<string, readonly Fields[]>> = {
  RESOLVE: [{ outcome: 'SOLVED' }], RATE: [{ responded: true, solved: false, satisfaction: 1 }], REQUEST_EXTENSION: [{ workDays: 2 }],
  DECIDE_EXTENSION: [{ granted: true }, { granted: false }], REQUEST_SUSPENSION: [{ reviewAt }], DECIDE_SUSPENSION: [{ granted: true }], DECIDE_LEAVING_OUT: [{ granted: true }],
  'case DISPATCH': [community], 'case REDISPATCH': [community, { upward: true }],
  'dispatch DISPATCH': [{}, { unit: units.street }], 'dispatch REDISPATCH': [{}, { unit: units.street }],
  'coordination DISPATCH': [{}, { unit: units.district }], 'coordination REDISPATCH': [{}, { unit: units.district }],
};
/** What would end the schedule early, is done by another mutation, to applications alone, or by no person's. */
const leftOut = ['DECLINE', 'WITHDRAW', 'BLOW_WHISTLE', 'END_WHISTLE', 'SUPERVISE', 'WARN', 'LAPSE', 'NO_REPLY', 'MERGE', 'UNMERGE', 'DECIDE_APPLICATION', 'FOLLOW_UP'];

const camel = (action: string): string => action.toLowerCase().replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
const mutationOf = (segment: Segment, action: string): string =>
  `${segment}${segment !== 'case' && action === 'DISPATCH' ? 'Assign' : camel(action)}`;

/** Every action of every table, by everybody who may do it somewhere. */
const moves: readonly Move[] = (Object.keys(tables) as Segment[]).flatMap((segment) =>
  [...new Set(rowsOf(segment).map(({ action }) => action))].filter((action) => !leftOut.includes(action)).flatMap((action) =>
    Object.values(people).filter(({ role }) => rowsOf(segment).some((row) => row.action === action && row.by.includes(role))).flatMap((who) =>
      (inputs[`${segment} ${action}`] ?? inputs[action] ?? [{}]).map((more): Move => ({ who, segment, action, more })))));

/** Refusals that a good move may meet because somebody else was faster. */
const explained = ['STALE_VERSION', 'TRANSITION_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'DUPLICATE', 'NOT_FOUND'];

let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'concurrency', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

/** The same schedule for the same seed: https://en.wikipedia.org/wiki/Xorshift */
function randomOf(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly from: string | null;
  readonly to: string;
  readonly role: string | null;
  readonly note: string | null;
  readonly superseded: boolean;
}

async function timelineOf(id: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let after: string | null = null; ;) {
    const data: { case: { timeline: { nodes: Entry[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } } =
      await platform.as(people.auditor).run(/* GraphQL */ `
        query ($id: ID!, $after: String) {
          case(id: $id) {
            timeline(first: 100, after: $after) {
              nodes { seq action from to role note superseded } pageInfo { hasNextPage endCursor }
            }
          }
        }
      `, { id, after });
    entries.push(...data.case.timeline.nodes);
    if (!data.case.timeline.pageInfo.hasNextPage) return entries;
    after = data.case.timeline.pageInfo.endCursor;
  }
}

/** Most who act hold the case and do what the table has for the state that they see; some do not look. */
async function tryMove(id: string, label: string, random: (below: number) => number): Promise<string> {
  const standing = await cases.look(id);
  const recordOf = (segment: Segment) => (segment === 'case' ? standing : standing[segment]);
  const sensible = moves.filter(({ who, segment, action }) => rowsOf(segment).some((row) =>
    row.action === action && row.from === recordOf(segment)?.state && row.by.includes(who.role)));
  const holders = sensible.filter(({ who }) => who.role === 'RESIDENT' || holds(standing.holder as Holder, who));
  const groups = [holders, holders, holders, sensible, moves].filter(({ length }) => length > 0);
  const among = groups[random(groups.length)] as readonly Move[];
  const { who, segment, action, more } = among[random(among.length)] as Move;
  const mutation = mutationOf(segment, action);
  const words = action === 'RATE' ? { comment: label } : { note: label };
  const data = await platform.as(who).run<Record<string, Payload>>(mutationText(mutation, 'id'), {
    input: { caseId: id, expectedVersion: recordOf(segment)?.version ?? 1, ...words, ...more },
  });
  return data[mutation]?.userErrors[0]?.code ?? 'DONE';
}

describe('two hundred actions of all levels on one case', () => {
  // Of those that saw the same version one is done: the fewer act at once, the further the case gets.
  it.each([[200, 1], [20, 4], [5, 12]])('end where one order of them leads, %i at once', async (atOnce, least) => {
    const random = randomOf(20_260_302);
    const id = await cases.submit();
    const answers = new Map<string, string>();
    let next = 0;
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (let i = next++; i < 200; i = next++) answers.set(`#${i}`, await tryMove(id, `#${i}`, random));
    }));
    await settled(platform.subgraphs);

    expect([...new Set(answers.values())].filter((code) => code !== 'DONE' && !explained.includes(code))).toEqual([]);
    const timeline = await timelineOf(id);
    expect(timeline.map(({ seq }) => seq)).toEqual(timeline.map((_entry, i) => i + 1));

    // Each action that was answered as done happened, and happened once; none that was refused did.
    const done = [...answers].filter(([, code]) => code === 'DONE').map(([label]) => label);
    expect(timeline.flatMap(({ note }) => note ?? []).toSorted()).toEqual(done.toSorted());

    // The order that explains it: every step leaves the state that the one before led to, by a row of the table.
    let state: string = initialCaseState;
    for (const { action, from, to, role, superseded } of timeline.slice(1)) {
      expect(from).toBe(state);
      // What the district does about a case that comes back for the third time is told, and moves nothing.
      if (superseded || !caseActions.some((known) => known === action)) expect(to).toBe(state);
      else {
        const row = caseTransitions.find((t) => t.action === action && t.from === from && t.to === to && t.by.some((r) => r === role));
        expect({ action, from, to, role, inTable: row !== undefined }).toEqual({ action, from, to, role, inTable: true });
      }
      state = to;
    }

    const stored = await platform.subgraphs.running('community').connection.collection<{ _id: string }>('cases').findOne({ _id: id });
    const subject = { ...stored, id } as unknown as Case;
    expect([subject.state, subject.version]).toEqual([state, timeline.length]);
    const look = await cases.look(id);
    const calendar = chineseCalendar({ version: 'test' });
    for (const [level, segment] of [['STREET', look.dispatch], ['DISTRICT', look.coordination], ['CITY', look.receipt]] as const) {
      const view = segmentView(subject, level, calendar);
      expect([level, view ? segment?.state : (segment?.state ?? 'RETURNED')]).toEqual([level, view?.state ?? 'RETURNED']);
    }
    // Else the schedule would show nothing.
    expect(done.length).toBeGreaterThanOrEqual(least);
    expect([...answers.values()]).toContain('STALE_VERSION');
  });
});
