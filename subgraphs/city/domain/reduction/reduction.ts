import type { Actor } from '../../../shared/domain/actor.js';
import { ancestorAt, isWithin, levelOfCode } from '../../../shared/domain/areaCode.js';
import { addDays, instantAt, localDate, type LocalDate } from '../../../shared/domain/calendar.js';
import { serviceItemPattern } from '../../../shared/domain/clockPolicy.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { bilingual, fail, invalid, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import type { Joining } from '../admission/admission.js';
import {
  reductionActionNames, reductionStateNames, reductionTransitions, type ReductionAction, type ReductionState,
} from './reduction.transitions.js';

export const reductionKinds = ['SUBTRACTION', 'REAPPLICATION'] as const;
export type ReductionKind = (typeof reductionKinds)[number];

/** What SUBTRACTION cuts: what is not on the lists, and what is named. */
export interface Criteria {
  readonly offList: boolean;
  /** Paths in the taxonomy of demands, each with all below it. */
  readonly matters: readonly string[];
  /** Codes of service items. */
  readonly items: readonly string[];
}

/** Days on which departments may apply anew, both included. */
export interface Window {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

export interface Pilot {
  /** Streets and communities; nothing changes outside them. */
  readonly areas: readonly string[];
  /** From this day on it is to be decided what becomes of it. */
  readonly until: LocalDate;
  /** Why there are other numbers of them than usual. */
  readonly reason: string | null;
}

export const pilotDecisions = ['EXTEND', 'END', 'ADOPT_FOR_ALL'] as const;
export type PilotDecision = (typeof pilotDecisions)[number];

export interface Decision {
  readonly decision: PilotDecision;
  readonly at: Date;
  /** Actor id. */
  readonly by: string;
  readonly note: string;
}

export interface BurdenReduction {
  readonly id: string;
  readonly version: number;
  readonly kind: ReductionKind;
  readonly state: ReductionState;
  /** The city or district, and the area whose government it is of. */
  readonly area: string;
  readonly government: string;
  readonly effectiveOn: LocalDate;
  /** SUBTRACTION. */
  readonly criteria: Criteria | null;
  /** REAPPLICATION. */
  readonly window: Window | null;
  readonly pilot: Pilot | null;
  readonly note: string;
  readonly draftedAt: Date;
  /** Actor ids. */
  readonly draftedBy: string;
  readonly announcedAt: Date | null;
  readonly announcedBy: string | null;
  readonly inEffectAt: Date | null;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly closeNote: string | null;
  readonly decisions: readonly Decision[];
  /** The pilot that it adopts for all. */
  readonly adopts: string | null;
  /** When all that its state asks of admissions was done; null while there is something to do. */
  readonly settledAt: Date | null;
}

const maxDaysAhead = 730;
const maxWindowDays = 180;
const usualWindowDays = 30;
const maxNamed = 100;
const maxPath = 200;
const maxPilotAreas = 200;
const pilotMonths = 6;
/** Of each district in which there is a pilot. */
const usualPilot = { STREET: 2, COMMUNITY: 2 } as const;
const pathPattern = /^[^/\s]+(\/[^/\s]+)*$/;

/** The same day of a later month, or that month's last. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0));
  return new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), Math.min(day, last.getUTCDate()))).toISOString().slice(0, 10);
}

/** The instant at which its day begins: what lapses and what comes in force does so then, whenever that is written. */
export const dayOf = ({ effectiveOn }: Pick<BurdenReduction, 'effectiveOn'>): Date => instantAt(effectiveOn);

/** Whether what a street, or one community of it, has been handed is concerned. */
export const concerns = ({ area, pilot }: Pick<BurdenReduction, 'area' | 'pilot'>, street: string, community: string | null): boolean =>
  (pilot === null ? isWithin(street, area) : pilot.areas.includes(street) || (community !== null && pilot.areas.includes(community)));

/** Communities of a street that are pilots by themselves. */
export const pilotsWithin = ({ pilot }: Pick<BurdenReduction, 'pilot'>, street: string): string[] =>
  (pilot?.areas ?? []).filter((code) => code !== street && isWithin(code, street));

const ofGovernment: Rule<BurdenReduction> = ({ government }, actor) =>
  (actor.area === government ? null : refusal('OUT_OF_SCOPE', `由 ${government} 操作。`, `${government} itself does this.`));
const beforeItsDay: Rule<BurdenReduction> = ({ effectiveOn }, _actor, now) =>
  (localDate(now) < effectiveOn ? null
    : refusal('TRANSITION_NOT_ALLOWED', `生效日 ${effectiveOn} 已到,请另行起草。`, `Its day, ${effectiveOn}, has come; draft another.`));
const ifAnnounced = (rule: Rule<BurdenReduction>): Rule<BurdenReduction> => (subject, actor, now) =>
  (subject.state === 'ANNOUNCED' ? rule(subject, actor, now) : null);
const notPilot: Rule<BurdenReduction> = ({ pilot }) => (pilot === null ? null
  : refusal('TRANSITION_NOT_ALLOWED', '试点须作决定:延长、终止或推广。', 'A pilot is decided on: extend it, end it, or adopt it for all.'));
const windowOver: Rule<BurdenReduction> = ({ window }, _actor, now) => (window === null || localDate(now) > window.to ? null
  : refusal('TRANSITION_NOT_ALLOWED', `重新申报期至 ${window.to}。`, `Departments may apply until ${window.to}.`));
const pilotOver: Rule<BurdenReduction> = ({ pilot }, _actor, now) => {
  if (pilot === null) return refusal('TRANSITION_NOT_ALLOWED', '不是试点。', 'It is no pilot.');
  return localDate(now) >= pilot.until ? null
    : refusal('TRANSITION_NOT_ALLOWED', `试点至 ${pilot.until},届时决定。`, `The pilot runs until ${pilot.until}; decide then.`);
};

const all = (...rules: readonly Rule<BurdenReduction>[]): Rule<BurdenReduction> => (subject, actor, now) => {
  for (const rule of rules) {
    const fault = rule(subject, actor, now);
    if (fault) return fault;
  }
  return null;
};

export const reductionMachine: Machine<ReductionState, ReductionAction, BurdenReduction> = {
  table: reductionTransitions,
  states: reductionStateNames,
  actions: reductionActionNames,
  rules: {
    ANNOUNCE: all(ofGovernment, beforeItsDay),
    CANCEL: all(ofGovernment, ifAnnounced(beforeItsDay)),
    CLOSE: all(ofGovernment, notPilot, windowOver),
    EXTEND: all(ofGovernment, pilotOver),
    END: all(ofGovernment, pilotOver),
    ADOPT_FOR_ALL: all(ofGovernment, pilotOver),
  },
};

/** Whether it exists for the actor: what was announced is everybody's, a draft its government's and those above it. */
export const seesReduction = ({ announcedAt, government }: Pick<BurdenReduction, 'announcedAt' | 'government'>, { role, area }: Actor): boolean =>
  announcedAt !== null
  || (['DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR'].includes(role) && area !== null && isWithin(government, area));

export interface DraftCommand {
  readonly id: string;
  readonly kind: ReductionKind;
  readonly area: string;
  readonly effectiveOn: LocalDate;
  readonly criteria: Criteria | null;
  readonly window: Window | null;
  readonly pilot: Omit<Pilot, 'until'> | null;
  readonly note: string;
}

function criteriaFault({ kind, criteria }: DraftCommand): DomainError | null {
  if (kind === 'REAPPLICATION') {
    return criteria === null ? null : invalid('重新申报不填核减范围。', 'Re-application takes no criteria: all lapse.', 'criteria');
  }
  if (!criteria) return invalid('请填核减范围。', 'Say what is to be cut.', 'criteria');
  const { offList, matters, items } = criteria;
  if (!offList && matters.length + items.length === 0) {
    return invalid('至少一项:清单之外,或点名的事项。', 'Cut what is off the lists, or name what.', 'criteria');
  }
  if (matters.length > maxNamed || !matters.every((path) => pathPattern.test(path) && lengthOf(path) <= maxPath)) {
    return invalid(`分类为以 / 分隔的路径,至多 ${maxNamed} 个。`, `Matters are paths such as 城乡建设/安全生产, at most ${maxNamed}.`, 'criteria', 'matters');
  }
  return items.length > maxNamed || !items.every((code) => serviceItemPattern.test(code))
    ? invalid(`事项编码至多 ${maxNamed} 个。`, `Give codes of service items, at most ${maxNamed}.`, 'criteria', 'items') : null;
}

const usualWindow = (day: LocalDate): Window => ({ from: addDays(day, -usualWindowDays), to: addDays(day, usualWindowDays) });

function windowFault({ kind, window, effectiveOn }: DraftCommand): DomainError | null {
  if (window === null) return null;
  if (kind === 'SUBTRACTION') return invalid('核减没有重新申报期。', 'Subtraction has no window.', 'window');
  const isSound = window.from <= effectiveOn && window.to >= effectiveOn
    && window.from >= addDays(effectiveOn, -maxWindowDays) && window.to <= addDays(effectiveOn, maxWindowDays);
  return isSound ? null : invalid(
    `申报期须含生效日,前后各至多 ${maxWindowDays} 天。`, `The window has the day in it, and at most ${maxWindowDays} days before and after.`, 'window',
  );
}

/** `known`: which of the pilot's areas exist on the day. */
function pilotFault({ pilot, area }: DraftCommand, known: ReadonlySet<string>): DomainError | null {
  if (!pilot) return null;
  const { areas, reason } = pilot;
  const bad = (zh: string, en: string): DomainError => invalid(zh, en, 'pilot', 'areas');
  if (areas.length < 1 || areas.length > maxPilotAreas || new Set(areas).size < areas.length) {
    return bad(`试点 1–${maxPilotAreas} 个,不重复。`, `Name 1–${maxPilotAreas} areas, each once.`);
  }
  const strange = areas.find((code) => !known.has(code) || !isWithin(code, area) || !Object.hasOwn(usualPilot, levelOfCode(code) ?? ''));
  if (strange !== undefined) {
    return bad(`${strange} 不是 ${area} 在生效日的街道或社区。`, `${strange} is no street or community of ${area} on that day.`);
  }
  const twice = areas.find((code) => areas.some((other) => other !== code && isWithin(code, other)));
  if (twice !== undefined) return bad(`${twice} 所在街道已是试点。`, `The street of ${twice} is a pilot itself.`);
  const noteError = checkNote(reason, false, 'pilot');
  if (noteError || trimmed(reason) !== null) return noteError;
  const unusual = [...groupBy(areas, (code) => ancestorAt(code, 'DISTRICT'))].find(([, codes]) =>
    (['STREET', 'COMMUNITY'] as const).some((level) => codes.filter((code) => levelOfCode(code) === level).length !== usualPilot[level]));
  return unusual === undefined ? null : bad(
    `${unusual[0]} 的试点不是两个街道、两个社区;如确需如此,请在 pilot.reason 说明理由。`,
    `The pilot of ${unusual[0]} is not two streets and two communities; if it must be so, say why in pilot.reason.`,
  );
}

export function draftReduction(command: DraftCommand, known: ReadonlySet<string>, actor: Actor, now: Date): Result<BurdenReduction> {
  const { id, kind, area, effectiveOn, criteria, window, pilot, note } = command;
  if ((actor.role !== 'CITY_OFFICER' && actor.role !== 'DISTRICT_OFFICER') || actor.area === null) {
    return fail('ROLE_NOT_ALLOWED', bilingual('减负由市、区政府进行。', "A burden reduction is the city's or a district's."));
  }
  if (!['CITY', 'DISTRICT'].includes(levelOfCode(area) ?? '') || !isWithin(area, actor.area)) {
    return refuse(refusal('OUT_OF_SCOPE', '须是本市,或其一个区。', 'Name your city, or a district of yours.', 'area'));
  }
  const today = localDate(now);
  if (effectiveOn <= today || effectiveOn > addDays(today, maxDaysAhead)) {
    return refuse(invalid(`生效日为明天起 ${maxDaysAhead} 天以内。`, `Its day is tomorrow or later, at most ${maxDaysAhead} days ahead.`, 'effectiveOn'));
  }
  const fault = criteriaFault(command) ?? windowFault(command) ?? pilotFault(command, known) ?? checkNote(note, true);
  if (fault) return refuse(fault);
  return ok({
    id, version: 1, kind, state: 'DRAFT', area, government: actor.area, effectiveOn,
    criteria: criteria && { ...criteria, matters: [...new Set(criteria.matters)], items: [...new Set(criteria.items)] },
    window: kind === 'REAPPLICATION' ? window ?? usualWindow(effectiveOn) : null,
    pilot: pilot && { areas: pilot.areas.toSorted(), until: addMonths(effectiveOn, pilotMonths), reason: trimmed(pilot.reason) },
    note: note.trim(), draftedAt: now, draftedBy: actor.id, announcedAt: null, announcedBy: null, inEffectAt: null,
    closedAt: null, closedBy: null, closeNote: null, decisions: [], adopts: null, settledAt: null,
  });
}

/** `cuts`: how many admissions it would let lapse. */
export function announceReduction(current: BurdenReduction, cuts: number, actor: Actor, now: Date): Result<BurdenReduction> {
  const permitted = permit(reductionMachine, current, 'ANNOUNCE', actor, now);
  if (!permitted.ok) return permitted;
  if (cuts === 0 && current.kind === 'SUBTRACTION') {
    return fail('INVALID_INPUT', bilingual('没有可核减的准入,请修改范围另行起草。', 'It would cut nothing; draft another with other criteria.'));
  }
  return ok({ ...current, version: current.version + 1, state: permitted.value.to, announcedAt: now, announcedBy: actor.id });
}

/** The end of one that was not announced asks nothing of admissions. */
export function closeReduction(
  current: BurdenReduction, action: 'CANCEL' | 'CLOSE', note: string, actor: Actor, now: Date,
): Result<BurdenReduction> {
  const permitted = permit(reductionMachine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const fault = checkNote(note, true);
  if (fault) return refuse(fault);
  const isDone = action === 'CLOSE' || current.state === 'DRAFT';
  return ok({
    ...current, version: current.version + 1, state: permitted.value.to, closedAt: now, closedBy: actor.id, closeNote: note.trim(),
    settledAt: isDone ? now : null,
  });
}

export interface DecideCommand {
  readonly decision: PilotDecision;
  readonly note: string;
  /** ADOPT_FOR_ALL: the id of what is drafted, and its day. */
  readonly nextId: string;
  readonly effectiveOn: LocalDate | null;
}

export interface PilotOutcome {
  readonly next: BurdenReduction;
  /** The draft for all. */
  readonly drafted: BurdenReduction | null;
}

export function decidePilot(current: BurdenReduction, { decision, note, nextId, effectiveOn }: DecideCommand, actor: Actor, now: Date): Result<PilotOutcome> {
  const permitted = permit(reductionMachine, current, decision, actor, now);
  if (!permitted.ok) return permitted;
  const { pilot } = current;
  const fault = checkNote(note, true) ?? ((decision === 'ADOPT_FOR_ALL') === (effectiveOn !== null) ? null
    : invalid('推广须定生效日,其他决定不填。', 'Adopting it for all needs a day, the others have none.', 'effectiveOn'));
  if (fault) return refuse(fault);
  const decided = {
    ...current, version: current.version + 1, state: permitted.value.to,
    decisions: [...current.decisions, { decision, at: now, by: actor.id, note: note.trim() }],
  };
  if (decision === 'EXTEND') {
    return ok({ next: { ...decided, pilot: pilot && { ...pilot, until: addMonths(pilot.until, pilotMonths) } }, drafted: null });
  }
  // What lapsed in a pilot that ends is restored; in one that is adopted it stays lapsed.
  const closed = { ...decided, closedAt: now, closedBy: actor.id, closeNote: note.trim(), settledAt: decision === 'END' ? null : now };
  if (effectiveOn === null) return ok({ next: closed, drafted: null });
  const { kind, area, criteria } = current;
  const drafted = draftReduction({ id: nextId, kind, area, effectiveOn, criteria, window: null, pilot: null, note }, new Set(), actor, now);
  return drafted.ok ? ok({ next: closed, drafted: { ...drafted.value, adopts: current.id } }) : drafted;
}

export type Settling = 'TAKE_EFFECT' | 'RESTORE' | 'DROP';

/** What its state asks of admissions. */
export function settlingOf({ state, settledAt, decisions }: Pick<BurdenReduction, 'state' | 'settledAt' | 'decisions'>): Settling | null {
  if (settledAt !== null) return null;
  if (state === 'ANNOUNCED') return 'TAKE_EFFECT';
  if (state === 'CANCELLED') return 'DROP';
  return state === 'CLOSED' && decisions.at(-1)?.decision === 'END' ? 'RESTORE' : null;
}

/** When that is due; null when there is nothing to do. */
export const settleAt = (reduction: BurdenReduction): Date | null =>
  (settlingOf(reduction) === 'TAKE_EFFECT' ? dayOf(reduction) : settlingOf(reduction) && reduction.closedAt);

/** Once nothing is left to do. */
export const settled = (reduction: BurdenReduction, now: Date): BurdenReduction => (reduction.state === 'ANNOUNCED'
  ? { ...reduction, version: reduction.version + 1, state: 'IN_EFFECT', inEffectAt: now, settledAt: null }
  : { ...reduction, version: reduction.version + 1, settledAt: now });

/** What a proposal of today has to do with a reduction by which all lapse; `wasCut`: the same lapsed by it. */
export function joinReduction(reduction: BurdenReduction | null, wasCut: boolean, today: LocalDate): Result<Joining> {
  const alone: Joining = { reduction: null, awaits: false };
  if (!reduction?.window || today < reduction.window.from) return ok(alone);
  const { id, state, window } = reduction;
  if (today <= window.to) return ok({ reduction: id, awaits: state === 'ANNOUNCED' });
  return wasCut ? fail('TRANSITION_NOT_ALLOWED', bilingual(
    `此事项因减负失效,重新申报期(${window.from} 至 ${window.to})已过;减负结束后可再提出。`,
    `It lapsed by a burden reduction, and the window for applying anew (${window.from} to ${window.to}) is over; propose it once the reduction is closed.`,
  )) : ok(alone);
}
