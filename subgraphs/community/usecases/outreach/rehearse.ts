import { levelOfOfficer, coversArea, type Actor } from '../../../shared/domain/actor.js';
import { ancestorAt, levelBelow, levelOfCode } from '../../../shared/domain/areaCode.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import type { SoughtItem } from '../../domain/outreach/outreach.js';
import { seesRecord } from '../../domain/outreach/record.js';
import { lookAt, recordsAtOnce, type LookDeps, type Looked } from './findEntitled.js';
import type { Records } from '../ports.js';

export interface RehearseDeps extends LookDeps {
  readonly records: Pick<Records, 'batch'>;
  readonly now: () => Date;
}

export interface Rehearsed {
  readonly area: string;
  readonly looked: number;
  /** Would be found. */
  readonly found: number;
  /** Entitled, and found before or an applicant. */
  readonly served: number;
  /** Missed only for want of a fact. */
  readonly unknown: number;
  readonly notMet: number;
}

/** As much as one call looks through. */
export const maxRehearsed = 20_000;

/** Counts of an area are for its officers, departments and auditors, and for those below in theirs. */
export const seesRehearsal = (actor: Actor, area: string): boolean =>
  (levelOfOfficer(actor) !== null || actor.role === 'DEPARTMENT_OFFICER' || actor.role === 'AUDITOR' || actor.role === 'GRID_WORKER') && coversArea(actor, area);

/** The people themselves are for those who keep their records. */
export const seesPeople = (actor: Actor, area: string): boolean =>
  seesRecord({ community: ancestorAt(area, 'COMMUNITY'), grid: levelOfCode(area) === 'GRID' ? area : null }, actor);

const roundedTo = 10;
const rounded = (count: number): number => Math.round(count / roundedTo) * roundedTo;

/** For who may not see the people: a number of one or two would say who they are, or what all the others are not. */
export const withoutFew = ({ area, looked, found, served, unknown, notMet }: Rehearsed): Rehearsed =>
  ({ area, looked, found: rounded(found), served: rounded(served), unknown: rounded(unknown), notMet: rounded(notMet) });

const tally = (area: string, looked: readonly Looked[]): Rehearsed => {
  const count = (counts: (one: Looked) => boolean): number => looked.filter(counts).length;
  return {
    area, looked: looked.length,
    found: count(({ finding, isServed }) => finding.verdict === 'MET' && !isServed), served: count(({ isServed }) => isServed),
    unknown: count(({ finding }) => finding.verdict === 'UNKNOWN'), notMet: count(({ finding }) => finding.verdict === 'NOT_MET'),
  };
};
const sum = (area: string, a: Rehearsed | undefined, b: Rehearsed): Rehearsed => ({
  area, looked: (a?.looked ?? 0) + b.looked, found: (a?.found ?? 0) + b.found, served: (a?.served ?? 0) + b.served,
  unknown: (a?.unknown ?? 0) + b.unknown, notMet: (a?.notMet ?? 0) + b.notMet,
});

/** What the run would find, by the parts of the area; `next` is where to go on when it was too much for one call. */
export async function rehearse(
  deps: RehearseDeps, area: string, item: SoughtItem, from: string | null,
): Promise<{ readonly parts: readonly Rehearsed[]; readonly whole: Rehearsed; readonly next: string | null }> {
  const level = levelOfCode(area);
  const below = level === 'GRID' || level === null ? null : levelBelow(level);
  const partOf = ({ finding: { record } }: Looked): string => (below ? ancestorAt(record.community, below) : level === 'COMMUNITY' ? record.grid ?? area : area);
  const parts = new Map<string, Rehearsed>();
  let whole = sum(area, undefined, tally(area, []));
  let after = from;
  while (whole.looked < maxRehearsed) {
    const batch = await deps.records.batch(area, after, recordsAtOnce);
    const looked = await lookAt(deps, batch, [item], localDate(deps.now()));
    for (const [part, own] of groupBy(looked, partOf)) parts.set(part, sum(part, parts.get(part), tally(part, own)));
    whole = sum(area, whole, tally(area, looked));
    after = batch.at(-1)?.id ?? null;
    if (batch.length < recordsAtOnce) {
      after = null;
      break;
    }
  }
  return { parts: [...parts.values()].toSorted((a, b) => (a.area < b.area ? -1 : 1)), whole, next: after };
}

/** Those of the area that would be found or are missed for want of a fact, by record. */
export async function rehearsePeople(
  deps: RehearseDeps, area: string, item: SoughtItem, { first, after: from }: { readonly first: number; readonly after: string | null },
): Promise<{ readonly items: readonly Looked[]; readonly hasNextPage: boolean }> {
  const people: Looked[] = [];
  for (let after = from; ;) {
    const batch = await deps.records.batch(area, after, recordsAtOnce);
    const looked = await lookAt(deps, batch, [item], localDate(deps.now()));
    people.push(...looked.filter(({ finding, isServed }) => !isServed && finding.verdict !== 'NOT_MET'));
    after = batch.at(-1)?.id ?? null;
    if (people.length > first || batch.length < recordsAtOnce || after === null) return { items: people.slice(0, first), hasNextPage: people.length > first };
  }
}
