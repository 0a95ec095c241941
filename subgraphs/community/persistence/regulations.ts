import type { Connection, Model } from 'mongoose';
import { createCalendar, InvalidCalendar, type Calendar } from '../../shared/domain/calendar.js';
import { concernRuleFault, platformConcernRule, type ConcernRule, type NamedConcernRule } from '../../shared/domain/concernRule.js';
import { openPolicies, versionSchema, type Policies, type PublishedVersion } from '../../shared/persistence/policies.js';
import type { UnitOfWork } from '../../shared/persistence/transactions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { Calendars } from '../usecases/ports.js';

/** The community's copy of what the city has published; versions are added and never changed. */
interface VersionDocument<Content> {
  _id: string;
  /** 1, 2, 3… as the city counts; the highest is in force. */
  number: number;
  content: Content;
}

export interface Regulations extends Calendars {
  readonly policies: Policies;
  /** What this process last read; `refresh` reads on. */
  rules(): ClockRules;
  concernRule(): NamedConcernRule;
  /** Takes up what has been published since, by whichever process it came in. */
  refresh(): Promise<void>;
  /** Throws InvalidCalendar, and so parks the event, when it is none. */
  keepCalendar(published: PublishedVersion<Calendar>, unit: UnitOfWork): Promise<void>;
  keepConcernRule(published: PublishedVersion<ConcernRule>, unit: UnitOfWork): Promise<void>;
}

export async function openRegulations(connection: Connection, initial: Calendar): Promise<Regulations> {
  const calendars: Model<VersionDocument<Calendar>> = connection.model<VersionDocument<Calendar>>('CalendarCopy', versionSchema('calendars'));
  const concernRules: Model<VersionDocument<ConcernRule>> = connection.model<VersionDocument<ConcernRule>>('ConcernRuleCopy', versionSchema('concernRules'));
  await calendars.init();
  await concernRules.init();
  const policies = await openPolicies(connection);

  const known = new Map<string, Calendar>([[initial.version, initial]]);
  let calendar = { number: 0, content: initial };
  let concernRule: NamedConcernRule & { readonly number: number } = { number: 0, ...platformConcernRule };

  async function refresh(): Promise<void> {
    const newer = await calendars.find({ number: { $gt: calendar.number } }).sort({ number: 1 }).lean<VersionDocument<Calendar>[]>();
    for (const { _id, number, content } of newer) {
      // Another refresh may have been faster; one object per version keeps what is remembered of it.
      if (number <= calendar.number) continue;
      calendar = { number, content: createCalendar(content) };
      known.set(_id, calendar.content);
    }
    await policies.refresh();
    const [rule] = await concernRules.find({ number: { $gt: concernRule.number } }).sort({ number: -1 }).limit(1).lean<VersionDocument<ConcernRule>[]>();
    if (rule && rule.number > concernRule.number) concernRule = { number: rule.number, version: rule._id, rule: rule.content };
  }

  /** After the commit; should it fail, the next refresh comes within seconds. */
  const refreshAfter = (unit: UnitOfWork): void => unit.afterCommit(() => refresh().catch(() => undefined));

  await refresh();
  return {
    concernRule: () => concernRule,
    policies,
    rules: () => ({ calendar: calendar.content, policy: policies.inForce() }),
    inForce: () => calendar.content,
    of: (version) => known.get(version ?? initial.version) ?? calendar.content,
    outdated: () => [...known.keys()].filter((version) => version !== calendar.content.version),
    refresh,
    async keepCalendar({ version, number, content }, unit) {
      if (content.version !== version) throw new InvalidCalendar(`Calendar ${content.version} came under the name ${version}.`);
      await calendars.create([{ _id: version, number, content: createCalendar(content) }], { session: unit.session });
      refreshAfter(unit);
    },
    async keepConcernRule({ version, number, content }, unit) {
      const fault = concernRuleFault(content);
      if (fault) throw new Error(`Rule of concerns ${version}: ${fault.message}`);
      await concernRules.create([{ _id: version, number, content }], { session: unit.session });
      refreshAfter(unit);
    },
  };
}
