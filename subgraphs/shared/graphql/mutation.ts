import type { DomainError, Result } from '../domain/result.js';
import { isDuplicateKey } from '../persistence/failures.js';
import { receiptOf, type Receipt, type Receipts } from '../persistence/receipts.js';
import { requireActor, type RequestContext } from './requestContext.js';
import type { Actor } from '../domain/actor.js';

export interface Answer<T> {
  readonly entity: T | null;
  readonly userErrors: readonly DomainError[];
}

const allOf = ({ more = [], ...error }: DomainError): readonly DomainError[] => [error, ...more];

/**
 * Runs a mutation: signed in, at most once per idempotency key, and with the entity as it stands beside the errors.
 * A call that lost to its own repetition finds the receipt and answers as the winner did.
 */
export async function mutate<T extends { readonly id: string }>(
  context: RequestContext & { readonly receipts: Receipts },
  mutation: string,
  input: { readonly caseId?: string; readonly idempotencyKey?: string | null | undefined },
  { run, current, subject = input.caseId }: {
    readonly run: (actor: Actor, receipt: Receipt | null) => Promise<Result<T>>;
    /** The entity of that id as the actor may see it. */
    readonly current: (actor: Actor, id: string) => Promise<T | null>;
    /** Id of the entity that it acts on: the case's by default, null for a new one. */
    readonly subject?: string | null;
  },
): Promise<Answer<T>> {
  const actor = requireActor(context);
  const receipt = receiptOf(actor.id, mutation, input);
  const earlier = async (): Promise<Answer<T> | null> => {
    const found = receipt && (await context.receipts.find(receipt));
    if (!found) return null;
    if (!found.ok) return { entity: null, userErrors: [found.error] };
    return found.value === null ? null : { entity: await current(actor, found.value), userErrors: [] };
  };

  const first = await earlier();
  if (first) return first;
  try {
    const result = await run(actor, receipt);
    if (result.ok) return { entity: result.value, userErrors: [] };
    return (await earlier()) ?? { entity: subject == null ? null : await current(actor, subject), userErrors: allOf(result.error) };
  } catch (error) {
    const faster = isDuplicateKey(error) ? await earlier() : null;
    if (faster) return faster;
    throw error;
  }
}
