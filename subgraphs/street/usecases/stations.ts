import type { Actor } from '../../shared/domain/actor.js';
import { standingFor, type DatedArea } from '../../shared/domain/area.js';
import { localDate, type LocalDate } from '../../shared/domain/calendar.js';
import { stale } from '../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import {
  coverageOf, endStation as end, openStation as open, reorganiseStations as reorganise, stationExistsOn, type Coverage, type NewStation, type OpenCommand,
  type Served, type Station, type StationChange,
} from '../domain/station.js';
import type { Areas, CallReceipt, SaveNamed, Stations } from './ports.js';

export interface StationDeps {
  readonly stations: Stations;
  /** The street's copy. */
  readonly communities: Areas;
  readonly now: () => Date;
  readonly newId: () => string;
}

type Ground = Pick<StationDeps, 'stations' | 'communities'>;

/** The communities that it serves on the day; none when it is not there. */
export async function servedOn({ communities }: Pick<Ground, 'communities'>, station: Station, day: LocalDate): Promise<Served> {
  if (!stationExistsOn(station, day)) return { station, communities: [] };
  const standing = await Promise.all(station.serves.map((code) => standingFor(communities, code, day)));
  return { station, communities: [...new Set(standing.flat().map(({ code }) => code))].toSorted() };
}

/** Those in the district of `area` that serve anything within it on the day, by name. */
export async function stationsIn(ground: Ground, area: string, day: LocalDate): Promise<Served[]> {
  const all = await ground.stations.inDistrict(area.slice(0, 6));
  const served = await Promise.all(all.map((station) => servedOn(ground, station, day)));
  return served.filter(({ communities }) => communities.some((code) => code.startsWith(area)));
}

async function known({ communities }: Ground, wishes: readonly NewStation[]): Promise<ReadonlyMap<string, DatedArea>> {
  const codes = [...new Set(wishes.flatMap(({ serves }) => serves))];
  const found = await Promise.all(codes.map((code) => communities.byCode(code)));
  return new Map(found.flatMap((area) => (area ? [[area.code, area] as const] : [])));
}

const outcomes = {
  STALE: stale,
  NAME_TAKEN: () => fail('INVALID_INPUT', bilingual('本街道已有同名的服务站。', 'The street has a station of that name already.'), ['input', 'name']),
} as const satisfies Record<Exclude<SaveNamed, 'SAVED'>, () => Result<never>>;

export const saved = <T>(outcome: SaveNamed, value: T): Result<T> => (outcome === 'SAVED' ? ok(value) : outcomes[outcome]());

export const noSuch = (field: string): Result<never> =>
  fail('NOT_FOUND', bilingual('没有这个服务站。', 'There is no such station.'), ['input', field]);

export async function openStation(deps: StationDeps, command: OpenCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<Station>> {
  const today = localDate(deps.now());
  const decision = open(command, deps.newId(), await known(deps, [command]), actor, today);
  if (!decision.ok) return decision;
  const station = decision.value;
  return saved(await deps.stations.save({ ends: [], begins: [station] }, station.id, receipt), station);
}

export interface StationVersion {
  readonly stationId: string;
  readonly expectedVersion: number;
}

/** As its clerk has it now: a station that is yet to begin counts as on its first day. */
export async function nowServed(deps: Ground, station: Station, today: LocalDate): Promise<Served> {
  const { communities } = await servedOn(deps, { ...station, validTo: null }, station.validFrom > today ? station.validFrom : today);
  return { station, communities };
}

export async function endStation(
  deps: StationDeps, { stationId, expectedVersion, on }: StationVersion & { readonly on: LocalDate }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Station>> {
  const today = localDate(deps.now());
  const station = await deps.stations.byId(stationId);
  if (!station) return noSuch('stationId');
  const decision = end(await nowServed(deps, station, today), on, actor, today);
  if (!decision.ok) return decision;
  if (station.version !== expectedVersion) return stale();
  return saved(await deps.stations.save({ ends: [decision.value], begins: [] }, station.id, receipt), decision.value);
}

export interface StationsWish {
  readonly from: readonly string[];
  readonly to: readonly NewStation[];
  readonly on: LocalDate;
}

async function planStations(deps: StationDeps, { from, to, on }: StationsWish, founding: string, actor: Actor): Promise<Result<StationChange>> {
  const today = localDate(deps.now());
  const found = await Promise.all(from.slice(0, 100).map((id) => deps.stations.byId(id)));
  const stations = found.flatMap((station) => station ?? []);
  if (stations.length < found.length) return noSuch('from');
  const served = await Promise.all(stations.map((station) => nowServed(deps, station, today)));
  return reorganise({ from: served, to, on }, to.map(() => deps.newId()), founding, await known(deps, to), actor, today);
}

export interface StationsPreview {
  readonly change: StationChange;
  /** Of all communities of the streets concerned, on the day. */
  readonly coverage: readonly Coverage[];
}

export async function previewStations(deps: StationDeps, wish: StationsWish, actor: Actor): Promise<Result<StationsPreview>> {
  const { on } = wish;
  const planned = await planStations(deps, wish, deps.newId(), actor);
  if (!planned.ok) return planned;
  const { ends, begins } = planned.value;
  const before = await Promise.all(ends.map((station) => servedOn(deps, { ...station, validTo: null }, on)));
  const touched = [...before.flatMap(({ communities }) => communities), ...begins.flatMap(({ serves }) => serves)];
  const streets = [...new Set(touched.map((code) => code.slice(0, 9)))].toSorted();
  const areas = (await Promise.all(streets.map((street) => deps.communities.partsOf(street, on)))).flat();
  const served = (await Promise.all(streets.map((street) => stationsIn(deps, street, on)))).flat();
  const once = [...new Map(served.map((one) => [one.station.id, one])).values()];
  return ok({ change: planned.value, coverage: coverageOf(areas.map(({ code }) => code), once, planned.value) });
}

/** All that one reorganisation founded. */
export interface Founding {
  readonly id: string;
  readonly stations: readonly Station[];
}

export async function reorganiseStations(
  deps: StationDeps,
  { from, ...wish }: Omit<StationsWish, 'from'> & { readonly from: readonly StationVersion[] },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Founding>> {
  const founding = deps.newId();
  const planned = await planStations(deps, { ...wish, from: from.map(({ stationId }) => stationId) }, founding, actor);
  if (!planned.ok) return planned;
  const { ends, begins } = planned.value;
  if (ends.some(({ version }, i) => version !== (from[i]?.expectedVersion ?? 0) + 1)) return stale();
  return saved(await deps.stations.save(planned.value, founding, receipt), { id: founding, stations: begins });
}
