import type { ClientSession, Connection } from 'mongoose';
import { v7 as eventId } from 'uuid';
import { isEventType, routeOf, type SubgraphName } from '../../../schema/events.js';
import { groupBy } from '../domain/groupBy.js';
import type { EventCollections, OutboxDocument } from '../events/collections.js';
import type { Outgoing } from '../events/envelope.js';
import type { Changes } from '../events/changes.js';
import { currentScope } from '../events/trace.js';
import { isDuplicateKey, runAgain } from './failures.js';

/** One transaction: what is written with `session` and what is emitted take effect together or not at all. */
export interface UnitOfWork {
  readonly session: ClientSession;
  emit(...events: readonly Outgoing[]): void;
  /** Names what this changes, for those who watch it: see shared/domain/topics.ts. */
  changed(...topics: readonly string[]): void;
  /** For what this process remembers of the database; must not throw, and is not run when nothing was committed. */
  afterCommit(work: () => Promise<void>): void;
}

export interface Transactions {
  /** `work` may run more than once (write conflicts): it must leave nothing behind outside the session. */
  run<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;
}

export interface Committed<T> {
  readonly value: T;
  /** Settles, and never rejects, when the events took effect elsewhere or the request has waited long enough. */
  readonly delivered: Promise<void>;
}

export interface TransactionRunner extends Transactions {
  /** As `run`, but does not wait for the events. */
  commit<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<Committed<T>>;
}

/** Joins a transaction that is already open. */
export const within = (unit: UnitOfWork): Transactions => ({ run: (work) => work(unit) });

// Time for the attempt right after the commit, before the relay's loop takes an event as left behind.
const headStartMs = 1_000;
const maxSubjectLength = 100;

const routed = ({ type, subject, target }: Outgoing) => {
  if (!isEventType(type)) throw new Error(`${type} is not in schema/events.ts.`);
  if (subject.length === 0 || subject.length > maxSubjectLength) {
    throw new Error(`The subject of ${type} has 1–${maxSubjectLength} characters, not ${subject.length}.`);
  }
  const route = routeOf(type);
  if (!route.to.includes(target)) throw new Error(`${type} does not go to ${target}.`);
  return route;
};

export function createTransactions(options: {
  readonly connection: Connection;
  readonly source: SubgraphName;
  readonly events: EventCollections;
  /** Sends what was committed; resolves when it has taken effect or the request has waited long enough. */
  readonly deliver: (messages: readonly OutboxDocument[]) => Promise<void>;
  /** Where nobody can watch there are none. */
  readonly changes?: Pick<Changes, 'keep' | 'announce'>;
  readonly now?: () => Date;
}): TransactionRunner {
  const { connection, source, events: { outbox, sent }, deliver, changes, now = () => new Date() } = options;

  /** Numbers a subject's messages on from the last one to the same receiver. */
  async function number(subject: string, messages: readonly OutboxDocument[], session: ClientSession): Promise<void> {
    const byTarget = [...groupBy(messages, ({ target }) => target)];
    const $inc = Object.fromEntries(byTarget.map(([target, { length }]) => [`last.${target}`, length]));
    const options = { upsert: true, returnDocument: 'after', session } as const;
    try {
      const after = await sent.findOneAndUpdate({ _id: subject }, { $inc }, options);
      for (const [target, own] of byTarget) {
        const before = (after?.last[target] ?? 0) - own.length;
        own.forEach(({ envelope }, i) => (envelope.sequence = before + i + 1));
      }
    } catch (error) {
      // Two transactions made the subject's first entry; the one that lost finds it the next time.
      throw isDuplicateKey(error) ? runAgain(error) : error;
    }
  }

  function toMessage(event: Outgoing): { message: OutboxDocument; ordered: boolean } {
    const { type, subject, target, at, data } = event;
    const { ordered, data: shape } = routed(event);
    const traceparent = currentScope()?.traceparent;
    const id = eventId();
    const createdAt = now();
    return {
      ordered,
      message: {
        _id: id,
        target,
        subject,
        status: 'PENDING',
        availableAt: new Date(createdAt.getTime() + headStartMs),
        attempts: 0,
        lastError: null,
        createdAt,
        deliveredAt: null,
        envelope: {
          specversion: '1.0',
          id,
          source,
          type,
          subject,
          time: at.toISOString(),
          datacontenttype: 'application/json',
          data: shape.parse(data) as Record<string, unknown>,
          ...(traceparent !== undefined && { traceparent }),
          sequence: 0,
        },
      },
    };
  }

  async function write(outgoing: readonly Outgoing[], session: ClientSession): Promise<OutboxDocument[]> {
    if (outgoing.length === 0) return [];
    const made = outgoing.map(toMessage);
    const ordered = made.filter((one) => one.ordered).map(({ message }) => message);
    // One await at a time: a session cannot run operations in parallel.
    for (const [subject, messages] of groupBy(ordered, (message) => message.subject)) {
      await number(subject, messages, session);
    }
    const messages = made.map(({ message }) => message);
    await outbox.insertMany(messages, { session });
    return messages;
  }

  async function commit<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<Committed<T>> {
    let committed: OutboxDocument[] = [];
    let afterwards: (() => Promise<void>)[] = [];
    let hasChanged = false;
    const value = await connection.transaction(async (session) => {
      const outgoing: Outgoing[] = [];
      const later: (() => Promise<void>)[] = [];
      const topics = new Set<string>();
      const result = await work({
        session,
        emit: (...emitted) => void outgoing.push(...emitted),
        changed: (...named) => named.forEach((topic) => topics.add(topic)),
        afterCommit: (task) => void later.push(task),
      });
      committed = await write(outgoing, session);
      hasChanged = topics.size > 0;
      if (hasChanged) await changes?.keep(topics, session);
      afterwards = later;
      return result;
    });
    for (const task of afterwards) await task();
    if (hasChanged) changes?.announce();
    return { value, delivered: committed.length > 0 ? deliver(committed) : Promise.resolve() };
  }

  return {
    commit,
    async run(work) {
      const { value, delivered } = await commit(work);
      await delivered;
      return value;
    },
  };
}
