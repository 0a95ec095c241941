import { levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { mutate } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  AbsencePayloadResolvers, AbsenceResolvers, CaseResponsibilityResolvers, MutationResolvers, OfficerInput, OfficerResolvers, PostPayloadResolvers,
  PostResolvers, QueryResolvers,
} from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import { holderKey } from '../domain/case.js';
import { awayOf, seesAbsencesOf, type Absence as AbsenceModel } from '../domain/responsibility/absence.js';
import { onDuty } from '../domain/responsibility/answer.js';
import { personsDuring, seesPost, termsOf, validityOf, type Officer as OfficerModel, type Post as PostModel } from '../domain/responsibility/post.js';
import { revokeAbsence, scheduleAbsence, visibleAbsence } from '../usecases/responsibility/planAbsences.js';
import { closePost, planPost, reassignPost, visiblePost } from '../usecases/responsibility/planPosts.js';

export const isStaff = (actor: Actor): boolean =>
  levelOfOfficer(actor) !== null || actor.role === 'DEPARTMENT_OFFICER' || actor.role === 'AUDITOR';

async function absencesDuring(
  post: PostModel, from: Date, until: Date, { register }: Pick<CommunityContext, 'register'>,
): Promise<AbsenceModel[]> {
  return (await Promise.all(personsDuring([post], from, until).map((person) => register.absencesOf(person)))).flat();
}

/** No plan reaches further. */
const endOfTime = new Date(Date.UTC(9999, 0));

export const responsibilityQueries: Pick<QueryResolvers, 'posts' | 'post' | 'absences'> = {
  async posts(_parent, args, { register, now, ...context }) {
    const actor = requireActor(context);
    const filter = { area: args.area ?? null, unit: args.unit ?? null, includeEnded: args.includeEnded };
    const at = now();
    const page = await register.listPosts(actor, filter, at, pageRequest(args, ['text', 'text']));
    return toConnection(page, ({ holder, id }) => [holderKey(holder), id], () => register.countPosts(actor, filter, at));
  },
  post: (_parent, { id }, context) => visiblePost(context.register, id, requireActor(context)),
  async absences(_parent, args, context) {
    const actor = requireActor(context);
    const { register } = context;
    const request = pageRequest(args, ['instant', 'text']);
    const person = args.actorId ?? actor.id;
    const isVisible = person === actor.id || seesAbsencesOf(person, await register.postsNaming(person), actor);
    const page = isVisible ? await register.listAbsences(person, request) : { items: [], hasNextPage: false };
    return toConnection(page, ({ from, id }) => [from.getTime(), id], async () => (isVisible ? register.countAbsences(person) : 0));
  },
};

const officer = ({ actorId, name }: OfficerInput): OfficerModel => ({ id: actorId, name });

export const responsibilityMutations: Pick<
  MutationResolvers, 'postCreate' | 'postAssign' | 'postEnd' | 'absencePlan' | 'absenceCancel'
> = {
  postCreate: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => planPost(
        context,
        {
          unit: input.unit ?? null,
          name: input.name,
          scope: { categories: input.categories ?? [], grids: input.grids ?? [] },
          a: officer(input.a),
          b: officer(input.b),
          from: input.from ?? null,
          to: input.to ?? null,
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visiblePost(context.register, id, actor),
    }),
  postAssign: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => reassignPost(
        context,
        {
          postId: input.postId, expectedVersion: input.expectedVersion, from: input.from ?? null, a: officer(input.a), b: officer(input.b),
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visiblePost(context.register, id, actor),
      subject: input.postId,
    }),
  postEnd: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => closePost(
        context, { postId: input.postId, expectedVersion: input.expectedVersion, at: input.at ?? null }, actor, receipt,
      ),
      current: (actor, id) => visiblePost(context.register, id, actor),
      subject: input.postId,
    }),
  absencePlan: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => scheduleAbsence(
        context, { person: input.actorId ?? null, from: input.from ?? null, to: input.to, reason: input.reason }, actor, receipt,
      ),
      current: (actor, id) => visibleAbsence(context.register, id, actor),
    }),
  absenceCancel: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => revokeAbsence(context, input, actor, receipt),
      current: (actor, id) => visibleAbsence(context.register, id, actor),
      subject: input.absenceId,
    }),
};

export const CaseResponsibility: CaseResponsibilityResolvers = {
  postName: ({ answer }) => answer?.post.name ?? null,
  post: ({ answer }, _args, { actor }) => (answer && actor && seesPost(answer.post, actor) ? answer.post : null),
  person: ({ answer }) => answer?.person ?? null,
  as: ({ answer }) => answer?.as ?? null,
};

export const Post: PostResolvers = {
  categories: ({ scope }) => scope.categories,
  grids: async ({ scope }, _args, { grids }) => Promise.all(scope.grids.map(async (code) => {
    const grid = await grids.byCode(code);
    if (!grid) throw new Error(`Posts name grid ${code}, which is not stored.`);
    return grid;
  })),
  from: (post) => validityOf(post).from,
  assignments: (post) => termsOf(post),
  onDuty: async (post, args, context) => {
    const at = args.at ?? context.now();
    return onDuty(post, await absencesDuring(post, at, at, context), at);
  },
  absences: async (post, _args, context) => {
    const at = context.now();
    const found = await absencesDuring(post, at, endOfTime, context);
    return found
      .filter((absence) => awayOf(absence).to > at)
      .toSorted((one, other) => one.from.getTime() - other.from.getTime());
  },
};

/** Residents are told whom to turn to, and no more. */
export const Officer: OfficerResolvers = {
  actorId: ({ id }, _args, { actor }) => (actor && isStaff(actor) ? id : null),
};

export const Absence: AbsenceResolvers = { actorId: ({ person }) => person };
export const PostPayload: PostPayloadResolvers = { post: ({ entity }) => entity };
export const AbsencePayload: AbsencePayloadResolvers = { absence: ({ entity }) => entity };
