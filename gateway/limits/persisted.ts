import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** Texts of known operations by their SHA-256. */
export type Manifest = ReadonlyMap<string, string>;

const shape = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), name: z.string(), type: z.enum(['query', 'mutation', 'subscription']), body: z.string().min(1) })),
});

const maxKeptBytes = 8 * 1024 * 1024;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** @throws Error with one sentence on what to put right. */
export function manifestFrom(text: string): Manifest {
  const { data } = shape.safeParse(jsonOf(text));
  if (!data) throw new Error('it must be an apollo-persisted-query-manifest of version 1.');
  const wrong = data.operations.find(({ id, body }) => id !== hashOf(body));
  if (wrong) throw new Error(`the id of ${wrong.name} is not the SHA-256 of its body.`);
  return new Map(data.operations.map(({ id, body }) => [id, body]));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Where Apollo looks up an operation by its hash: those of the manifest are always there, others while there is room. */
export function persistedCache(manifest: Manifest, prefix: string) {
  const kept = new LRUCache<string, string>({ maxSize: maxKeptBytes, sizeCalculation: (text) => Math.max(text.length, 1) });
  return {
    get: async (key: string) => manifest.get(key.slice(prefix.length)) ?? kept.get(key),
    set: async (key: string, text: string) => void kept.set(key, text),
    delete: async (key: string) => kept.delete(key),
  };
}
