import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { IdentityOptions } from '../caller.js';
import type { Caller } from '../claims.js';
import { refusalOf, RequestRefused, withTraceId } from '../errors.js';
import { newExchange, type Exchange } from '../exchange.js';
import type { Departing, Departure } from '../execution/departure.js';
import { callerGone, UnreachableError } from '../execution/errors.js';
import type { JsonObject } from '../execution/json.js';
import { askerFor } from '../execution/party.js';
import { operationText } from '../execution/plan.js';
import type { Generations } from '../generations.js';
import { createQueue, type RequestQueue } from '../limits/queue.js';
import { addressKey, burstSeconds } from '../limits/rates.js';
import { describeError } from '../logging.js';
import type { Metrics } from '../metrics.js';
import { traceOf } from '../trace.js';
import { createEventIds, keptMs, newEventKey, type EventId, type Told } from './eventId.js';
import type { Feed } from './feed.js';
import { positionsOf, type Hub, type Watcher } from './hub.js';
import { liveOperationOf, type LiveOperation } from './operation.js';

export interface LiveLimits {
  /** Subscriptions at once, and as many connections. */
  readonly total: number;
  /** Of one caller, or of one address where nobody has signed in. */
  readonly perCaller: number;
  /** WebSockets of one address. */
  readonly perAddress: number;
  /** From one reading of a subscription until the next, at least; what changes meanwhile is read as one. */
  readonly restMs: number;
}

export const defaultLiveLimits: LiveLimits = { total: 10_000, perCaller: 100, perAddress: 1_000, restMs: 1_000 };
export const maxPerConnection = 50;

/** What one of several processes takes of it, to which connections go in turn. */
export function shareOf({ total, perCaller, perAddress, restMs }: LiveLimits, processes: number): LiveLimits {
  const share = (limit: number): number => Math.ceil(limit / processes);
  // All that a caller has may be on one connection.
  return { total: share(total), perCaller: Math.max(share(perCaller), Math.min(perCaller, maxPerConnection)), perAddress: share(perAddress), restMs };
}

export interface LiveOptions extends Pick<IdentityOptions, 'verifyCaller' | 'signInternal' | 'rates'> {
  readonly generations: Pick<Generations, 'apollo' | 'current'>;
  readonly hub: Hub;
  /** What event ids are sealed with; a new one by default. */
  readonly eventKey?: Uint8Array | undefined;
  readonly limits?: Partial<LiveLimits> | undefined;
  readonly metrics: Pick<Metrics, 'told'>;
  readonly log: Logger;
  readonly now?: (() => Date) | undefined;
}

/** On whose behalf something is subscribed to. */
export interface Subscriber {
  /** As it came; what it says is looked at again each time. */
  readonly authorization: string | undefined;
  readonly address: string;
  readonly transport: Transport;
  readonly traceparent?: string | undefined;
  /** Of this one subscription: aborted by who carries it when its client leaves, and here when it ends. */
  readonly gone: Departing;
}

export const transports = ['ws', 'sse'] as const;
export type Transport = (typeof transports)[number];

export interface SubscribeRequest {
  readonly query?: string | undefined;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  /** The event that came last, where it is not said by `after`. */
  readonly lastEventId?: string | undefined;
}

export interface LiveResult {
  readonly data?: JsonObject | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface LiveEvent {
  /** Null of the last one, when it says why there are no more. */
  readonly id: string | null;
  readonly result: LiveResult;
}

/** Made when it is asked for: who is slow gets what is newest, and nothing waits for him but that it has to be made. */
export interface LiveEvents extends AsyncIterableIterator<LiveEvent> {
  return(): Promise<IteratorResult<LiveEvent>>;
  throw(error: unknown): Promise<IteratorResult<LiveEvent>>;
}

export type Subscription = { readonly errors: readonly GraphQLFormattedError[] } | { readonly events: LiveEvents };

export interface Live {
  subscribe(request: SubscribeRequest, subscriber: Subscriber): Promise<Subscription>;
  /** Of so many. */
  count(transport: Transport): number;
  /** Of those that are listened to. */
  feeds(): readonly Feed[];
  readonly limits: LiveLimits;
  /** Called every second or so by whoever has a clock: ends what has run out. */
  look(): void;
  stop(): void;
}

/** Operations that are run at once for all who watch; they have no place in the queue of requests. */
const running = 16;
/** Of these for one caller: who watches much must not keep the others waiting. */
const runningOfCaller = 4;
const againMs = 1_000;
const passing = ['LEVEL_UNAVAILABLE', 'AUTH_UNAVAILABLE', 'OVERLOADED'];
const ending = ['UNAUTHENTICATED'];

export function createLive(options: LiveOptions): Live {
  const { generations, hub, verifyCaller, signInternal, rates, metrics, log, now = () => new Date(), eventKey = newEventKey() } = options;
  const eventIds = createEventIds(eventKey);
  const limits = { ...defaultLiveLimits, ...options.limits };
  const places = createQueue({ running, waiting: Infinity });
  const open = new Set<Opened>();
  const byCaller = new Map<string, Share>();
  const admitted = new Set<Departing>();
  let stopped = false;

  const feedsNow = (): Feed[] => {
    const { connections } = generations.current;
    return [...connections.values()].map(({ feed }) => feed);
  };

  /** Settles, too, when its subscription has ended while it waited; it then has none. */
  const placeIn = (queue: RequestQueue, gone: Departure): Promise<() => void> => new Promise((resolve) => {
    const settle = (): void => {
      gone.removeEventListener('abort', withdraw);
      resolve(() => leave?.());
    };
    const leave = queue.enter(() => queueMicrotask(settle));
    const withdraw = (): void => {
      leave?.();
      settle();
    };
    gone.addEventListener('abort', withdraw);
  });

  async function place(own: RequestQueue, gone: Departure): Promise<() => void> {
    const leaveOwn = await placeIn(own, gone);
    if (gone.aborted) return leaveOwn;
    const leave = await placeIn(places, gone);
    return () => {
      leave();
      leaveOwn();
    };
  }

  function exchangeFor(caller: Caller | null, signal: Departure): Exchange {
    const exchange = newExchange(traceOf(undefined));
    exchange.caller = caller;
    exchange.asker = { ...exchange.asker, signal, ...(signInternal && { identityFor: signInternal(caller), publicIdentityFor: signInternal(null) }) };
    return exchange;
  }

  const callerOf = async ({ authorization }: Pick<Subscriber, 'authorization'>): Promise<Caller | null> =>
    (verifyCaller && authorization !== undefined ? verifyCaller(authorization) : null);

  /** @throws RequestRefused when there are too many of them, or of this caller. */
  function admit(key: string, gone: Departing): Admitted {
    if (stopped) throw refused('OVERLOADED', texts.stopping);
    if (admitted.size >= limits.total) throw refused('OVERLOADED', texts.full);
    // In it nobody gives way to others, however long he has been under way.
    const share = byCaller.get(key) ?? { count: 0, places: createQueue({ running: runningOfCaller, waiting: Infinity, now: () => 0 }) };
    if (share.count >= limits.perCaller) throw refused('TOO_MANY_SUBSCRIPTIONS', texts.tooMany(limits.perCaller));
    admitted.add(gone);
    share.count += 1;
    byCaller.set(key, share);
    const release = (): void => {
      if (!admitted.delete(gone)) return;
      share.count -= 1;
      if (share.count === 0) byCaller.delete(key);
    };
    gone.addEventListener('abort', release);
    return { places: share.places, release };
  }

  function keepRate(caller: Caller | null, { address }: Subscriber): void {
    const [rate, key] = caller ? [rates.actor, caller.id] : [rates.address, addressKey(address)];
    const wait = rate && key !== null ? Math.ceil(rate.take(key)) : 0;
    if (rate && wait > 0) throw refused('RATE_LIMITED', texts.tooOften(rate.perSecond, wait));
  }

  /** Parsed, valid and within all limits, or why not. */
  async function examine({ query, operationName, variables, extensions }: SubscribeRequest, exchange: Exchange) {
    const subscribing: NonNullable<Exchange['subscribing']> = { found: null };
    const { body } = await generations.apollo.executeOperation(
      { ...(query !== undefined && { query }), ...(operationName !== undefined && { operationName }), ...(variables && { variables }), ...(extensions && { extensions }) },
      { contextValue: { ...exchange, subscribing } },
    );
    const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
    return { errors, found: subscribing.found };
  }

  /** What the field's own subgraph says of its changes to this caller: null when there is nothing that one may see. */
  async function topicsOf({ field, topics: { text, variables } }: LiveOperation, { asker }: Exchange): Promise<readonly string[] | null> {
    const { connections, liveFields } = generations.current;
    const connection = connections.get(liveFields.get(field) ?? '');
    if (!connection) throw new Error(`The supergraph says of no subgraph that it has Subscription.${field}.`);
    const operation = operationText(OperationTypeNode.QUERY, null, text);
    const { data, errors = [] } = await connection.subgraph.ask({ operation, variables: JSON.stringify(variables).slice(1, -1), representations: null },
      askerFor(asker, connection.name, false, asker.signal));
    const [error] = errors;
    if (error) throw new GraphQLError(error.message, { extensions: { code: error.extensions?.['code'] ?? null } });
    const topics = (data?.[field] as { topics?: unknown } | null | undefined)?.topics;
    return Array.isArray(topics) ? topics.map(String) : null;
  }

  async function subscribe(request: SubscribeRequest, subscriber: Subscriber): Promise<Subscription> {
    const { gone } = subscriber;
    let trace = traceOf(subscriber.traceparent);
    let mine: Admitted | undefined;
    try {
      const caller = await callerOf(subscriber);
      staying(gone);
      // By SSE that is counted when the request comes.
      if (subscriber.transport === 'ws') keepRate(caller, subscriber);
      mine = admit(caller?.id ?? `@${addressKey(subscriber.address) ?? subscriber.address}`, gone);
      const exchange = exchangeFor(caller, gone);
      trace = exchange.trace;
      const { errors, found } = await examine(request, exchange);
      if (errors || !found) {
        mine.release();
        return { errors: errors ?? [withTraceId(refusalOf(null).error, trace.traceId)] };
      }
      const operation = liveOperationOf(found, request.variables ?? {});
      const since = sinceOf(operation.after ?? request.lastEventId, toldTo(caller, operation));
      const feeds = feedsNow();
      const [topics] = await Promise.all([topicsOf(operation, exchange), ...feeds.map((feed) => feed.start())]);
      staying(gone);
      if (topics === null) throw refused('NOT_FOUND', texts.notFound);
      log.info({ traceId: trace.traceId, field: operation.field, transport: subscriber.transport, actor: caller && { role: caller.role }, resumed: since !== null }, 'subscription');
      return { events: follow(new Opened({ operation, topics, subscriber, places: mine.places, isNew: since === null }), since) };
    } catch (error) {
      mine?.release();
      return { errors: [withTraceId(formatted(gone.aborted && stopped ? refused('OVERLOADED', texts.stopping) : error, log, trace.traceId), trace.traceId)] };
    }
  }

  /** @throws RequestRefused when it is none, or too old. */
  function sinceOf(eventId: string | undefined, told: Told): EventId | null {
    if (eventId === undefined) return null;
    const since = eventIds.read(eventId, told);
    if (!since) throw refused('BAD_USER_INPUT', texts.notAnEvent);
    if (now().getTime() - since.at > keptMs) throw refused('EVENT_TOO_OLD', texts.tooOld);
    return since;
  }

  function follow(opened: Opened, since: EventId | null): LiveEvents {
    const { gone } = opened.subscriber;
    // Before it is looked for what was missed, so that nothing falls between the two.
    open.add(opened);
    hub.watch(opened);
    const missed = (seen: EventId): boolean => feedsNow().some(({ name, up, position, lastOf }) => {
      const last = seen.positions[name] ?? 0;
      // A position that there is not yet is of a database that was set back.
      return lastOf(opened.topics) > last || (up === true && last > position);
    });
    if (since === null || missed(since)) opened.wake();

    gone.addEventListener('abort', () => {
      open.delete(opened);
      hub.leave(opened);
      opened.close();
    });
    const done = { done: true, value: undefined } as const;

    return {
      async next() {
        for (;;) {
          if (opened.isClosed) return done;
          if (opened.ended) {
            const { ended } = opened;
            gone.abort();
            return { done: false, value: { id: null, result: { errors: [ended] } } };
          }
          if (!opened.takeWake()) {
            await opened.woken();
            continue;
          }
          const event = await read(opened);
          if (event && !opened.isClosed) return { done: false, value: event };
        }
      },
      async return() {
        gone.abort();
        return done;
      },
      async throw(error) {
        gone.abort();
        throw error;
      },
      [Symbol.asyncIterator]() { return this; },
    };
  }

  /** How it is now, for this caller; null when there is nothing for him. */
  async function read(opened: Opened): Promise<LiveEvent | null> {
    const { operation, subscriber } = opened;
    const { text, name, variables, key } = operation;
    const leave = await place(opened.places, subscriber.gone);
    if (opened.isClosed) {
      leave();
      return null;
    }
    opened.begin(limits.restMs);
    let traceId = '';
    try {
      const caller = await callerOf(subscriber);
      if (opened.isClosed) return null;
      const exchange = exchangeFor(caller, subscriber.gone);
      traceId = exchange.trace.traceId;
      const at = now();
      // Before it is read: what comes meanwhile may be told twice, and is not missed.
      const id = eventIds.write({ at: at.getTime(), positions: positionsOf(feedsNow()) }, toldTo(caller, operation));
      const { body } = await generations.apollo.executeOperation(
        { query: text, variables, ...(name !== null && { operationName: name }) }, { contextValue: exchange },
      );
      if (body.kind !== 'single' || opened.isClosed) return null;
      const { data, errors, extensions } = body.singleResult;
      const root = data?.[key] as JsonObject | null | undefined;
      const codes = (errors ?? []).map((error) => String(error.extensions?.['code']));
      if (root == null && errors && codes.some((code) => passing.includes(code))) {
        setTimeout(() => opened.wake(), againMs).unref();
        return null;
      }
      const last = root === undefined || codes.some((code) => root === null && ending.includes(code)) ? errors?.[0] : undefined;
      if (last) {
        opened.end(last);
        return null;
      }
      if (!root && opened.isNew) opened.end(errors?.[0] ?? withTraceId(refusalOf(refused('NOT_FOUND', texts.notFound)).error, traceId));
      // What one may not see any more says nothing, not even that it has changed.
      if (!root) return null;
      opened.isNew = false;
      // That something has changed which one may not see must not be told, either.
      if (!opened.takeNew(digestOf(data, errors))) return null;
      for (const name of opened.operation.filled.eventId) root[name] = id;
      for (const name of opened.operation.filled.at) root[name] = at.toISOString();
      metrics.told(subscriber.transport);
      return { id, result: { data: data as JsonObject, ...(errors && { errors }), ...(extensions && { extensions }) } };
    } catch (error) {
      const refusal = formatted(error, log, traceId);
      if (passing.includes(String(refusal.extensions?.['code']))) setTimeout(() => opened.wake(), againMs).unref();
      else opened.end(withTraceId(refusal, traceId));
      return null;
    } finally {
      leave();
    }
  }

  return {
    subscribe,
    count: (transport) => [...open].filter(({ subscriber }) => subscriber.transport === transport).length,
    feeds: () => feedsNow().filter(({ up }) => up !== null),
    limits,
    look() {
      if (open.size > 0) for (const feed of feedsNow()) void feed.start();
      const seconds = now().getTime() / 1_000;
      for (const opened of open) {
        if (opened.expiresAt > seconds) continue;
        callerOf(opened.subscriber).catch((error: unknown) => opened.end(formatted(error, log, '')));
      }
    },
    stop() {
      stopped = true;
      for (const gone of admitted) gone.abort();
    },
  };
}

/** What one caller has of it all. */
interface Share {
  count: number;
  readonly places: RequestQueue;
}

interface Admitted extends Pick<Share, 'places'> {
  release(): void;
}

/** @throws GraphQLError when nobody waits for it any more. */
function staying({ aborted }: Departure): void {
  if (aborted) throw callerGone();
}

/** Without what is of this one time. */
const digestOf = (data: unknown, errors: readonly GraphQLFormattedError[] = []): string => createHash('sha256')
  .update(JSON.stringify([data, errors.map(({ message, path, extensions }) => [message, path, extensions?.['code']])])).digest('base64');

export interface OpenedOptions extends Pick<Share, 'places'> {
  readonly operation: LiveOperation;
  readonly topics: readonly string[];
  readonly subscriber: Subscriber;
  /** Nothing has been told yet, in this connection or before. */
  readonly isNew: boolean;
  readonly later?: ((run: () => void, ms: number) => void) | undefined;
}

/** Somebody's subscription, between two events. */
export class Opened implements Watcher {
  #isDue = false;
  #isResting = false;
  #wakeUp: (() => void) | null = null;
  #isClosed = false;
  #ended: GraphQLFormattedError | null = null;
  #told: string | null = null;
  readonly operation: LiveOperation;
  readonly topics: readonly string[];
  readonly subscriber: Subscriber;
  readonly places: RequestQueue;
  readonly expiresAt: number;
  isNew: boolean;
  readonly #later: (run: () => void, ms: number) => void;

  constructor({ operation, topics, subscriber, places, isNew, later = (run, ms) => void setTimeout(run, ms).unref() }: OpenedOptions) {
    this.operation = operation;
    this.topics = topics;
    this.subscriber = subscriber;
    this.places = places;
    this.isNew = isNew;
    this.#later = later;
    this.expiresAt = expiryOf(subscriber.authorization);
  }

  get isClosed(): boolean { return this.#isClosed; }
  get ended(): GraphQLFormattedError | null { return this.#ended; }

  wake(): void {
    this.#isDue = true;
    this.#stir();
  }

  /** Whether there is something to read; not any more after that. However often it was woken, it is read once. */
  takeWake(): boolean {
    if (this.#isResting) return false;
    const isDue = this.#isDue;
    this.#isDue = false;
    return isDue;
  }

  /** It is read now, with all that has woken it; what wakes it from now on waits for so long. */
  begin(restMs: number): void {
    this.#isDue = false;
    if (restMs <= 0) return;
    this.#isResting = true;
    this.#later(() => {
      this.#isResting = false;
      if (this.#isDue) this.#stir();
    }, restMs);
  }

  /** Whether it is another than the one that was taken last. */
  takeNew(digest: string): boolean {
    const isNew = digest !== this.#told;
    this.#told = digest;
    return isNew;
  }

  woken(): Promise<void> {
    return new Promise((resolve) => { this.#wakeUp = resolve; });
  }

  /** Says why before it ends. */
  end(error: GraphQLFormattedError): void {
    this.#ended ??= error;
    this.#stir();
  }

  close(): void {
    this.#isClosed = true;
    this.#stir();
  }

  #stir(): void {
    this.#wakeUp?.();
    this.#wakeUp = null;
  }
}

/** In seconds since 1970; of a token that has been verified. */
function expiryOf(authorization: string | undefined): number {
  const token = authorization?.split(' ').at(-1);
  try {
    return token === undefined ? Infinity : decodeJwt(token).exp ?? Infinity;
  } catch {
    return Infinity;
  }
}

const toldTo = (caller: Caller | null, { field, topics: { variables: args } }: LiveOperation): Told => ({ caller, field, args });

function formatted(error: unknown, log: Logger, traceId: string): GraphQLFormattedError {
  if (error instanceof UnreachableError || error instanceof GraphQLError) {
    const { message, extensions } = error;
    if (typeof extensions['code'] === 'string') return { message, extensions: { code: extensions['code'] } };
  }
  if (!(error instanceof RequestRefused)) log.error({ traceId, ...describeError(error) }, 'unexpected error');
  return refusalOf(error).error;
}

type Text = ConstructorParameters<typeof RequestRefused>[2];
const refused = (code: string, text: Text): RequestRefused => new RequestRefused(400, code, text);

const texts = {
  full: { zh: '此刻订阅过多,请稍后再试。', en: 'There are too many subscriptions at this moment; try again later.' },
  stopping: { zh: '网关正在停止,请重新连接。', en: 'The gateway is stopping; connect again.' },
  notFound: { zh: '不存在或无权查看;请核对后再订阅。', en: 'Missing, or not visible to you; check it before you subscribe again.' },
  notAnEvent: {
    zh: 'after(或 Last-Event-ID)须为本人在同一订阅里收到过的 eventId;没有就不带它,先得到现状。',
    en: 'after (or Last-Event-ID) must be an eventId that you have received of the same subscription; leave it out without one, and how things are now comes first.',
  },
  tooOld: {
    zh: '该 eventId 已超过一小时,其后的变化不再保留;请不带 after 重新订阅,先得到现状。',
    en: 'This eventId is older than an hour, and what came after it is not kept; subscribe without after, and how things are now comes first.',
  },
  tooMany: (most: number): Text => ({
    zh: `同一人至多 ${most} 个订阅;请先结束不用的。`, en: `At most ${most} subscriptions at once for one caller; end those that are not needed.`,
  }),
  tooOften: (perSecond: number, wait: number): Text => ({
    zh: `订阅过于频繁:每秒至多 ${perSecond} 次,一时至多 ${perSecond * burstSeconds} 次;请 ${wait} 秒后再试。`,
    en: `Too many requests: at most ${perSecond} a second, ${perSecond * burstSeconds} at a time; try again after ${wait} s.`,
  }),
};
