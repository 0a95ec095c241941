import { fireAlarm } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { CaseRepository } from './ports.js';

const batch = { limit: 100, leaseMs: 30_000 };

export interface Fired {
  readonly claimed: number;
  readonly fired: number;
}

/**
 * Fires the alarms that are due, one batch; answers how many. The alarm and its mark are saved in one transaction
 * against the case's version, so that it goes off once however many processes try; the lease only saves them the work.
 */
export async function fireAlarms(cases: CaseRepository, rules: ClockRules, now: Date): Promise<Fired> {
  const due = await cases.claimDue(now, batch);
  let fired = 0;
  for (const one of due) {
    let current = one;
    for (let decision = fireAlarm(current, now, rules); decision; decision = fireAlarm(current, now, rules)) {
      // Somebody acted on the case meanwhile: it is found again if an alarm is still due.
      if ((await cases.save(decision, current.version, null)) !== 'SAVED') break;
      fired += 1;
      current = decision.next;
    }
  }
  return { claimed: due.length, fired };
}
