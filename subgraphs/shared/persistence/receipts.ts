import { createHash } from 'node:crypto';
import type { ClientSession, Connection } from 'mongoose';
import { bilingual, fail, ok, type Result } from '../domain/result.js';

const keptSeconds = 86_400;

/** What tells a repeated mutation from a new one. */
export interface Receipt {
  readonly key: string;
  readonly actorId: string;
  /** Hash of the mutation and its input: the same key with other input is a mistake of the caller. */
  readonly fingerprint: string;
}

export interface ReceiptDocument {
  _id: string;
  fingerprint: string;
  /** Id of what the first call made or changed. */
  result: string;
  createdAt: Date;
}

export interface Receipts {
  /** The first call's result, null when there was none; IDEMPOTENCY_KEY_REUSED when it had other input. */
  find(receipt: Receipt): Promise<Result<string | null>>;
  /** Written with the effect; a second writer of the same key fails, and with it its transaction. */
  record(receipt: Receipt, result: string, session: ClientSession): Promise<void>;
}

export const maxKeyLength = 100;

/** Null when the caller sent no key: then nothing is remembered. */
export const receiptOf = (
  actorId: string,
  mutation: string,
  input: { readonly idempotencyKey?: string | null | undefined },
): Receipt | null => {
  const key = input.idempotencyKey;
  if (key == null) return null;
  const fingerprint = createHash('sha256').update(mutation).update(JSON.stringify(input)).digest('base64url');
  return { key, actorId, fingerprint };
};

export async function openReceipts(
  connection: Connection,
  now: () => Date = () => new Date(),
): Promise<Receipts> {
  if (!connection.db) throw new Error('Open the connection before its receipts.');
  const receipts = connection.db.collection<ReceiptDocument>('receipts');
  await receipts.createIndex({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });
  const idOf = ({ actorId, key }: Receipt): string => `${actorId}:${key}`;
  /** The TTL monitor may be late, or absent: an expired receipt counts as none. */
  const expired = (): Date => new Date(now().getTime() - keptSeconds * 1_000);
  return {
    async find(receipt) {
      if (receipt.key.length === 0 || receipt.key.length > maxKeyLength) {
        return fail('INVALID_INPUT', bilingual(
          `幂等键须为 1–${maxKeyLength} 个字符。`, `An idempotency key has 1–${maxKeyLength} characters.`,
        ), ['input', 'idempotencyKey']);
      }
      const found = await receipts.findOne({ _id: idOf(receipt), createdAt: { $gte: expired() } });
      if (!found) return ok(null);
      if (found.fingerprint === receipt.fingerprint) return ok(found.result);
      return fail('IDEMPOTENCY_KEY_REUSED', bilingual(
        '此幂等键已用于另一请求,请换一个新键。', 'This idempotency key was used for another request; use a new one.',
      ), ['input', 'idempotencyKey']);
    },
    async record(receipt, result, session) {
      // Takes the place of an expired one; one in force does not match, and its key refuses the insert.
      await receipts.updateOne(
        { _id: idOf(receipt), createdAt: { $lt: expired() } },
        { $set: { fingerprint: receipt.fingerprint, result, createdAt: now() } },
        { upsert: true, session },
      );
    },
  };
}
