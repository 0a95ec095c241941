import type { Connection, Model } from 'mongoose';
import type { Calendar } from '../../shared/domain/calendar.js';
import { concernRuleFault, platformConcernRule, type ConcernRule, type NamedConcernRule } from '../../shared/domain/concernRule.js';
import { openCalendars, type CalendarStore } from '../../shared/persistence/calendars.js';
import { openDutyLists, type DutyLists } from '../../shared/persistence/dutyLists.js';
import { openPolicies, versionSchema, type Policies, type PublishedVersion } from '../../shared/persistence/policies.js';
import type { UnitOfWork } from '../../shared/persistence/transactions.js';
import type { ClockRules } from '../domain/clockPolicy.js';

interface RuleDocument {
  _id: string;
  /** 1, 2, 3… as the city counts; the highest is in force. */
  number: number;
  content: ConcernRule;
}

export interface Regulations extends CalendarStore {
  readonly policies: Policies;
  readonly dutyLists: DutyLists;
  /** What this process last read; `refresh` reads on. */
  rules(): ClockRules;
  concernRule(): NamedConcernRule;
  keepConcernRule(published: PublishedVersion<ConcernRule>, unit: UnitOfWork): Promise<void>;
}

export async function openRegulations(connection: Connection, initial: Calendar): Promise<Regulations> {
  const calendars = await openCalendars(connection, initial);
  const policies = await openPolicies(connection);
  const dutyLists = await openDutyLists(connection);
  const concernRules: Model<RuleDocument> = connection.model<RuleDocument>('ConcernRuleCopy', versionSchema('concernRules'));
  await concernRules.init();
  let concernRule: NamedConcernRule & { readonly number: number } = { number: 0, ...platformConcernRule };

  async function refreshConcernRule(): Promise<void> {
    const [rule] = await concernRules.find({ number: { $gt: concernRule.number } }).sort({ number: -1 }).limit(1).lean<RuleDocument[]>();
    if (rule && rule.number > concernRule.number) concernRule = { number: rule.number, version: rule._id, rule: rule.content };
  }

  await refreshConcernRule();
  return {
    ...calendars,
    policies,
    dutyLists,
    rules: () => ({ calendar: calendars.inForce(), policy: policies.inForce() }),
    concernRule: () => concernRule,
    async refresh() {
      await calendars.refresh();
      await policies.refresh();
      await dutyLists.refresh();
      await refreshConcernRule();
    },
    async keepConcernRule({ version, number, content }, unit) {
      const fault = concernRuleFault(content);
      if (fault) throw new Error(`Rule of concerns ${version}: ${fault.message}`);
      await concernRules.create([{ _id: version, number, content }], { session: unit.session });
      // Should it fail, the next refresh comes within seconds.
      unit.afterCommit(() => refreshConcernRule().catch(() => undefined));
    },
  };
}
