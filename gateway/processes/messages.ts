import type { Metric } from '../../telemetry/telemetry.js';

export type SharedLimit = 'actor' | 'address';

/** How often each key was let through. */
export type Takes = readonly (readonly [limit: SharedLimit, key: string, count: number])[];

export type ToPrimary =
  | { readonly kind: 'started' }
  | { readonly kind: 'supergraph'; readonly sdl: string }
  | { readonly kind: 'takes'; readonly takes: Takes }
  | { readonly kind: 'wanted'; readonly id: number }
  | { readonly kind: 'values'; readonly id: number; readonly values: readonly Metric[] };

export type ToWorker =
  | { readonly kind: 'start'; readonly sdl: string; readonly secret: string }
  | { readonly kind: 'takes'; readonly takes: Takes }
  | { readonly kind: 'collect'; readonly id: number }
  | { readonly kind: 'all'; readonly id: number; readonly text: string };
