import type { ClientSession, Connection } from 'mongoose';
import { v7 as eventId } from 'uuid';
import { isEventType, routeOf, type SubgraphName } from '../../../schema/events.js';
import type { EventCollections, OutboxDocument } from '../events/collections.js';
import type { Outgoing } from '../events/envelope.js';
import { currentScope } from '../events/trace.js';

/** One transaction: what is written with `session` and what is emitted take effect together or not at all. */
export interface UnitOfWork {
  readonly session: ClientSession;
  emit(...events: readonly Outgoing[]): void;
  /** For what this process remembers of the database; must not throw, and is not run when nothing was committed. */
  afterCommit(work: () => Promise<void>): void;
}

export interface Transactions {
  /** `work` may run more than once (write conflicts): it must leave nothing behind outside the session. */
  run<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;
}

/** Joins a transaction that is already open. */
export const within = (unit: UnitOfWork): Transactions => ({ run: (work) => work(unit) });

// Time for the attempt right after the commit, before the relay's loop takes an event as left behind.
const headStartMs = 1_000;

export function createTransactions(options: {
  readonly connection: Connection;
  readonly source: SubgraphName;
  readonly events: EventCollections;
  /** Sends what was committed; resolves when it has taken effect or the request has waited long enough. */
  readonly deliver: (messages: readonly OutboxDocument[]) => Promise<void>;
}): Transactions {
  const { connection, source, events, deliver } = options;

  async function nextSequence(target: string, subject: string, session: ClientSession): Promise<number> {
    const { last } = await events.sent.findOneAndUpdate(
      { _id: `${target}:${subject}` },
      { $inc: { last: 1 } },
      { upsert: true, returnDocument: 'after', session },
    ).lean().orFail();
    return last;
  }

  async function toMessage({ type, subject, target, at, data }: Outgoing, session: ClientSession): Promise<OutboxDocument> {
    if (!isEventType(type)) throw new Error(`${type} is not in schema/events.ts.`);
    const route = routeOf(type);
    if (!route.to.includes(target)) throw new Error(`${type} does not go to ${target}.`);
    const traceparent = currentScope()?.traceparent;
    const id = eventId();
    const now = Date.now();
    return {
      _id: id,
      target,
      subject,
      status: 'PENDING',
      availableAt: new Date(route.prompt ? now + headStartMs : now),
      attempts: 0,
      lastError: null,
      createdAt: new Date(now),
      deliveredAt: null,
      envelope: {
        specversion: '1.0',
        id,
        source,
        type,
        subject,
        time: at.toISOString(),
        datacontenttype: 'application/json',
        data: route.data.parse(data) as Record<string, unknown>,
        ...(traceparent !== undefined && { traceparent }),
        sequence: route.ordered ? await nextSequence(target, subject, session) : 0,
      },
    };
  }

  return {
    async run(work) {
      let committed: OutboxDocument[] = [];
      let afterwards: (() => Promise<void>)[] = [];
      const value = await connection.transaction(async (session) => {
        const outgoing: Outgoing[] = [];
        const later: (() => Promise<void>)[] = [];
        const result = await work({
          session,
          emit: (...emitted) => void outgoing.push(...emitted),
          afterCommit: (work) => void later.push(work),
        });
        const messages: OutboxDocument[] = [];
        // One await at a time: a session cannot run operations in parallel.
        for (const event of outgoing) messages.push(await toMessage(event, session));
        if (messages.length > 0) await events.outbox.insertMany(messages, { session, ordered: true });
        committed = messages;
        afterwards = later;
        return result;
      });
      for (const task of afterwards) await task();
      if (committed.length > 0) await deliver(committed);
      return value;
    },
  };
}
