import { createHash } from 'node:crypto';
import type { Apollo } from './apollo.js';
import type { Connection, Connections, SubgraphSettings } from './connections.js';
import { liveFieldsOf } from './live/operation.js';

/** A supergraph with all that answers by it. */
export interface Generation {
  /** Short, of the supergraph's text. */
  readonly id: string;
  readonly supergraphSdl: string;
  readonly connections: ReadonlyMap<string, Connection>;
  /** The fields that may be subscribed to, and the subgraph that each is from. */
  readonly liveFields: ReadonlyMap<string, string>;
  /** Since when it answers, in ms since 1970. */
  readonly since: number;
  /** Makes the plans of an operation; null when that went well, else why it cannot be run. */
  warm(text: string): Promise<string | null>;
}

interface Running extends Generation {
  since: number;
  readonly apollo: Apollo & { stop(): Promise<void> };
  underWay: number;
  retired: boolean;
}

export interface Loaded {
  readonly apollo: Running['apollo'];
  warm(text: string): Promise<string | null>;
}

export interface Generations {
  /** Asks the current one; who has asked is answered by it, whatever comes after. */
  readonly apollo: Apollo;
  readonly current: Generation;
  /** One that answers nobody yet. @throws Error when the supergraph cannot be used. */
  load(supergraphSdl: string, settings: SubgraphSettings, signal?: AbortSignal): Promise<Generation>;
  /** From now on it answers; the one before stays as it is. */
  take(generation: Generation): void;
  /** Ends one that is not current, after its last answer. */
  retire(generation: Generation): void;
  stop(): Promise<void>;
}

export interface GenerationsOptions {
  readonly connections: Connections;
  readonly now?: (() => Date) | undefined;
  load(supergraphSdl: string, connections: ReadonlyMap<string, Connection>, signal?: AbortSignal): Promise<Loaded>;
}

export const idOf = (supergraphSdl: string): string => createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 12);

/** Each supergraph has a server, a planner and plans of its own, so that a request never sees two of them. */
export async function createGenerations(
  options: GenerationsOptions,
  supergraphSdl: string,
  settings: SubgraphSettings,
): Promise<Generations> {
  const { connections, now = () => new Date() } = options;
  const all = new Map<Generation, Running>();

  async function load(sdl: string, given: SubgraphSettings, signal?: AbortSignal): Promise<Running> {
    const held = connections.hold(sdl, given);
    try {
      const loaded = await options.load(sdl, held, signal);
      const running: Running = { ...loaded, id: idOf(sdl), supergraphSdl: sdl, connections: held, liveFields: liveFieldsOf(sdl), since: now().getTime(), underWay: 0, retired: false };
      all.set(running, running);
      return running;
    } catch (error) {
      await connections.letGo(held);
      throw error;
    }
  }

  async function end(running: Running): Promise<void> {
    if (!all.delete(running)) return;
    await running.apollo.stop();
    await connections.letGo(running.connections);
  }

  /** Not waited for: a document may still be on its way by one of its connections. */
  const endLater = (running: Running): void => void end(running).catch(() => undefined);

  let current = await load(supergraphSdl, settings);

  async function use<T>(ask: (apollo: Apollo) => Promise<T>): Promise<T> {
    const running = current;
    running.underWay += 1;
    try {
      return await ask(running.apollo);
    } finally {
      running.underWay -= 1;
      if (running.retired && running.underWay === 0) endLater(running);
    }
  }

  return {
    apollo: {
      answer: (asked, exchange) => use((apollo) => apollo.answer(asked, exchange)),
      executeOperation: ((...asked: Parameters<Apollo['executeOperation']>) =>
        use((apollo) => apollo.executeOperation(...asked))) as Apollo['executeOperation'],
    },
    get current() {
      return current;
    },
    load,
    take(generation) {
      const running = all.get(generation);
      if (!running) throw new Error('This supergraph has been retired.');
      running.since = now().getTime();
      current = running;
    },
    retire(generation) {
      const running = all.get(generation);
      if (!running || running === current) return;
      running.retired = true;
      if (running.underWay === 0) endLater(running);
    },
    async stop() {
      await Promise.all([...all.values()].map(end));
    },
  };
}
