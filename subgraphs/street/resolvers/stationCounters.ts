import type { GraphQLResolveInfo } from 'graphql';
import { coversArea, type Actor } from '../../shared/domain/actor.js';
import { ancestorAt } from '../../shared/domain/areaCode.js';
import { localDate } from '../../shared/domain/calendar.js';
import type { Result } from '../../shared/domain/result.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { mutate, type Answer } from '../../shared/graphql/mutation.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type {
  MutationResolvers, QueryResolvers, ServiceAtStationResolvers, ServiceAtStationsResolvers, ServiceAtWindowResolvers, StationResolvers, StationWindowResolvers,
} from '../__generated__/resolvers.js';
import type { StreetContext } from '../context.js';
import type { Station } from '../domain/station.js';
import { hoursOfStation, windowsOn, type Position } from '../domain/stationCounters.js';
import type { CallReceipt } from '../usecases/ports.js';
import {
  editWindow, endException, endWindow, makeException, openingOf, openWindow, setHours, stationsFor, stretchesOf,
} from '../usecases/stationCounters.js';
import type { StationVersion } from '../usecases/stations.js';

const dayMs = 86_400_000;
const maxDaysAhead = 730;
const earliest = new Date('2000-01-01T00:00:00+08:00');
const maxItem = 64;

function momentOf(at: Date | null | undefined, now: Date): Date {
  if (!at) return now;
  if (at < earliest || at.getTime() > now.getTime() + maxDaysAhead * dayMs) {
    throw badInput(`at 须在 2000 年以后、今后 ${maxDaysAhead} 天以内。`, `at lies from 2000 on, at most ${maxDaysAhead} days ahead.`);
  }
  return at;
}

function positionOf(longitude: number | null | undefined, latitude: number | null | undefined): Position | null {
  if (longitude == null && latitude == null) return null;
  if (longitude == null || latitude == null || Math.abs(longitude) > 180 || Math.abs(latitude) > 90) {
    throw badInput('经纬度须成对且在有效范围内。', 'Longitude and latitude come together and within range.');
  }
  return { longitude, latitude };
}

/** A resident's token may name where they live. */
const homeOf = (actor: Actor | null): string | null =>
  (actor?.role === 'RESIDENT' && actor.area !== null && actor.area.length >= 12 ? ancestorAt(actor.area, 'COMMUNITY') : null);

export const stationCounterQueries: Pick<QueryResolvers, 'stationsFor'> = {
  stationsFor(_parent, { item, community, at, longitude, latitude }, context) {
    const where = community ?? homeOf(context.actor);
    if (where === null) throw badInput('请给出社区 community。', 'Name the community.');
    if (item.length > maxItem) throw badInput(`事项编码至多 ${maxItem} 个字符。`, `An item's code has at most ${maxItem} characters.`);
    return stationsFor(context, { community: where, item, at: momentOf(at, context.now()), from: positionOf(longitude, latitude) });
  },
};

type Run = (actor: Actor, receipt: CallReceipt | null) => Promise<Result<Station>>;

const onStation = (
  input: StationVersion & { readonly idempotencyKey?: string | null | undefined }, context: StreetContext, info: GraphQLResolveInfo, run: Run,
): Promise<Answer<Station>> => mutate(context, info.fieldName, { ...input }, {
  run, current: (_actor, id) => context.stations.byId(id), subject: input.stationId,
});

export const stationCounterMutations: Pick<
  MutationResolvers,
  'stationWindowOpen' | 'stationWindowEdit' | 'stationWindowEnd' | 'stationHoursSet' | 'stationExceptionMake' | 'stationExceptionEnd'
> = {
  stationWindowOpen: (_parent, { input }, context, info) => onStation(input, context, info, (actor, receipt) => {
    const { idempotencyKey: _key, modules, departments, post, staff, from, ...wish } = input;
    return openWindow(context, {
      ...wish, modules: modules ?? [], departments: departments ?? [], post: post ?? null, staff: staff ?? null, from: from ?? localDate(context.now()),
    }, actor, receipt);
  }),
  stationWindowEdit: (_parent, { input }, context, info) => onStation(input, context, info, (actor, receipt) => {
    const { idempotencyKey: _key, name, modules, departments, from, ...wish } = input;
    return editWindow(context, {
      ...wish, name: name ?? undefined, modules: modules ?? undefined, departments: departments ?? undefined, from: from ?? localDate(context.now()),
    }, actor, receipt);
  }),
  stationWindowEnd: (_parent, { input }, context, info) => onStation(input, context, info, (actor, receipt) => endWindow(context, input, actor, receipt)),
  stationHoursSet: (_parent, { input }, context, info) => onStation(input, context, info, (actor, receipt) => {
    const { idempotencyKey: _key, from, onHolidays, makeUpWeekday, ...wish } = input;
    return setHours(context, {
      ...wish, onHolidays: onHolidays ?? 'CLOSED', makeUpWeekday: makeUpWeekday ?? null, from: from ?? localDate(context.now()),
    }, actor, receipt);
  }),
  stationExceptionMake: (_parent, { input }, context, info) => onStation(input, context, info, (actor, receipt) => {
    const { idempotencyKey: _key, from, ...wish } = input;
    return makeException(context, { ...wish, from: from ?? context.now() }, actor, receipt);
  }),
  stationExceptionEnd: (_parent, { input }, context, info) => onStation(input, context, info, (actor, receipt) => {
    const { idempotencyKey: _key, ...wish } = input;
    return endException(context, wish, actor, receipt);
  }),
};

export const countersOfStation: Pick<StationResolvers, 'windows' | 'hours' | 'openOn' | 'opening' | 'exceptions'> = {
  windows: (station, args, context) => windowsOn(station, dayOf(args, context)).map((window) => ({ window, station })),
  hours: (station, args, context) => hoursOfStation(station, dayOf(args, context)),
  openOn: (station, { day }, context) => stretchesOf(context, station, day ?? localDate(context.now())),
  opening: (station, _args, context) => openingOf(context, station, context.now()),
  async exceptions({ id }, args, { stations }) {
    const page = await stations.exceptionList(id, pageRequest(args, ['instant', 'text']));
    return toConnection(page, (one) => [one.from.getTime(), one.id], () => stations.countExceptions(id));
  },
};

const officers = new Set(['STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR']);

/** Names of staff are for their street and those above it. */
const seesStaff = (actor: Actor | null, { serves: [first = ''] }: Station): boolean =>
  actor !== null && officers.has(actor.role) && coversArea(actor, ancestorAt(first, 'STREET'));

export const StationWindow: StationWindowResolvers = {
  number: ({ window }) => window.number,
  name: ({ window }) => window.name,
  modules: ({ window }) => [...window.modules],
  departments: async ({ window }, _args, { units }) =>
    (await Promise.all(window.departments.map((code) => units.byCode(code)))).flatMap((unit) => unit ?? []),
  post: ({ window }) => window.post,
  staff: ({ window, station }, _args, { actor }) => (seesStaff(actor, station) ? window.staff : null),
  validFrom: ({ window }) => window.validFrom,
  validTo: ({ window }) => window.validTo,
};

export const ServiceAtStations: ServiceAtStationsResolvers = {
  community: ({ community }) => ({ code: community }),
  item: ({ item, community }) => ({ id: item.id, item, area: community }),
};

export const ServiceAtStation: ServiceAtStationResolvers = {
  windows: ({ station, windows }) => windows.map((one) => ({ ...one, station })),
};

export const ServiceAtWindow: ServiceAtWindowResolvers = { window: ({ window, station }) => ({ window, station }) };
