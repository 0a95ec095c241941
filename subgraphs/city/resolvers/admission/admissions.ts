import type { GraphQLResolveInfo } from 'graphql';
import { availability } from '../../../shared/domain/stateMachine.js';
import { pageRequest, toConnection } from '../../../shared/graphql/connection.js';
import { mutate, type Answer } from '../../../shared/graphql/mutation.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import type {
  AdmissionEmpowerInput, AdmissionGiveOpinionInput, AdmissionPayloadResolvers, AdmissionResolvers, AdmissionSecureInput, MutationResolvers,
  QueryResolvers,
} from '../../__generated__/resolvers.js';
import type { CityContext } from '../../context.js';
import {
  admissionMachine, exceptedOf, missingGates, type Admission as Model, type AdmissionInput, type OfficersAction,
} from '../../domain/admission/admission.js';
import { act, propose, visibleAdmission } from '../../usecases/admission/admissions.js';

export const admissionQueries: Pick<QueryResolvers, 'admission' | 'admissions'> = {
  admission: (_parent, { id }, context) => visibleAdmission(context.admissions, id, requireActor(context)),
  async admissions(_parent, args, context) {
    const actor = requireActor(context);
    const states = args.states ?? null;
    const page = await context.admissions.list(actor, states, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ proposedAt, id }) => [proposedAt.getTime(), id], () => context.admissions.count(actor, states));
  },
};

interface Call {
  readonly admissionId: string;
  readonly expectedVersion: number;
  readonly idempotencyKey?: string | null | undefined;
  readonly note?: string | null | undefined;
}

const on = <Input extends Call>(action: OfficersAction, more: (input: Input) => Omit<AdmissionInput, 'note'> = () => ({})) =>
  (_parent: unknown, { input }: { readonly input: Input }, context: CityContext, info: GraphQLResolveInfo): Promise<Answer<Model>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { admissionId, expectedVersion, note = null } = input;
        return act(context, { admissionId, expectedVersion, action, input: { note, ...more(input) } }, actor, receipt);
      },
      current: (actor, id) => visibleAdmission(context.admissions, id, actor),
      subject: input.admissionId,
    });

export const admissionMutations = {
  admissionPropose: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { matter = null, item = null, street, community = null, reason } = input;
        return propose(context, { matter, item, street, community, reason }, actor, receipt);
      },
      current: (actor, id) => visibleAdmission(context.admissions, id, actor),
      subject: null,
    }),
  admissionGiveOpinion: on('GIVE_OPINION', ({ supports }: AdmissionGiveOpinionInput) => ({ supports })),
  admissionSecure: on('SECURE', ({ amountFen, posts }: AdmissionSecureInput) => ({ amountFen: amountFen ?? 0, posts: posts ?? 0 })),
  admissionEmpower: on('EMPOWER', ({ powers }: AdmissionEmpowerInput) => ({ powers })),
  admissionApprove: on('APPROVE'),
  admissionRefuse: on('REFUSE'),
  admissionLapse: on('LAPSE'),
} satisfies MutationResolvers;

export const Admission: AdmissionResolvers = {
  department: async ({ department }, _args, { units }) => {
    const unit = await units.byCode(department);
    if (!unit) throw new Error(`${department} is not stored.`);
    return unit;
  },
  item: ({ item }) => (item === null ? null : { id: item }),
  street: ({ street }) => ({ code: street }),
  community: ({ community }) => (community === null ? null : { code: community }),
  except: (admission) => exceptedOf(admission),
  reduction: async ({ reduction }, _args, { reductions }) => (reduction === null ? null : reductions.byId(reduction)),
  endedByReduction: async ({ cutBy }, _args, { reductions }) => (cutBy === null ? null : reductions.byId(cutBy)),
  missing: (admission) => missingGates(admission),
  availableActions: (admission, _args, { actor, now }) => (actor ? availability(admissionMachine, admission, actor, now()) : []),
};
export const AdmissionPayload: AdmissionPayloadResolvers = { admission: ({ entity }) => entity };
