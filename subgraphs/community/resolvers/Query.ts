import { levelOfCode } from '../../shared/domain/areaCode.js';
import { cutPage, pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput, forbidden } from '../../shared/graphql/errors.js';
import { dayOf } from '../../shared/graphql/validity.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { CaseFilter as CaseFilterInput, QueryResolvers } from '../__generated__/resolvers.js';
import { maySee } from '../domain/case.js';
import { openClock, previewExtension } from '../domain/clockPolicy.js';
import { visibleCase } from '../usecases/actOnCase.js';
import type { CaseFilter } from '../usecases/ports.js';
import { countedStepsOf } from './CountedSteps.js';
import { applicationQueries } from './applications.js';
import { factQueries } from './facts.js';
import { leavingOutQueries } from './leavingOut.js';
import { liveQueries } from './live.js';
import { materialQueries } from './material/materials.js';
import { outreachQueries } from './outreach.js';
import { returnVisitQueries } from './returnVisits.js';
import { responsibilityQueries } from './responsibility.js';
import { toDoOf } from './toDo.js';

export const Query: QueryResolvers = {
  community: (_parent, { code }, { areas }) => areas.byCode(code),
  grid: (_parent, { code }, { grids }) => grids.byCode(code),
  async communities(_parent, args, context) {
    const { street, name } = args;
    if (street != null && levelOfCode(street) !== 'STREET') {
      throw badInput(
        `street 须为九位街道代码,当前为 ${street}。`, `street is a street's code of nine digits; it is ${street}.`,
      );
    }
    const { first, after } = pageRequest(args, ['text']);
    const filter = { at: dayOf(args, context), parent: street ?? undefined, nameContains: name ?? undefined };
    const last = after === null ? null : String(after[0]);
    const found = await context.areas.list(filter, { after: last, limit: first + 1 });
    return toConnection(cutPage(found, first), ({ code }) => [code], () => context.areas.count(filter));
  },
  case: (_parent, { id }, context) => visibleCase(context.cases, id, requireActor(context)),
  async caseByNumber(_parent, { number }, context) {
    const actor = requireActor(context);
    const found = await context.cases.byNumber(number.trim().toUpperCase());
    return found && maySee(found, actor) ? found : null;
  },
  async cases(_parent, args, context) {
    const actor = requireActor(context);
    const filter = caseFilter(args.filter);
    const page = await context.cases.list(actor, filter, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ submittedAt, id }) => [submittedAt.getTime(), id], () => context.cases.count(actor, filter));
  },
  toDo: (_parent, args, context) => toDoOf(context, args),
  async clockPreview(_parent, { caseId, workDays }, context) {
    const actor = requireActor(context);
    const { cases, calendar, now } = context;
    if (workDays < 1 || workDays > 30) throw badInput('workDays 须为 1–30。', 'workDays must be 1–30.');
    const found = await visibleCase(cases, caseId, actor);
    const clock = found && openClock(found.clocks, 'RESOLVE');
    return clock ? previewExtension(clock, workDays, calendar, now()) : null;
  },
  async notices(_parent, args, context) {
    const actor = requireActor(context);
    const { notices } = context;
    const page = await notices.list(actor, args.unreadOnly, pageRequest(args, 2));
    return {
      ...toConnection(page, ({ at, id }) => [at.getTime(), id], () => notices.count(actor, args.unreadOnly)),
      unreadCount: () => notices.count(actor, true),
    };
  },
  noticeDeliveries(_parent, _args, context) {
    const { role } = requireActor(context);
    if (role !== 'CITY_OFFICER' && role !== 'AUDITOR') {
      throw forbidden('仅市级工作人员与审计人员可查。', 'Only city officers and auditors may see this.');
    }
    return context.noticeDeliveries.deliveryCounts();
  },
  countedSteps: (_parent, args, context) => countedStepsOf(context, args),
  ...applicationQueries,
  ...leavingOutQueries,
  ...liveQueries,
  ...materialQueries,
  ...returnVisitQueries,
  ...responsibilityQueries,
  ...factQueries,
  ...outreachQueries,
  caseCategories: (_parent, _args, { categories }) => categories,
};

const maxText = 50;

function caseFilter(filter: CaseFilterInput | null | undefined): CaseFilter {
  const text = filter?.text ?? null;
  if (text !== null && [...text].length > maxText) {
    throw badInput(`text 至多 ${maxText} 字。`, `text has at most ${maxText} characters.`);
  }
  return {
    states: filter?.states ?? null,
    kinds: filter?.kinds ?? null,
    patrolDomains: filter?.patrolDomains ?? null,
    urgencies: filter?.urgencies ?? null,
    category: filter?.category ?? null,
    area: filter?.area ?? null,
    from: filter?.from ?? null,
    to: filter?.to ?? null,
    text,
  };
}
