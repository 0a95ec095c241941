import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { QueryToDoArgs, RequireFields } from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import type { Case } from '../domain/case.js';
import { noDeadline } from '../domain/clockPolicy.js';
import { shareOfToDo } from '../usecases/responsibility/findResponsible.js';

/** What waits for the caller, oldest due first. */
export async function toDoOf(context: CommunityContext, args: RequireFields<QueryToDoArgs, 'responsibility'>) {
  const actor = requireActor(context);
  const request = pageRequest(args, ['instant', 'text']);
  const share = args.responsibility === 'MINE' ? await shareOfToDo(context.register, actor, context.now()) : null;
  const page = await context.cases.toDo(actor, request, share);
  const due = (subject: Case): number => context.cases.nextDueAt(subject)?.getTime() ?? noDeadline.getTime();
  return toConnection(page, (subject) => [due(subject), subject.id], () => context.cases.countToDo(actor, share));
}
