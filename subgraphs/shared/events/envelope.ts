import { z } from 'zod';
import type { SubgraphName } from '../../../schema/events.js';

/** CloudEvents 1.0, structured mode, with the extensions this platform uses. */
export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(64),
  /** The sending subgraph. */
  source: z.enum(['city', 'district', 'street', 'community']),
  type: z.string().max(100),
  /** What it is about; order is kept per source and subject. */
  subject: z.string().min(1).max(100),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  data: z.record(z.string(), z.unknown()),
  /** Extension: W3C trace context of the request that caused it. */
  traceparent: z.string().max(55).optional(),
  /** Extension: 1, 2, 3… per source, subject and receiver; 0 where order does not matter. */
  sequence: z.int().nonnegative(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

export const batchSchema = z.array(envelopeSchema).min(1).max(500);

/** What the receiver did with one event. All four mean: it is mine now, do not send it again. */
export type Receipt = 'APPLIED' | 'DUPLICATE' | 'WAITING' | 'PARKED';

export interface Outgoing {
  readonly type: string;
  readonly subject: string;
  readonly target: SubgraphName;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}
