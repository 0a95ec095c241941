import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'graphql';
import type { Logger } from 'pino';
import type { Connection, SubgraphSettings } from './connections.js';
import { idOf, type Generation, type Generations } from './generations.js';
import type { Manifest } from './limits/persisted.js';
import type { ReloadOutcome } from './metrics.js';
import { subgraphUrls } from './supergraph.js';
import { sourceOf } from './supergraphSource.js';

export interface ReloadOptions {
  /** A file, or an http(s) URL. */
  readonly from: string;
  /** How often it is looked at. */
  readonly everyMs: number;
  /** How long subgraphs at new URLs have to stand before there is no way back, 5 s by default. */
  readonly trialMs?: number;
  /** Of the subgraphs that a supergraph has. @throws Error for a bad one. */
  readonly settingsOf?: (names: readonly string[]) => SubgraphSettings;
}

export interface Reloader {
  /** Looks at once; resolves when what was found has been taken for good, refused or rolled back. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

interface Parts {
  readonly generations: Generations;
  readonly settings: SubgraphSettings;
  readonly manifest: Manifest;
  readonly log: Logger;
  readonly onOutcome: (outcome: ReloadOutcome) => void;
}

const defaultTrialMs = 5_000;
const trialEveryMs = 250;

/** Takes a newer supergraph when it is good, and goes back when it turns out not to be. */
export function createReloader(
  { from, everyMs, trialMs = defaultTrialMs, settingsOf }: ReloadOptions,
  { generations, settings, manifest, log, onOutcome }: Parts,
): Reloader {
  const ending = new AbortController();
  const { signal } = ending;
  const source = sourceOf(from, signal);
  let seen = generations.current.id;
  let isReadable = true;
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();

  async function read(again: boolean): Promise<string | null> {
    try {
      const text = await source.read(again);
      isReadable = true;
      return text;
    } catch (error) {
      if (signal.aborted) return null;
      // Once, or every look would have a line.
      if (isReadable || again) log.warn({ from, reason: (error as Error).message }, 'supergraph cannot be read; the last one stays');
      isReadable = false;
      onOutcome('unreadable');
      return null;
    }
  }

  async function look(again: boolean): Promise<void> {
    const text = signal.aborted ? null : await read(again);
    if (text === null || signal.aborted) return;
    const id = idOf(text);
    const before = generations.current;
    const isKnown = id === before.id || (id === seen && !again);
    seen = id;
    if (isKnown) return;
    let candidate: Generation | null = null;
    try {
      candidate = await generations.load(text, settingsOf?.(Object.keys(subgraphUrls(text))) ?? settings, signal);
      const fresh = freshIn(candidate, before);
      const reason = await unfit(candidate, before, fresh);
      if (reason !== null) throw new Error(reason);
      if (signal.aborted) return;
      generations.take(candidate);
      log.info({ id, before: before.id }, 'supergraph taken');
      onOutcome('taken');
      const fault = await faultWithin(fresh);
      if (fault !== null) {
        generations.take(before);
        log.error({ id, back: before.id, reason: fault }, 'supergraph rolled back');
        onOutcome('rolled_back');
      }
    } catch (error) {
      if (!signal.aborted) log.error({ id, reason: (error as Error).message }, 'supergraph refused; the last one stays');
      onOutcome('refused');
    }
    // Whichever of the two is not current.
    for (const one of [candidate, before]) if (one) generations.retire(one);
  }

  /** Null, or why the candidate may not be taken. */
  async function unfit(candidate: Generation, before: Generation, fresh: readonly Connection[]): Promise<string | null> {
    const silent = await unhealthy(fresh);
    if (silent.length > 0) return `The /health of ${silent.join(', ')} does not answer.`;
    const broken: string[] = [];
    for (const text of manifest.values()) {
      if (signal.aborted) return null;
      const reason = await candidate.warm(text);
      // What could not be run before is not made worse.
      if (reason !== null && await before.warm(text) === null) broken.push(`${nameOf(text)} (${reason})`);
    }
    return broken.length === 0 ? null : `It breaks persisted operations: ${broken.join('; ')}`;
  }

  /** Null when subgraphs at new URLs have stood their trial. */
  async function faultWithin(fresh: readonly Connection[]): Promise<string | null> {
    const until = performance.now() + trialMs;
    while (fresh.length > 0 && !signal.aborted && performance.now() < until) {
      const failing = fresh.filter(({ failures }) => failures() > 0).map(({ name }) => name);
      if (failing.length > 0) return `Requests to ${failing.join(', ')} fail.`;
      const silent = await unhealthy(fresh);
      if (silent.length > 0) return `The /health of ${silent.join(', ')} does not answer any more.`;
      await delay(trialEveryMs, undefined, { signal }).catch(() => undefined);
    }
    return null;
  }

  function reload(again: boolean): Promise<void> {
    working = working.then(() => look(again));
    return working;
  }

  function lookLater(): void {
    if (signal.aborted) return;
    timer = setTimeout(() => void reload(false).then(lookLater), everyMs).unref();
  }
  lookLater();

  return {
    reload: () => reload(true),
    async stop() {
      ending.abort();
      clearTimeout(timer);
      await working;
    },
  };
}

const freshIn = (candidate: Generation, before: Generation): Connection[] =>
  [...candidate.connections.values()].filter((one) => before.connections.get(one.name) !== one);

async function unhealthy(connections: readonly Connection[]): Promise<string[]> {
  const checked = await Promise.all(connections.map(async ({ name, subgraph }) => ({ name, healthy: await subgraph.healthy() })));
  return checked.filter(({ healthy }) => !healthy).map(({ name }) => name);
}

/** The name by which people know an operation. */
function nameOf(text: string): string {
  const [first] = parse(text).definitions;
  return first && 'name' in first && first.name ? first.name.value : text;
}
