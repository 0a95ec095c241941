import type { Actor } from '../../../shared/domain/actor.js';
import type { CatalogueItem } from '../../../shared/domain/catalogue.js';
import { stale } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import { pinned } from '../../domain/application/application.js';
import { caseNumber } from '../../domain/caseNumber.js';
import { submitCase } from '../../domain/caseDecisions.js';
import type { ClockRules } from '../../domain/clockPolicy.js';
import { applicationOf, recordCall, type OutreachCase } from '../../domain/outreach/outreach.js';
import type { OutreachAction } from '../../domain/outreach/outreach.transitions.js';
import { seesRecord } from '../../domain/outreach/record.js';
import { applicationAtDoor, type ApplyDeps } from '../application/applications.js';
import type { CallReceipt, OutreachCases, Records } from '../ports.js';

export interface CallDeps extends Pick<ApplyDeps, 'directory' | 'heldMaterials' | 'eligibility'> {
  readonly outreach: OutreachCases;
  readonly records: Records;
  readonly catalogue: { byId(id: string): Promise<CatalogueItem | null> };
  readonly rules: ClockRules;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly random: () => readonly number[];
}

/** As the actor may see it: those who see the resident's record see it too. */
export async function visibleOutreach({ outreach, records }: Pick<CallDeps, 'outreach' | 'records'>, id: string, actor: Actor): Promise<OutreachCase | null> {
  const found = await outreach.byId(id);
  if (!found) return null;
  if (seesRecord(found, actor)) return found;
  const record = await records.byId(found.record);
  return record && seesRecord(record, actor) ? found : null;
}

export interface CallCommand {
  readonly outreachId: string;
  readonly expectedVersion: number;
  readonly action: OutreachAction;
  readonly note: string | null;
}

const numberTries = 5;

/** What a call at the door came to; who wants the item has applied for it in the same moment. */
export async function callAtDoor(deps: CallDeps, command: CallCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<OutreachCase>> {
  const { outreach, records, catalogue, rules, now, newId, random } = deps;
  const subject = await visibleOutreach(deps, command.outreachId, actor);
  if (!subject) return fail('NOT_FOUND', bilingual('没有此送政上门单,或您无权查看。', 'No such outreach case, or not visible to you.'), ['input', 'outreachId']);
  const application = newId();
  const called = recordCall(subject, command, application, actor, now());
  if (!called.ok) return called;
  if (subject.version !== command.expectedVersion) return stale();
  if (command.action !== 'WANT') return (await outreach.save(called.value, null, receipt)) === 'SAVED' ? called : stale();

  const [record, item] = [await records.byId(subject.record), await catalogue.byId(subject.item)];
  if (!record) throw new Error(`Outreach case ${subject.id} names a record that is not stored.`);
  if (item?.state !== 'IN_FORCE') return fail('TRANSITION_NOT_ALLOWED', bilingual('此事项已不在目录中,无法申办。', 'The item is no longer in the catalogue and cannot be applied for.'));
  for (let tries = 0; tries < numberTries; tries += 1) {
    const at = now();
    const part = await applicationAtDoor(deps, pinned(item), record, actor, at);
    const wish = { ...applicationOf(subject, record, item, actor), application: part, id: application, number: caseNumber(at, random()) };
    const submitted = submitCase(wish, actor, at, rules);
    if (!submitted.ok) return submitted;
    const outcome = await outreach.save(called.value, submitted.value, receipt);
    if (outcome === 'SAVED') return ok(called.value);
    if (outcome === 'STALE') return stale();
  }
  throw new Error('No free case number found.');
}
