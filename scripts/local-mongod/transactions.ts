import type pg from 'pg';
import { TOO_MANY_CONNECTIONS } from './errors.js';
import { createRoom } from './queues.js';

const LIFETIME_MS = 60_000;
/** Who begins one more waits for so long and is then told to try again: its driver's connection is needed elsewhere. */
const PATIENCE_MS = 50;
/** How many sessions' last outcome is kept, for a driver that asks again whether its commit went through. */
const OUTCOMES = 10_000;
/** MongoDB refuses at once what another transaction holds; this long a wait spares most of the repeats. */
const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = 100';

export type Outcome = 'committed' | 'aborted' | 'unknown';

interface Transaction {
  number: string;
  client: Promise<pg.PoolClient>;
  /** The connection its last command came by. */
  connection: object;
  expiry: NodeJS.Timeout;
}

export interface Transactions {
  /** Starts the session's transaction; one still open under an older number is rolled back. */
  begin(session: string, number: string, connection: object): Promise<pg.PoolClient>;
  /** The database connection of an open transaction, null when it has ended. */
  continue(session: string, number: string, connection: object): Promise<pg.PoolClient> | null;
  /** `unknown` for a transaction this process never ended: it may have been committed before a restart. */
  commit(session: string, number: string): Promise<Outcome>;
  abort(session: string): Promise<void>;
  /** Rolls back what the connection had open: a client that was killed must not hold locks until they expire. */
  closed(connection: object): Promise<void>;
  abortAll(): Promise<void>;
}

/** MongoDB's multi-document transactions, `most` of them at a time, each on a PostgreSQL connection of its own. */
export function createTransactions(pool: pg.Pool, most: number): Transactions {
  const room = createRoom(most, PATIENCE_MS);
  const open = new Map<string, Transaction>();
  const outcomes = new Map<string, { number: string; outcome: Outcome }>();

  function take(session: string): Transaction | undefined {
    const transaction = open.get(session);
    open.delete(session);
    clearTimeout(transaction?.expiry);
    return transaction;
  }

  function remember(session: string, number: string, outcome: Outcome): void {
    outcomes.delete(session);
    outcomes.set(session, { number, outcome });
    for (const oldest of outcomes.keys()) {
      if (outcomes.size <= OUTCOMES) break;
      outcomes.delete(oldest);
    }
  }

  function release(client: pg.PoolClient, isBroken = false): void {
    client.release(isBroken);
    room.leave();
  }

  async function rollBack(session: string, transaction: Transaction | undefined): Promise<void> {
    if (!transaction) return;
    remember(session, transaction.number, 'aborted');
    const client = await transaction.client.catch(() => null);
    await client?.query('ROLLBACK').then(() => release(client), () => release(client, true));
  }

  const abort = (session: string): Promise<void> => rollBack(session, take(session));

  async function connect(): Promise<pg.PoolClient> {
    if (!(await room.enter())) {
      throw Object.assign(new Error(`more than ${most} transactions at a time`), { code: TOO_MANY_CONNECTIONS });
    }
    try {
      const client = await pool.connect();
      // Not awaited: it goes out together with the transaction's first command, which fails if this does.
      client.query(BEGIN).catch(() => undefined);
      return client;
    } catch (error) {
      room.leave();
      throw error;
    }
  }

  return {
    begin(session, number, connection) {
      const before = take(session);
      const client = rollBack(session, before).then(connect);
      const expiry = setTimeout(() => void abort(session), LIFETIME_MS).unref();
      open.set(session, { number, client, connection, expiry });
      client.catch(() => open.get(session)?.client === client && take(session));
      return client;
    },

    continue(session, number, connection) {
      const transaction = open.get(session);
      if (transaction?.number !== number) return null;
      transaction.connection = connection;
      return transaction.client;
    },

    async commit(session, number) {
      const known = outcomes.get(session);
      if (open.get(session)?.number !== number) return known?.number === number ? known.outcome : 'unknown';
      const client = await take(session)!.client;
      try {
        const { command } = await client.query('COMMIT');
        release(client);
        // PostgreSQL answers ROLLBACK to the COMMIT of a transaction in which a statement had failed.
        const outcome = command === 'COMMIT' ? 'committed' : 'aborted';
        remember(session, number, outcome);
        return outcome;
      } catch (error) {
        release(client, true);
        throw error;
      }
    },

    abort,

    async closed(connection) {
      const left = [...open].filter(([, transaction]) => transaction.connection === connection);
      await Promise.all(left.map(([session]) => abort(session)));
    },

    async abortAll() {
      await Promise.allSettled([...open.keys()].map(abort));
    },
  };
}
