// What a burden reduction makes of admissions: those of one street at a time, which change together.
import { dutyOf, type DutyList } from '../../../shared/domain/dutyList.js';
import { bilingual } from '../../../shared/domain/result.js';
import { findTransition } from '../../../shared/domain/stateMachine.js';
import { exceptedOf, type Admission } from '../admission/admission.js';
import { admissionTransitions, type AdmissionAction } from '../admission/admission.transitions.js';
import type { ListContent } from '../lists/list.js';
import type { Published } from '../publication.js';
import { concerns, dayOf, pilotsWithin, type BurdenReduction, type Criteria, type Settling } from './reduction.js';

export const cutReasons = ['NOT_ON_LIST', 'NOT_DISPATCHED', 'NAMED', 'ALL_LAPSE'] as const;
export type CutReason = (typeof cutReasons)[number];

/** An admission that is to lapse, or has lapsed, and why. */
export interface Cut extends Pick<Admission, 'matter' | 'item' | 'department' | 'street' | 'community'> {
  readonly id: string;
  readonly reduction: string;
  readonly admission: string;
  readonly reason: CutReason;
  /** The version of the list, and its entry, that say so. */
  readonly list: string | null;
  readonly entry: string | null;
  /** The pilot communities in which alone it lapses; none: wherever it applies. */
  readonly onlyIn: readonly string[];
}

/** What admissions are held against. */
export interface Lists {
  readonly duties: Pick<Published<DutyList>, 'id' | 'content'>;
  readonly services: Pick<Published<ListContent>, 'id' | 'content'>;
}

type Verdict = Pick<Cut, 'reason' | 'list' | 'entry'>;
const lapsing: Verdict = { reason: 'ALL_LAPSE', list: null, entry: null };

/** A matter is held against the duty list; an item against the duty list where that names it, else against the list of services. */
function offList({ matter, item, street }: Admission, { duties, services }: Lists): Verdict | null {
  const entry = dutyOf(duties.content, matter, street, item);
  const namesIt = entry !== null && (item === null || entry.items?.includes(item) === true);
  if (namesIt) return entry.dispatch ? null : { reason: 'NOT_DISPATCHED', list: duties.id, entry: entry.code };
  if (item === null) return { reason: 'NOT_ON_LIST', list: duties.id, entry: null };
  return services.content.some(({ code }) => code === item) ? null : { reason: 'NOT_ON_LIST', list: services.id, entry: null };
}

const isNamed = ({ matter, item }: Admission, { matters, items }: Criteria): boolean =>
  (item !== null ? items.includes(item) : matters.some((path) => matter === path || matter?.startsWith(`${path}/`)));

function verdictOn(admission: Admission, { criteria }: BurdenReduction, lists: Lists): Verdict | null {
  if (!criteria) return lapsing;
  if (isNamed(admission, criteria)) return { reason: 'NAMED', list: null, entry: null };
  return criteria.offList ? offList(admission, lists) : null;
}

/** Where it would lapse: everywhere, in some communities of its street, or nowhere (null). */
function placesOf(admission: Admission, reduction: BurdenReduction): readonly string[] | null {
  const { street, community } = admission;
  // What was applied for anew in a pilot is not asked for again when the pilot is adopted for all.
  if (reduction.adopts !== null && admission.reduction === reduction.adopts) return null;
  if (concerns(reduction, street, community)) return [];
  const excepted = exceptedOf(admission);
  const pilots = community === null ? pilotsWithin(reduction, street).filter((code) => !excepted.includes(code)) : [];
  return pilots.length > 0 ? pilots : null;
}

const cutOf = ({ id, matter, item, department, street, community }: Admission, reduction: string, onlyIn: readonly string[], verdict: Verdict): Cut =>
  ({ id: `${reduction}:${id}`, reduction, admission: id, matter, item, department, street, community, onlyIn, ...verdict });

/** What it would let lapse of these admissions, which are in force. */
export const cutsOf = (reduction: BurdenReduction, admissions: readonly Admission[], lists: Lists): Cut[] =>
  admissions.flatMap((admission) => {
    const places = placesOf(admission, reduction);
    const verdict = places && verdictOn(admission, reduction, lists);
    return places && verdict ? [cutOf(admission, reduction.id, places, verdict)] : [];
  });

function moved(admission: Admission, action: AdmissionAction, outcome?: string): Admission {
  const row = findTransition(admissionTransitions, admission.state, action, outcome);
  if (!row) throw new Error(`The table has no row for ${admission.state} ${action}.`);
  return { ...admission, version: admission.version + 1, state: row.to };
}

const ended = (admission: Admission, action: 'CUT' | 'DROP', at: Date, { id, government }: BurdenReduction, note: string): Admission => ({
  ...moved(admission, action, action === 'CUT' ? 'WHOLLY' : undefined), awaits: false, endedAt: at, endedByGovernment: government,
  endNote: note, cutBy: action === 'CUT' ? id : null,
});

function cut(admission: Admission, places: readonly string[], reduction: BurdenReduction): Admission {
  const at = dayOf(reduction);
  if (places.length === 0) return ended(admission, 'CUT', at, reduction, bilingual('减负', 'Burden reduction'));
  const exceptions = places.map((community) => ({ community, reduction: reduction.id, from: at, to: null }));
  return { ...moved(admission, 'CUT', 'IN_PLACES'), exceptions: [...admission.exceptions, ...exceptions] };
}

/** What was applied for anew: in force from the day if all gates were passed before it. */
function takenUp(admission: Admission, day: Date): Admission {
  const next = { ...moved(admission, 'TAKE_EFFECT'), awaits: false };
  const last = admission.passed.at(-1)?.at ?? day;
  return next.state === 'IN_FORCE' ? { ...next, inForceAt: last > day ? last : day } : next;
}

export interface StreetEffect {
  /** What changed: first what ends, then what takes its place. */
  readonly admissions: readonly Admission[];
  /** What was cut where that had not been listed before. */
  readonly cuts: readonly Cut[];
}

/** `listed`: the admissions that were announced as cut; null where all lapse. */
function effectOn(reduction: BurdenReduction, admissions: readonly Admission[], listed: ReadonlySet<string> | null): StreetEffect {
  const day = dayOf(reduction);
  const doomed = admissions.flatMap((admission) => {
    const { id, state, inForceAt } = admission;
    const isMeant = state === 'IN_FORCE' && inForceAt !== null && inForceAt < day && (listed === null || listed.has(id));
    const places = isMeant ? placesOf(admission, reduction) : null;
    return places ? [{ admission, places }] : [];
  });
  const waiting = admissions.filter((one) => one.awaits && one.reduction === reduction.id);
  return {
    admissions: [
      ...doomed.map(({ admission, places }) => cut(admission, places, reduction)), ...waiting.map((one) => takenUp(one, day)),
    ],
    cuts: listed === null ? doomed.map(({ admission, places }) => cutOf(admission, reduction.id, places, lapsing)) : [],
  };
}

const isSame = (a: Admission, b: Admission): boolean => a.matter === b.matter && a.item === b.item && a.department === b.department && a.community === b.community;

/** The pilot has ended: what had lapsed in it is in force again, unless it was admitted anew or is proposed by another way. */
function restoreIn(reduction: BurdenReduction, admissions: readonly Admission[], at: Date): StreetEffect {
  const lapsed = admissions.filter(({ cutBy }) => cutBy === reduction.id);
  const underWay = admissions.filter((one) => one.reduction === reduction.id && one.state === 'PROPOSED');
  const dropped = underWay.filter((one) => lapsed.some((other) => isSame(one, other)));
  const open = admissions.filter((one) => one.endedAt === null && !dropped.includes(one));
  return {
    admissions: [
      ...dropped.map((one) => ended(one, 'DROP', at, reduction, bilingual('试点终止,原准入恢复', 'The pilot has ended; the admission before it is restored'))),
      ...lapsed.filter((one) => !open.some((other) => isSame(one, other))).map((one) => ({
        ...moved(one, 'RESTORE'), inForceAt: at, endedAt: null, endNote: null, endedByGovernment: null, cutBy: null,
        earlier: one.inForceAt && one.endedAt ? [...one.earlier, { from: one.inForceAt, to: one.endedAt }] : one.earlier,
      })),
      ...admissions.filter(({ state, exceptions }) => state === 'IN_FORCE' && exceptions.some((one) => one.reduction === reduction.id && one.to === null))
        .map((one) => ({
          ...moved(one, 'RESTORE'),
          exceptions: one.exceptions.map((other) => (other.reduction === reduction.id && other.to === null ? { ...other, to: at } : other)),
        })),
    ],
    cuts: [],
  };
}

/** The reduction was cancelled before its day: what was admitted before stays, so that nothing is applied for anew. */
const dropIn = (reduction: BurdenReduction, admissions: readonly Admission[], at: Date): StreetEffect => ({
  admissions: admissions.filter((one) => one.awaits && one.reduction === reduction.id)
    .map((one) => ended(one, 'DROP', at, reduction, bilingual('减负已取消', 'The burden reduction was cancelled'))),
  cuts: [],
});

/** What the reduction's state asks of the admissions of one street; asked again, nothing. */
export function settleStreet(
  settling: Settling, reduction: BurdenReduction, admissions: readonly Admission[], listed: ReadonlySet<string> | null,
): StreetEffect {
  if (settling === 'TAKE_EFFECT') return effectOn(reduction, admissions, listed);
  const at = reduction.closedAt ?? dayOf(reduction);
  return settling === 'RESTORE' ? restoreIn(reduction, admissions, at) : dropIn(reduction, admissions, at);
}
