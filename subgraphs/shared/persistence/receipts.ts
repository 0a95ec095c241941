import { createHash } from 'node:crypto';
import type { ClientSession, Connection } from 'mongoose';
import { bilingual, fail, ok, refuse, type DomainError, type Result } from '../domain/result.js';
import { isDuplicateKey } from './failures.js';

const keptSeconds = 86_400;

/** What tells a repeated mutation from a new one. */
export interface Receipt {
  readonly key: string;
  readonly actorId: string;
  /** Hash of the mutation and its input: the same key with other input is a mistake of the caller. */
  readonly fingerprint: string;
  /** Which of the things a bulk call acts on this is for; absent for a call as a whole. */
  readonly part?: string;
  /** What a part answers beside the thing itself. */
  readonly effect?: unknown;
}

export interface ReceiptDocument {
  _id: string;
  fingerprint: string;
  /** Id of what the first call made or changed; empty for a bulk call as a whole. */
  result: string;
  effect?: unknown;
  createdAt: Date;
}

export interface Remembered {
  readonly result: string;
  readonly effect: unknown;
}

export interface Receipts {
  /** The first call's result, null when there was none; IDEMPOTENCY_KEY_REUSED when it had other input. */
  find(receipt: Receipt): Promise<Result<string | null>>;
  /** Written with the effect; a second writer of the same key fails, and with it its transaction. */
  record(receipt: Receipt, result: string, session: ClientSession): Promise<void>;
  /** Keeps the key for this call, before its parts take effect one by one; the same call may claim it again. */
  claim(receipt: Receipt): Promise<Result<null>>;
  /** Those of the parts that have taken effect, by their names; asked in one query. */
  findParts(receipts: readonly Receipt[]): Promise<Map<string, Result<Remembered>>>;
}

/**
 * For who caught `error` while writing with `receipt`: returns when another document has the key of this one. Anything else
 * is thrown on, and so is that the same call was faster: the caller finds the receipt, and with it the first one's answer.
 */
export async function mustBeTaken(error: unknown, receipts: Pick<Receipts, 'find'>, receipt: Receipt | null): Promise<void> {
  if (!isDuplicateKey(error)) throw error;
  const known = receipt && (await receipts.find(receipt));
  if (known && (!known.ok || known.value !== null)) throw error;
}

export const maxKeyLength = 100;

export const keyFault = (key: string): DomainError | null => (key.length > 0 && key.length <= maxKeyLength ? null : {
  code: 'INVALID_INPUT',
  message: bilingual(`幂等键须为 1–${maxKeyLength} 个字符。`, `An idempotency key has 1–${maxKeyLength} characters.`),
  field: ['input', 'idempotencyKey'],
});

const reused = (): Result<never> => fail('IDEMPOTENCY_KEY_REUSED', bilingual(
  '此幂等键已用于另一请求,请换一个新键。', 'This idempotency key was used for another request; use a new one.',
), ['input', 'idempotencyKey']);

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
  const idOf = ({ actorId, key, part }: Receipt): string => (part === undefined ? `${actorId}:${key}` : `${actorId}:${key}#${part}`);
  /** The TTL monitor may be late, or absent: an expired receipt counts as none. */
  const expired = (): Date => new Date(now().getTime() - keptSeconds * 1_000);

  const find: Receipts['find'] = async (receipt) => {
    const fault = keyFault(receipt.key);
    if (fault) return refuse(fault);
    const found = await receipts.findOne({ _id: idOf(receipt), createdAt: { $gte: expired() } });
    if (!found) return ok(null);
    return found.fingerprint === receipt.fingerprint ? ok(found.result) : reused();
  };
  /** Takes the place of an expired one; one in force does not match, and its key refuses the insert. */
  const write = async (receipt: Receipt, result: string, session?: ClientSession): Promise<void> => {
    const { fingerprint, effect } = receipt;
    await receipts.updateOne(
      { _id: idOf(receipt), createdAt: { $lt: expired() } },
      { $set: { fingerprint, result, createdAt: now(), ...(effect !== undefined && { effect }) } },
      { upsert: true, ...(session && { session }) },
    );
  };

  return {
    find,
    record: write,
    async claim(receipt) {
      const known = await find(receipt);
      if (!known.ok) return known;
      if (known.value !== null) return ok(null);
      try {
        await write(receipt, '');
        return ok(null);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const winner = await find(receipt);
        return winner.ok ? ok(null) : winner;
      }
    },
    async findParts(parts) {
      const byId = new Map(parts.map((one) => [idOf(one), one]));
      if (byId.size === 0) return new Map();
      const found = await receipts.find({ _id: { $in: [...byId.keys()] }, createdAt: { $gte: expired() } }).toArray();
      return new Map(found.map(({ _id, fingerprint, result, effect = null }): [string, Result<Remembered>] => {
        const asked = byId.get(_id);
        return [asked?.part ?? '', fingerprint === asked?.fingerprint ? ok({ result, effect }) : reused()];
      }));
    },
  };
}
