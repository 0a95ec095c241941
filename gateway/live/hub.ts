import type { Feed, News } from './feed.js';

/** Somebody who watches. */
export interface Watcher {
  readonly topics: readonly string[];
  wake(): void;
}

/** Who is to be woken by what; however many they are, each subgraph is listened to once. */
export interface Hub {
  readonly news: News;
  watch(watcher: Watcher): void;
  leave(watcher: Watcher): void;
}

export function createHub(): Hub {
  const byTopic = new Map<string, Set<Watcher>>();
  const wake = (watchers: Iterable<Watcher>): void => { for (const watcher of watchers) watcher.wake(); };
  return {
    news(topics) {
      if (topics === null) for (const watchers of byTopic.values()) wake(watchers);
      else for (const topic of topics) wake(byTopic.get(topic) ?? []);
    },
    watch(watcher) {
      for (const topic of watcher.topics) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(watcher));
    },
    leave(watcher) {
      for (const topic of watcher.topics) {
        const watchers = byTopic.get(topic);
        watchers?.delete(watcher);
        if (watchers?.size === 0) byTopic.delete(topic);
      }
    },
  };
}

export const positionsOf = (feeds: readonly Feed[]): Record<string, number> =>
  Object.fromEntries(feeds.filter(({ up }) => up !== null).map(({ name, position }) => [name, position]));
