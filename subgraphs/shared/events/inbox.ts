import type { ClientSession } from 'mongoose';
import type { Logger } from 'pino';
import { isDuplicateKey } from '../persistence/failures.js';
import type { EventCollections, InboxDocument } from './collections.js';
import type { Envelope } from './envelope.js';
import { traceIdOf } from './trace.js';

const header = ({ source, subject, type, sequence }: Envelope) => ({ source, subject, type, sequence });
const effect = () => ({ status: 'APPLIED', error: null, appliedAt: new Date(), envelope: null }) as const;
const isWithoutEffect = { $gt: 'APPLIED' } as const;

/** What a level has been sent: what took effect by its id, what did not with all it says. */
export interface Inbox {
  /** Refused, and the transaction with it, when one of them is there already. */
  insertApplied(envelopes: readonly Envelope[], session: ClientSession): Promise<void>;
  /** Of one that is there without effect; answers false when it is not. */
  markApplied(id: string, session: ClientSession): Promise<boolean>;
  /** Refused by its key when it has taken effect. */
  keepWaiting(envelope: Envelope, error: string | null, session?: ClientSession): Promise<void>;
  /** Keeps it for a person to look at; answers false when it has taken effect meanwhile. */
  park(envelope: Envelope, error: string): Promise<boolean>;
  statusOf(id: string): Promise<InboxDocument['status'] | null>;
  /** Those of the ids that took effect. */
  applied(ids: readonly string[]): Promise<string[]>;
  /** The one of that number, should it wait. */
  waiting(of: Pick<Envelope, 'source' | 'subject'>, sequence: number): Promise<Envelope | null>;
}

export function createInbox(inbox: EventCollections['inbox'], log: Logger): Inbox {
  async function keep(
    envelope: Envelope,
    state: { readonly status: 'WAITING' | 'PARKED'; readonly error: string | null },
    session?: ClientSession,
  ): Promise<void> {
    await inbox.updateOne(
      { _id: envelope.id, status: isWithoutEffect },
      { $set: { ...header(envelope), ...state, appliedAt: null, envelope }, $setOnInsert: { receivedAt: new Date() } },
      { upsert: true, ...(session && { session }) },
    );
  }

  return {
    async insertApplied(envelopes, session) {
      const entries = envelopes.map((envelope) =>
        ({ _id: envelope.id, ...header(envelope), receivedAt: new Date(), ...effect() }));
      await inbox.insertMany(entries, { session });
    },
    async markApplied(id, session) {
      const filter = { _id: id, status: isWithoutEffect };
      const { matchedCount } = await inbox.updateOne(filter, { $set: effect() }, { session });
      return matchedCount === 1;
    },
    keepWaiting: (envelope, error, session) => keep(envelope, { status: 'WAITING', error }, session),
    async park(envelope, error) {
      try {
        await keep(envelope, { status: 'PARKED', error });
      } catch (failure) {
        if (isDuplicateKey(failure)) return false;
        throw failure;
      }
      const { id, traceparent } = envelope;
      const traceId = traceparent && traceIdOf(traceparent);
      log.error({ event: id, ...header(envelope), traceId, reason: error }, 'event parked');
      return true;
    },
    async statusOf(id) {
      return (await inbox.findOne({ _id: id }, { projection: { status: 1 } }))?.status ?? null;
    },
    async applied(ids) {
      const filter = { _id: { $in: [...ids] }, status: 'APPLIED' } as const;
      return (await inbox.find(filter, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
    },
    async waiting({ source, subject }, sequence) {
      return (await inbox.findOne({ source, subject, sequence, status: 'WAITING' }))?.envelope ?? null;
    },
  };
}
