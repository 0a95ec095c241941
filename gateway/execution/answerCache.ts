import { createHash } from 'node:crypto';
import { OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { UnreachableError } from './errors.js';
import { isObject, type JsonObject } from './json.js';
import type { Call, OperationText } from './plan.js';
import type { Answer } from './runPlan.js';
import type { Asker } from './units.js';

/** What a subgraph gave everyone alike, as JSON. */
export interface Kept {
  readonly key: string;
  readonly text: string;
  /** By which it is dropped: the subgraph's name, and of an entity `Type:key`. */
  readonly tags: readonly string[];
  /** When it was asked for and until when it is good, in ms since 1970. */
  readonly at: number;
  readonly until: number;
  /** Until when it is better than nothing. */
  readonly atLast: number;
}

/** Where answers are kept; one outside this process would do as well, which is why all of it may take time. */
export interface AnswerStore {
  /** What is there of them, good or better than nothing. */
  read(keys: readonly string[]): readonly (Kept | null)[] | Promise<readonly (Kept | null)[]>;
  write(kept: readonly Kept[]): void | Promise<void>;
  drop(tags: readonly string[]): void | Promise<void>;
}

export interface MemoryLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** In this process; what was used least lately goes first. */
export function memoryStore({ entries, bytes }: MemoryLimits, now: () => number = Date.now): AnswerStore {
  const byTag = new Map<string, Set<string>>();
  const kept = new LRUCache<string, Kept>({
    max: entries,
    maxSize: bytes,
    // As UTF-16.
    sizeCalculation: ({ key, text, tags }) => 2 * (key.length + text.length + tags.reduce((sum, tag) => sum + tag.length, 0)),
    dispose({ key, tags }) {
      for (const tag of tags) {
        const keys = byTag.get(tag);
        keys?.delete(key);
        if (keys?.size === 0) byTag.delete(tag);
      }
    },
  });
  return {
    read: (keys) => keys.map((key) => {
      const found = kept.get(key);
      if (!found) return null;
      if (found.atLast > now()) return found;
      kept.delete(key);
      return null;
    }),
    write(all) {
      for (const one of all) {
        kept.set(one.key, one);
        // Too large, it was not taken.
        if (!kept.has(one.key)) continue;
        for (const tag of one.tags) byTag.set(tag, (byTag.get(tag) ?? new Set()).add(one.key));
      }
    },
    drop(tags) {
      for (const tag of tags) for (const key of [...(byTag.get(tag) ?? [])]) kept.delete(key);
    },
  };
}

type AskClient = (call: Call, asker: Asker) => Promise<Answer>;

export interface AnswerCache {
  /** Asks a subgraph for what is not kept of it; its mutations drop what it gave. */
  over(subgraph: { readonly name: string; readonly url: string }, ask: AskClient): AskClient;
  /** Drops what any of the tags is on. */
  invalidate(tags: readonly string[]): void;
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
  // What was asked for before something was dropped may be from before the change: it is not kept.
  const drops = new Map<string, number>();
  let otherDrops = 0;
  const dropsOf = (name: string): number => otherDrops + (drops.get(name) ?? 0);

  function invalidate(tags: readonly string[]): void {
    for (const tag of tags) {
      const count = drops.get(tag);
      // Of an entity: any subgraph may be asked for it at this moment.
      if (count === undefined) otherDrops += 1;
      else drops.set(tag, count + 1);
    }
    void store.drop(tags);
  }

  return {
    invalidate,
    over({ name, url }, ask) {
      if (!drops.has(name)) drops.set(name, 0);
      const digests = new WeakMap<OperationText, string>();
      const digestOf = (operation: OperationText): string => {
        const known = digests.get(operation);
        if (known !== undefined) return known;
        const made = createHash('sha256').update(`${name} ${url} ${operation.json}`).digest('base64');
        digests.set(operation, made);
        return made;
      };

      async function write(call: Call, asker: Asker): Promise<Answer> {
        invalidate([name]);
        try {
          return await ask(call, asker);
        } finally {
          invalidate([name]);
        }
      }

      async function look(call: Call, asker: Asker, maxAge: number): Promise<Answer> {
        const { operation, variables, representations } = call;
        const since = dropsOf(name);
        const prefix = `${digestOf(operation)} ${variables}`;
        const keys = representations === null ? [prefix] : representations.map((one) => `${prefix} ${one}`);
        const there = await store.read(keys);
        const at = now();
        const found = keys.map((_, index) => {
          const one = there[index];
          return one && one.until > at ? one.text : null;
        });
        const missing = keys.flatMap((_, index) => (found[index] === null ? [index] : []));
        onLook?.(name, keys.length - missing.length, missing.length);
        const until = at + Math.min(maxAge, maxSeconds) * 1_000;
        const kept = { at, until, atLast: until + staleSeconds * 1_000 };
        const keep = (all: readonly (readonly [index: number, value: unknown])[]): void => {
          if (dropsOf(name) !== since) return;
          void store.write(all.map(([index, value]) => ({
            key: keys[index] ?? '', text: JSON.stringify(value), tags: [name, ...tagsOf(representations?.[index])], ...kept,
          })));
        };
        /** Asks, or where nobody can be reached takes what is old, if all of it is there. */
        const askOr = (asked: Call, old: (all: readonly Kept[]) => Answer): Promise<Answer> => ask(asked, asker).catch((error: unknown) => {
          const all = missing.flatMap((index) => there[index] ?? []);
          if (!(error instanceof UnreachableError) || all.length < missing.length) throw error;
          return { ...old(all), asOf: Math.min(...all.map((one) => one.at)) };
        });

        if (representations === null) {
          const text = found[0];
          if (text != null) return { data: JSON.parse(text) as JsonObject };
          const answer = await askOr(call, ([one]) => ({ data: JSON.parse(one?.text ?? 'null') as JsonObject }));
          if (answer.data && !answer.errors && answer.asOf === undefined) keep([[0, answer.data]]);
          return answer;
        }
        const entities = found.map((text) => (text === null ? null : JSON.parse(text) as JsonObject | null));
        if (missing.length === 0) return { data: { _entities: entities } };
        const wanted = missing.map((index) => representations[index] ?? '');
        const answer = await askOr(missing.length === keys.length ? call : { ...call, representations: wanted }, (all) =>
          ({ data: { _entities: all.map((one) => JSON.parse(one.text) as unknown) } }));
        const received = answer.data?.['_entities'];
        if (Array.isArray(received)) {
          if (received.length !== missing.length) throw new Error(`${name} answered with other entities than the ${missing.length} asked for.`);
          if (!answer.errors && answer.asOf === undefined) keep(missing.map((index, place) => [index, received[place] ?? null]));
          for (const [place, index] of missing.entries()) entities[index] = (received[place] ?? null) as JsonObject | null;
        }
        if (missing.length === keys.length) return answer;
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

/** `Area:340103`: of each plain value, as it is not known here which are the key's. */
function tagsOf(representation: string | undefined): string[] {
  if (representation === undefined) return [];
  const value: unknown = JSON.parse(representation);
  if (!isObject(value)) return [];
  const { __typename: type, ...fields } = value;
  return Object.values(fields).flatMap((field) => (typeof field === 'string' || typeof field === 'number' ? [`${String(type)}:${field}`] : []));
}

/** The error of one that was asked for, where it is among all. */
function placed(error: GraphQLFormattedError, missing: readonly number[]): GraphQLFormattedError {
  const [root, index, ...path] = error.path ?? [];
  const place = typeof index === 'number' ? missing[index] : undefined;
  return root === '_entities' && place !== undefined ? { ...error, path: [root, place, ...path] } : error;
}
