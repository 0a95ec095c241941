import { createHash } from 'node:crypto';
import { OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import type { AnswerStore, Found, Place, Value } from './answerStore.js';
import { UnreachableError } from './errors.js';
import type { Call, OperationText } from './plan.js';
import type { Answer } from './runPlan.js';
import type { Asker } from './units.js';

type AskClient = (call: Call, asker: Asker) => Promise<Answer>;

export interface AnswerCache {
  /** Asks a subgraph for what is not kept of it; its mutations drop what it gave. */
  over(subgraph: { readonly name: string; readonly url: string }, ask: AskClient): AskClient;
  /**
   * Drops what a subgraph gave that shows any of the types, or, as `Query.field`, root fields; null for all of it. Settles when
   * that is so for all who share the store.
   */
  invalidate(subgraph: string, types: readonly string[] | null): Promise<void>;
}

export interface AnswerCacheOptions {
  readonly store: AnswerStore;
  /** However long a field may be kept. */
  readonly maxSeconds: number;
  /** How long something old is given after that while its subgraph is away; 0 for never. */
  readonly staleSeconds: number;
  /** How many of the answers or entities that were wanted were kept. */
  readonly onLook?: ((subgraph: string, hits: number, misses: number) => void) | undefined;
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps what is the same for everyone: entities one by one, answers of root fields whole. Never with an error, and each who
 * is given one has objects of his own.
 */
export function createAnswerCache({ store, maxSeconds, staleSeconds, onLook, now = Date.now }: AnswerCacheOptions): AnswerCache {
  const invalidate = async (subgraph: string, types: readonly string[] | null): Promise<void> =>
    store.drop(types === null ? [subgraph] : types.map((type) => tagOf(subgraph, type)));

  return {
    invalidate,
    over({ name, url }, ask) {
      const known = new WeakMap<OperationText, Known>();
      const knownOf = (operation: OperationText): Known => {
        const before = known.get(operation);
        if (before !== undefined) return before;
        const digest = createHash('sha256').update(`${name} ${url} ${operation.json}`).digest('base64');
        const made = { digest, tags: [name, ...(operation.shows ?? []).map((type) => tagOf(name, type))] };
        known.set(operation, made);
        return made;
      };

      async function write(call: Call, asker: Asker): Promise<Answer> {
        void invalidate(name, null);
        try {
          return await ask(call, asker);
        } finally {
          // Before the answer: who has it may ask another process at once.
          await invalidate(name, null);
        }
      }

      async function look(call: Call, asker: Asker, maxAge: number): Promise<Answer> {
        const { operation, variables, representations } = call;
        const { digest, tags } = knownOf(operation);
        const prefix = `${digest} ${variables}`;
        const places: readonly Place[] = representations === null
          ? [{ key: prefix, tags }]
          : representations.map((one) => ({ key: `${prefix} ${one}`, tags }));
        const there = await store.look(places);
        const at = now();
        const found = there.found.map((one) => (one && one.until > at ? one : null));
        const missing = places.flatMap((_, index) => (found[index] ? [] : [index]));
        onLook?.(name, places.length - missing.length, missing.length);
        const until = at + Math.min(maxAge, maxSeconds) * 1_000;
        const keep = (values: readonly (readonly [index: number, value: Value])[]): void =>
          void there.keep(values, { at, until, atLast: until + staleSeconds * 1_000 });
        /** Asks, or where nobody can be reached takes what is old, if all of it is there. */
        const askOr = (asked: Call, old: (all: readonly Found[]) => Answer): Promise<Answer> => ask(asked, asker).catch((error: unknown) => {
          const all = missing.flatMap((index) => there.found[index] ?? []);
          if (!(error instanceof UnreachableError) || all.length < missing.length) throw error;
          return { ...old(all), asOf: Math.min(...all.map((one) => one.at)) };
        });

        if (representations === null) {
          if (found[0]) return { data: found[0].value };
          const answer = await askOr(call, ([one]) => ({ data: one?.value ?? null }));
          if (answer.data && !answer.errors && answer.asOf === undefined) keep([[0, answer.data]]);
          return answer;
        }
        const entities = found.map((one) => one?.value ?? null);
        if (missing.length === 0) return { data: { _entities: entities } };
        const wanted = missing.map((index) => representations[index] ?? '');
        const answer = await askOr(missing.length === places.length ? call : { ...call, representations: wanted }, (all) =>
          ({ data: { _entities: all.map(({ value }) => value) } }));
        const received: unknown = answer.data?.['_entities'];
        if (Array.isArray(received)) {
          if (received.length !== missing.length) throw new Error(`${name} answered with other entities than the ${missing.length} asked for.`);
          if (!answer.errors && answer.asOf === undefined) keep(missing.map((index, place) => [index, (received[place] ?? null) as Value]));
          for (const [place, index] of missing.entries()) entities[index] = (received[place] ?? null) as Value;
        }
        if (missing.length === places.length) return answer;
        return { ...answer, data: { _entities: entities }, ...(answer.errors && { errors: answer.errors.map((error) => placed(error, missing)) }) };
      }

      return async (call, asker) => {
        const { type, isPublic, maxAge = 0 } = call.operation;
        if (type === OperationTypeNode.MUTATION) return write(call, asker);
        return isPublic && maxAge > 0 ? look(call, asker, maxAge) : ask(call, asker);
      };
    },
  };
}

interface Known {
  readonly digest: string;
  readonly tags: readonly string[];
}

const tagOf = (subgraph: string, type: string): string => `${subgraph} ${type}`;

/** The error of one that was asked for, where it is among all. */
function placed(error: GraphQLFormattedError, missing: readonly number[]): GraphQLFormattedError {
  const [root, index, ...path] = error.path ?? [];
  const place = typeof index === 'number' ? missing[index] : undefined;
  return root === '_entities' && place !== undefined ? { ...error, path: [root, place, ...path] } : error;
}
