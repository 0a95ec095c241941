import type { Connection } from 'mongoose';
import type { Calendar } from '../../shared/domain/calendar.js';
import { openCalendars, type CalendarStore } from '../../shared/persistence/calendars.js';
import { openPolicies, type Policies } from '../../shared/persistence/policies.js';
import type { ClockRules } from '../domain/clockPolicy.js';

export interface Regulations extends CalendarStore {
  readonly policies: Policies;
  /** What this process last read; `refresh` reads on. */
  rules(): ClockRules;
}

export async function openRegulations(connection: Connection, initial: Calendar): Promise<Regulations> {
  const calendars = await openCalendars(connection, initial);
  const policies = await openPolicies(connection);
  return {
    ...calendars,
    policies,
    rules: () => ({ calendar: calendars.inForce(), policy: policies.inForce() }),
    async refresh() {
      await calendars.refresh();
      await policies.refresh();
    },
  };
}
