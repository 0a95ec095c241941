import { createHash } from 'node:crypto';
import { Schema, type ClientSession, type Connection } from 'mongoose';
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

const receiptSchema = new Schema<ReceiptDocument>(
  {
    _id: { type: String, required: true },
    fingerprint: { type: String, required: true },
    result: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'receipts', versionKey: false },
);
receiptSchema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });

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

export async function openReceipts(connection: Connection): Promise<Receipts> {
  const receipts = connection.model<ReceiptDocument>('Receipt', receiptSchema);
  await receipts.init();
  const idOf = ({ actorId, key }: Receipt): string => `${actorId}:${key}`;
  return {
    async find(receipt) {
      if (receipt.key.length === 0 || receipt.key.length > maxKeyLength) {
        return fail('INVALID_INPUT', bilingual(
          `幂等键须为 1–${maxKeyLength} 个字符。`, `An idempotency key has 1–${maxKeyLength} characters.`,
        ), ['input', 'idempotencyKey']);
      }
      const found = await receipts.findById(idOf(receipt)).lean();
      // The TTL monitor may be late, or absent: an expired receipt counts as none.
      if (!found || found.createdAt.getTime() < Date.now() - keptSeconds * 1_000) return ok(null);
      if (found.fingerprint === receipt.fingerprint) return ok(found.result);
      return fail('IDEMPOTENCY_KEY_REUSED', bilingual(
        '此幂等键已用于另一请求,请换一个新键。', 'This idempotency key was used for another request; use a new one.',
      ), ['input', 'idempotencyKey']);
    },
    async record(receipt, result, session) {
      const document = { _id: idOf(receipt), fingerprint: receipt.fingerprint, result, createdAt: new Date() };
      await receipts.deleteOne({ _id: document._id, createdAt: { $lt: new Date(Date.now() - keptSeconds * 1_000) } }, { session });
      await receipts.create([document], { session });
    },
  };
}
