import { localDate, localTime, type LocalDate } from '../../../shared/domain/calendar.js';
import type { EvaluateConditions } from '../../../shared/domain/condition.js';
import { findingsFor, openedFor, outreachId, type Finding, type SoughtItem } from '../../domain/outreach/outreach.js';
import type { ResidentRecord } from '../../domain/outreach/record.js';
import type { OutreachRuns, Records, Served } from '../ports.js';

export interface LookDeps {
  readonly served: Served;
  readonly evaluate: EvaluateConditions;
}

export interface Looked {
  readonly finding: Finding;
  /** Entitled, and found before or an applicant. */
  readonly isServed: boolean;
}

/** What the rules say of these residents, and what was done for the entitled: the same for the run and for its rehearsal. */
export async function lookAt(
  { served, evaluate }: LookDeps, records: readonly ResidentRecord[], items: readonly SoughtItem[], today: LocalDate,
): Promise<Looked[]> {
  const findings = findingsFor(records, items, evaluate, today);
  const entitled = findings.filter(({ verdict }) => verdict === 'MET');
  const idOf = ({ record, item }: Finding): string => outreachId(record.id, item.id);
  if (entitled.length === 0) return findings.map((finding) => ({ finding, isServed: false }));
  const opened = await served.opened(entitled.map(idOf));
  const left = entitled.filter((finding) => !opened.has(idOf(finding)));
  const [persons, idNumbers] = [left.flatMap(({ record }) => record.person ?? []), left.flatMap(({ record }) => record.idNumber ?? [])];
  const applied = await served.applications([...new Set(left.map(({ item }) => item.code))], { persons: [...new Set(persons)], idNumbers: [...new Set(idNumbers)] });
  const keys = new Set(applied.flatMap(({ item, person, idNumber }) => [`${item} ${person ?? ''}`, `${item} #${idNumber ?? ''}`]));
  const hasApplied = ({ record: { person, idNumber }, item: { code } }: Finding): boolean =>
    (person !== null && keys.has(`${code} ${person}`)) || (idNumber !== null && keys.has(`${code} #${idNumber}`));
  return findings.map((finding) => ({ finding, isServed: finding.verdict === 'MET' && (opened.has(idOf(finding)) || hasApplied(finding)) }));
}

export interface RunDeps extends LookDeps {
  readonly runs: OutreachRuns;
  readonly records: Pick<Records, 'batch'>;
  readonly now: () => Date;
}

/** In Shanghai; what of a day depends on its date is right from then on. */
const nightFrom = '02:00';
const marksAtOnce = 200;
export const recordsAtOnce = 500;
// Outlasts any batch, after each of which it is extended.
const leaseMs = 120_000;

/**
 * Works off what is to be looked at, a batch at a time, and opens an outreach case for each resident who is entitled to an
 * item and was neither found before nor has applied. Answers how many it opened, null when another process is at it. The
 * lease saves others the work; that nobody is found twice is the database's doing.
 */
export async function findEntitled(deps: RunDeps): Promise<number | null> {
  const { runs, now } = deps;
  const lease = await runs.claim(now(), leaseMs);
  if (!lease) return null;
  if (localTime(now()) >= nightFrom) await runs.beginNight(localDate(now()));
  let opened = 0;
  for (let done: number | null = 0; done !== null; done = await workOff(deps)) {
    opened += done;
    if (!(await runs.extend(lease, new Date(now().getTime() + leaseMs)))) return opened;
  }
  await runs.release(lease);
  return opened;
}

/** One batch; null when nothing was left. */
async function workOff(deps: RunDeps): Promise<number | null> {
  const { runs, records } = deps;
  const marks = await runs.recordMarks(marksAtOnce);
  if (marks.length > 0) {
    const opened = await openFor(deps, await runs.records(marks.map(({ record }) => record)), await runs.items(null));
    await runs.clear(marks);
    return opened;
  }
  const sweep = await runs.sweepMark();
  if (!sweep) return null;
  const batch = await records.batch(sweep.area, sweep.after, recordsAtOnce);
  const opened = await openFor(deps, batch, await runs.items(sweep.item));
  const last = batch.at(-1);
  if (!last || batch.length < recordsAtOnce) await runs.clear([sweep]);
  else await runs.advance(sweep, last.id);
  return opened;
}

async function openFor({ runs, now, ...deps }: RunDeps, records: readonly ResidentRecord[], items: readonly SoughtItem[]): Promise<number> {
  const at = now();
  const looked = await lookAt(deps, records, items, localDate(at));
  const found = looked.filter(({ finding, isServed }) => finding.verdict === 'MET' && !isServed);
  return found.length === 0 ? 0 : runs.open(found.map(({ finding }) => openedFor(finding, at)));
}
