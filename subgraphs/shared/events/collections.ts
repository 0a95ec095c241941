import type { Connection, mongo } from 'mongoose';
import type { SubgraphName } from '../../../schema/events.js';
import type { Envelope } from './envelope.js';

const day = 86_400;

export interface OutboxDocument {
  /** Event id: one event goes to one receiver. */
  _id: string;
  target: SubgraphName;
  subject: string;
  status: 'PENDING' | 'DELIVERED';
  /** No other relay may claim it before this instant. */
  availableAt: Date;
  /** Deliveries that failed. */
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
  envelope: Envelope;
}

export interface InboxDocument {
  /** Event id: the same event twice is refused by this key. */
  _id: string;
  source: SubgraphName;
  subject: string;
  type: string;
  sequence: number;
  /** WAITING: its turn has not come. PARKED: it failed and waits for a person. */
  status: 'APPLIED' | 'WAITING' | 'PARKED';
  error: string | null;
  /** When it came first. */
  receivedAt: Date;
  appliedAt: Date | null;
  /** Kept until it has taken effect. */
  envelope: Envelope | null;
}

/** The numbers given to a subject's events; `_id` is the subject. */
export interface SentDocument {
  _id: string;
  /** By receiver. */
  last: Partial<Record<SubgraphName, number>>;
}

/** How far the events of one sender and subject have been taken in; `_id` is `<source>:<subject>`. */
export interface ReceivedDocument {
  _id: string;
  last: number;
  /** The highest number that ever had to wait; absent when none did. */
  waiting?: number;
}

export interface EventCollections {
  readonly outbox: mongo.Collection<OutboxDocument>;
  readonly inbox: mongo.Collection<InboxDocument>;
  readonly sent: mongo.Collection<SentDocument>;
  readonly received: mongo.Collection<ReceivedDocument>;
}

const indexes: Readonly<Record<string, readonly mongo.IndexDescription[]>> = {
  outbox: [
    { key: { target: 1, availableAt: 1, _id: 1 }, partialFilterExpression: { status: 'PENDING' } },
    { key: { deliveredAt: 1 }, expireAfterSeconds: 7 * day },
  ],
  inbox: [
    { key: { source: 1, subject: 1, sequence: 1 } },
    // Greater than 'APPLIED' are just PARKED and WAITING; partial indexes know no $in before MongoDB 6.
    { key: { status: 1, source: 1, subject: 1, sequence: 1 }, partialFilterExpression: { status: { $gt: 'APPLIED' } } },
    // Unordered events are recognised by id alone, so an id is kept far longer than any sender goes on trying.
    { key: { appliedAt: 1 }, expireAfterSeconds: 90 * day },
  ],
  sentSequences: [],
  receivedSequences: [],
};

const namespaceExists = 48;

/**
 * Collections and indexes are made here: they must exist before the first transaction uses them. The driver's own
 * collections, since nothing here needs mongoose's casting and every event passes through all of them.
 */
export async function openEventCollections(connection: Connection): Promise<EventCollections> {
  const { db } = connection;
  if (!db) throw new Error('Open the connection before its event collections.');
  for (const [name, keys] of Object.entries(indexes)) {
    await db.createCollection(name).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== namespaceExists) throw error;
    });
    if (keys.length > 0) await db.collection(name).createIndexes([...keys]);
  }
  return {
    outbox: db.collection<OutboxDocument>('outbox'),
    inbox: db.collection<InboxDocument>('inbox'),
    sent: db.collection<SentDocument>('sentSequences'),
    received: db.collection<ReceivedDocument>('receivedSequences'),
  };
}
