import type { Actor } from '../../../shared/domain/actor.js';
import { isOffered, type CatalogueItem } from '../../../shared/domain/catalogue.js';
import { verdictOf, type Condition, type ConditionVerdict, type EvaluateConditions, type Verdict } from '../../../shared/domain/condition.js';
import type { LocalDate } from '../../../shared/domain/calendar.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { ok, refusal, refuse, type Result } from '../../../shared/domain/result.js';
import { findTransition, permit, type Machine } from '../../../shared/domain/stateMachine.js';
import { trimmed } from '../../../shared/domain/text.js';
import type { Channel } from '../case.js';
import type { SubmitCommand } from '../caseDecisions.js';
import { categoryOf } from '../patrol.js';
import { factsOf, seesRecord, type ResidentRecord } from './record.js';
import {
  outreachActionNames, outreachStateNames, outreachTransitions, type OutreachAction, type OutreachState,
} from './outreach.transitions.js';

export interface Call {
  readonly action: OutreachAction;
  readonly at: Date;
  readonly by: string;
  readonly note: string | null;
}

/** One for each person and item, whatever becomes of it. */
export interface OutreachCase {
  /** `<record>|<item>`: nobody is found twice for one item. */
  readonly id: string;
  readonly version: number;
  readonly state: OutreachState;
  /** Id of the record. */
  readonly record: string;
  readonly community: string;
  readonly grid: string | null;
  /** Id of the item in the catalogue, and its number as it was then. */
  readonly item: string;
  readonly itemNumber: number;
  /** All of them were met when it was opened. */
  readonly conditions: readonly Condition[];
  readonly openedAt: Date;
  readonly calls: readonly Call[];
  /** Id of the case that applies for it. */
  readonly application: string | null;
}

export const outreachId = (record: string, item: string): string => `${record}|${item}`;

/** An item that residents may be looked for. */
export type SoughtItem = Pick<CatalogueItem, 'id' | 'code' | 'area' | 'number' | 'state' | 'conditions'>;

/** What the rules say of one resident and one item. */
export interface Finding {
  readonly record: ResidentRecord;
  readonly item: SoughtItem;
  readonly verdict: Verdict;
  readonly answers: readonly ConditionVerdict[];
}

/** Of all that may be sought where the resident lives; nobody is found by an item without conditions. */
export const findingsFor = (
  records: readonly ResidentRecord[], items: readonly SoughtItem[], evaluate: EvaluateConditions, today: LocalDate,
): Finding[] => records.flatMap((record) => {
  const known = factsOf(record);
  return items.filter((item) => item.conditions.length > 0 && isOffered(item, record.community)).map((item): Finding => {
    const answers = evaluate(item.conditions, known, today);
    return { record, item, verdict: verdictOf(answers), answers };
  });
});

export const openedFor = ({ record, item }: Finding, now: Date): OutreachCase => ({
  id: outreachId(record.id, item.id), version: 1, state: 'OPEN', record: record.id, community: record.community, grid: record.grid, item: item.id,
  itemNumber: item.number, conditions: item.conditions, openedAt: now, calls: [], application: null,
});

const notTheirs = refusal('OUT_OF_SCOPE', '不在您的社区或网格。', 'Outside your community or grid.');
const inReach = (subject: OutreachCase, actor: Actor) => (seesRecord(subject, actor) ? null : notTheirs);

export const outreachMachine: Machine<OutreachState, OutreachAction, OutreachCase> = {
  table: outreachTransitions,
  states: outreachStateNames,
  actions: outreachActionNames,
  rules: { INFORM: inReach, MISS: inReach, WANT: inReach, DECLINE: inReach },
};

/** After so many calls in vain the list is cleared of it; it may be taken up again. */
export const maxMisses = 3;

const isMiss = ({ action }: Call): boolean => action === 'MISS';

/** Calls in vain since the last time that somebody was met. */
const missesOf = ({ calls }: OutreachCase): number => calls.length - 1 - calls.findLastIndex((call) => !isMiss(call));

/** `application`: id of the case that a wish leads to. */
export function recordCall(
  subject: OutreachCase, { action, note }: Pick<Call, 'action' | 'note'>, application: string, actor: Actor, now: Date,
): Result<OutreachCase> {
  const permitted = permit(outreachMachine, subject, action, actor, now);
  if (!permitted.ok) return permitted;
  const noteError = checkNote(note, action === 'DECLINE');
  if (noteError) return refuse(noteError);
  const outcome = action === 'MISS' ? (missesOf(subject) + 1 < maxMisses ? 'AGAIN' : 'LAST') : undefined;
  const row = findTransition<OutreachState, OutreachAction>(outreachTransitions, subject.state, action, outcome);
  if (!row) throw new Error(`${action} is permitted in ${subject.state} and leads nowhere.`);
  return ok({
    ...subject, version: subject.version + 1, state: row.to, calls: [...subject.calls, { action, at: now, by: actor.id, note: trimmed(note) }],
    ...(action === 'WANT' && { application }),
  });
}

/** The wish as a case to submit. */
export function applicationOf(
  { conditions }: OutreachCase, { community, grid, address, person, name, phone, idNumber }: ResidentRecord,
  { code, title }: Pick<CatalogueItem, 'code' | 'title'>, actor: Actor,
): Omit<SubmitCommand, 'id' | 'number'> {
  const channel: Channel = actor.role === 'GRID_WORKER' ? 'GRID_WORKER' : 'COUNTER';
  return {
    kind: 'APPLICATION', demandType: null, channel, category: categoryOf.RESIDENT_AFFAIRS, serviceItem: code,
    title: `申办:${title.zh}`, detail: `送政上门时提出。符合:${conditions.map(({ says }) => says.zh).join(';')}。`,
    place: { community, grid, address, longitude: null, latitude: null }, reporter: { id: person, name, phone, idNumber }, sourceId: null, reportedAt: null,
  };
}
