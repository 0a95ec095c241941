const batch = { limit: 100, leaseMs: 30_000 };

export interface Batch {
  readonly limit: number;
  readonly leaseMs: number;
}

export interface Fired {
  readonly claimed: number;
  readonly fired: number;
}

export interface DueDeps<Subject, Decision extends { readonly next: Subject }> {
  /** What an alarm of is due, longest due first, kept from other processes for the lease. */
  claimDue(now: Date, batch: Batch): Promise<readonly Subject[]>;
  /** What the next alarm does; null when none is due. */
  fire(current: Subject): Decision | null | Promise<Decision | null>;
  /** Writes alarm and mark together, or answers false when the record has changed meanwhile. */
  save(decision: Decision, current: Subject): Promise<boolean>;
}

/**
 * Fires the alarms that are due, one batch; answers how many. The alarm and its mark are saved in one transaction
 * against the record's version, so that it goes off once however many processes try; the lease only saves them the work.
 */
export async function fireDue<Subject, Decision extends { readonly next: Subject }>(
  { claimDue, fire, save }: DueDeps<Subject, Decision>, now: Date,
): Promise<Fired> {
  const due = await claimDue(now, batch);
  let fired = 0;
  for (const one of due) {
    let current = one;
    for (let decision = await fire(current); decision; decision = await fire(current)) {
      // Somebody acted on it meanwhile: it is found again if an alarm is still due.
      if (!(await save(decision, current))) break;
      fired += 1;
      current = decision.next;
    }
  }
  return { claimed: due.length, fired };
}
