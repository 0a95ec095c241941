import { z } from 'zod';

/** How far the changes of each subgraph had been heard of when something was read; the same in every gateway. */
export interface EventId {
  /** In ms since 1970. */
  readonly at: number;
  /** By subgraph; 0 for one that has not been heard of. */
  readonly positions: Readonly<Record<string, number>>;
}

/** An hour, which is what subgraphs remember at least. */
export const keptMs = 3_600_000;
const maxLength = 1_000;

const shape = z.tuple([z.int().nonnegative(), z.record(z.string(), z.int().nonnegative())]);

/** For callers without a meaning of its own. */
export const writeEventId = ({ at, positions }: EventId): string => Buffer.from(JSON.stringify([at, positions])).toString('base64url');

/** Null when it is none of ours. */
export function readEventId(text: string): EventId | null {
  if (text.length > maxLength || !/^[\w-]+$/.test(text)) return null;
  try {
    const [at, positions] = shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { at, positions };
  } catch {
    return null;
  }
}
