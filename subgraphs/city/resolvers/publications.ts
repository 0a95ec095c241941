import { addDays, CalendarYearUnknown, dayKind, type WorkHours } from '../../shared/domain/calendar.js';
import type { PolicyRow } from '../../shared/domain/clockPolicy.js';
import { bilingual } from '../../shared/domain/result.js';
import { pageRequest, toConnection, type Connection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { mutate } from '../../shared/graphql/mutation.js';
import type {
  ClockPolicyPayloadResolvers, ClockPolicyResolvers, ClockPolicyRowInput, ClockPolicyRowResolvers, MutationResolvers,
  QueryResolvers, WorkCalendarPayloadResolvers, WorkCalendarResolvers,
} from '../__generated__/resolvers.js';
import type { Published } from '../domain/publication.js';
import type { Versions } from '../usecases/ports.js';
import { publishVersion } from '../usecases/publishVersion.js';
import { calendarContent, policyContent } from '../usecases/readContent.js';

export async function listOf<Content>(
  versions: Versions<Content>,
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
): Promise<Connection<Published<Content>>> {
  return toConnection(await versions.list(pageRequest(args, 1)), ({ number }) => [number], () => versions.count());
}

export const oneOf = <Content>(versions: Versions<Content>, version: string | null | undefined): Promise<Published<Content> | null> =>
  version == null ? versions.latest() : versions.byVersion(version);

export const isInForce = async <Content>({ number }: Published<Content>, versions: Versions<Content>): Promise<boolean> =>
  (await versions.latest()).number === number;

const maxDays = 366;

export const publicationQueries: Pick<QueryResolvers, 'calendars' | 'calendar' | 'workDays' | 'clockPolicies' | 'clockPolicy'> = {
  calendars: (_parent, args, { calendars }) => listOf(calendars, args),
  calendar: (_parent, { version }, { calendars }) => oneOf(calendars, version),
  async workDays(_parent, { from, to }, { calendars }) {
    const { calendar } = (await calendars.latest()).content;
    if (to < from || addDays(from, maxDays) <= to) {
      throw badInput(`from 至 to 须为 1–${maxDays} 天。`, `from and to span 1–${maxDays} days.`);
    }
    try {
      const days = [];
      for (let date = from; date <= to; date = addDays(date, 1)) days.push({ date, kind: dayKind(calendar, date) });
      return days;
    } catch (error) {
      if (!(error instanceof CalendarYearUnknown)) throw error;
      throw badInput(`日历不知道 ${error.year} 年的节假日,请先发布该年的通知。`, error.message);
    }
  },
  clockPolicies: (_parent, args, { policies }) => listOf(policies, args),
  clockPolicy: (_parent, { version }, { policies }) => oneOf(policies, version),
};

const policyRow = ({ clock, unit, budget, kind, demandType, category, urgency, serviceItem, sourceZh, sourceEn }: ClockPolicyRowInput): PolicyRow => ({
  name: clock,
  unit,
  budget,
  ...(kind != null && { kind }),
  ...(demandType != null && { demandType }),
  ...(category != null && { category: category.trim() }),
  ...(urgency != null && { urgency }),
  ...(serviceItem != null && { serviceItem: serviceItem.trim() }),
  source: { zh: sourceZh.trim(), en: sourceEn.trim() },
});

const plainHours = ({ from, to }: WorkHours): WorkHours => ({ from, to });

export const publicationMutations: Pick<MutationResolvers, 'calendarPublish' | 'clockPolicyPublish'> = {
  calendarPublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.calendars, now: context.now },
        {
          version: input.version,
          note: input.note ?? null,
          content: () => calendarContent(
            {
              version: input.version,
              hours: input.hours?.map(plainHours),
              additions: { holidays: input.holidays ?? [], workDays: input.workDays ?? [] },
              notices: (input.notices ?? []).map(({ year, holidays, makeUpDays }) => ({ year, holidays, makeUpDays })),
            },
            context.buildCalendar,
          ),
        },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.calendars.byVersion(id),
    }),
  clockPolicyPublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.policies, now: context.now },
        { version: input.version, note: input.note ?? null, content: () => policyContent(input.rows.map(policyRow)) },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.policies.byVersion(id),
    }),
};

export const WorkCalendar: WorkCalendarResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { calendars }) => isInForce(published, calendars),
  hours: ({ content }) => content.calendar.hours,
  fromYear: ({ content }) => content.calendar.knows.fromYear,
  toYear: ({ content }) => content.calendar.knows.toYear,
  holidays: ({ content }) => content.calendar.additions.holidays,
  workDays: ({ content }) => content.calendar.additions.workDays,
  notices: ({ content }) => content.notices,
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};

export const WorkCalendarPayload: WorkCalendarPayloadResolvers = { calendar: ({ entity }) => entity };

export const ClockPolicy: ClockPolicyResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { policies }) => isInForce(published, policies),
  rows: ({ content }) => content,
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};

export const ClockPolicyRow: ClockPolicyRowResolvers = {
  clock: ({ name }) => name,
  source: ({ source }) => bilingual(source.zh, source.en),
};

export const ClockPolicyPayload: ClockPolicyPayloadResolvers = { policy: ({ entity }) => entity };
