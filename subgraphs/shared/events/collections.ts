import { Schema, type Connection, type Model } from 'mongoose';
import type { Envelope } from './envelope.js';

const day = 86_400;

export interface OutboxDocument {
  /** Event id and receiver: one event may go to several. */
  _id: string;
  target: string;
  subject: string;
  status: 'PENDING' | 'DELIVERED';
  /** No other relay may claim it before this instant. */
  availableAt: Date;
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
  envelope: Envelope;
}

export interface InboxDocument {
  /** Event id: the same event twice is refused by this key. */
  _id: string;
  source: string;
  subject: string;
  type: string;
  sequence: number;
  /** WAITING: an earlier event of its subject is missing. PARKED: it failed and waits for a person. */
  status: 'APPLIED' | 'WAITING' | 'PARKED';
  error: string | null;
  receivedAt: Date;
  appliedAt: Date | null;
  /** Kept until it has taken effect. */
  envelope: Envelope | null;
}

/** Last number given (outbox) or applied (inbox) per peer and subject. */
export interface SequenceDocument {
  _id: string;
  last: number;
}

const options = { versionKey: false, minimize: false } as const;

const outboxSchema = new Schema<OutboxDocument>(
  {
    _id: { type: String, required: true },
    target: { type: String, required: true },
    subject: { type: String, required: true },
    status: { type: String, required: true },
    availableAt: { type: Date, required: true },
    attempts: { type: Number, required: true },
    lastError: { type: String, default: null },
    createdAt: { type: Date, required: true },
    deliveredAt: { type: Date, default: null },
    envelope: { type: Schema.Types.Mixed, required: true },
  },
  { ...options, collection: 'outbox' },
);
outboxSchema.index({ target: 1, availableAt: 1, _id: 1 }, { partialFilterExpression: { status: 'PENDING' } });
outboxSchema.index({ deliveredAt: 1 }, { expireAfterSeconds: 7 * day });

const inboxSchema = new Schema<InboxDocument>(
  {
    _id: { type: String, required: true },
    source: { type: String, required: true },
    subject: { type: String, required: true },
    type: { type: String, required: true },
    sequence: { type: Number, required: true },
    status: { type: String, required: true },
    error: { type: String, default: null },
    receivedAt: { type: Date, required: true },
    appliedAt: { type: Date, default: null },
    envelope: { type: Schema.Types.Mixed, default: null },
  },
  { ...options, collection: 'inbox' },
);
inboxSchema.index({ source: 1, subject: 1, sequence: 1 });
// Greater than 'APPLIED' are just PARKED and WAITING; partial indexes know no $in before MongoDB 6.
inboxSchema.index({ status: 1, receivedAt: 1 }, { partialFilterExpression: { status: { $gt: 'APPLIED' } } });
// Unordered events are recognised by id alone, so an id is kept far longer than any sender goes on trying.
inboxSchema.index({ appliedAt: 1 }, { expireAfterSeconds: 90 * day });

const sequenceSchema = (collection: string): Schema<SequenceDocument> =>
  new Schema<SequenceDocument>(
    { _id: { type: String, required: true }, last: { type: Number, required: true } },
    { ...options, collection },
  );

export interface EventCollections {
  readonly outbox: Model<OutboxDocument>;
  readonly inbox: Model<InboxDocument>;
  readonly sent: Model<SequenceDocument>;
  readonly received: Model<SequenceDocument>;
}

/** Collections and indexes are made here: they must exist before the first transaction uses them. */
export async function openEventCollections(connection: Connection): Promise<EventCollections> {
  const collections = {
    outbox: connection.model<OutboxDocument>('Outbox', outboxSchema),
    inbox: connection.model<InboxDocument>('Inbox', inboxSchema),
    sent: connection.model<SequenceDocument>('SentSequence', sequenceSchema('sentSequences')),
    received: connection.model<SequenceDocument>('ReceivedSequence', sequenceSchema('receivedSequences')),
  };
  for (const model of Object.values(collections)) await model.init();
  return collections;
}
