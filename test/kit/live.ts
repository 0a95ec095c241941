import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import type { Platform } from './gateway.js';

/** What a subscriber is sent. */
export interface Sent<Data = Record<string, unknown>> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly traceId?: string } }[];
}

/** A subscription as somebody has it. */
export interface Watching<Data = Record<string, unknown>> {
  /** The next thing that comes; null when there is no more. */
  next(): Promise<Sent<Data> | null>;
  /** What has come and has not been taken. */
  readonly untaken: readonly Sent<Data>[];
  /** Lets the connection go. */
  stop(): Promise<void>;
}

type Variables = Readonly<Record<string, unknown>>;
export type Connect = (platform: Pick<Platform, 'url' | 'headers'>, who: Actor | null) => Promise<{ watch<Data>(query: string, variables?: Variables): Watching<Data> }>;

/** Keeps what comes until it is asked for. */
function pile<Data>(stop: () => Promise<void> | void) {
  const untaken: Sent<Data>[] = [];
  let isOver = false;
  let stir: (() => void) | null = null;
  const put = (change: () => void): void => {
    change();
    stir?.();
  };
  const watching: Watching<Data> = {
    untaken,
    async next() {
      for (;;) {
        const first = untaken.shift();
        if (first) return first;
        if (isOver) return null;
        await new Promise<void>((resolve) => { stir = resolve; });
      }
    },
    stop: async () => stop(),
  };
  return {
    watching,
    sink: {
      next: (sent: Sent<Data>) => put(() => void untaken.push(sent)),
      error: (error: unknown) => put(() => {
        if (Array.isArray(error)) untaken.push({ errors: error as NonNullable<Sent['errors']> });
        isOver = true;
      }),
      complete: () => put(() => { isOver = true; }),
    },
  };
}

export const bySocket: Connect = async (platform, who) => {
  const connectionParams = await platform.headers(who);
  return {
    watch<Data>(query: string, variables: Variables = {}) {
      const client = createWsClient({ url: `${platform.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
      const { watching, sink } = pile<Data>(() => client.dispose());
      client.subscribe<Data>({ query, variables: { ...variables } }, sink as never);
      return watching;
    },
  };
};

export const byStream: Connect = async (platform, who) => {
  const headers = await platform.headers(who);
  return {
    watch<Data>(query: string, variables: Variables = {}) {
      const client = createSseClient({ url: `${platform.url}/graphql/stream`, headers, retryAttempts: 0 });
      const { watching, sink } = pile<Data>(() => client.dispose());
      client.subscribe<Data>({ query, variables: { ...variables } }, sink as never);
      return watching;
    },
  };
};
