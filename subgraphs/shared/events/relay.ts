import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isEventType, routeOf, type SubgraphName } from '../../../schema/events.js';
import { groupBy } from '../domain/groupBy.js';
import type { EventCollections, OutboxDocument } from './collections.js';
import type { Envelope, Receipt } from './envelope.js';
import { createGate, type Gate } from './gate.js';
import { createLane, type Lane } from './lane.js';
import { createMarks } from './marks.js';
import { currentScope } from './trace.js';

const batchSize = 200;
/** A receiver takes 4 MiB; an event alone is never as large as the rest. */
const batchBytes = 2 * 1024 * 1024;
/** How long one relay may hold a message; longer than the slowest POST, so that a crash costs no more than this. */
const leaseMs = 5_000;
const sweepMs = 2_000;
/** Messages left behind, which nothing else will send, are looked for this often until they must have come due. */
const catchUpMs = 200;
const catchUpForMs = 2_000;
const prompt = { gatherMs: 0, maxUnderWay: 4, batchSize: 20 };
/** What need not be prompt leaves in few and large batches. */
const bulk = { gatherMs: 30, maxUnderWay: 1, batchSize };
const longestRefusalPauseMs = 300_000;
/** What is more than these waits in the outbox, not in memory. */
const maxHeld = 5_000;
const graceMs = 1_000;

/** Throws `PostRefused` when the receiver will not have the batch, anything else when it cannot be reached. */
export type Post = (
  target: SubgraphName,
  batch: readonly Envelope[],
  waitUntil: number,
) => Promise<readonly Receipt[]>;

/** The receiver answered that the batch itself is wrong or too large: sending it again as it is would not help. */
export class PostRefused extends Error {
  override readonly name = 'PostRefused';
}

export interface Relay {
  /** Sends what was just committed; resolves when it took effect, or when the request has waited long enough. */
  deliver(messages: readonly OutboxDocument[]): Promise<void>;
  /** Sends what is due to one receiver; answers how many it took. */
  sweep(target: SubgraphName): Promise<number>;
  /** Sweeps from now on. */
  start(): void;
  /** Gives what is under way a second, then leaves it to the next start. */
  stop(): Promise<void>;
}

/** The way to one receiver. */
interface Route {
  readonly gate: Gate;
  readonly prompt: Lane<OutboxDocument>;
  readonly bulk: Lane<OutboxDocument>;
  /** When something was last left to the sweeps. */
  leftAt: number;
  plannedAt: number;
  timer?: NodeJS.Timeout;
}

const isPrompt = ({ envelope: { type } }: OutboxDocument): boolean => isEventType(type) && routeOf(type).prompt;
const idsOf = (messages: readonly OutboxDocument[]): string[] => messages.map(({ _id }) => _id);

/** As many from the front as fit into one POST. */
function firstBatch(messages: readonly OutboxDocument[]): readonly OutboxDocument[] {
  let bytes = 0;
  const end = messages.findIndex(({ envelope }, i) => {
    bytes += Buffer.byteLength(JSON.stringify(envelope));
    return i > 0 && bytes > batchBytes;
  });
  return end === -1 ? messages : messages.slice(0, end);
}

/** Resolves when all have settled, at the latest after `ms`; at once when there is no time left. */
async function settledBy(ms: number, work: readonly Promise<unknown>[]): Promise<void> {
  if (work.length === 0 || ms <= 0) return;
  const patience = new AbortController();
  const timeout = sleep(ms, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(work), timeout]);
  patience.abort();
}

/**
 * Carries events from the outbox to the other levels. Delivery is at least once; receivers make it exactly once.
 * A receiver that is down closes its gate: nobody waits for it, and one batch at a time tries it again.
 */
export function createRelay(options: {
  readonly events: Pick<EventCollections, 'outbox'>;
  readonly targets: readonly SubgraphName[];
  readonly post: Post;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}): Relay {
  const { events: { outbox }, targets, post, log, now = Date.now } = options;
  let state: 'idle' | 'sweeping' | 'stopped' = 'idle';
  const running = new Set<Promise<unknown>>();
  /** On their way, or delivered and not marked yet: a sweep leaves them alone. */
  const held = new Set<string>();
  const hold = (messages: readonly OutboxDocument[]): void => messages.forEach(({ _id }) => held.add(_id));
  const letGo = (ids: readonly string[]): void => ids.forEach((id) => held.delete(id));
  const marks = createMarks({ outbox, now, log, onDone: letGo });

  const track = <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    void work.finally(() => running.delete(work)).catch(() => undefined);
    return work;
  };

  function leaveBehind(target: SubgraphName, messages: readonly OutboxDocument[]): void {
    letGo(idsOf(messages));
    routeTo(target).leftAt = now();
    planSweep(target, catchUpMs);
  }

  async function putOff(
    target: SubgraphName,
    messages: readonly OutboxDocument[],
    { error, pauseMs }: { readonly error: unknown; readonly pauseMs: number },
  ): Promise<void> {
    const availableAt = new Date(now() + pauseMs);
    const lastError = String(error).slice(0, 500);
    await outbox
      .updateMany(
        { _id: { $in: idsOf(messages) }, status: 'PENDING' },
        { $set: { availableAt, lastError }, $inc: { attempts: 1 } },
      )
      .finally(() => leaveBehind(target, messages));
  }

  /** One of them is to blame: halves, and halves of halves, show which, and the others get through. */
  async function isolate(
    target: SubgraphName,
    messages: readonly OutboxDocument[],
    error: PostRefused,
  ): Promise<void> {
    const [first] = messages;
    if (messages.length > 1) {
      const middle = Math.ceil(messages.length / 2);
      const halves = [messages.slice(0, middle), messages.slice(middle)];
      for (const half of halves) await send(target, half, 0).catch(() => undefined);
    } else if (first) {
      const { _id, attempts, envelope: { type } } = first;
      log.error({ event: _id, type, target, reason: error.message }, 'event refused; it is tried again later');
      await putOff(target, messages, { error, pauseMs: Math.min(1_000 * 2 ** attempts, longestRefusalPauseMs) });
    }
  }

  async function send(target: SubgraphName, messages: readonly OutboxDocument[], waitUntil: number): Promise<void> {
    const attempt = routeTo(target).gate.attempt();
    try {
      const receipts = await post(target, messages.map(({ envelope }) => envelope), waitUntil);
      if (receipts.length !== messages.length) {
        throw new Error(`${target} answered ${receipts.length} of ${messages.length} events.`);
      }
      if (attempt.reached()) log.info({ target }, 'level can be reached again');
      marks.add(idsOf(messages));
    } catch (error) {
      if (error instanceof PostRefused) {
        attempt.reached();
        return isolate(target, messages, error);
      }
      if (attempt.failed()) log.warn({ target, reason: String(error) }, 'level cannot be reached; events wait');
      await putOff(target, messages, { error, pauseMs: 0 });
      throw error;
    }
  }

  const routes = new Map(targets.map((target): [SubgraphName, Route] => {
    const gate = createGate(now);
    const leave = async (messages: readonly OutboxDocument[], waitUntil: number): Promise<void> => {
      if (gate.opensIn() > 0) leaveBehind(target, messages);
      else await track(send(target, messages, waitUntil));
    };
    return [target, {
      gate,
      prompt: createLane({ ...prompt, send: leave }),
      bulk: createLane({ ...bulk, send: leave }),
      leftAt: -Infinity,
      plannedAt: Infinity,
    }];
  }));

  function routeTo(target: SubgraphName): Route {
    const route = routes.get(target);
    if (!route) throw new Error(`No receiver ${target}.`);
    return route;
  }

  async function sweep(target: SubgraphName): Promise<number> {
    const found = await outbox
      .find({ target, status: 'PENDING', availableAt: { $lte: new Date(now()) } })
      .sort({ availableAt: 1, _id: 1 })
      .limit(batchSize)
      .toArray();
    const due = firstBatch(found.filter(({ _id }) => !held.has(_id)));
    if (due.length === 0) return 0;
    hold(due);
    try {
      // A second relay may take the same ones; that costs a repeated POST, no more.
      const lease = { $set: { availableAt: new Date(now() + leaseMs) } };
      await outbox.updateMany({ _id: { $in: idsOf(due) }, status: 'PENDING' }, lease);
    } catch (error) {
      letGo(idsOf(due));
      throw error;
    }
    await track(send(target, due, 0));
    return due.length;
  }

  /** In `ms`, or sooner where that is planned. */
  function planSweep(target: SubgraphName, ms: number): void {
    const route = routeTo(target);
    const at = now() + ms;
    if (state !== 'sweeping' || route.plannedAt <= at) return;
    clearTimeout(route.timer);
    route.plannedAt = at;
    route.timer = setTimeout(() => void track(sweepOn(target)), ms);
  }

  async function sweepOn(target: SubgraphName): Promise<void> {
    const route = routeTo(target);
    route.plannedAt = Infinity;
    const taken = route.gate.opensIn() > 0 ? 0 : await sweep(target).catch((error: unknown) => {
      log.debug({ target, reason: String(error) }, 'sweep failed');
      return 0;
    });
    const pause = now() - route.leftAt < catchUpForMs ? catchUpMs : sweepMs;
    planSweep(target, route.gate.opensIn() || (taken > 0 ? 0 : pause));
  }

  /** The attempts whose end the request waits for. */
  function dispatch(target: SubgraphName, messages: readonly OutboxDocument[], waitUntil: number): Promise<void>[] {
    const route = routes.get(target);
    if (!route || state === 'stopped') return [];
    if (!route.gate.isOpen() || held.size > maxHeld) {
      leaveBehind(target, messages);
      return [];
    }
    hold(messages);
    const others = messages.filter((message) => !isPrompt(message));
    if (others.length > 0) void route.bulk.push(others, 0);
    const urgent = messages.filter(isPrompt);
    const attempts: Promise<void>[] = [];
    for (let i = 0; i < urgent.length; i += prompt.batchSize) {
      attempts.push(route.prompt.push(urgent.slice(i, i + prompt.batchSize), waitUntil));
    }
    return attempts;
  }

  return {
    async deliver(messages) {
      const waitUntil = currentScope()?.waitUntil ?? 0;
      const byTarget = [...groupBy(messages, ({ target }) => target)];
      await settledBy(waitUntil - now(), byTarget.flatMap(([target, own]) => dispatch(target, own, waitUntil)));
    },
    sweep,
    start() {
      state = 'sweeping';
      for (const target of targets) planSweep(target, 0);
    },
    async stop() {
      state = 'stopped';
      for (const route of routes.values()) {
        clearTimeout(route.timer);
        route.prompt.close();
        route.bulk.close();
      }
      await settledBy(graceMs, [...running]);
      await marks.flush();
    },
  };
}
