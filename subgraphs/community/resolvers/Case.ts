import type { Calendar } from '../../shared/domain/calendar.js';
import { defaultSource } from '../../shared/domain/clockPolicy.js';
import { dueAt, pauseReasons, segments, state as clockState, used, type ClockState } from '../../shared/domain/clock.js';
import { whereKnown } from '../../shared/domain/deadline.js';
import { bilingual } from '../../shared/domain/result.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { maskIdNumber, maskName, maskPhone } from '../../shared/domain/mask.js';
import { availability } from '../../shared/domain/stateMachine.js';
import type {
  CaseActResultResolvers, CaseEvaluationResolvers, CaseInfoRequestResolvers, CasePayloadResolvers, CaseResolutionResolvers, CaseResolvers,
  CaseVerdictResolvers, TimelineEntryResolvers,
} from '../__generated__/resolvers.js';
import { holderOf, maySeeReporter, type Case as CaseModel, type Reporter } from '../domain/case.js';
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
  clocks: ({ clocks }, _args, { now, calendar, calendars }) =>
    clocks.map((clock) =>
      clockView(clock, clockState(clock) === 'STOPPED' ? calendars.of(clock.calendarVersion) : calendar, now())),
  nextDueAt: (subject, _args, { cases }) => cases.nextDueAt(subject),
  holder: (subject) => holderOf(subject),
  async timeline({ id }, args, { cases }) {
    const page = await cases.timeline(id, pageRequest(args, ['count']));
    return toConnection(page, ({ seq }) => [seq], () => cases.countTimeline(id));
  },
  responsible: (subject, { at }, context) => findResponsible(context, subject, at ?? context.now()),
  availableActions: (subject, _args, { actor, now }) => (actor ? availability(caseMachine, subject, actor, now()) : []),
};

const pausedStates: readonly ClockState[] = pauseReasons;

/** A clock as people read it; what needs a year the calendar does not know is null. */
function clockView(clock: CaseModel['clocks'][number], calendar: Calendar, at: Date) {
  const standing = clockState(clock);
  const stoppedAt = clock.spans.at(-1)?.to ?? null;
  const { source = defaultSource } = clock;
  return {
    name: clock.name,
    budget: clock.budget + clock.extensions.reduce((sum, { by }) => sum + by, 0),
    unit: clock.unit,
    source: bilingual(source.zh, source.en),
    usedMinutes: whereKnown(() => used(clock, calendar, at)),
    dueAt: whereKnown(() => dueAt(clock, calendar)),
    state: standing,
    calendarVersion: calendar.version,
    pausedReason: pausedStates.includes(standing) ? standing : null,
    startedAt: clock.spans[0]?.from ?? at,
    stoppedAt: standing === 'STOPPED' ? stoppedAt : null,
    segments: whereKnown(() => segments(clock, calendar, at)),
  };
}

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
