// What the platform makes of a message.
import { createHash } from 'node:crypto';
import type { Message } from './message.js';
import { Failed, Refused, type Gateway } from './gateway.js';
import { ImportStopped } from './stops.js';

/** `KNOWN`: the platform had it before. */
export type Outcome = { readonly kind: 'NEW' | 'KNOWN' } | { readonly kind: 'REJECTED'; readonly reason: string };

const mutation = `mutation Import($input: CaseSubmitInput!) {
  caseSubmit(input: $input) { userErrors { code message field } }
}`;

interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[] | null;
}

interface Answer {
  readonly caseSubmit: { readonly userErrors: readonly UserError[] };
}

/** `OUT_OF_SCOPE: community: …`. */
const sentence = ({ code, message, field }: UserError): string =>
  [code, ...(field?.slice(1) ?? []), message].join(': ');

/** So many failures of the platform in a row are no longer about the rows. */
const maxFailuresInARow = 3;

const keyOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join(' ')).digest('base64url');

export type Submit = (message: Message, line: number) => Promise<Outcome>;

/**
 * The idempotency key is the row's own in this run: sent again within the run, also after a crash, it is answered as
 * the first time; in another run, or from another row, the platform knows the source id and says so.
 */
export function submitter(gateway: Gateway, runId: string): Submit {
  let failures = 0;

  async function ask(input: object): Promise<Outcome> {
    const { caseSubmit } = await gateway.ask<Answer>(mutation, { input });
    const { userErrors } = caseSubmit;
    if (userErrors.length === 0) return { kind: 'NEW' };
    const codes = userErrors.map(({ code }) => code);
    if (codes.includes('DUPLICATE')) return { kind: 'KNOWN' };
    const reason = userErrors.map(sentence).join(' ');
    if (codes.includes('ROLE_NOT_ALLOWED')) {
      throw new ImportStopped(`The token's holder may not submit cases: ${reason}`);
    }
    return { kind: 'REJECTED', reason };
  }

  return async ({ input }, line) => {
    if ('problem' in input) return { kind: 'REJECTED', reason: input.problem };
    const idempotencyKey = keyOf(runId, line, JSON.stringify(input.value));
    try {
      const outcome = await ask({ ...input.value, idempotencyKey });
      failures = 0;
      return outcome;
    } catch (error) {
      if (error instanceof Refused) return { kind: 'REJECTED', reason: `${error.code}: ${error.message}` };
      if (!(error instanceof Failed)) throw error;
      failures += 1;
      if (failures < maxFailuresInARow) return { kind: 'REJECTED', reason: error.message };
      const which = `${failures} rows in a row, the last at line ${line}`;
      throw new ImportStopped(`The platform failed on ${which}: ${error.message}`);
    }
  };
}
