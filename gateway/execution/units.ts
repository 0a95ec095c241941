import type { GraphQLFormattedError } from 'graphql';
import type { AskTrace } from './askTrace.js';
import type { Departure } from './departure.js';
import { copy, type JsonObject } from './json.js';
import { callBody, type Call } from './plan.js';
import type { Answer } from './runPlan.js';

/** On whose behalf one subgraph is asked. */
export interface Asker {
  /** The signed word on who it is; nobody else's operation is ever sent under it. Null where callers have no identity. */
  readonly identity: string | null;
  /** The identity that is nobody's: what is public may be asked for under it. */
  readonly publicIdentity: string | null;
  /** W3C Trace Context. */
  readonly traceparent: string | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: Departure | undefined;
}

export interface Waiting {
  readonly call: Call;
  readonly asker: Asker;
  readonly trace?: AskTrace | undefined;
  settle(outcome: () => Answer): void;
}

/** An operation as it goes to a subgraph, for one or several who wait for it. */
export interface Unit {
  readonly identity: string | null;
  readonly traceparent: string | null;
  /** The JSON members of its operation and variables. */
  readonly body: string;
  readonly members: readonly Member[];
}

export interface Member {
  readonly waiting: Waiting;
  /** Which of the unit's representations are this one's; null where there are none. */
  readonly indexes: readonly number[] | null;
}

const maxRepresentations = 1_000;

export const identityOf = ({ call, asker }: Waiting): string | null =>
  (call.operation.isPublic ? asker.publicIdentity : asker.identity);

/**
 * What waits, with as few operations as may be: those that are the same to the letter are one, and those for entities by
 * the same text are one with all their representations. Never across identities.
 */
export function unite(waiting: readonly Waiting[]): Unit[] {
  const groups: Waiting[][] = [];
  // One after the other: what is long is then looked up and not written once more.
  const known = new Map<string, Map<string | null, Map<string, Waiting[]>>>();
  for (const one of waiting) {
    const { operation, variables } = one.call;
    const ofText = within(known, operation.json, () => new Map<string | null, Map<string, Waiting[]>>());
    const ofIdentity = within(ofText, identityOf(one), () => new Map<string, Waiting[]>());
    within(ofIdentity, variables, () => {
      const group: Waiting[] = [];
      groups.push(group);
      return group;
    }).push(one);
  }
  return groups.flatMap((group) => inParts(group).map(unitOf));
}

function within<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** A call for more entities than one operation may ask for, in parts; null for any other. */
export function partsOf(call: Call): Call[] | null {
  const { representations } = call;
  if (representations === null || representations.length <= maxRepresentations) return null;
  return Array.from({ length: Math.ceil(representations.length / maxRepresentations) }, (_, part) =>
    ({ ...call, representations: representations.slice(part * maxRepresentations, (part + 1) * maxRepresentations) }));
}

/** What the parts were answered, as if they had been asked for at once. */
export function wholeOf(subgraph: string, parts: readonly Call[], answers: readonly Answer[]): Answer {
  const errors = answers.flatMap((answer, part) => (answer.errors ?? []).map((error) => movedBy(error, part * maxRepresentations)));
  const entities = answers.flatMap(({ data }, part): unknown[] => {
    const asked = parts[part]?.representations?.length ?? 0;
    const received = data?.['_entities'];
    if (!data) return Array.from({ length: asked }, () => null);
    if (!Array.isArray(received) || received.length !== asked) throw new Error(`${subgraph} answered with other entities than the ${asked} asked for.`);
    return received;
  });
  return { data: answers.some(({ data }) => data) ? { _entities: entities } : null, ...(errors.length > 0 && { errors }) };
}

function movedBy(error: GraphQLFormattedError, places: number): GraphQLFormattedError {
  const [root, index, ...path] = error.path ?? [];
  return root === '_entities' && typeof index === 'number' ? { ...error, path: [root, index + places, ...path] } : error;
}

/** Parts whose representations are not too many for one operation. */
function inParts(group: readonly Waiting[]): Waiting[][] {
  const parts: Waiting[][] = [];
  let count = Infinity;
  for (const one of group) {
    const own = one.call.representations?.length ?? 0;
    if (count + own > maxRepresentations) {
      parts.push([]);
      count = 0;
    }
    parts.at(-1)?.push(one);
    count += own;
  }
  return parts;
}

function unitOf(part: readonly Waiting[]): Unit {
  const [first] = part as [Waiting];
  const common = { identity: identityOf(first), traceparent: first.asker.traceparent };
  if (part.length === 1 || first.call.representations === null) {
    const members = part.map((waiting) => ({ waiting, indexes: null }));
    return { ...common, body: callBody(first.call), members };
  }
  const known = new Map<string, number>();
  const members = part.map((waiting): Member => ({
    waiting,
    indexes: (waiting.call.representations ?? []).map((representation) => {
      const index = known.get(representation) ?? known.size;
      known.set(representation, index);
      return index;
    }),
  }));
  return { ...common, body: callBody({ ...first.call, representations: [...known.keys()] }), members };
}

/** Gives each who waits for a unit an answer of its own. */
export function deliver({ members }: Pick<Unit, 'members'>, answer: Answer): void {
  const used = new Set<number>();
  let isGiven = false;
  for (const { waiting, indexes } of members) {
    if (indexes) {
      waiting.settle(() => part(isGiven ? copy(answer) : answer, indexes, used));
    } else {
      waiting.settle(() => (isGiven || used.size > 0 ? copy(answer) : answer));
      isGiven = true;
    }
  }
}

function part({ data, errors }: Answer, indexes: readonly number[], used: Set<number>): Answer {
  const entities = data?.['_entities'];
  const own = Array.isArray(entities)
    ? { _entities: indexes.map((index) => taken(entities as JsonObject[], index, used)) }
    : data;
  const told = (errors ?? []).flatMap((error) => errorFor(error, indexes));
  return { ...(own !== undefined && { data: own }), ...(told.length > 0 && { errors: told }) };
}

function taken(entities: readonly JsonObject[], index: number, used: Set<number>): JsonObject | undefined {
  const entity = entities[index];
  if (used.has(index)) return copy(entity);
  used.add(index);
  return entity;
}

function errorFor(error: GraphQLFormattedError, indexes: readonly number[]): GraphQLFormattedError[] {
  const index = error.path?.[1];
  if (error.path?.[0] !== '_entities' || typeof index !== 'number') return [error];
  const path = error.path.slice(2);
  return indexes.flatMap((candidate, own) => (candidate === index ? [{ ...error, path: ['_entities', own, ...path] }] : []));
}
