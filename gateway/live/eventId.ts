import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Caller } from '../claims.js';

/** How far the changes of each subgraph had been heard of when something was read; the same in every gateway. */
export interface EventId {
  /** In ms since 1970. */
  readonly at: number;
  /** By subgraph; 0 for one that has not been heard of. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Whom it was told, and of what; with its id nobody else goes on, and nothing else. */
export interface Told {
  readonly caller: Caller | null;
  readonly field: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface EventIds {
  /** For callers without a meaning of its own: how much has changed elsewhere is not theirs to know. */
  write(id: EventId, told: Told): string;
  /** Null when it is none of ours, or of something else. */
  read(text: string, told: Told): EventId | null;
}

/** An hour, which is what subgraphs remember at least. */
export const keptMs = 3_600_000;
const maxLength = 4_000;

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Of the gateway's own key, so that all its processes, here and elsewhere, have the same without being told. */
export const eventKeyFrom = (serviceKey: KeyObject): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', serviceKey.export({ type: 'pkcs8', format: 'der' }), '', 'hefei-platform event ids', keyBytes));

export const newEventKey = (): Uint8Array => randomBytes(keyBytes);

// As many digits always: else the length would tell how large they are.
const digits = 16;
const written = (number: number): string => String(number).padStart(digits, '0');
const number = z.string().regex(/^\d{16}$/).transform(Number).refine(Number.isSafeInteger);
const shape = z.tuple([number, z.record(z.string(), number)]);

const boundTo = ({ caller, field, args }: Told): Buffer =>
  Buffer.from(JSON.stringify([caller && [caller.id, caller.role, caller.area ?? null, caller.department ?? null], field, args]));

export function createEventIds(key: Uint8Array): EventIds {
  return {
    write({ at, positions }, told) {
      const text = JSON.stringify([written(at), Object.fromEntries(Object.entries(positions).map(([name, position]) => [name, written(position)]))]);
      const iv = randomBytes(ivBytes);
      const sealing = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(boundTo(told));
      return Buffer.concat([iv, sealing.update(text), sealing.final(), sealing.getAuthTag()]).toString('base64url');
    },
    read(text, told) {
      if (text.length > maxLength || !/^[\w-]+$/.test(text)) return null;
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length <= ivBytes + tagBytes) return null;
      try {
        const opening = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
          .setAAD(boundTo(told)).setAuthTag(bytes.subarray(-tagBytes));
        const opened = Buffer.concat([opening.update(bytes.subarray(ivBytes, -tagBytes)), opening.final()]);
        const [at, positions] = shape.parse(JSON.parse(opened.toString()));
        return { at, positions };
      } catch {
        return null;
      }
    },
  };
}
