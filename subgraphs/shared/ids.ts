import { v7 } from 'uuid';

/** UUID version 7: unique, and in order of time, so that keyset pages and indexes stay close together. */
export const newId = (): string => v7();
