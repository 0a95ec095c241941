import type { DomainError, Result } from '../domain/result.js';

export interface Payload<T> {
  readonly entity: T | null;
  readonly userErrors: readonly DomainError[];
}

/** A mutation's answer: the changed entity, or the errors beside the entity as it stands. */
export async function answer<T>(result: Result<T>, current: () => Promise<T | null>): Promise<Payload<T>> {
  return result.ok
    ? { entity: result.value, userErrors: [] }
    : { entity: await current(), userErrors: [result.error] };
}
