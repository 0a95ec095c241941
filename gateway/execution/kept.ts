import type { ASTNode } from 'graphql';

/**
 * How much may be kept of what clients ask, by the length of their texts: a parsed document takes up to a hundred times as much
 * memory, and of every sign and comment, whether or not it means something.
 */
export const keptTexts = { max: 2_000, maxSize: 4 * 1024 * 1024, maxEntrySize: 128 * 1024 } as const;

/** The length of the text that a node was parsed from; all of it stays while the node does. */
export const textLength = ({ loc }: ASTNode): number => Math.max(1, loc?.source.body.length ?? 0);
