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
  counterId, entriesOf, increments, summed, upwardOf, type CountsEntry, type CountsKey, type CountsMoved,
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

type Numbers = ReadonlyMap<string, number>;

const sums = (entries: readonly CountsEntry[]): Numbers => {
  const numbers = new Map<string, number>();
  for (const [path, n] of entries.flatMap(increments)) numbers.set(path, (numbers.get(path) ?? 0) + n);
  return numbers;
};

/** Every number of a counter by its path. */
export function numbersOf({ own = {}, children = {}, matters = {} }: CountsDocument): Numbers {
  const parts = (prefix: string, part: { own?: object; children?: object }): [string, number][] =>
    (['own', 'children'] as const).flatMap((name) => Object.entries(part[name] ?? {}).map(([measure, n]): [string, number] => [`${prefix}${name}.${measure}`, Number(n)]));
  return new Map([
    ...parts('', { own, children }),
    ...Object.entries(matters).flatMap(([kind, categories]) =>
      Object.entries(categories).flatMap(([category, part]) => parts(`matters.${kind}.${category}.`, part))),
  ]);
}

function compare(level: Level, counter: CountsKey, expected: Numbers, found: Numbers): Difference[] {
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((path) => {
    const [wanted, is] = [expected.get(path) ?? 0, found.get(path) ?? 0];
    return wanted === is ? [] : [{ level, counter, path, expected: wanted, found: is }];
  });
}

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
    const expected = groupBy(entriesOf(level, moved), counterId);
    // By the beginning of its id, which is indexed; `area` alone is not.
    const ofArea = { _id: { $gte: `${area}:`, $lt: `${area};` } };
    for await (const document of databases[subgraphOf(level)].collection<CountsDocument>('counts').find(ofArea)) {
      const entries = expected.get(document._id) ?? [];
      const { slice, period, key, ofMatters } = document;
      differences.push(...compare(level, { area, slice, period, key, ofMatters }, sums(entries), numbersOf(document)));
      expected.delete(document._id);
      counters += 1;
    }
    for (const entries of expected.values()) {
      const { slice, period, key, ofMatters } = entries[0] as CountsEntry;
      differences.push(...compare(level, { area, slice, period, key, ofMatters }, sums(entries), new Map()));
    }
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
      for (const part of partsOf(area, below)) moved.push(...await visit(below, part));
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
