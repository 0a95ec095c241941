import type { Actor } from '../../shared/domain/actor.js';
import { existsOn, type Units } from '../../shared/domain/area.js';
import { addDays, instantAt, localDate, type Calendar, type LocalDate } from '../../shared/domain/calendar.js';
import type { CatalogueItem } from '../../shared/domain/catalogue.js';
import { stale } from '../../shared/domain/plan.js';
import { bilingual, fail, type Result } from '../../shared/domain/result.js';
import { daysSearched, type OpeningAt, type Stretch } from '../domain/opening.js';
import { stationExistsOn, type Served, type Station } from '../domain/station.js';
import {
  bestFirst, distanceTo, editWindow as edit, endException as endOne, endWindow as end, makeException as make, openingOfStation, openWindow as open,
  setHours as set, stretchesOfStation, windowsFor, type ExceptionStep, type ExceptionWish, type HoursWish, type Position, type StationFor, type WindowChange,
  type WindowWish,
} from '../domain/stationCounters.js';
import type { CallReceipt, Stations } from './ports.js';
import { noSuch, nowServed, saved, stationsIn, type StationDeps, type StationVersion } from './stations.js';

async function change(
  deps: StationDeps, { stationId, expectedVersion }: StationVersion, receipt: CallReceipt | null,
  decide: (served: Served, today: LocalDate) => Result<Station | ExceptionStep>,
): Promise<Result<Station>> {
  const today = localDate(deps.now());
  const found = await deps.stations.byId(stationId);
  if (!found) return noSuch('stationId');
  const decision = decide(await nowServed(deps, found, today), today);
  if (!decision.ok) return decision;
  if (found.version !== expectedVersion) return stale();
  const { station, exception } = 'exception' in decision.value ? decision.value : { station: decision.value, exception: undefined };
  return saved(await deps.stations.save({ ends: [station], begins: [] }, station.id, receipt, exception), station);
}

type Change<Wish, Deps = StationDeps> = (deps: Deps, wish: StationVersion & Wish, actor: Actor, receipt: CallReceipt | null) => Promise<Result<Station>>;

interface WindowDeps extends StationDeps {
  readonly units: Pick<Units, 'byCode'>;
}

/** Lets what is decided pass if the city has all departments that are named. */
async function knownDepartments({ units }: WindowDeps, codes: readonly string[]): Promise<(decision: Result<Station>) => Result<Station>> {
  const found = await Promise.all(codes.map((code) => units.byCode(code)));
  const unknown = codes.find((_code, i) => !found[i]);
  return (decision) => (!decision.ok || unknown === undefined ? decision : fail(
    'INVALID_INPUT', bilingual(`没有部门 ${unknown}。`, `There is no department ${unknown}.`), ['input', 'departments'],
  ));
}

export const openWindow: Change<WindowWish, WindowDeps> = async (deps, { stationId, expectedVersion, ...wish }, actor, receipt) => {
  const checked = await knownDepartments(deps, wish.departments);
  return change(deps, { stationId, expectedVersion }, receipt, (served, today) => checked(open(served, wish, actor, today)));
};

export const editWindow: Change<WindowChange & Pick<WindowWish, 'number' | 'from'>, WindowDeps> = async (
  deps, { stationId, expectedVersion, ...wish }, actor, receipt,
) => {
  const checked = await knownDepartments(deps, wish.departments ?? []);
  return change(deps, { stationId, expectedVersion }, receipt, (served, today) => checked(edit(served, wish, actor, today)));
};

export const endWindow: Change<{ readonly number: string; readonly on: LocalDate }> = (deps, { number, on, ...station }, actor, receipt) =>
  change(deps, station, receipt, (served, today) => end(served, { number, on }, actor, today));

export const setHours: Change<HoursWish> = (deps, { stationId, expectedVersion, ...wish }, actor, receipt) =>
  change(deps, { stationId, expectedVersion }, receipt, (served, today) => set(served, wish, actor, today));

/** Later than any exception may begin. */
const farAway = new Date('9999-01-01T00:00:00Z');

export const makeException: Change<ExceptionWish> = async (deps, { stationId, expectedVersion, ...wish }, actor, receipt) => {
  const now = deps.now();
  const pending = (await deps.stations.exceptions(stationId, now, farAway)).filter(({ endedAt }) => endedAt === null);
  return change(deps, { stationId, expectedVersion }, receipt, (served, today) => make(served, wish, pending, deps.newId(), actor, now, today));
};

export const endException: Change<{ readonly exceptionId: string }> = async (deps, { exceptionId, ...version }, actor, receipt) => {
  const exception = await deps.stations.exceptionById(exceptionId);
  if (exception?.station !== version.stationId) {
    return fail('NOT_FOUND', bilingual('该站没有这项安排。', 'The station has no such exception.'), ['input', 'exceptionId']);
  }
  return change(deps, version, receipt, (served, today) => endOne(served, exception, actor, deps.now(), today));
};

interface OpeningDeps {
  readonly stations: Pick<Stations, 'exceptions'>;
  readonly calendar: Calendar;
}

export async function stretchesOf({ stations, calendar }: OpeningDeps, station: Station, day: LocalDate): Promise<readonly Stretch[] | null> {
  if (!stationExistsOn(station, day)) return [];
  const exceptions = await stations.exceptions(station.id, instantAt(day), instantAt(day, '24:00'));
  return stretchesOfStation(station, exceptions, day, calendar);
}

export async function openingOf({ stations, calendar }: OpeningDeps, station: Station, at: Date): Promise<OpeningAt> {
  const day = localDate(at);
  const exceptions = await stations.exceptions(station.id, instantAt(day), instantAt(addDays(day, daysSearched), '24:00'));
  return openingOfStation(station, exceptions, at, calendar);
}

export interface ServiceWish {
  readonly community: string;
  readonly item: string;
  readonly at: Date;
  /** Where the resident is; null for what is open first. */
  readonly from: Position | null;
}

/** Who serves a community for an item at a moment. */
export interface ServiceAt {
  readonly community: string;
  readonly item: CatalogueItem;
  readonly at: Date;
  readonly stations: readonly StationFor[];
}

export interface ServiceDeps extends OpeningDeps, Pick<StationDeps, 'communities'> {
  readonly stations: Stations;
  readonly catalogue: { offered(area: string, code: string): Promise<CatalogueItem | null> };
}

/** Null when there is no such community on the day, or it is not offered such an item. */
export async function stationsFor(deps: ServiceDeps, { community, item: code, at, from }: ServiceWish): Promise<ServiceAt | null> {
  const day = localDate(at);
  const [area, item] = await Promise.all([deps.communities.byCode(community), deps.catalogue.offered(community, code)]);
  if (!area || !existsOn(area, day) || !item) return null;
  const served = await stationsIn(deps, community, day);
  const stations = await Promise.all(served.map(async ({ station }): Promise<StationFor> => ({
    station, distance: from && distanceTo(station, from), opening: await openingOf(deps, station, at), windows: windowsFor(station, item, day),
  })));
  return { community, item, at, stations: bestFirst(stations, from !== null) };
}

