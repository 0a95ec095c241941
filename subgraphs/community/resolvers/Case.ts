import { defaultSource } from '../../shared/domain/clockPolicy.js';
import { bilingual } from '../../shared/domain/result.js';
import { clockView } from '../../shared/graphql/clockFields.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import { maskIdNumber, maskName, maskPhone } from '../../shared/domain/mask.js';
import { availability } from '../../shared/domain/stateMachine.js';
import type {
  CaseActResultResolvers, CaseEvaluationResolvers, CaseInfoRequestResolvers, CasePayloadResolvers, CaseResolutionResolvers, CaseResolvers,
  CaseVerdictResolvers, TimelineEntryResolvers,
} from '../__generated__/resolvers.js';
import { holderOf, maySeeReporter, type Reporter } from '../domain/case.js';
import { caseMachine } from '../domain/caseDecisions.js';
import { mayForward, visibleCase } from '../usecases/actOnCase.js';
import { findDuplicates } from '../usecases/findDuplicates.js';
import { findResponsible } from '../usecases/responsibility/findResponsible.js';
import { materialsOfCase } from './material/materials.js';

const maxProposed = 20;

const masked = ({ name, phone, idNumber }: Reporter) => ({
  name: name && maskName(name),
  phone: phone && maskPhone(phone),
  idNumber: idNumber && maskIdNumber(idNumber),
  masked: true,
});

export const Case: CaseResolvers = {
  ...materialsOfCase,
  __resolveReference: ({ id }, { cases, actor }) => actor && visibleCase(cases, id, actor),
  community: async ({ place }, _args, { areas }) => {
    const community = await areas.byCode(place.community);
    if (!community) throw new Error(`Cases name community ${place.community}, which is not stored.`);
    return community;
  },
  grid: ({ place }, _args, { grids }) => (place.grid === null ? null : grids.byCode(place.grid)),
  address: ({ place }) => place.address,
  longitude: ({ place }) => place.longitude,
  latitude: ({ place }) => place.latitude,
  reporter: (subject, _args, { actor }) =>
    actor && maySeeReporter(subject, actor) ? { ...subject.reporter, masked: false } : masked(subject.reporter),
  clocks: ({ clocks }, _args, { now, calendars }) =>
    clocks.map((clock) => {
      const { name, source = defaultSource } = clock;
      return { ...clockView(clock, calendars, now()), name, source: bilingual(source.zh, source.en) };
    }),
  nextDueAt: (subject, _args, { cases }) => cases.nextDueAt(subject),
  holder: (subject) => holderOf(subject),
  async timeline({ id }, args, { cases }) {
    const page = await cases.timeline(id, pageRequest(args, ['count']));
    return toConnection(page, ({ seq }) => [seq], () => cases.countTimeline(id));
  },
  responsible: (subject, { at }, context) => findResponsible(context, subject, at ?? context.now()),
  mergedInto: ({ merge }, _args, { cases, actor }) => merge && actor && visibleCase(cases, merge.into, actor),
  mergedSince: ({ merge }) => merge?.since ?? null,
  async mergedCases({ id }, args, context) {
    const actor = requireActor(context);
    const page = await context.cases.mergedInto(id, actor, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ submittedAt, id: own }) => [submittedAt.getTime(), own], () => context.cases.countMergedInto(id, actor));
  },
  likelyDuplicates(subject, { first }, context) {
    if (first < 1 || first > maxProposed) throw badInput(`first 须为 1–${maxProposed},当前为 ${first}。`, `first must be 1–${maxProposed}; it is ${first}.`);
    return findDuplicates(context.cases, subject, requireActor(context), context.now(), first);
  },
  availableActions: (subject, _args, { actor, now, dutyList }) =>
    (actor ? availability(caseMachine, subject, actor, now()) : []).map((found) => {
      const reason = found.action === 'FORWARD' && found.available ? mayForward(dutyList, subject) : null;
      return reason ? { ...found, available: false, reason } : found;
    }),
};

export const CaseVerdict: CaseVerdictResolvers = { decidedAt: ({ at }) => at };
export const CaseInfoRequest: CaseInfoRequestResolvers = { requestedAt: ({ at }) => at };
export const CaseResolution: CaseResolutionResolvers = { resolvedAt: ({ at }) => at };
export const CaseEvaluation: CaseEvaluationResolvers = { ratedAt: ({ at }) => at };
export const CaseActResult: CaseActResultResolvers = { caseId: ({ id }) => id, case: ({ entity }) => entity };
export const CasePayload: CasePayloadResolvers = { case: ({ entity }) => entity };
export const TimelineEntry: TimelineEntryResolvers = {
  role: ({ by }) => by.role,
  area: ({ by }) => by.area,
  unit: ({ by }) => by.unit,
};
