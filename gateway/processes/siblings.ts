// In a worker: what it shares with the other processes of one gateway.
import cluster from 'node:cluster';
import type { Metric } from '../../telemetry/telemetry.js';
import type { SharedLimit, Takes, ToPrimary, ToWorker } from './messages.js';

export interface Siblings {
  /** The supergraph that the gateway answers by; its file may hold one by now that nobody has checked. */
  readonly supergraphSdl: string;
  /** Which of them this is. */
  readonly id: number;
  /** 32 bytes that all of them have and nobody else. */
  readonly secret: Uint8Array;
  /** Tells the others whom this one let through, and `spend` of whom they did. */
  shareLimit(limit: SharedLimit, spend: (key: string, count: number) => void): (key: string) => void;
  /** The text of all processes' metrics; this one's are `own`. */
  metricsOf(own: () => Promise<readonly Metric[]>): () => Promise<string>;
  /** Another supergraph answers here. */
  took(supergraphSdl: string): void;
}

const tellEveryMs = 100;
const patienceMs = 3_000;

type Channel = Pick<NodeJS.Process, 'connected' | 'send'> & { on(event: 'message', hear: (message: ToWorker) => void): unknown };

export async function joinSiblings(channel: Channel = process): Promise<Siblings> {
  const spenders = new Map<SharedLimit, (key: string, count: number) => void>();
  const waiting = new Map<number, (text: string) => void>();
  let pending = new Map<string, [SharedLimit, string, number]>();
  let collect: () => Promise<readonly Metric[]> = async () => [];
  let asked = 0;

  // The primary may be gone by now; this one will follow.
  const tell = (message: ToPrimary): void => void (channel.connected && channel.send?.(message, undefined, {}, () => undefined));

  const started = new Promise<Pick<Siblings, 'supergraphSdl' | 'secret'>>((resolve) => {
    channel.on('message', (message) => {
      switch (message.kind) {
        case 'start':
          return resolve({ supergraphSdl: message.sdl, secret: Buffer.from(message.secret, 'base64') });
        case 'takes':
          for (const [limit, key, count] of message.takes) spenders.get(limit)?.(key, count);
          return;
        case 'collect':
          return void collect().then((values) => tell({ kind: 'values', id: message.id, values }));
        case 'all':
          waiting.get(message.id)?.(message.text);
          waiting.delete(message.id);
      }
    });
  });
  // Else Node would end this process at once with the primary, and with it what is under way.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  tell({ kind: 'started' });

  setInterval(() => {
    if (pending.size === 0) return;
    const takes: Takes = [...pending.values()];
    pending = new Map();
    tell({ kind: 'takes', takes });
  }, tellEveryMs).unref();

  return {
    ...(await started),
    id: cluster.worker?.id ?? 0,
    shareLimit(limit, spend) {
      spenders.set(limit, spend);
      return (key) => {
        const name = `${limit} ${key}`;
        const known = pending.get(name) ?? [limit, key, 0];
        known[2] += 1;
        pending.set(name, known);
      };
    },
    metricsOf(own) {
      collect = own;
      return () => new Promise((resolve, reject) => {
        const id = (asked += 1);
        const late = setTimeout(() => {
          waiting.delete(id);
          reject(new Error('The first process did not put the metrics together in time.'));
        }, patienceMs);
        waiting.set(id, (text) => {
          clearTimeout(late);
          resolve(text);
        });
        tell({ kind: 'wanted', id });
      });
    },
    took: (sdl) => tell({ kind: 'supergraph', sdl }),
  };
}
