import { Kind, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import { isObject, type JsonObject } from './json.js';
import type { Step } from './plan.js';
import type { Unfolding } from './planner.js';
import { objectsAt } from './positions.js';
import { isWithin, type EntityPlace } from './unfold.js';

/** How an operation is best fetched, learnt from what it fetched before. */
export interface Habit {
  /** The plan for the next run, and whether `learn` wants to be told what it fetched. */
  next(): { readonly step: Step; readonly learns: boolean };
  learn(step: Step, data: JsonObject): void;
  /** The planner's own plan, for good: an entity was not the same by its key. */
  giveUp(): Step;
}

export interface HabitOptions {
  readonly schema: GraphQLSchema;
  /** As the planner made it. */
  readonly step: Step;
  /** Asked for once the operation has been run often enough to be worth it. */
  readonly unfolding: () => Unfolding | null;
}

// An operation that is run less often is not worth a second plan.
const runsBefore = 16;
const runsLooked = 16;
// What a city's people do changes.
const runsKept = 10_000;
/** How many objects fewer a subgraph has to write, in the mean of the runs, for one request more. */
const worthObjects = 32;

interface Seen {
  readonly place: EntityPlace;
  all: number;
  distinct: number;
}

/**
 * A subgraph that nests entities in each other writes out the same ones over and over. Where a plan has it do so, the places
 * at which that is most of what it writes are learnt from the outside in, and fetched by the entities' keys instead.
 */
export function createHabit({ schema, step: base, unfolding: made }: HabitOptions): Habit {
  let step = base;
  let unfolding: Unfolding | null = null;
  let chosen: ReadonlySet<EntityPlace> = new Set();
  let seen: Seen[] = [];
  let looked = 0;
  let runs = 0;
  let runsToGo = runsBefore;

  function begin(): void {
    unfolding ??= made();
    [step, chosen, runs] = [base, new Set(), 0];
    runsToGo = unfolding ? runsKept : Infinity;
    look(unfolding?.places ?? []);
  }

  function look(places: readonly EntityPlace[]): void {
    looked = 0;
    seen = places.map((place) => ({ place, all: 0, distinct: 0 }));
  }

  function decide(): void {
    const isWorth = ({ all, distinct }: Seen): boolean => all >= 2 * distinct && (all - distinct) / looked >= worthObjects;
    const worth = seen.filter(isWorth).map(({ place }) => place);
    // What is within one that is fetched another way from now on will be seen less often.
    const outermost = worth.filter((place) => !worth.some((other) => isWithin(place, other)));
    if (unfolding && outermost.length > 0) {
      chosen = new Set([...chosen, ...outermost]);
      step = unfolding.plan(chosen);
    }
    look(outermost.length === 0 ? [] : seen.flatMap(({ place }) => (outermost.includes(place) ? [] : [place])));
  }

  function giveUp(): Step {
    [step, seen, runsToGo] = [base, [], Infinity];
    return base;
  }

  // What cannot be fetched another way can still be fetched this way.
  function attempt(act: () => void): void {
    try {
      act();
    } catch {
      giveUp();
    }
  }

  return {
    giveUp,
    next() {
      runs += 1;
      if (runs > runsToGo) attempt(begin);
      return { step, learns: seen.length > 0 };
    },
    learn(of, data) {
      // Begun before the plan was another.
      if (of !== step || seen.length === 0) return;
      for (const one of seen) count(schema, one, data);
      looked += 1;
      if (looked === runsLooked) attempt(decide);
    },
  };
}

/** By the objects that are written at a place and below it, all of them and those of each entity's first. */
function count(schema: GraphQLSchema, seen: Seen, data: JsonObject): void {
  const { place: { paths, keys, selections } } = seen;
  const known = new Set<string>();
  for (const object of objectsAt(schema, data, paths)) {
    const key = JSON.stringify(keys.map((name) => object[name]));
    const size = sizeOf(object, selections);
    seen.all += size;
    if (known.has(key)) continue;
    known.add(key);
    seen.distinct += size;
  }
}

function sizeOf(value: unknown, set: SelectionSetNode): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item, set), 0);
  if (!isObject(value)) return 0;
  return 1 + sizeBelow(value, set);
}

function sizeBelow(object: JsonObject, { selections }: SelectionSetNode): number {
  return selections.reduce((sum, selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return sum;
    if (selection.kind === Kind.INLINE_FRAGMENT) return sum + sizeBelow(object, selection.selectionSet);
    return sum + sizeOf(object[(selection.alias ?? selection.name).value], selection.selectionSet);
  }, 0);
}
