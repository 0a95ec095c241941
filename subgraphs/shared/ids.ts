import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** UUID version 7: unique, and in order of time, so that keyset pages and indexes stay close together. */
export const newId = (): string => v7();

/** The same for the same parts, and for no others. */
export const idOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
