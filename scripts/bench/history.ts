// Histories of cases as the community keeps them, made by number: the same number gives the same history.
import { replayedMoves } from '../../subgraphs/community/domain/caseCounts.js';
import { levelHolder, type Case, type Evaluation } from '../../subgraphs/community/domain/case.js';
import type { CaseAction, CaseState } from '../../subgraphs/community/domain/case.transitions.js';
import type { TimelineDocument } from '../../subgraphs/community/persistence/case.repository.js';
import { kinds } from '../../subgraphs/shared/domain/counts.js';
import type { Holder } from '../../subgraphs/shared/domain/handover.js';

export interface History {
  readonly subject: Pick<Case, 'kind' | 'category' | 'place' | 'evaluations'> & { readonly _id: string };
  readonly timeline: readonly TimelineDocument[];
}

const dayMs = 24 * 3_600_000;

type Step = readonly [CaseAction | 'SUBMIT', CaseState, Holder?];

/** Some end in the community, some on the street or with a department of the district; some in silence, late, or twice. */
function stepsOf(n: number, community: string): Step[] {
  const street = levelHolder(community, 'STREET');
  const district = levelHolder(community, 'DISTRICT');
  const department = { ...district, unit: `${district.area}-${String(1 + (n % 10)).padStart(2, '0')}` };
  const own: Step[] = [['HANDLE', 'IN_PROGRESS']];
  const byStreet: Step[] = [['FORWARD', 'DISPATCHED', street], ['SIGN', 'IN_PROGRESS']];
  const byDepartment: Step[] = [...byStreet, ['FORWARD', 'DISPATCHED', district], ['SIGN', 'IN_PROGRESS'], ['DISPATCH', 'DISPATCHED', department], ['SIGN', 'IN_PROGRESS']];
  const returned: Step[] = [['FORWARD', 'DISPATCHED', street], ['RETURN', 'RETURNED'], ['REDISPATCH', 'DISPATCHED', street], ['SIGN', 'IN_PROGRESS']];
  const way = [own, own, own, own, byStreet, byStreet, byDepartment, returned][n % 8] ?? own;
  const late: Step[] = n % 10 === 0 ? [['ESCALATE', 'IN_PROGRESS']] : [];
  const end: Step[] = n % 7 === 0 ? [['NO_REPLY', 'CLOSED']]
    : n % 9 === 0 ? [['RATE', 'REWORK'], ['RESTART', 'IN_PROGRESS'], ['RESOLVE', 'RESOLVED'], ['RATE', 'CLOSED']]
      : [['RATE', 'CLOSED']];
  return [['SUBMIT', 'SUBMITTED'], ['ACCEPT', 'ACCEPTED'], ...way, ...late, ['RESOLVE', 'RESOLVED'], ...end];
}

/** Case `n` of `community`, submitted on one of the 365 days from `firstDay`. */
export function historyOf(n: number, community: string, { categories, firstDay }: { readonly categories: readonly string[]; readonly firstDay: Date }): History {
  const _id = `bench-${n}`;
  const submitted = firstDay.getTime() + ((n * 7919) % 365) * dayMs;
  const steps = stepsOf(n, community);
  const ratings = steps.filter(([action]) => action === 'RATE').map(([, to], i): Evaluation => ({
    round: i + 1, responded: n % 11 !== 0, solved: to === 'CLOSED', satisfaction: to === 'CLOSED' ? 3 + (n % 3) : 1, tags: [], comment: null,
    at: new Date(submitted), by: 'resident', onBehalf: false, provider: levelHolder(community, 'COMMUNITY'), leftOut: null,
  }));
  const subject: History['subject'] = {
    _id, kind: kinds[n % 10 < 8 ? 0 : n % 10 - 7] ?? 'DEMAND', category: categories[(n * 31) % categories.length] ?? '', evaluations: ratings,
    place: { community, grid: null, address: null, longitude: null, latitude: null },
  };
  const timeline = steps.map(([action, to, target], i): TimelineDocument => ({
    _id: `${_id}:${i + 1}`, caseId: _id, seq: i + 1, at: new Date(submitted + i * 8 * 3_600_000), action, from: steps[i - 1]?.[1] ?? null, to,
    level: 'COMMUNITY', by: { id: 'bench', role: ['ESCALATE', 'NO_REPLY'].includes(action) ? null : 'COMMUNITY_CLERK', area: community, unit: null },
    note: action === 'ESCALATE' ? 'RESOLVE 100%' : null, target: target ?? null, proposedOwner: null, superseded: false,
  }));
  const moves = replayedMoves(subject, timeline);
  return { subject, timeline: timeline.map((step, i) => ({ ...step, counts: moves[i] ?? [] })) };
}
