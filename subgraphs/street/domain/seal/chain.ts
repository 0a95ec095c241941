// The log of a seal: numbered from 1, each record with the hash of the one before it, so that what is changed, removed
// or put in breaks the chain. A tail that is cut off breaks nothing: heads, kept elsewhere, find that.
import type { Role } from '../../../shared/domain/actor.js';

export const sealLogActions = ['REGISTER', 'ENTRUST', 'REQUEST', 'APPROVE', 'REFUSE', 'USE'] as const;
export type SealLogAction = (typeof sealLogActions)[number];

/** A step as it happened, before it has its place in the chain. */
export interface SealEntry {
  readonly seal: string;
  readonly action: SealLogAction;
  readonly at: Date;
  /** Actor id. */
  readonly by: string;
  readonly role: Role;
  readonly request: string | null;
  readonly matter: string | null;
  readonly reason: string | null;
  /** SHA-256 of the document, in hex. */
  readonly contentHash: string | null;
  readonly copies: number | null;
  /** USE: which copy, from 1. */
  readonly copy: number | null;
  readonly note: string | null;
  /** REGISTER and ENTRUST: actor id of who keeps it from then on. */
  readonly keeper: string | null;
}

export interface Link {
  readonly number: number;
  readonly hash: string;
}

export interface SealRecord extends SealEntry, Link {
  readonly previous: string;
}

/** SHA-256 in hex. */
export type Hash = (text: string) => string;

/** Before the first record. */
export const noLink: Link = { number: 0, hash: '0'.repeat(64) };

/** One text for one value, however its fields are ordered. */
export function canonicalJson(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join()}}`;
}

export function chained(entry: SealEntry, before: Link, hash: Hash): SealRecord {
  const record = { ...entry, number: before.number + 1, previous: before.hash };
  return { ...record, hash: hash(canonicalJson(record)) };
}

/**
 * MISSING: this number is not there. TWICE: it is there again. CHANGED: the record is not what its hash was made of.
 * UNLINKED: it does not follow the record before it; one of the two is not the original. CUT: the log ends before it, and had it.
 * BEYOND: the log has it, and the head does not. HEAD: the record is not the one that the head, or a noted head, names.
 */
export const sealFaults = ['MISSING', 'TWICE', 'CHANGED', 'UNLINKED', 'CUT', 'BEYOND', 'HEAD'] as const;
export type SealFault = (typeof sealFaults)[number];

export interface Breach {
  readonly number: number;
  readonly fault: SealFault;
}

type Stored = Link & { readonly previous: string };

/** What is wrong with a stored record after the one before it; null when it follows. Fields that it should not have count as changed. */
export function breachAt(before: Link, { hash: own, ...record }: Stored, hash: Hash): Breach | null {
  const next = before.number + 1;
  if (record.number > next) return { number: next, fault: 'MISSING' };
  if (record.number < next) return { number: record.number, fault: 'TWICE' };
  if (record.previous !== before.hash) return { number: next, fault: 'UNLINKED' };
  return hash(canonicalJson(record)) === own ? null : { number: next, fault: 'CHANGED' };
}

/** `last`: where the log ends; `hashAt` a number of the log, for which a head vouches. */
export function breachOfHead(head: Link, last: number, hashAt: string | undefined): Breach | null {
  if (head.number > last) return { number: last + 1, fault: 'CUT' };
  return hashAt === head.hash ? null : { number: head.number, fault: 'HEAD' };
}
