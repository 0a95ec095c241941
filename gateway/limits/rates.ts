import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';

/** Requests a second; null for no limit. So many seconds' worth may come at once. */
export interface Rates {
  readonly actor: number | null;
  readonly address: number | null;
}

export const burstSeconds = 5;
const maxKeys = 20_000;

/** Takes one from a key's bucket; gives the seconds until there is one again, 0 when there was. */
export type Take = (key: string) => number;

export interface Buckets {
  readonly take: Take;
  /** Others have taken so many. */
  spend(key: string, count: number): void;
}

/** A bucket for each key, of those seen last; one not seen for long is full. */
export function createBuckets(perSecond: number, now: () => number = () => performance.now()): Buckets {
  const burst = perSecond * burstSeconds;
  const buckets = new LRUCache<string, { tokens: number; at: number }>({ max: maxKeys });
  function filled(key: string): { tokens: number; at: number } {
    const at = now();
    const bucket = buckets.get(key) ?? { tokens: burst, at };
    bucket.tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1_000) * perSecond);
    bucket.at = at;
    buckets.set(key, bucket);
    return bucket;
  }
  return {
    take(key) {
      const bucket = filled(key);
      if (bucket.tokens < 1) return (1 - bucket.tokens) / perSecond;
      bucket.tokens -= 1;
      return 0;
    },
    spend(key, count) {
      const bucket = filled(key);
      bucket.tokens = Math.max(0, bucket.tokens - count);
    },
  };
}

/** What one subscriber has as its own: an IPv4 address, or the first half of an IPv6 one. Null on this machine. */
export function addressKey(address: string): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (plain === '::1' || plain.startsWith('127.')) return null;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}
