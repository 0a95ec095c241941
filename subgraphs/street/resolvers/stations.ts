import { localDate } from '../../shared/domain/calendar.js';
import { mutate } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type {
  CommunityResolvers, EndingAreaResolvers, MutationResolvers, NewStationInput, QueryResolvers, StationPayloadResolvers, StationReorganisePayloadResolvers,
  StationResolvers, StationsPreviewResolvers, StreetResolvers,
} from '../__generated__/resolvers.js';
import type { StreetContext } from '../context.js';
import type { NewStation, Station as Model } from '../domain/station.js';
import { sealsOfCommunity } from './seal/seals.js';
import { countersOfStation } from './stationCounters.js';
import { endStation, openStation, previewStations, reorganiseStations, servedOn, stationsIn } from '../usecases/stations.js';

const newStation = ({ name, address, longitude, latitude, serves }: NewStationInput): NewStation =>
  ({ name, address: address ?? null, longitude: longitude ?? null, latitude: latitude ?? null, serves });

export const stationQueries: Pick<QueryResolvers, 'station' | 'stationsPreview'> = {
  station: (_parent, { id }, { stations }) => stations.byId(id),
  async stationsPreview(_parent, { input }, context) {
    const wish = { from: input.from, to: input.to.map(newStation), on: input.on };
    const result = await previewStations(context, wish, requireActor(context));
    return result.ok ? { preview: result.value, userErrors: [] } : { preview: null, userErrors: [result.error] };
  },
};

export const stationMutations: Pick<MutationResolvers, 'stationOpen' | 'stationReorganise' | 'stationEnd'> = {
  stationOpen: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => openStation(context, { ...newStation(input), from: input.from ?? localDate(context.now()) }, actor, receipt),
      current: (_actor, id) => context.stations.byId(id),
    }),
  stationReorganise: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => reorganiseStations(context, { from: input.from, to: input.to.map(newStation), on: input.on }, actor, receipt),
      current: async (_actor, id) => ({ id, stations: await context.stations.foundedBy(id) }),
    }),
  stationEnd: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => endStation(context, input, actor, receipt),
      current: (_actor, id) => context.stations.byId(id),
      subject: input.stationId,
    }),
};

const byIds = async (ids: readonly string[], { stations }: StreetContext): Promise<Model[]> =>
  (await Promise.all(ids.map((id) => stations.byId(id)))).flatMap((station) => station ?? []);

export const Station: StationResolvers = {
  __resolveReference: ({ id }, { stations }) => stations.byId(id),
  serves: async (station, args, context) => (await servedOn(context, station, dayOf(args, context))).communities.map((code) => ({ code })),
  ...countersOfStation,
  successors: ({ successors }, _args, context) => byIds(successors, context),
  predecessors: ({ predecessors }, _args, context) => byIds(predecessors, context),
};

export const StationPayload: StationPayloadResolvers = { station: ({ entity }) => entity };
export const StationReorganisePayload: StationReorganisePayloadResolvers = { stations: ({ entity }) => entity?.stations ?? [] };

const codes = (coverage: readonly { readonly community: string }[]): { code: string }[] => coverage.map(({ community: code }) => ({ code }));

export const StationsPreview: StationsPreviewResolvers = {
  coverage: ({ preview }) => preview?.coverage.map(({ community: code, before, after }) => ({ community: { code }, before, after })) ?? null,
  withoutStation: ({ preview }) => preview && codes(preview.coverage.filter(({ after }) => after === 0)),
  withSeveral: ({ preview }) => preview && codes(preview.coverage.filter(({ after }) => after > 1)),
};

const stationsOf = async (code: string, day: string, context: StreetContext): Promise<Model[]> =>
  (await stationsIn(context, code, day)).map(({ station }) => station);

export const stationsOfStreet: Pick<StreetResolvers, 'stations'> = { stations: ({ code }, args, context) => stationsOf(code, dayOf(args, context), context) };

export const Community: CommunityResolvers = {
  __resolveReference: ({ code }) => ({ code }),
  stations: ({ code }, args, context) => stationsOf(code, dayOf(args, context), context),
  ...sealsOfCommunity,
};

export const EndingArea: EndingAreaResolvers = {
  __resolveReference: ({ code }) => ({ code }),
  stations: ({ code }, args, context) => stationsOf(code, dayOf(args, context), context),
};
