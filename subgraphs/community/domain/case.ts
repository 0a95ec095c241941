import { levelOfOfficer, officerOf, type Actor } from '../../shared/domain/actor.js';
import { ancestorAt, isWithin, type Level } from '../../shared/domain/areaCode.js';
import type { Kind as CaseKind } from '../../shared/domain/counts.js';
import { holds, type Holder, type Outcome } from '../../shared/domain/handover.js';
import { awaitedApprover, isOfDepartment, type Application } from './application/application.js';
import type { SupervisionMark } from './supervision.js';
import { caseStates, type CaseState } from './case.transitions.js';
import type { CaseClock } from './clockPolicy.js';
import type { Urgency } from '../../shared/domain/clockPolicy.js';

export { kinds as caseKinds, type Kind as CaseKind } from '../../shared/domain/counts.js';

export const demandTypes = ['CONSULTATION', 'REQUEST', 'COMPLAINT', 'SUGGESTION', 'REPORT'] as const;
export type DemandType = (typeof demandTypes)[number];

/** A grid worker's six duties; a patrol finding belongs to one of them. */
export const patrolDomains = ['POLICY', 'OPINION', 'RESIDENT_AFFAIRS', 'MEDIATION', 'INFORMATION', 'OVERSIGHT'] as const;
export type PatrolDomain = (typeof patrolDomains)[number];

export const channels = ['COUNTER', 'GRID_WORKER', 'HOTLINE', 'WEB', 'PUBLIC_ACCOUNT', 'SMS', 'IMPORT'] as const;
export type Channel = (typeof channels)[number];

/** Who has the case, in the order it was handed on; the last one acts. */
export interface Link {
  /** 1, 2, 3… over all hand-overs of the case, those returned included. */
  readonly rung: number;
  readonly holder: Holder;
  readonly offeredAt: Date;
  readonly signedAt: Date | null;
}

export interface Reporter {
  /** Actor id; null for one who has not signed in (counter, hotline). */
  readonly id: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly idNumber: string | null;
}

export interface Place {
  readonly community: string;
  readonly grid: string | null;
  readonly address: string | null;
  /** WGS 84 degrees. */
  readonly longitude: number | null;
  readonly latitude: number | null;
}

export interface Evaluation {
  readonly round: number;
  readonly responded: boolean;
  readonly solved: boolean;
  /** 1 (very dissatisfied) to 5 (very satisfied). */
  readonly satisfaction: number;
  /** Up to five short words on it, each once. */
  readonly tags: readonly string[];
  readonly comment: string | null;
  readonly at: Date;
  /** Actor id: the reporter, or a clerk on the reporter's behalf. */
  readonly by: string;
  readonly onBehalf: boolean;
  /** Credited with the result. */
  readonly provider: Holder;
  /** The last request to leave it out of the counts; null when there was none. */
  readonly leftOut: LeftOut | null;
}

/** Who got a rating wants it left out; `decided` null while it waits for the level above. */
export interface LeftOut {
  /** Of the step that asked for it. */
  readonly seq: number;
  readonly reason: string;
  readonly requestedAt: Date;
  readonly by: Actor;
  readonly decided: {
    readonly seq: number; readonly granted: boolean; readonly note: string | null; readonly at: Date; readonly by: Actor;
  } | null;
}

export interface Resolution {
  readonly outcome: Outcome;
  readonly text: string;
  readonly at: Date;
  readonly provider: Holder;
}

/** One record from intake to evaluation; the community owns it whoever works on it. */
export interface Case {
  readonly id: string;
  /** For people: `HF261122-7K3M9Q`. */
  readonly number: string;
  readonly version: number;
  readonly state: CaseState;
  /** Where NEEDS_INFO goes back to. */
  readonly stateBefore: 'ACCEPTED' | 'IN_PROGRESS' | null;
  readonly kind: CaseKind;
  readonly demandType: DemandType | null;
  readonly channel: Channel;
  /** Path in the taxonomy: `城乡建设/安全生产/事故处理`. */
  readonly category: string;
  readonly urgency: Urgency;
  /** Code of the item that an application is for. */
  readonly serviceItem: string | null;
  /** Of one that goes by stages; null for all others. */
  readonly application: Application | null;
  /** Of a patrol finding; null for all others. */
  readonly patrolDomain: PatrolDomain | null;
  readonly title: string;
  readonly detail: string;
  readonly place: Place;
  readonly reporter: Reporter;
  readonly submittedBy: string;
  /** Id in the system it was imported from. */
  readonly sourceId: string | null;
  /** When the reporter said it; earlier than `submittedAt` for what was imported. */
  readonly reportedAt: Date;
  readonly submittedAt: Date;
  readonly acceptedAt: Date | null;
  readonly closedAt: Date | null;
  readonly chain: readonly Link[];
  /** Hand-overs so far. */
  readonly rungs: number;
  readonly returns: number;
  readonly reopenings: number;
  /** Evaluation round, from 1; each rework opens the next. */
  readonly round: number;
  readonly declined: { readonly reason: string; readonly otherWay: string } | null;
  readonly infoRequest: { readonly question: string; readonly at: Date; readonly answer: string | null } | null;
  readonly resolution: Resolution | null;
  readonly evaluations: readonly Evaluation[];
  readonly clocks: readonly CaseClock[];
  /** Alarms of the clocks that have gone off, `<clock>:<percent>`. */
  readonly fired: readonly string[];
  /** The highest level that knows of it, by the ladder or a superior; null while nobody had to be told. */
  readonly escalatedTo: Level | null;
  readonly extension: ExtensionRequest | null;
  /** Extensions granted so far. */
  readonly extensions: number;
  readonly suspension: Suspension | null;
  /** Every supervision of it, in the order they were opened. */
  readonly supervisions: readonly SupervisionMark[];
  /** 并案: the case that leads; null while it is handled by itself. */
  readonly merge: Merge | null;
  /** How many cases are merged into this one. */
  readonly members: number;
  readonly updatedAt: Date;
}

export interface Merge {
  /** Id of the case that leads. */
  readonly into: string;
  readonly since: Date;
  /** Where it goes back to. */
  readonly stateBefore: CaseState;
}

/** The handler's wish for more time; `decided` null while it waits for the level above. */
export interface ExtensionRequest {
  readonly workDays: number;
  readonly reason: string;
  readonly requestedAt: Date;
  readonly holder: Holder;
  readonly decided: { readonly granted: boolean; readonly note: string | null; readonly at: Date } | null;
}

/** 挂账: the handler asks, the district decides; it ends when it is resumed. */
export interface Suspension {
  readonly reason: string;
  readonly reviewAt: Date;
  readonly requestedAt: Date;
  /** Who asked. */
  readonly holder: Holder;
  readonly decided: { readonly granted: boolean; readonly note: string | null; readonly at: Date } | null;
  readonly resumedAt: Date | null;
}

/** Open cases wait for somebody's work; RESOLVED ones wait for the reporter's word. */
export const openStates: readonly CaseState[] = caseStates.filter(
  (state) => !['RESOLVED', 'CLOSED', 'DECLINED', 'MERGED', 'WITHDRAWN'].includes(state),
);

export const isOpen = ({ state }: Pick<Case, 'state'>): boolean => openStates.includes(state);

export const levelHolder = (community: string, level: Level): Holder => ({ level, area: ancestorAt(community, level), unit: null });

/** Who acts now; a patrol finding waits for the street from the start. */
export function holderOf({ state, patrolDomain, chain, place }: Pick<Case, 'state' | 'patrolDomain' | 'chain' | 'place'>): Holder {
  if (patrolDomain !== null && state === 'SUBMITTED') return levelHolder(place.community, 'STREET');
  return chain.at(-1)?.holder ?? levelHolder(place.community, 'COMMUNITY');
}

export const isReporter = ({ reporter, submittedBy }: Case, actor: Actor): boolean =>
  reporter.id === actor.id || (actor.role === 'GRID_WORKER' && submittedBy === actor.id);

const isInArea = ({ community, grid }: Place, { area }: Actor): boolean =>
  area !== null && isWithin(grid ?? community, area);

/** Whether the case exists for the actor at all; `caseScope` in the repository is the same rule as a query. */
export function maySee(subject: Case, actor: Actor): boolean {
  const { place, chain, reporter, submittedBy } = subject;
  switch (actor.role) {
    case 'RESIDENT':
      return reporter.id === actor.id;
    case 'INTEGRATOR':
      return submittedBy === actor.id;
    case 'DEPARTMENT_OFFICER':
      return chain.some(({ holder }) => holder.unit !== null && holder.unit === actor.unit) || isOfDepartment(subject, actor);
    case 'GRID_WORKER':
      return submittedBy === actor.id || isInArea(place, actor);
    default:
      return isInArea(place, actor);
  }
}

/** Who has it, and the department whose word on it is waited for. */
export function worksOn(subject: Case, actor: Actor): boolean {
  const approver = awaitedApprover(subject);
  return holds(holderOf(subject), actor) || (approver !== null && holds(approver, actor));
}

/** Those who handle the case or decide on it, and the reporter, see who the reporter is; everybody else sees masked data. */
export function maySeeReporter(subject: Case, actor: Actor): boolean {
  if (isReporter(subject, actor) || isOfDepartment(subject, actor)) return true;
  const lead = actor.role === officerOf.COMMUNITY && actor.area === subject.place.community;
  return lead || holds(holderOf(subject), actor);
}

/**
 * Whose to-do list the case is on: `COMMUNITY:340103001002`, `UNIT:340103-04`, `RESIDENT:<id>`, `GRID_WORKER:<id>`;
 * null when on none. Who has not signed in is asked through the community.
 */
export function waitsFor(
  subject: Pick<Case, 'state' | 'patrolDomain' | 'chain' | 'place' | 'reporter' | 'channel' | 'submittedBy' | 'application' | 'round'>,
): string | null {
  const { state, place } = subject;
  if (state === 'NEEDS_INFO' || state === 'RESOLVED') {
    return reporterKeyOf(subject) ?? holderKey(levelHolder(place.community, 'COMMUNITY'));
  }
  return isOpen(subject) ? holderKey(awaitedApprover(subject) ?? holderOf(subject)) : null;
}

/** `STREET:340103001`, `UNIT:340103-04`. */
export const holderKey = ({ level, area, unit }: Holder): string => (unit === null ? `${level}:${area}` : `UNIT:${unit}`);

const reporterKey = (role: 'RESIDENT' | 'GRID_WORKER', id: string): string => `${role}:${id}`;

/** The reporter as somebody to tell and to ask; null for one who has not signed in. */
export function reporterKeyOf({ reporter, channel, submittedBy }: Pick<Case, 'reporter' | 'channel' | 'submittedBy'>): string | null {
  if (reporter.id !== null) return reporterKey('RESIDENT', reporter.id);
  return channel === 'GRID_WORKER' ? reporterKey('GRID_WORKER', submittedBy) : null;
}

/** The keys of `waitsFor` under which the actor's own work is found. */
export function toDoKeys(actor: Actor): string[] {
  const level = levelOfOfficer(actor);
  if (level && actor.area !== null) return [holderKey({ level, area: actor.area, unit: null })];
  if (actor.role === 'DEPARTMENT_OFFICER' && actor.unit !== null) return [`UNIT:${actor.unit}`];
  return actor.role === 'RESIDENT' || actor.role === 'GRID_WORKER' ? [reporterKey(actor.role, actor.id)] : [];
}
