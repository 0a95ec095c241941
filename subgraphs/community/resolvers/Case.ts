import { defaultSource } from '../../shared/domain/clockPolicy.js';
import { bilingual } from '../../shared/domain/result.js';
import { clockView } from '../../shared/graphql/clockFields.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { maskIdNumber, maskName, maskPhone } from '../../shared/domain/mask.js';
import { availability } from '../../shared/domain/stateMachine.js';
import type {
  CaseActResultResolvers, CaseEvaluationResolvers, CaseInfoRequestResolvers, CasePayloadResolvers, CaseResolutionResolvers, CaseResolvers,
  CaseVerdictResolvers, TimelineEntryResolvers,
} from '../__generated__/resolvers.js';
import { holderOf, maySeeReporter, type Reporter } from '../domain/case.js';
import { caseMachine } from '../domain/caseDecisions.js';
import { visibleCase } from '../usecases/actOnCase.js';
import { findResponsible } from '../usecases/responsibility/findResponsible.js';

const masked = ({ name, phone, idNumber }: Reporter) => ({
  name: name && maskName(name),
  phone: phone && maskPhone(phone),
  idNumber: idNumber && maskIdNumber(idNumber),
  masked: true,
});

export const Case: CaseResolvers = {
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
  availableActions: (subject, _args, { actor, now }) => (actor ? availability(caseMachine, subject, actor, now()) : []),
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
