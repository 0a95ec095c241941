import { fireDue, type Fired } from '../../shared/usecases/fireDue.js';
import { fireAlarm } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import { inCompany } from './inCompany.js';
import type { CaseRepository } from './ports.js';

/** Fires one batch of the alarms that are due on cases. */
export const fireAlarms = (cases: CaseRepository, rules: ClockRules, now: Date): Promise<Fired> => fireDue({
  claimDue: (at, batch) => cases.claimDue(at, batch),
  async fire(current) {
    const lead = current.merge && await cases.byId(current.merge.into);
    const decision = fireAlarm(current, now, rules, lead);
    return decision && inCompany(cases, current, decision, rules);
  },
  save: async (decision, { version }) => (await cases.save(decision, version, null)) === 'SAVED',
}, now);
