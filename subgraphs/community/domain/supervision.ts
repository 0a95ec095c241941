import { bilingual, type DomainError } from '../../shared/domain/result.js';
import { holderOf, type Case } from './case.js';
import type { CaseAction } from './case.transitions.js';
import type { TimelineEntry } from './caseDecisions.js';
import type { CaseMessage } from './caseSegments.js';

// 督办 belongs to the district. The case says when one is due, who holds it, and shows what comes of it.

export const supervisionCauses = ['RETURNS', 'REOPENINGS', 'ORDER'] as const;
export type SupervisionCause = (typeof supervisionCauses)[number];

/** What the timeline shows of a supervision; none of it changes the case's state. */
export const supervisionEntries = [
  'SUPERVISION_OPENED', 'SUPERVISION_ANSWERED', 'SUPERVISION_REJECTED', 'SUPERVISION_CLOSED',
] as const;
export type SupervisionEntry = (typeof supervisionEntries)[number];

/** What the case keeps of a supervision. */
export interface SupervisionMark {
  /** `<case id>:<cause>:<times>`: one case and cause cannot open the same one twice. */
  readonly id: string;
  readonly cause: SupervisionCause;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

/** So many returns, or reopenings, open a supervision. */
export const troubledFrom = 3;

const counters = [
  { cause: 'RETURNS', counter: 'returns' },
  { cause: 'REOPENINGS', counter: 'reopenings' },
] as const;

/** The supervision that a step opens, by its counts or because a superior orders it; null for most steps. */
export function openedBy(before: Case, next: Case, action: CaseAction, at: Date): SupervisionMark | null {
  const hit = counters.find(({ counter }) => before[counter] < troubledFrom && next[counter] >= troubledFrom);
  const cause = hit?.cause ?? (action === 'SUPERVISE' ? 'ORDER' : null);
  if (cause === null) return null;
  const times = hit ? next[hit.counter] : 1 + before.supervisions.filter((mark) => mark.cause === cause).length;
  return { id: `${before.id}:${cause}:${times}`, cause, openedAt: at, closedAt: null };
}

/** One order at a time: the next one waits until the last has been closed. */
export const openOrder = ({ supervisions }: Case): DomainError | null =>
  supervisions.some(({ cause, closedAt }) => cause === 'ORDER' && closedAt === null)
    ? { code: 'DUPLICATE', message: bilingual('此件的督办尚未办结。', 'An order to supervise it is still open; wait for its end.') }
    : null;

interface Occasion {
  readonly opened: SupervisionMark | null;
  readonly by: TimelineEntry['by'];
  readonly note: string | null;
  readonly at: Date;
}

/** What the district is told: that a case needs supervision, and who holds one that it has supervised. */
export function supervisionMessages(before: Case, next: Case, { opened, by, note, at }: Occasion): CaseMessage[] {
  const { id: caseId, number, title, kind, demandType, category, urgency, serviceItem, place: { community, grid }, submittedAt } = next;
  const holder = holderOf(next);
  const message = (type: CaseMessage['type'], data: CaseMessage['data']): CaseMessage =>
    ({ type, level: 'DISTRICT', subject: caseId, at, data: { caseId, at: at.toISOString(), holder, ...data } });
  const was = holderOf(before);
  const moved = was.level !== holder.level || was.area !== holder.area || was.unit !== holder.unit;
  const held = moved && before.supervisions.length > 0 ? [message('case.held', {})] : [];
  if (!opened) return held;
  const { id, cause } = opened;
  return [...held, message('case.troubled', {
    number, title, kind, demandType, category, urgency, serviceItem, community, grid, submittedAt: submittedAt.toISOString(),
    supervisionId: id, cause, times: Number(id.slice(id.lastIndexOf(':') + 1)),
    ...(cause === 'ORDER' ? { by, reason: note } : { by: null, reason: null }),
  })];
}

/** The district's word closes the mark. */
export const marksAfter = (
  marks: readonly SupervisionMark[], id: string, entry: string, at: Date,
): readonly SupervisionMark[] =>
  (entry === 'SUPERVISION_CLOSED' ? marks.map((mark) => (mark.id === id ? { ...mark, closedAt: at } : mark)) : marks);
