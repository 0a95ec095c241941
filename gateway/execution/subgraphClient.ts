import { OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import { tellTraces, type TraceAsk } from './askTrace.js';
import { awayCode, guard, type BreakerOptions, type GuardedTransport } from './breaker.js';
import { callerGone, type UnreachableError } from './errors.js';
import { isObject, type JsonObject } from './json.js';
import { callBody, type Call } from './plan.js';
import type { Answer } from './runPlan.js';
import { connect, unavailableStatuses, type Sending, type Sent } from './transport.js';
import { deliver, partsOf, unite, wholeOf, type Asker, type Unit, type Waiting } from './units.js';

/** A subgraph that several callers ask at a time. */
export interface SubgraphClient extends Pick<GuardedTransport, 'isUp' | 'answeredAt' | 'healthy' | 'close' | 'destroy'> {
  ask(call: Call, asker: Asker): Promise<Answer>;
  /** The error that a mutation would end in at once, since the subgraph is known to be away; else null. */
  away(asker: Pick<Asker, 'traceparent'>): UnreachableError | null;
}

/** One HTTP request to the subgraph; `away` was not sent, since the subgraph is known to be away. */
export interface Request {
  readonly operations: number;
  readonly ms: number;
  readonly outcome: 'answered' | 'failed' | 'away';
  /** Null when there was no answer. */
  readonly status: number | null;
}

/** What became of an operation: a query has no answer; a mutation was not sent, or may or may not have been carried out. */
export type Fate = 'unanswered' | 'unsent' | 'unsure';

export interface SubgraphClientOptions {
  readonly name: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** See Patience; null by default. */
  readonly hedgeMs?: number | null | undefined;
  /** Most operations in one request; 1 sends each by itself. The subgraph must also say that it takes several. */
  readonly maxBatch?: number;
  /** The error for callers when it cannot be reached; `cause` is for the log. */
  readonly unreachable: (cause: string, traceparent: string | null, fate: Fate) => UnreachableError;
  readonly breaker?: BreakerOptions;
  /** Counts mutations; clients of one gateway share it, since a write to one subgraph may change what another answers. */
  readonly writes?: { count: number };
  /** Told of each ask and of each HTTP request. */
  readonly onAsk?: (() => void) | undefined;
  readonly onRequest?: ((request: Request) => void) | undefined;
  /** Follows each ask to its answer. */
  readonly traceAsk?: TraceAsk | undefined;
}

const defaultMaxBatch = 50;
const maxBatchBytes = 1024 * 1024;
// Where there was no connection nothing was sent.
const unsentCodes = [awayCode, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

/** What a query is known by while its answer is on its way. */
interface Key {
  /** Of the mutations so far: what was asked before a write must not answer one who asks after it. */
  readonly writes: number;
  readonly identity: string | null;
  readonly body: string;
}

/** A unit under way. */
interface Flight {
  /** What else may join it; null for a mutation. */
  readonly key: Key | null;
  members: Unit['members'];
  waiting: number;
  sending: Sending | null;
}

/**
 * Queries that come in the same turn of the event loop leave together: as one operation where that is safe, else as one
 * request, if the subgraph takes that. A mutation leaves at once and by itself.
 */
export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { name, url, timeoutMs, hedgeMs = null, maxBatch = defaultMaxBatch, unreachable, writes = { count: 0 }, onAsk, onRequest, traceAsk } = options;
  const transport = guard(connect(url, { timeoutMs, hedgeMs }), options.breaker);
  const flights = new Set<Flight>();
  const joinable = createJoinable();
  let queue: Waiting[] = [];
  let batch = 1;

  function ask(call: Call, asker: Asker): Promise<Answer> {
    const parts = partsOf(call);
    return parts ? askParts(parts, asker) : askOnce(call, asker);
  }

  const askParts = async (parts: readonly Call[], asker: Asker): Promise<Answer> =>
    wholeOf(name, parts, await Promise.all(parts.map((part) => askOnce(part, asker))));

  function askOnce(call: Call, asker: Asker): Promise<Answer> {
    onAsk?.();
    return new Promise((resolve, reject) => {
      const { signal } = asker;
      const trace = traceAsk?.(call, asker);
      let settled = false;
      const waiting: Waiting = {
        call, trace, asker: trace ? { ...asker, traceparent: trace.traceparent } : asker,
        settle(outcome) {
          if (settled) return;
          settled = true;
          signal?.removeEventListener('abort', leave);
          try {
            resolve(outcome());
            trace?.end(null);
          } catch (error) {
            trace?.end(error);
            reject(error as Error);
          }
        },
      };
      const leave = (): void => {
        waiting.settle(() => { throw callerGone(); });
        forget(waiting);
      };
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave);
      if (call.operation.type === OperationTypeNode.QUERY) enqueue(waiting);
      else mutate(waiting);
    });
  }

  function enqueue(waiting: Waiting): void {
    if (queue.length === 0) setImmediate(flush);
    queue.push(waiting);
  }

  function mutate(waiting: Waiting): void {
    const { identity, traceparent } = waiting.asker;
    const unit: Unit = { identity, traceparent, body: callBody(waiting.call), members: [{ waiting, indexes: null }] };
    writes.count += 1;
    void sendAlone(unit, depart(unit, null), false).finally(() => { writes.count += 1; });
  }

  function flush(): void {
    const waiting = queue;
    queue = [];
    for (const chunk of chunksOf(unite(waiting).filter((unit) => !join(unit)), Math.min(batch, maxBatch))) {
      const flying = chunk.map((unit) => ({ unit, flight: depart(unit, keyOf(unit)) }));
      const [first] = flying;
      if (first && flying.length === 1) void sendAlone(first.unit, first.flight, true);
      else void sendTogether(flying);
    }
  }

  const keyOf = ({ identity, body }: Unit): Key => ({ writes: writes.count, identity, body });

  /** Whether the same is under way already for the same identity; then its answer will do. */
  function join(unit: Unit): boolean {
    const flight = joinable.get(keyOf(unit));
    if (!flight || flight.waiting === 0) return false;
    flight.members = [...flight.members, ...unit.members];
    flight.waiting += unit.members.length;
    return true;
  }

  function depart({ members }: Unit, key: Key | null): Flight {
    const flight: Flight = { key, members, waiting: members.length, sending: null };
    flights.add(flight);
    if (key !== null) joinable.add(key, flight);
    return flight;
  }

  function arrive(flight: Flight, outcome: () => Answer): void {
    flights.delete(flight);
    if (flight.key !== null) joinable.remove(flight.key, flight);
    try {
      deliver(flight, outcome());
    } catch (error) {
      for (const { waiting } of flight.members) waiting.settle(() => { throw error; });
    }
  }

  /** Cancels what nobody waits for any more. */
  function forget(waiting: Waiting): void {
    queue = queue.filter((one) => one !== waiting);
    for (const flight of flights) {
      if (!flight.members.some((member) => member.waiting === waiting)) continue;
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.sending?.abort();
    }
  }

  async function sendAlone(unit: Unit, flight: Flight, again: boolean): Promise<void> {
    const { identity, traceparent, body } = unit;
    flight.sending = transport.post(`{${body}}`, {
      ...(traceparent !== null && { traceparent }),
      ...(identity !== null && { authorization: `Bearer ${identity}` }),
    }, again);
    try {
      const sent = await received(flight.sending, traceparent, !again, [flight]);
      arrive(flight, () => graphqlAnswer(parseJson(sent.text)) ?? notGraphql(sent, traceparent, !again));
    } catch (error) {
      arrive(flight, () => { throw error; });
    }
  }

  async function sendTogether(flying: readonly { readonly unit: Unit; readonly flight: Flight }[]): Promise<void> {
    const sending = transport.post(`[${flying.map(({ unit }) => element(unit)).join(',')}]`, tracedBy(flying[0]?.unit), true);
    const abort = (): void => { if (flying.every(({ flight }) => flight.waiting === 0)) sending.abort(); };
    for (const { flight } of flying) flight.sending = { ...sending, abort };
    const traceparent = flying[0]?.unit.traceparent ?? null;
    try {
      const sent = await received(sending, traceparent, false, flying.map(({ flight }) => flight));
      const answers = parseJson(sent.text);
      if (Array.isArray(answers) && answers.length === flying.length) {
        for (const [index, { flight }] of flying.entries()) {
          arrive(flight, () => graphqlAnswer(answers[index]) ?? notGraphql(sent, traceparent, false));
        }
        return;
      }
      if (unavailableStatuses.includes(sent.status)) notGraphql(sent, traceparent, false);
      // It takes several no more.
      batch = 1;
      await Promise.all(flying.map(({ unit, flight }) => sendAlone(unit, flight, true)));
    } catch (error) {
      for (const { flight } of flying) arrive(flight, () => { throw error; });
    }
  }

  async function received({ answer }: Sending, traceparent: string | null, writes: boolean, flying: readonly Flight[]): Promise<Sent> {
    const began = performance.now();
    const tell = (outcome: Request['outcome'], status: number | null = null): void => {
      const request: Request = { operations: flying.length, ms: performance.now() - began, outcome, status };
      onRequest?.(request);
      if (traceAsk) tellTraces(flying, request);
    };
    try {
      const sent = await answer;
      batch = sent.batch;
      tell(unavailableStatuses.includes(sent.status) ? 'failed' : 'answered', sent.status);
      return sent;
    } catch (error) {
      const { code, name: kind } = error as { code?: unknown; name?: unknown };
      if (kind === 'AbortError') throw error;
      tell(code === awayCode ? 'away' : 'failed');
      const cause = String(code ?? kind ?? 'unknown');
      throw unreachable(cause, traceparent, fateOf(cause, writes));
    }
  }

  function notGraphql({ status }: Sent, traceparent: string | null, writes: boolean): never {
    if (unavailableStatuses.includes(status)) throw unreachable(String(status), traceparent, fateOf(String(status), writes));
    throw new Error(`${name} answered ${status} with no GraphQL response.`);
  }

  const { isUp, answeredAt, healthy, close, destroy } = transport;
  const away = ({ traceparent }: Pick<Asker, 'traceparent'>): UnreachableError | null =>
    (transport.admits() ? null : unreachable(awayCode, traceparent, 'unsent'));
  return { ask, away, isUp, answeredAt, healthy, close, destroy };
}

/** Queries under way, by what they ask and for whom. */
function createJoinable() {
  const known = new Map<string | null, Map<string, Flight>>();
  return {
    get({ writes, identity, body }: Key): Flight | undefined {
      const flight = known.get(identity)?.get(body);
      return flight?.key?.writes === writes ? flight : undefined;
    },
    add(key: Key, flight: Flight): void {
      const own = known.get(key.identity) ?? new Map<string, Flight>();
      known.set(key.identity, own.set(key.body, flight));
    },
    remove({ identity, body }: Key, flight: Flight): void {
      const own = known.get(identity);
      if (own?.get(body) !== flight) return;
      own.delete(body);
      if (own.size === 0) known.delete(identity);
    },
  };
}

function fateOf(cause: string, writes: boolean): Fate {
  if (!writes) return 'unanswered';
  return unsentCodes.includes(cause) ? 'unsent' : 'unsure';
}

/** Several elements go by the trace of the first, where asks are followed. */
const tracedBy = (first: Unit | undefined): Record<string, string> =>
  (first?.traceparent && first.members[0]?.waiting.trace ? { traceparent: first.traceparent } : {});

/** Each element says by itself who asks, so that no one's rights pass to another. */
function element({ identity, traceparent, body }: Pick<Unit, 'identity' | 'traceparent' | 'body'>): string {
  const extensions = {
    ...(identity !== null && { identity }),
    ...(traceparent !== null && { traceparent }),
  };
  return `{${body},"extensions":${JSON.stringify(extensions)}}`;
}

/** What is around the body of an element, with a comma. */
const around = element({ identity: '', traceparent: '', body: '' }).length + 1;
const sizeOf = ({ identity, traceparent }: Unit, bytes: number): number => bytes + around + (identity?.length ?? 0) + (traceparent?.length ?? 0);
/** No character takes more bytes than three for each of its units. */
const sizeAtMost = (unit: Unit): number => sizeOf(unit, 3 * unit.body.length);
const exactSize = (unit: Unit): number => sizeOf(unit, Buffer.byteLength(unit.body));

function chunksOf(units: readonly Unit[], most: number): Unit[][] {
  if (most <= 1) return units.map((unit) => [unit]);
  // To count them takes time, and is hardly ever needed.
  const size = units.reduce((sum, unit) => sum + sizeAtMost(unit), 0) <= maxBatchBytes ? sizeAtMost : exactSize;
  const chunks: Unit[][] = [];
  let bytes = 0;
  for (const unit of units) {
    const last = chunks.at(-1);
    const own = size(unit);
    bytes += own;
    if (last && last.length < most && bytes <= maxBatchBytes) {
      last.push(unit);
    } else {
      chunks.push([unit]);
      bytes = own + 1;
    }
  }
  return chunks;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A GraphQL response, or null when it is something else: what is said of neither data nor errors would be lost. */
function graphqlAnswer(value: unknown): Answer | null {
  if (!isObject(value)) return null;
  const { data } = value;
  const errors = Array.isArray(value['errors']) ? (value['errors'] as JsonObject[]) : [];
  if (!isObject(data) && errors.length === 0) return null;
  return {
    ...(data !== undefined && { data: isObject(data) ? data : null }),
    ...(errors.length > 0 && { errors: errors.map(ownError) }),
  };
}

// `extensions` may hold a status, a stack or more that is not for the caller: only the code goes on.
function ownError({ message, path, extensions }: JsonObject): GraphQLFormattedError {
  const code = isObject(extensions) ? extensions['code'] : undefined;
  return {
    message: String(message),
    ...(Array.isArray(path) && { path: path as (string | number)[] }),
    extensions: typeof code === 'string' ? { code } : {},
  };
}
