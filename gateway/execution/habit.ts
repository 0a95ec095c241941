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
  /** The planner's own plan, and for long no other: an entity was not the same by its key. */
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
const runsLooked = 8;
// Fewer runs will do where each is large: to look at it takes about as long as to read it.
const objectsLooked = 20_000;
// What a city's people do changes.
const runsKept = 10_000;
/** How many objects fewer a subgraph has to write, in the mean of the runs, for one request more. */
const worthObjects = 32;

interface Seen {
  readonly place: EntityPlace;
  all: number;
  distinct: number;
  /** Whether the same was written of an entity wherever it was. */
  isOne: boolean;
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
    unfolding = made();
    [step, chosen, runs] = [base, new Set(), 0];
    runsToGo = unfolding ? runsKept : Infinity;
    look(unfolding?.places ?? []);
  }

  function look(places: readonly EntityPlace[]): void {
    looked = 0;
    seen = places.map((place) => ({ place, all: 0, distinct: 0, isOne: true }));
  }

  function decide(): void {
    const isWorth = ({ all, distinct, isOne }: Seen): boolean => isOne && all >= 2 * distinct && (all - distinct) / looked >= worthObjects;
    const worth = seen.filter(isWorth).map(({ place }) => place);
    // What is within one that is fetched another way from now on will be seen less often.
    const outermost = worth.filter((place) => !worth.some((other) => isWithin(place, other)));
    if (unfolding && outermost.length > 0) {
      chosen = new Set([...chosen, ...outermost]);
      step = unfolding.plan(chosen);
    }
    look(outermost.length === 0 ? [] : seen.flatMap(({ place }) => (outermost.includes(place) ? [] : [place])));
    // Made anew when it is next wanted: it is large.
    if (seen.length === 0) unfolding = null;
  }

  function giveUp(): Step {
    [step, seen, unfolding, runs, runsToGo] = [base, [], null, 0, runsKept];
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
      const weights = new Map<JsonObject, Weight>();
      for (const one of seen) count(schema, one, data, weights);
      looked += 1;
      if (looked === runsLooked || seen.some(({ all }) => all >= objectsLooked)) attempt(decide);
    },
  };
}

/** What was written at a place: the objects below it with it, and their content, as a hash. */
interface Weight {
  readonly objects: number;
  readonly content: number;
}

const nothing: Weight = { objects: 0, content: 0 };

/** By the objects that are written at a place and below it, all of them and those of each entity's first. */
function count(schema: GraphQLSchema, seen: Seen, data: JsonObject, weights: Map<JsonObject, Weight>): void {
  const { place: { paths, keys, selections } } = seen;
  const known = new Map<string, number>();
  for (const object of objectsAt(schema, data, paths)) {
    const key = JSON.stringify(keys.map((name) => object[name]));
    const { objects, content } = weigh(object, selections, weights);
    seen.all += objects;
    const first = known.get(key);
    if (first === undefined) {
      known.set(key, content);
      seen.distinct += objects;
    } else if (first !== content) {
      seen.isOne = false;
    }
  }
}

/** Each object is gone through once, however many places it is in. */
function weigh(value: unknown, set: SelectionSetNode, weights: Map<JsonObject, Weight>): Weight {
  if (Array.isArray(value)) return value.reduce<Weight>((sum, item) => joined(sum, weigh(item, set, weights)), { objects: 0, content: value.length });
  if (!isObject(value)) return { objects: 0, content: hashOf(String(value)) };
  const known = weights.get(value);
  if (known) return known;
  const made = joined({ objects: 1, content: 1 }, weighFields(value, set, weights));
  weights.set(value, made);
  return made;
}

function weighFields(object: JsonObject, { selections }: SelectionSetNode, weights: Map<JsonObject, Weight>): Weight {
  return selections.reduce<Weight>((sum, selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sum;
    if (selection.kind === Kind.INLINE_FRAGMENT) return joined(sum, weighFields(object, selection.selectionSet, weights));
    const value = object[(selection.alias ?? selection.name).value];
    return joined(sum, weigh(value, selection.selectionSet ?? leaf, weights));
  }, nothing);
}

const leaf: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };
const joined = (one: Weight, next: Weight): Weight =>
  ({ objects: one.objects + next.objects, content: Math.imul(one.content, 31) + next.content | 0 });

function hashOf(text: string): number {
  let hash = 7;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash, 31) + text.charCodeAt(index) | 0;
  return hash;
}
