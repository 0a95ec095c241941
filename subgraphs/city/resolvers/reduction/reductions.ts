import { availability } from '../../../shared/domain/stateMachine.js';
import { cutPage, pageRequest, toConnection, type CursorPart } from '../../../shared/graphql/connection.js';
import { mutate } from '../../../shared/graphql/mutation.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import type {
  BurdenCutResolvers, BurdenReductionDraftInput, BurdenReductionPayloadResolvers, BurdenReductionResolvers, MutationResolvers, QueryResolvers,
} from '../../__generated__/resolvers.js';
import type { CityContext } from '../../context.js';
import type { Cut } from '../../domain/reduction/effect.js';
import { reductionMachine, type BurdenReduction as Model, type DraftCommand } from '../../domain/reduction/reduction.js';
import type { Page, PageRequest } from '../../usecases/ports.js';
import { visibleAdmission } from '../../usecases/admission/admissions.js';
import { announce, close, decide, draft, previewCuts, visibleReduction } from '../../usecases/reduction/reductions.js';

export const reductionQueries: Pick<QueryResolvers, 'burdenReduction' | 'burdenReductions'> = {
  burdenReduction: (_parent, { id }, context) => visibleReduction(context.reductions, id, requireActor(context)),
  async burdenReductions(_parent, args, context) {
    const actor = requireActor(context);
    const states = args.states ?? null;
    const page = await context.reductions.list(actor, states, pageRequest(args, ['text', 'text']));
    return toConnection(page, ({ effectiveOn, id }) => [effectiveOn, id], () => context.reductions.count(actor, states));
  },
};

const commandOf = ({ kind, area, effectiveOn, criteria, window, pilot, note }: BurdenReductionDraftInput): Omit<DraftCommand, 'id'> => ({
  kind, area, effectiveOn, note,
  criteria: criteria ? { offList: criteria.offList ?? false, matters: criteria.matters ?? [], items: criteria.items ?? [] } : null,
  window: window ?? null,
  pilot: pilot ? { areas: pilot.areas, reason: pilot.reason ?? null } : null,
});

const current = (context: CityContext) => (actor: Parameters<typeof visibleReduction>[2], id: string): Promise<Model | null> =>
  visibleReduction(context.reductions, id, actor);

export const reductionMutations = {
  burdenReductionDraft: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => draft(context, commandOf(input), actor, receipt), current: current(context), subject: null,
    }),
  burdenReductionAnnounce: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => announce(context, input, actor, receipt), current: current(context), subject: input.reductionId,
    }),
  burdenReductionCancel: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => close(context, input, 'CANCEL', input.note, actor, receipt), current: current(context), subject: input.reductionId,
    }),
  burdenReductionClose: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => close(context, input, 'CLOSE', input.note, actor, receipt), current: current(context), subject: input.reductionId,
    }),
  burdenReductionDecide: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { decision, note, effectiveOn = null } = input;
        return decide(context, input, { decision, note, effectiveOn }, actor, receipt);
      },
      current: current(context),
      subject: input.reductionId,
    }),
} satisfies MutationResolvers;

const position = ({ street, admission }: Cut): readonly CursorPart[] => [street, admission];

function pageOf(cuts: readonly Cut[], { first, after }: PageRequest): Page<Cut> {
  const [street = '', admission = ''] = (after ?? []).map(String);
  const rest = cuts.filter((one) => one.street > street || (one.street === street && one.admission > admission));
  return cutPage(rest, first);
}

export const BurdenReduction: BurdenReductionResolvers = {
  __resolveReference: ({ id }, context) => visibleReduction(context.reductions, id, requireActor(context)),
  async cuts(reduction, args, context) {
    const request = pageRequest(args, ['text', 'text']);
    const isAhead = reduction.state === 'DRAFT' || (reduction.state === 'ANNOUNCED' && reduction.kind === 'REAPPLICATION');
    if (isAhead) {
      const cuts = await previewCuts(context, reduction);
      return toConnection(pageOf(cuts, request), position, async () => cuts.length);
    }
    return toConnection(await context.reductions.cuts(reduction.id, request), position, () => context.reductions.countCuts(reduction.id));
  },
  adopts: ({ adopts }, _args, { reductions }) => (adopts === null ? null : reductions.byId(adopts)),
  availableActions: (reduction, _args, { actor, now }) => (actor ? availability(reductionMachine, reduction, actor, now()) : []),
};
export const BurdenReductionPayload: BurdenReductionPayloadResolvers = { reduction: ({ entity }) => entity };

export const BurdenCut: BurdenCutResolvers = {
  item: ({ item }) => (item === null ? null : { id: item }),
  async department({ department }, _args, { units }) {
    const unit = await units.byCode(department);
    if (!unit) throw new Error(`${department} is not stored.`);
    return unit;
  },
  street: ({ street }) => ({ code: street }),
  admission: ({ admission }, _args, context) => visibleAdmission(context.admissions, admission, requireActor(context)),
};
