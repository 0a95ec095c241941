// 便民服务站: stations and communities are many-to-many in time. What a station serves does not change while it is there:
// on a day some end and others begin in their place, so the past keeps its answer.
import { existsOn, type DatedArea } from '../../shared/domain/area.js';
import { coversArea, type Actor } from '../../shared/domain/actor.js';
import { levelOfCode } from '../../shared/domain/areaCode.js';
import { addDays, type LocalDate } from '../../shared/domain/calendar.js';
import { invalid, ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import type { ServiceModule } from '../../shared/domain/serviceItem.js';
import { lengthOf, trimmed } from '../../shared/domain/text.js';
import type { WeeklyHours } from './opening.js';

export interface NewStation {
  readonly name: string;
  readonly address: string | null;
  /** WGS 84 degrees. */
  readonly longitude: number | null;
  readonly latitude: number | null;
  /** Codes of communities. One that is reorganised is followed to those that take its place. */
  readonly serves: readonly string[];
}

/** What a window takes first and who staffs it; any window takes any item in force. */
export interface WindowContent {
  readonly name: string;
  /** Taken here by preference; none of either: no preference. */
  readonly modules: readonly ServiceModule[];
  /** Codes of the city's departments. */
  readonly departments: readonly string[];
  readonly post: string | null;
  /** Actor id of who staffs it. */
  readonly staff: string | null;
}

/** A window from one day to another; one that is edited begins anew under its number, so that the past keeps its answer. */
export interface StationWindow extends WindowContent {
  readonly number: string;
  readonly validFrom: LocalDate;
  readonly validTo: LocalDate | null;
}

/** Hours from a day on, until others take their place. */
export interface StationHours extends WeeklyHours {
  readonly validFrom: LocalDate;
}

export interface Station extends NewStation {
  readonly id: string;
  readonly version: number;
  readonly validFrom: LocalDate;
  /** First day on which it no longer exists; null while no end is set. */
  readonly validTo: LocalDate | null;
  /** Ids of those that take its place on `validTo`, and of those whose place it took. */
  readonly successors: readonly string[];
  readonly predecessors: readonly string[];
  /** Of all that began together. */
  readonly founding: string;
  /** All that there were and will be, in the order in which they were written. */
  readonly windows: readonly StationWindow[];
  /** By their first day. */
  readonly hours: readonly StationHours[];
}

/** Of stations and of their windows. */
export const stationExistsOn = ({ validFrom, validTo }: Pick<Station, 'validFrom' | 'validTo'>, day: LocalDate): boolean =>
  validFrom <= day && (validTo === null || day < validTo);

/** A station beside the communities that it serves on the day in question, whatever they were called when it began. */
export interface Served {
  readonly station: Station;
  readonly communities: readonly string[];
}

export interface StationChange {
  /** With their end set. */
  readonly ends: readonly Station[];
  readonly begins: readonly Station[];
}

/** How many stations a community has on the day, and how many it would have. */
export interface Coverage {
  readonly community: string;
  readonly before: number;
  readonly after: number;
}

export const maxStations = 50;
const maxName = 50;
const maxAddress = 200;
const maxDaysAhead = 730;

const clerksOnly = ({ role }: Actor): DomainError | null => (role === 'STREET_CLERK' ? null : refusal(
  'ROLE_NOT_ALLOWED', '服务站由街道工作人员设置。', 'Stations are set up by street clerks.',
));

const beyondReach = (communities: readonly string[], actor: Actor, ...field: string[]): DomainError | null => {
  const beyond = communities.find((code) => !coversArea(actor, code));
  return beyond === undefined ? null : refusal('OUT_OF_SCOPE', `社区 ${beyond} 不在您的街道。`, `Community ${beyond} is not in your street.`, ...field);
};

export const dayFault = (day: LocalDate, first: LocalDate, today: LocalDate, field: string): DomainError | null =>
  (day >= first && day <= addDays(today, maxDaysAhead) ? null : invalid(
    `日期须在 ${first} 起、今后 ${maxDaysAhead} 天以内。`, `The day is from ${first} on, at most ${maxDaysAhead} days from now.`, field,
  ));

/** `known`: the communities by their codes, ended or not. */
function newStationFault(
  { name, address, longitude, latitude, serves }: NewStation, day: LocalDate, known: ReadonlyMap<string, DatedArea>, actor: Actor, path: readonly string[],
): DomainError | null {
  if (lengthOf(name) < 1 || lengthOf(name) > maxName) return invalid(`名称须为 1–${maxName} 字。`, `A name has 1–${maxName} characters.`, ...path, 'name');
  if (address !== null && lengthOf(address) > maxAddress) {
    return invalid(`地址至多 ${maxAddress} 字。`, `An address has at most ${maxAddress} characters.`, ...path, 'address');
  }
  if ((longitude === null) !== (latitude === null) || Math.abs(longitude ?? 0) > 180 || Math.abs(latitude ?? 0) > 90) {
    return invalid('经纬度须成对且在有效范围内。', 'Longitude and latitude come together and within range.', ...path, 'longitude');
  }
  if (serves.length < 1 || serves.length > maxStations || new Set(serves).size < serves.length) {
    return invalid(`须服务 1–${maxStations} 个不重复的社区。`, `It serves 1–${maxStations} communities, each once.`, ...path, 'serves');
  }
  const missing = serves.find((code) => {
    const area = known.get(code);
    return levelOfCode(code) !== 'COMMUNITY' || !area || !existsOn(area, day);
  });
  if (missing !== undefined) return invalid(`${day} 没有社区 ${missing}。`, `There is no community ${missing} on ${day}.`, ...path, 'serves');
  return beyondReach(serves, actor, ...path, 'serves');
}

const founded = ({ name, address, serves, longitude, latitude }: NewStation, id: string, founding: string, validFrom: LocalDate): Station => ({
  id, founding, version: 1, name: name.trim(), address: trimmed(address), longitude, latitude, serves, validFrom, validTo: null, successors: [], predecessors: [],
  windows: [], hours: [],
});

export interface OpenCommand extends NewStation {
  readonly from: LocalDate;
}

export function openStation(
  { from, ...station }: OpenCommand, id: string, known: ReadonlyMap<string, DatedArea>, actor: Actor, today: LocalDate,
): Result<Station> {
  const fault = clerksOnly(actor) ?? dayFault(from, today, today, 'from') ?? newStationFault(station, from, known, actor, []);
  return fault ? refuse(fault) : ok(founded(station, id, id, from));
}

/** Why the actor cannot change how the station works. */
export function changeFault({ station, communities }: Served, actor: Actor, today: LocalDate): DomainError | null {
  const { name, validTo } = station;
  return clerksOnly(actor) ?? beyondReach(communities, actor, 'stationId') ?? (validTo === null || today < validTo ? null : refusal(
    'TRANSITION_NOT_ALLOWED', `${name}已于 ${validTo} 撤销。`, `${name} ended on ${validTo}.`, 'stationId',
  ));
}

/** Why the station cannot end on the day. */
function endFault({ station, communities }: Served, on: LocalDate, actor: Actor, field: string): DomainError | null {
  const beyond = beyondReach(communities, actor, field);
  if (beyond) return beyond;
  if (station.validTo !== null) {
    return refusal('TRANSITION_NOT_ALLOWED', `${station.name}已定于 ${station.validTo} 撤销。`, `${station.name} ends on ${station.validTo} already.`, field);
  }
  return on > station.validFrom ? null : invalid(
    `${station.name}自 ${station.validFrom} 起才有。`, `${station.name} begins on ${station.validFrom} only.`, 'on',
  );
}

const ended = (station: Station, on: LocalDate, successors: readonly string[]): Station =>
  ({ ...station, version: station.version + 1, validTo: on, successors });

export function endStation(served: Served, on: LocalDate, actor: Actor, today: LocalDate): Result<Station> {
  const fault = clerksOnly(actor) ?? dayFault(on, addDays(today, 1), today, 'on') ?? endFault(served, on, actor, 'stationId');
  return fault ? refuse(fault) : ok(ended(served.station, on, []));
}

export interface ReorganiseCommand {
  readonly from: readonly Served[];
  readonly to: readonly NewStation[];
  readonly on: LocalDate;
}

/** `ids`: one for each new station. */
export function reorganiseStations(
  { from, to, on }: ReorganiseCommand, ids: readonly string[], founding: string, known: ReadonlyMap<string, DatedArea>, actor: Actor, today: LocalDate,
): Result<StationChange> {
  const roleFault = clerksOnly(actor) ?? dayFault(on, addDays(today, 1), today, 'on');
  if (roleFault) return refuse(roleFault);
  const stations = from.map(({ station }) => station.id);
  if (from.length < 1 || from.length > maxStations || new Set(stations).size < from.length) {
    return refuse(invalid(`须有 1–${maxStations} 个不重复的原站。`, `Give 1–${maxStations} stations that end, each once.`, 'from'));
  }
  if (to.length < 1 || to.length > maxStations) return refuse(invalid(`须有 1–${maxStations} 个新站。`, `Give 1–${maxStations} new stations.`, 'to'));
  for (const served of from) {
    const fault = endFault(served, on, actor, 'from');
    if (fault) return refuse(fault);
  }
  for (const [i, station] of to.entries()) {
    const fault = newStationFault(station, on, known, actor, ['to', String(i)]);
    if (fault) return refuse(fault);
    if (to.slice(0, i).some(({ name }) => name.trim() === station.name.trim())) {
      return refuse(invalid('新站之间重名。', 'Two of the new stations have one name.', 'to', i, 'name'));
    }
  }
  return ok({
    ends: from.map(({ station }) => ended(station, on, ids)),
    begins: to.map((station, i) => ({ ...founded(station, ids[i] ?? '', founding, on), predecessors: stations })),
  });
}

/** For communities of the day, what the change makes of their stations; `served` is without the change. */
export function coverageOf(communities: readonly string[], served: readonly Served[], { ends, begins }: StationChange): Coverage[] {
  const gone = new Set(ends.map(({ id }) => id));
  return communities.map((community) => {
    const now = served.filter((one) => one.communities.includes(community));
    const stay = now.filter(({ station }) => !gone.has(station.id)).length;
    return { community, before: now.length, after: stay + begins.filter(({ serves }) => serves.includes(community)).length };
  });
}
