// How a station works: its windows, its hours, and when it is open or closed for once.
import type { Actor } from '../../shared/domain/actor.js';
import { addDays, type Calendar, type LocalDate } from '../../shared/domain/calendar.js';
import type { CatalogueItem } from '../../shared/domain/catalogue.js';
import { checkNote } from '../../shared/domain/handover.js';
import { invalid, ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { lengthOf, trimmed } from '../../shared/domain/text.js';
import { hoursFault, openingAt, stretchesOn, type OpeningAt, type OpeningException, type Stretch, type WeeklyHours } from './opening.js';
import { changeFault, dayFault, stationExistsOn, type Served, type Station, type StationHours, type StationWindow, type WindowContent } from './station.js';

export const limits = {
  windows: 50, windowVersions: 500, hoursVersions: 200, name: 50, post: 50, staff: 128, preferences: 20, reason: 200, exceptionDays: 90, daysAhead: 730,
  exceptions: 100,
} as const;

const numberPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,9}$/;
const departmentPattern = /^\d{4}-\d{2}$/;

const isOnce = (list: readonly string[]): boolean => list.length <= limits.preferences && new Set(list).size === list.length;

function contentFault({ name, modules, departments, post, staff }: WindowContent): DomainError | null {
  if (lengthOf(name) < 1 || lengthOf(name) > limits.name) return invalid(`名称须为 1–${limits.name} 字。`, `A name has 1–${limits.name} characters.`, 'name');
  if (!isOnce(modules)) return invalid('每个模块至多一次。', 'Name each module once.', 'modules');
  if (!isOnce(departments) || !departments.every((code) => departmentPattern.test(code))) {
    return invalid(`须为至多 ${limits.preferences} 个不重复的市级部门代码,如 3401-05。`, `At most ${limits.preferences} codes of departments of the city's, such as 3401-05, each once.`, 'departments');
  }
  if (post !== null && lengthOf(post) > limits.post) return invalid(`岗位至多 ${limits.post} 字。`, `A post has at most ${limits.post} characters.`, 'post');
  return staff !== null && lengthOf(staff) > limits.staff ? invalid(`至多 ${limits.staff} 字。`, `At most ${limits.staff} characters.`, 'staff') : null;
}

const plain = ({ name, modules, departments, post, staff }: WindowContent): WindowContent =>
  ({ name: name.trim(), modules: [...modules], departments: [...departments], post: trimmed(post), staff: trimmed(staff) });

const changed = (station: Station, change: Pick<Partial<Station>, 'windows' | 'hours'>): Station => ({ ...station, ...change, version: station.version + 1 });

/** Those that are there on the day, by number: A2 before A10. */
export const windowsOn = ({ windows }: Station, day: LocalDate): StationWindow[] =>
  windows.filter((window) => stationExistsOn(window, day)).toSorted((a, b) => a.number.localeCompare(b.number, 'en', { numeric: true }));

export interface WindowWish extends WindowContent {
  readonly number: string;
  readonly from: LocalDate;
}

/** Windows begin on a day on which the station is there. */
const firstDayFault = ({ validFrom, validTo, name }: Station, from: LocalDate, today: LocalDate): DomainError | null =>
  dayFault(from, today < validFrom ? validFrom : today, today, 'from') ?? (validTo === null || from < validTo ? null : invalid(
    `${name}已定于 ${validTo} 撤销。`, `${name} ends on ${validTo}.`, 'from',
  ));

const versionsFault = ({ windows }: Station): DomainError | null => (windows.length < limits.windowVersions ? null : refusal(
  'TRANSITION_NOT_ALLOWED', `窗口变动已达 ${limits.windowVersions} 次,请以 stationReorganise 设新站接替。`,
  `Its windows have changed ${limits.windowVersions} times; set up a station in its place by stationReorganise.`, 'stationId',
));

export function openWindow(served: Served, { number, from, ...content }: WindowWish, actor: Actor, today: LocalDate): Result<Station> {
  const { station } = served;
  const fault = changeFault(served, actor, today) ?? firstDayFault(station, from, today)
    ?? (numberPattern.test(number) ? null : invalid('窗口号为 1–10 个字母、数字或横线。', 'A number has 1–10 letters, digits or hyphens.', 'number'))
    ?? contentFault(content) ?? versionsFault(station);
  if (fault) return refuse(fault);
  const stay = station.windows.filter(({ validTo }) => validTo === null || from < validTo);
  if (stay.some((window) => window.number === number)) {
    return refuse(refusal('DUPLICATE', `${number} 号窗口已在。`, `There is a window ${number} then.`, 'number'));
  }
  if (stay.length >= limits.windows) return refuse(invalid(`一站至多 ${limits.windows} 个窗口。`, `A station has at most ${limits.windows} windows.`, 'number'));
  return ok(changed(station, { windows: [...station.windows, { ...plain(content), number, validFrom: from, validTo: null }] }));
}

/** The window as it was written last; a change of it begins no earlier. */
function standing({ windows }: Station, number: string, from: LocalDate, field: string): Result<StationWindow> {
  const last = windows.findLast((window) => window.number === number);
  if (!last || (last.validTo !== null && last.validTo <= from)) {
    return refuse(refusal('NOT_FOUND', `${from} 没有 ${number} 号窗口。`, `There is no window ${number} on ${from}.`, 'number'));
  }
  if (last.validTo !== null) return refuse(refusal('TRANSITION_NOT_ALLOWED', `${number} 号窗口已定于 ${last.validTo} 撤销。`, `Window ${number} ends on ${last.validTo}.`, 'number'));
  return last.validFrom <= from ? ok(last) : refuse(invalid(
    `${number} 号窗口自 ${last.validFrom} 起已有变动,请从该日或以后起改。`, `Window ${number} changes on ${last.validFrom}; name that day or a later one.`, field,
  ));
}

/** What is left out stays as it is. */
export type WindowChange = { readonly [Key in keyof WindowContent]?: WindowContent[Key] | undefined };

const given = <T extends object>(change: T): Partial<T> => Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;

export function editWindow(
  served: Served, { number, from, ...change }: WindowChange & Pick<WindowWish, 'number' | 'from'>, actor: Actor, today: LocalDate,
): Result<Station> {
  const { station } = served;
  const fault = changeFault(served, actor, today) ?? firstDayFault(station, from, today) ?? versionsFault(station);
  if (fault) return refuse(fault);
  const found = standing(station, number, from, 'from');
  if (!found.ok) return found;
  const last = found.value;
  const next: StationWindow = { ...last, ...given(change) as Partial<WindowContent>, validFrom: from };
  const wrong = contentFault(next);
  if (wrong) return refuse(wrong);
  const earlier = station.windows.flatMap((window) => (window !== last ? [window] : last.validFrom < from ? [{ ...last, validTo: from }] : []));
  return ok(changed(station, { windows: [...earlier, { ...next, ...plain(next) }] }));
}

export function endWindow(served: Served, { number, on }: { readonly number: string; readonly on: LocalDate }, actor: Actor, today: LocalDate): Result<Station> {
  const { station } = served;
  const fault = changeFault(served, actor, today) ?? dayFault(on, addDays(today, 1), today, 'on');
  if (fault) return refuse(fault);
  const found = standing(station, number, addDays(on, -1), 'on');
  if (!found.ok) return found;
  return ok(changed(station, { windows: station.windows.map((window) => (window === found.value ? { ...window, validTo: on } : window)) }));
}

export interface HoursWish extends WeeklyHours {
  readonly from: LocalDate;
}

/** Hours that would have begun on that day or later give way. */
export function setHours(served: Served, { from, hours, onHolidays, makeUpWeekday = null }: HoursWish, actor: Actor, today: LocalDate): Result<Station> {
  const { station } = served;
  const earlier = station.hours.filter(({ validFrom }) => validFrom < from);
  const fault = changeFault(served, actor, today) ?? firstDayFault(station, from, today) ?? hoursFault(hours)
    ?? (makeUpWeekday === null || (makeUpWeekday >= 1 && makeUpWeekday <= 7) ? null : invalid('星期为 1–7。', 'A weekday is 1–7.', 'makeUpWeekday'))
    ?? (earlier.length < limits.hoursVersions ? null : refusal(
      'TRANSITION_NOT_ALLOWED', `开放时间已变动 ${limits.hoursVersions} 次,请以 stationReorganise 设新站接替。`,
      `Its hours have changed ${limits.hoursVersions} times; set up a station in its place by stationReorganise.`, 'stationId',
    ));
  if (fault) return refuse(fault);
  const plainHours = hours.map(({ weekday, from: opens, to }) => ({ weekday, from: opens, to }));
  return ok(changed(station, { hours: [...earlier, { hours: plainHours, onHolidays, makeUpWeekday, validFrom: from }] }));
}

/** Null where none are set. */
export const hoursOfStation = ({ hours }: Station, day: LocalDate): StationHours | null => hours.findLast(({ validFrom }) => validFrom <= day) ?? null;

export interface StationException extends OpeningException {
  readonly id: string;
  readonly station: string;
  readonly reason: string;
  readonly madeAt: Date;
  /** Actor id. */
  readonly madeBy: string;
}

/** What a station becomes, and the exception that is written with it. */
export interface ExceptionStep {
  readonly station: Station;
  readonly exception: StationException;
}

export type ExceptionWish = Pick<StationException, 'kind' | 'from' | 'to' | 'reason'>;

const dayMs = 86_400_000;

/** `pending`: those that are not over yet. */
export function makeException(
  served: Served, { kind, from, to, reason }: ExceptionWish, pending: readonly StationException[], id: string, actor: Actor, now: Date, today: LocalDate,
): Result<ExceptionStep> {
  const { station } = served;
  const [start, end] = [from.getTime(), to.getTime()];
  const fault = changeFault(served, actor, today)
    ?? (start >= now.getTime() && start <= now.getTime() + limits.daysAhead * dayMs ? null : invalid(
      `须自此刻起、今后 ${limits.daysAhead} 天以内。`, `It begins now or later, at most ${limits.daysAhead} days ahead.`, 'from',
    ))
    ?? (end > start && end <= start + limits.exceptionDays * dayMs ? null : invalid(
      `须晚于起始,至多 ${limits.exceptionDays} 天。`, `It ends after it begins, at most ${limits.exceptionDays} days later; for longer, set other hours.`, 'to',
    ))
    ?? checkNote(reason, true, 'reason', limits.reason)
    ?? (pending.length < limits.exceptions ? null : refusal(
      'TRANSITION_NOT_ALLOWED', `至多有 ${limits.exceptions} 项未结束的安排,请先撤销一些。`, `At most ${limits.exceptions} are still to come; take some back first.`, 'stationId',
    ));
  if (fault) return refuse(fault);
  return ok({
    station: changed(station, {}),
    exception: { id, station: station.id, kind, from, to, reason: reason.trim(), madeAt: now, madeBy: actor.id, endedAt: null },
  });
}

/** What has been stays; the rest is as the hours say. */
export function endException(served: Served, exception: StationException, actor: Actor, now: Date, today: LocalDate): Result<ExceptionStep> {
  const fault = changeFault(served, actor, today) ?? (exception.endedAt === null && now < exception.to ? null : refusal(
    'TRANSITION_NOT_ALLOWED', '该安排已经结束。', 'It is over already.', 'exceptionId',
  ));
  return fault ? refuse(fault) : ok({ station: changed(served.station, {}), exception: { ...exception, endedAt: now } });
}

/** Of the day, whether or not the station is there. */
export const stretchesOfStation = (
  station: Station, exceptions: readonly OpeningException[], day: LocalDate, calendar: Calendar,
): readonly Stretch[] | null => (stationExistsOn(station, day) ? stretchesOn(hoursOfStation(station, day), exceptions, day, calendar) : []);

export const openingOfStation = (station: Station, exceptions: readonly OpeningException[], at: Date, calendar: Calendar): OpeningAt =>
  openingAt((day) => stretchesOfStation(station, exceptions, day, calendar), at);

/** PREFERRED before those without preference, those that prefer others last: any takes any. */
const ranks = { PREFERRED: 0, ANY: 1, OTHERS: 2 } as const;

const fit = ({ modules, departments }: WindowContent, { module, department }: Pick<CatalogueItem, 'module' | 'department'>): keyof typeof ranks => {
  if (modules.includes(module) || (department !== null && departments.includes(department))) return 'PREFERRED';
  return modules.length + departments.length === 0 ? 'ANY' : 'OTHERS';
};

export interface CounterFor {
  readonly window: StationWindow;
  readonly isPreferred: boolean;
}

/** The windows of the day in the order in which somebody with the item is served best. */
export const windowsFor = (station: Station, item: Pick<CatalogueItem, 'module' | 'department'>, day: LocalDate): CounterFor[] =>
  windowsOn(station, day)
    .map((window) => ({ window, rank: ranks[fit(window, item)] }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ window, rank }) => ({ window, isPreferred: rank === ranks.PREFERRED }));

export interface Position {
  readonly longitude: number;
  readonly latitude: number;
}

const earthRadius = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres on the sphere; null where the station's position is not known. */
export function distanceTo({ longitude, latitude }: Pick<Station, 'longitude' | 'latitude'>, from: Position): number | null {
  if (longitude === null || latitude === null) return null;
  const [across, along] = [radians(latitude - from.latitude), radians(longitude - from.longitude)];
  const a = Math.sin(across / 2) ** 2 + Math.cos(radians(from.latitude)) * Math.cos(radians(latitude)) * Math.sin(along / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(a)));
}

export interface StationFor {
  readonly station: Station;
  readonly distance: number | null;
  readonly opening: OpeningAt;
  readonly windows: readonly CounterFor[];
}

const soonest = ({ isOpen, next }: OpeningAt): number => (isOpen === true ? 0 : next?.getTime() ?? Infinity);

/** Nearest first where the resident says where they are; else open ones first, then by the next opening. */
export const bestFirst = (stations: readonly StationFor[], near: boolean): StationFor[] => stations.toSorted((a, b) => {
  const [one, other] = near ? [a.distance ?? Infinity, b.distance ?? Infinity] : [soonest(a.opening), soonest(b.opening)];
  return one === other ? 0 : one - other;
});
