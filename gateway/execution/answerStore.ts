import { LRUCache } from 'lru-cache';
import type { JsonObject } from './json.js';

export interface Place {
  readonly key: string;
  /** By which it is dropped: the subgraph's name, and with each type that it shows. */
  readonly tags: readonly string[];
}

/** In ms since 1970. */
export interface Life {
  /** When it was asked for, and until when it is good. */
  readonly at: number;
  readonly until: number;
  /** Until when it is better than nothing. */
  readonly atLast: number;
}

/** What a subgraph gave everyone alike; null for an entity that it does not have. */
export type Value = JsonObject | null;

export interface Found extends Life {
  /** The finder's own. */
  readonly value: Value;
}

export interface Look {
  /** For each place what is there, good or better than nothing. */
  readonly found: readonly (Found | null)[];
  /** Keeps what was asked for after the look, by the places' numbers; not what was dropped meanwhile, by whomever. */
  keep(values: readonly (readonly [place: number, value: Value])[], life: Life): void | Promise<void>;
}

/** Where answers are kept. Nothing of it fails: what cannot be read is not there. */
export interface AnswerStore {
  look(places: readonly Place[]): Look | Promise<Look>;
  /** Settles when whoever looks from then on finds nothing that has any of the tags. */
  drop(tags: readonly string[]): void | Promise<void>;
  /** Whether it can be used now. */
  isUp(): boolean;
  close(): Promise<void>;
}

/** Of drops not each tag is remembered, but its slot, of which there are so many however many tags there are. */
export const slots = 1_024;

/** FNV-1a. All who share a store have to agree. */
export function slotOf(tag: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < tag.length; i += 1) hash = Math.imul(hash ^ tag.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (slots - 1);
}

export interface MemoryLimits {
  readonly entries: number;
  readonly bytes: number;
}

interface Kept extends Life {
  readonly key: string;
  /** JSON. */
  readonly text: string;
  readonly tags: readonly string[];
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
  let drops = 0;
  /** By slot, the last drop there. */
  const dropped = new Float64Array(slots);

  function read(key: string): Found | null {
    const found = kept.get(key);
    if (!found) return null;
    if (found.atLast > now()) return { value: JSON.parse(found.text) as Value, at: found.at, until: found.until, atLast: found.atLast };
    kept.delete(key);
    return null;
  }

  return {
    look(places) {
      const since = drops;
      return {
        found: places.map(({ key }) => read(key)),
        keep(values, life) {
          for (const [number, value] of values) {
            const place = places[number];
            if (!place) continue;
            const { key, tags } = place;
            // What was asked for before something was dropped may be from before the change.
            if (tags.some((tag) => (dropped[slotOf(tag)] ?? 0) > since)) continue;
            kept.set(key, { key, text: JSON.stringify(value), tags, ...life });
            // Too large, it was not taken.
            if (!kept.has(key)) continue;
            for (const tag of tags) byTag.set(tag, (byTag.get(tag) ?? new Set()).add(key));
          }
        },
      };
    },
    drop(tags) {
      drops += 1;
      for (const tag of tags) {
        dropped[slotOf(tag)] = drops;
        for (const key of [...(byTag.get(tag) ?? [])]) kept.delete(key);
      }
    },
    isUp: () => true,
    close: async () => undefined,
  };
}
