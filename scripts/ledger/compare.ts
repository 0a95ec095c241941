// What the counters of all four levels must be, from the cases and what happened to them, beside what they are.
import { isDeepStrictEqual } from 'node:util';
import type { Connection } from 'mongoose';
import type { SubgraphName } from '../../schema/events.js';
import type { Application } from '../../subgraphs/community/domain/application/application.js';
import { countsMoved, replayedMoves, type CountMove } from '../../subgraphs/community/domain/caseCounts.js';
import type { Case } from '../../subgraphs/community/domain/case.js';
import type { TimelineDocument } from '../../subgraphs/community/persistence/case.repository.js';
import { ancestorAt, isWithin, levelBelow, levelOfCode, levels, type Level } from '../../subgraphs/shared/domain/areaCode.js';
import {
  counterId, entriesOfRow, groupOf, summed, upwardOf, type Counts, type CountsKey, type CountsMoved, type Measure,
} from '../../subgraphs/shared/domain/counts.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { subgraphOf } from '../../subgraphs/shared/events/countsRollUp.js';
import type { CountsDocument } from '../../subgraphs/shared/persistence/counts.js';

export type Databases = Readonly<Record<SubgraphName, Connection>>;

/** A number that a counter has and should not have. */
export interface Difference {
  readonly level: Level;
  readonly counter: CountsKey;
  /** `own.submitted`, `matters.DEMAND.城乡建设.children.rated`. */
  readonly path: string;
  readonly expected: number;
  readonly found: number;
}

/** A step that kept other counts than its case's history gives: nothing to mend by machine. */
export interface StrayStep {
  readonly caseId: string;
  readonly seq: number;
  readonly kept: readonly CountMove[];
  readonly replayed: readonly CountMove[];
}

export interface Comparison {
  readonly cases: number;
  readonly counters: number;
  readonly differences: readonly Difference[];
  readonly strays: readonly StrayStep[];
}

const batchSize = 500;
// While the database reads one, another is added up.
const communitiesAtOnce = 4;

type CountedCase = Pick<Case, 'kind' | 'category' | 'place' | 'evaluations'> & {
  readonly _id: string; readonly application?: Pick<Application, 'item'> | null;
};
type Step = Omit<TimelineDocument, 'counts'> & { readonly counts?: readonly CountMove[] };

/** Steps from before hours were counted kept none, and none were added for them. */
const asKept = (kept: readonly CountMove[], replayed: readonly CountMove[]): CountMove[] =>
  replayed.map(({ hour, ...move }, i) => (hour === undefined || kept[i]?.hour === undefined ? move : { ...move, hour }));

/** What the steps of a case counted: as each kept it, or, where it is older than that, by its history. */
function movesOf(subject: CountedCase, steps: readonly Step[], strays: StrayStep[]): readonly CountMove[] {
  const history = replayedMoves(subject, steps);
  return steps.flatMap(({ seq, action, from, counts: kept }, i) => {
    const replayed = history[i] ?? [];
    // Whose delay it is while a case is merged is its lead's history to tell.
    const isLeads = action === 'ESCALATE' && from === 'MERGED';
    if (kept && !isLeads && !isDeepStrictEqual(kept, asKept(kept, replayed))) strays.push({ caseId: subject._id, seq, kept, replayed });
    return kept ?? replayed;
  });
}

export const merged = (moved: readonly CountsMoved[]): CountsMoved[] =>
  [...groupBy(moved, ({ area }) => area)].map(([area, same]) => ({ area, rows: summed(same.flatMap(({ rows }) => rows)) }));

/** What the cases of a community counted, whoever is credited; as many in memory as a batch has. */
async function movedIn(community: Connection, code: string, strays: StrayStep[]): Promise<{ cases: number; moved: CountsMoved[] }> {
  const projection = { kind: 1, category: 1, place: 1, evaluations: 1, 'application.item': 1 };
  const cursor = community.collection<CountedCase>('cases').find({ 'place.community': code } as object, { projection, batchSize });
  const timeline = community.collection<Step>('timeline');
  let [cases, moved, batch]: [number, CountsMoved[], CountedCase[]] = [0, [], []];
  const take = async (): Promise<void> => {
    const steps = await timeline.find({ caseId: { $in: batch.map(({ _id }) => _id) } }).sort({ caseId: 1, seq: 1 }).toArray();
    const ofCase = groupBy(steps as unknown as Step[], ({ caseId }) => caseId);
    moved = merged([...moved, ...countsMoved(batch.flatMap((one) => movesOf(one, ofCase.get(one._id) ?? [], strays)))]);
    cases += batch.length;
    batch = [];
  };
  for await (const one of cursor) {
    batch.push(one as unknown as CountedCase);
    if (batch.length === batchSize) await take();
  }
  if (batch.length > 0) await take();
  return { cases, moved };
}

type Numbers = Partial<Record<Measure, number>>;

/** What a counter must have, by where in it. */
interface Sum {
  readonly counter: CountsKey;
  readonly groups: Map<string, Numbers>;
}

/** Row by row: all of their entries at once would be many times what they add up to. */
function sumsOf(level: Level, moved: readonly CountsMoved[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { area: child, rows } of moved) {
    for (const row of rows) {
      for (const entry of entriesOfRow(level, child, row)) {
        const id = counterId(entry);
        let sum = sums.get(id);
        if (!sum) sums.set(id, sum = { counter: keyOf(entry), groups: new Map() });
        const group = groupOf(entry);
        let numbers = sum.groups.get(group);
        if (!numbers) sum.groups.set(group, numbers = {});
        for (const measure in entry.counts) numbers[measure as Measure] = (numbers[measure as Measure] ?? 0) + (entry.counts[measure as Measure] ?? 0);
      }
    }
  }
  return sums;
}

const keyOf = ({ area, slice, period, key, ofMatters }: CountsKey): CountsKey => ({ area, slice, period, key, ofMatters });

/** The numbers of a counter by where in it. */
export function groupsOf({ own, children, matters = {} }: Pick<CountsDocument, 'own' | 'children' | 'matters'>): Map<string, Counts> {
  const groups = new Map<string, Counts>();
  if (own) groups.set('own', own);
  if (children) groups.set('children', children);
  for (const [kind, categories] of Object.entries(matters)) {
    for (const [category, parts] of Object.entries(categories)) {
      for (const part of ['own', 'children'] as const) {
        const counts = parts[part];
        if (counts) groups.set(groupOf({ ofMatters: true, kind, category, part }), counts);
      }
    }
  }
  return groups;
}

const numberIn = (counts: Counts, measure: Measure): number => (Object.hasOwn(counts, measure) ? Number(counts[measure]) : 0);

export function numberAt(groups: ReadonlyMap<string, Counts>, path: string): number {
  const end = path.lastIndexOf('.');
  return numberIn(groups.get(path.slice(0, end)) ?? nothing, path.slice(end + 1) as Measure);
}

const nothing: Counts = {};

function compare(level: Level, counter: CountsKey, expected: ReadonlyMap<string, Counts>, found: ReadonlyMap<string, Counts>): Difference[] {
  const differences: Difference[] = [];
  const note = (group: string, wanted: Counts, is: Counts): void => {
    for (const measure of new Set([...Object.keys(wanted), ...Object.keys(is)]) as Set<Measure>) {
      const numbers = { expected: numberIn(wanted, measure), found: numberIn(is, measure) };
      if (numbers.expected !== numbers.found) differences.push({ level, counter, path: `${group}.${measure}`, ...numbers });
    }
  };
  for (const [group, wanted] of expected) note(group, wanted, found.get(group) ?? nothing);
  for (const [group, is] of found) if (!expected.has(group)) note(group, nothing, is);
  return differences;
}

const none: ReadonlyMap<string, Counts> = new Map();

/**
 * Walks the tree of areas from the communities up, with the very functions that add on the way of the events. What is
 * kept in memory grows with areas, days and departments, not with cases. `within`, an area's code, leaves out all that is not in it.
 */
export async function compareCounts(databases: Databases, within = ''): Promise<Comparison> {
  const known = new Set<string>(await databases.community.collection('cases').distinct('place.community') as string[]);
  for (const level of levels) {
    for (const code of await databases[subgraphOf(level)].collection('counts').distinct('area') as string[]) known.add(code);
  }
  /** The areas of a level below an area that anything was ever counted for. */
  const partsOf = (area: string, level: Level): string[] =>
    [...new Set([...known].filter((code) => code.startsWith(area) && code.length > area.length).map((code) => ancestorAt(code, level)))].toSorted();

  let [cases, counters] = [0, 0];
  const differences: Difference[] = [];
  const strays: StrayStep[] = [];

  async function check(level: Level, area: string, moved: readonly CountsMoved[]): Promise<void> {
    const expected = sumsOf(level, moved);
    // By the beginning of its id, which is indexed; `area` alone is not.
    const ofArea = { _id: { $gte: `${area}:`, $lt: `${area};` } };
    for await (const document of databases[subgraphOf(level)].collection<CountsDocument>('counts').find(ofArea)) {
      differences.push(...compare(level, keyOf(document), expected.get(document._id)?.groups ?? none, groupsOf(document)));
      expected.delete(document._id);
      counters += 1;
    }
    for (const { counter, groups } of expected.values()) differences.push(...compare(level, counter, groups, none));
  }

  /** Checks an area and all within it; gives what moved in the areas above. */
  async function visit(level: Level, area: string): Promise<CountsMoved[]> {
    const moved: CountsMoved[] = [];
    const below = levelBelow(level);
    if (below === null) {
      const own = await movedIn(databases.community, area, strays);
      cases += own.cases;
      moved.push(...own.moved);
    } else {
      const parts = partsOf(area, below);
      const atOnce = below === 'COMMUNITY' ? communitiesAtOnce : 1;
      for (let i = 0; i < parts.length; i += atOnce) {
        for (const its of await Promise.all(parts.slice(i, i + atOnce).map((part) => visit(below, part)))) moved.push(...its);
      }
    }
    const here = moved.filter((one) => one.area.startsWith(area));
    await check(level, area, here);
    return merged([...upwardOf(level, here), ...moved.filter((one) => !one.area.startsWith(area))]);
  }

  const level = levels.find((one) => one === levelOfCode(within)) ?? 'CITY';
  const inside = [...known].filter((code) => isWithin(code, within));
  for (const area of new Set(inside.map((code) => ancestorAt(code, level)))) await visit(level, area);
  return { cases, counters, differences, strays };
}
