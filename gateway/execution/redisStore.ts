import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { slotOf, type AnswerStore, type Found, type Life, type Value } from './answerStore.js';
import { isObject } from './json.js';
import { inTime, type Connect, type Entry, type Redis } from './redis.js';

export interface RedisStoreOptions {
  readonly connect: Connect;
  readonly log: Logger;
  readonly now?: (() => number) | undefined;
  /** Nobody waits for it for longer, and then it is left alone for a while. */
  readonly waitMs: number;
  /** A second by default. */
  readonly pauseMs?: number;
}

const prefix = 'hefei:answers:1:';
const defaultPauseMs = 1_000;
/** A version that has gone is replaced by another: all that carries it is lost then, and no more than that. */
const versionMs = 7 * 24 * 3_600_000;
const maxBytes = 256 * 1024;

/**
 * In a Redis that several processes and gateways may share. Each slot of tags has a version there, which a drop changes; an
 * answer carries those that its tags had before it was asked for, and is not found once one is another, or has gone. All of
 * it is under the name of the run, so that nothing is found that a process had before it was started again, or taken over from
 * another: such a one may have lost the last drops.
 *
 * While it is away nothing is found or kept, and what is dropped is told to it before it is used again.
 */
export async function openRedisStore({ connect, log, now = Date.now, waitMs, pauseMs = defaultPauseMs }: RedisStoreOptions): Promise<AnswerStore> {
  let redis: Redis | null = null;
  /** By slot, its last drop of which Redis has not confirmed to know. */
  const untold = new Map<number, number>();
  let drops = 0;
  let isAway = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  async function open(): Promise<void> {
    let opened: Redis | undefined;
    try {
      opened = await connect((reason) => lose(opened, reason));
      // One that is full, or a replica, would take no drops.
      await inTime(opened.set([{ key: keyIn(opened, 'here'), text: '', ms: versionMs }]), waitMs);
      while (untold.size > 0) await tell(opened, new Map(untold));
    } catch (error) {
      opened?.close();
      return away(error);
    }
    if (ended) return opened.close();
    redis = opened;
    if (isAway) log.warn('the cache in Redis is back');
    isAway = false;
  }

  function lose(lost: Redis | undefined, reason: unknown): void {
    if (lost === undefined || redis !== lost) return;
    redis = null;
    lost.close();
    away(reason);
  }

  function away(reason: unknown): void {
    if (ended) return;
    if (!isAway) log.warn({ reason: inWords(reason) }, 'the cache in Redis is away; levels are asked instead');
    isAway = true;
    timer = setTimeout(() => void open(), pauseMs).unref();
  }

  async function tell(to: Redis, slots: ReadonlyMap<number, number>): Promise<void> {
    await inTime(to.set([...slots.keys()].map((slot) => newVersion(to, slot))), waitMs);
    for (const [slot, drop] of slots) if (untold.get(slot) === drop) untold.delete(slot);
  }

  /** Null when it has failed, or not come in time. */
  async function attempt<T>(on: Redis, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      lose(on, error);
      return null;
    }
  }

  await open();

  return {
    async look(places) {
      const slots = places.map((place) => [...new Set(place.tags.map(slotOf))]);
      const on = redis;
      const keys = on ? places.map(({ key }) => keyIn(on, createHash('sha256').update(key).digest('base64url'))) : [];
      const there = on && await attempt(on, () => inTime(read(on, [...new Set(slots.flat())], keys), waitMs));
      if (!there) return { found: places.map(() => null), keep: () => undefined };
      const stamps = slots.map((of) => of.map((slot) => there.versions.get(slot) ?? null));
      return {
        found: there.texts.map((text, number) => {
          if (text === null || slots[number]?.some((slot) => untold.has(slot))) return null;
          const found = parsed(text, stamps[number] ?? []);
          return found && found.atLast > now() ? found : null;
        }),
        async keep(values, life) {
          const entries = entriesOf(values, life, keys, stamps, life.atLast - now());
          const to = redis;
          if (to && entries.length > 0) await attempt(to, () => inTime(to.set(entries), waitMs));
        },
      };
    },
    async drop(tags) {
      drops += 1;
      const dropped = new Map(tags.map((tag) => [slotOf(tag), drops]));
      for (const [slot, drop] of dropped) untold.set(slot, drop);
      const to = redis;
      if (to) await attempt(to, () => tell(to, dropped));
    },
    isUp: () => redis !== null,
    async close() {
      ended = true;
      clearTimeout(timer);
      redis?.close();
      redis = null;
    },
  };
}

const keyIn = ({ run }: Redis, name: string): string => `${prefix}${run}:${name}`;

// By chance: one that was forgotten never comes again.
const newVersion = (to: Redis, slot: number): Entry => ({ key: keyIn(to, String(slot)), text: randomBytes(12).toString('base64url'), ms: versionMs });

async function read(from: Redis, slots: readonly number[], keys: readonly string[]) {
  const all = await from.get([...slots.map((slot) => keyIn(from, String(slot))), ...keys]);
  const versions = new Map(slots.map((slot, number) => [slot, all[number] || null]));
  const missing = slots.filter((slot) => versions.get(slot) === null);
  if (missing.length > 0) {
    const made = missing.map((slot) => ({ ...newVersion(from, slot), ifNew: true }));
    // In one go, and in this order: another process may have made them at the same time.
    const [, agreed] = await Promise.all([from.set(made), from.get(made.map(({ key }) => key))]);
    for (const [number, slot] of missing.entries()) versions.set(slot, agreed[number] || null);
  }
  return { versions, texts: all.slice(slots.length) };
}

const headShape = z.tuple([z.number(), z.number(), z.number(), z.array(z.string())]);
type Stamp = readonly (string | null)[];

/** What carries it is on one line, what a subgraph gave on the next. */
function entriesOf(values: readonly (readonly [number, Value])[], { at, until, atLast }: Life, keys: readonly string[], stamps: readonly Stamp[], ms: number): Entry[] {
  return values.flatMap(([number, value]) => {
    const [key, stamp] = [keys[number], stamps[number]];
    if (key === undefined || stamp === undefined || stamp.includes(null) || ms < 1) return [];
    const text = `${JSON.stringify([at, until, atLast, stamp])}\n${JSON.stringify(value)}`;
    return Buffer.byteLength(text) > maxBytes ? [] : [{ key, text, ms: Math.ceil(ms) }];
  });
}

/** Null unless it is as it was written, and none of its tags has been dropped since. */
function parsed(text: string, stamp: Stamp): Found | null {
  try {
    const cut = text.indexOf('\n');
    const [at, until, atLast, carried] = headShape.parse(JSON.parse(text.slice(0, cut)));
    if (carried.length !== stamp.length || carried.some((version, number) => version !== stamp[number])) return null;
    const value: unknown = JSON.parse(text.slice(cut + 1));
    return value === null || isObject(value) ? { value, at, until, atLast } : null;
  } catch {
    return null;
  }
}

/** Of several addresses that were tried in vain only the code says anything. */
function inWords(reason: unknown): string {
  const { message, code } = reason as NodeJS.ErrnoException;
  return message || code || 'unknown';
}
