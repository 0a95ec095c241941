import type { Document } from 'bson';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { decode, fieldsOf, fromText } from './documents.js';
import { codeOf, commandError, indexReply } from './errors.js';

/** One command, ready for the engine. */
export interface Call {
  name: string;
  database: string;
  /** The first field's value: the collection, or the cursor of a getMore. */
  target: string;
  spec: Buffer;
  /** The documents, updates or deletes that came beside the command, one behind the other. */
  bulk: Buffer | null;
}

export interface Outcome {
  /** Bytes where nobody here needs to look inside. */
  reply: Buffer | Document;
  /** The errors in the reply, or the reply itself where it is one; with MongoDB's codes. */
  errors: Document[];
}

/** The DocumentDB extension, called with MongoDB's commands. */
export interface DocumentDb {
  run(client: pg.ClientBase, call: Call): Promise<Outcome>;
  dropCursors(ids: readonly string[], pool: pg.Pool): Promise<void>;
}

/** As MongoDB's own: a cursor that nobody reads for so long is gone. */
export const CURSOR_IDLE_MS = 600_000;

interface Cursor {
  continuation: string;
  usedAt: number;
}
/** By id, the longest unused first. */
type Cursors = Map<string, Cursor>;

interface Row {
  reply: string;
  continuation: string | null;
  id: string;
}

interface Statement {
  sql: string;
  values: (call: Call) => unknown[];
  outcome: (row: Row, call: Call, cursors: Cursors) => Outcome;
}

const answer = (reply: Buffer | Document): Outcome => ({ reply, errors: [] });

const specOnly = ({ spec }: Call): unknown[] => [spec];
const databaseOnly = ({ database }: Call): unknown[] => [database];
const databaseAndSpec = ({ database, spec }: Call): unknown[] => [database, spec];
const databaseAndTarget = ({ database, target }: Call): unknown[] => [database, target];

/** A function whose result is the reply. */
const query = (source: string, values = databaseAndSpec): Statement => ({
  sql: `SELECT reply FROM documentdb_api.${source} AS reply`,
  values,
  outcome: ({ reply }) => answer(fromText(reply)),
});

/** A function that is done when it returns. */
const action = (source: string, values: Statement['values']): Statement => ({
  sql: `SELECT FROM documentdb_api.${source}`,
  values,
  outcome: (_row, { name, database }) => answer({ ok: 1, ...(name === 'dropdatabase' && { dropped: database }) }),
});

const write = (name: string): Statement => ({
  sql: `SELECT p_result AS reply FROM documentdb_api.${name}($1, $2, $3::documentdb_core.bsonsequence, NULL)`,
  values: ({ database, spec, bulk }) => [database, spec, bulk],
  outcome: ({ reply }) => written(fromText(reply)),
});

const page = (name: string): Statement => ({
  sql: `SELECT cursorpage AS reply, continuation, cursorid::text AS id
          FROM documentdb_api.${name}_cursor_first_page($1, $2, 0)`,
  values: databaseAndSpec,
  outcome: ({ reply, continuation, id }, _call, cursors) => {
    if (continuation !== null) keep(cursors, id, continuation);
    return answer(fromText(reply));
  },
});

const STATEMENTS = new Map<string, Statement>(Object.entries({
  insert: write('insert'),
  update: write('update'),
  delete: write('delete'),
  findandmodify: {
    ...query(''),
    sql: 'SELECT p_result AS reply FROM documentdb_api.find_and_modify($1, $2, NULL)',
  },
  find: page('find'),
  aggregate: page('aggregate'),
  listcollections: page('list_collections'),
  listindexes: page('list_indexes'),
  count: query('count_query($1, $2)'),
  distinct: query('distinct_query($1, $2)'),
  collmod: query('coll_mod($1, $3, $2)', ({ database, spec, target }) => [database, spec, target]),
  collstats: query('coll_stats($1, $2, 1)', databaseAndTarget),
  dbstats: query('db_stats($1, 1, false)', databaseOnly),
  renamecollection: query('rename_collection($1)', specOnly),
  listdatabases: query('list_databases($1)', specOnly),
  create: action('create_collection_view($1, $2)', databaseAndSpec),
  drop: action('drop_collection($1, $2)', databaseAndTarget),
  dropdatabase: action('drop_database($1)', databaseOnly),
}));

function written(reply: Buffer): Outcome {
  if (!fieldsOf(reply).some(({ name }) => name === 'writeErrors')) return answer(reply);
  const decoded = decode(reply);
  const writeErrors = decoded['writeErrors'] as Document[];
  for (const error of writeErrors) [error['code'], error['codeName']] = codeOf(error['code']);
  return { reply: decoded, errors: writeErrors };
}

function keep(cursors: Cursors, id: string, continuation: string): void {
  const now = Date.now();
  cursors.delete(id);
  cursors.set(id, { continuation, usedAt: now });
  for (const [oldest, { usedAt }] of cursors) {
    if (now - usedAt <= CURSOR_IDLE_MS) break;
    cursors.delete(oldest);
  }
}

/** With a name the statement is prepared once for each connection. */
async function firstRow<R extends object>(
  client: pg.ClientBase, text: string, values: unknown[], name?: string,
): Promise<R> {
  const { rows } = await client.query<R>({ text, values, ...(name !== undefined && { name }) });
  return rows[0] as R;
}

export function createDocumentDb(): DocumentDb {
  const cursors: Cursors = new Map();

  const functions = new Map<string, (client: pg.ClientBase, call: Call) => Promise<Outcome>>(Object.entries({
    async getmore(client: pg.ClientBase, { database, target, spec }: Call) {
      const cursor = cursors.get(target);
      if (!cursor) return answer(commandError(43, 'CursorNotFound', `cursor id ${target} not found`));
      const { reply, continuation } = await firstRow<Row>(
        client,
        'SELECT cursorpage AS reply, continuation FROM documentdb_api.cursor_get_more($1, $2, $3::documentdb_core.bson)',
        [database, spec, cursor.continuation],
        'getmore',
      );
      if (continuation === null) cursors.delete(target);
      else keep(cursors, target, continuation);
      return answer(fromText(reply));
    },

    /** The engine queues the indexes of a collection that exists already: this builds them, and waits. */
    async createindexes(client: pg.ClientBase, { database, spec }: Call) {
      const queued = await firstRow<{ reply: string; requests: string | null }>(
        client,
        'SELECT retval AS reply, requests FROM documentdb_api.create_indexes_background($1, $2::documentdb_core.bson)',
        [database, spec],
      );
      const answerOf = (text: string): Outcome => {
        const reply = indexReply(decode(fromText(text)));
        return { reply, errors: reply['ok'] === 1 ? [] : [reply] };
      };
      if (queued.requests === null || fieldsOf(fromText(queued.requests)).length === 0) return answerOf(queued.reply);
      for (;;) {
        await client.query('CALL documentdb_api_internal.build_index_concurrently(1)');
        const status = await firstRow<{ reply: string; ok: boolean; complete: boolean }>(
          client,
          `SELECT retval AS reply, ok, complete
             FROM documentdb_api_internal.check_build_index_status($1::documentdb_core.bson)`,
          [queued.requests],
        );
        if (!status.ok) return answerOf(status.reply);
        if (status.complete) return answerOf(queued.reply);
        await sleep(20);
      }
    },

    async dropindexes(client: pg.ClientBase, { database, spec }: Call) {
      const { retval } = await firstRow<{ retval: string }>(
        client, 'CALL documentdb_api.drop_indexes($1, $2::documentdb_core.bson, NULL)', [database, spec],
      );
      return answer(fromText(retval));
    },
  }));

  return {
    async run(client, call) {
      const own = functions.get(call.name);
      if (own) return own(client, call);
      const statement = STATEMENTS.get(call.name);
      if (!statement) return answer(commandError(59, 'CommandNotFound', `no such command: '${call.name}'`));
      const row = await firstRow<Row>(client, statement.sql, statement.values(call), call.name);
      return statement.outcome(row, call, cursors);
    },

    async dropCursors(ids, pool) {
      for (const id of ids) cursors.delete(id);
      await pool.query('SELECT documentdb_api_internal.delete_cursors($1::bigint[])', [ids]);
    },
  };
}
