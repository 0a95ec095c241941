import { levelOfCode, type Level } from '../../shared/domain/areaCode.js';
import { localDate } from '../../shared/domain/calendar.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { mutate } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  BeginningAreaResolvers, MutationResolvers, NewAreaInput, QueryResolvers, ReorganisationPayloadResolvers, ReorganisationPreviewInput,
  ReorganisationPlanResolvers, ReorganisationResolvers,
} from '../__generated__/resolvers.js';
import { stateOn } from '../domain/reorganisation.js';
import type { BeginningArea as Area, NewArea, ReorganisationWish } from '../domain/reorganisationPlan.js';
import { cancelReorganisation, decideReorganisation, previewReorganisation } from '../usecases/reorganise.js';
import type { BeginningModel } from './models.js';
import { gridPlanOf, measuresOf, verdictsOf } from './standards.js';

const newArea = ({ code, name, kind, population, households, areaKm2, takes }: NewAreaInput): NewArea => ({
  code: code ?? null, name, kind: kind ?? null, population: population ?? null, households: households ?? null, areaKm2: areaKm2 ?? null,
  takes: takes ?? null,
});
const wishOf = ({ from, to, on }: ReorganisationPreviewInput): ReorganisationWish => ({ from, on, to: to.map(newArea) });

type Reorganising = 'reorganisationPreview' | 'reorganisation' | 'reorganisations';
export const reorganisationQueries: Pick<QueryResolvers, Reorganising> = {
  async reorganisationPreview(_parent, { input }, context) {
    const result = await previewReorganisation(context, wishOf(input), requireActor(context));
    return result.ok ? { plan: result.value, userErrors: [] } : { plan: null, userErrors: [result.error] };
  },
  reorganisation: (_parent, { id }, { reorganisations }) => reorganisations.byId(id),
  async reorganisations(_parent, args, { reorganisations }) {
    const area = args.area ?? null;
    const page = await reorganisations.list(area, pageRequest(args, ['text', 'text']));
    return toConnection(page, ({ plan: { on }, id }) => [on, id], () => reorganisations.count(area));
  },
};

export const reorganisationMutations: Pick<MutationResolvers, 'reorganisationDecide' | 'reorganisationCancel'> = {
  reorganisationDecide: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => decideReorganisation(context, { ...wishOf(input), reason: input.reason }, actor, receipt),
      current: (_actor, id) => context.reorganisations.byId(id),
    }),
  reorganisationCancel: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => cancelReorganisation(context, input, actor, receipt),
      current: (_actor, id) => context.reorganisations.byId(id),
      subject: input.reorganisationId,
    }),
};

export const Reorganisation: ReorganisationResolvers = {
  __resolveReference: ({ id }, { reorganisations }) => reorganisations.byId(id),
  state: (reorganisation, _args, { now }) => stateOn(reorganisation, localDate(now())),
  decidedBy: ({ decidedBy }, _args, { actor }) => (actor ? decidedBy : null),
  cancelledAt: ({ cancelled }) => cancelled?.at ?? null,
  cancelReason: ({ cancelled }) => cancelled?.reason ?? null,
};

export const ReorganisationPayload: ReorganisationPayloadResolvers = { reorganisation: ({ entity }) => entity };

export const ReorganisationPlan: ReorganisationPlanResolvers = {
  // A street has the grids of the communities that begin in it.
  begins: ({ begins }) => begins.map((area): BeginningModel => ({
    area, grids: begins.filter(({ code }) => code.startsWith(area.code)).flatMap(({ grids }) => grids),
  })),
};

const plannedOf = ({ grids }: BeginningModel): number => grids.reduce((sum, { plannedHouseholds }) => sum + plannedHouseholds, 0);
const levelOf = ({ code }: Area): Level => levelOfCode(code) as Level;

export const BeginningArea: BeginningAreaResolvers = {
  code: ({ area }) => area.code,
  level: ({ area }) => levelOf(area),
  name: ({ area }) => area.name,
  kind: ({ area }) => area.kind,
  isGovernment: ({ area }) => area.isGovernment,
  population: ({ area }) => area.population,
  households: ({ area }) => area.households,
  areaKm2: ({ area }) => area.areaKm2,
  predecessors: ({ area }) => area.predecessors,
  grids: ({ grids }) => grids.length,
  plannedHouseholds: plannedOf,
  verdicts: ({ area }, { standard }, context) => verdictsOf(context, levelOf(area), measuresOf(area), standard),
  gridPlan: (model, { standard }, context) => gridPlanOf(context, model.area.households ?? plannedOf(model), standard),
};
