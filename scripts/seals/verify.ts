// Reads the log of every seal from its first record to its last and compares it with the heads.
import type { Connection } from 'mongoose';
import { sha256 } from '../../subgraphs/shared/hash.js';
import { breachAt, breachOfHead, noLink, type Breach, type Link, type SealRecord } from '../../subgraphs/street/domain/seal/chain.js';

export interface Head extends Link {
  readonly seal: string;
}

export interface SealBreach extends Breach {
  readonly seal: string;
}

export interface Verification {
  readonly records: number;
  readonly heads: readonly Head[];
  /** Of each seal the first place that is wrong; what comes after it proves nothing. */
  readonly breaches: readonly SealBreach[];
}

interface HeadDocument extends Link { readonly _id: string }
type RecordDocument = SealRecord & { readonly _id: string };

const headOf = (street: Connection, seal: string): Promise<HeadDocument | null> =>
  street.collection<HeadDocument>('sealHeads').findOne({ _id: seal });

async function sealsIn(street: Connection, noted: readonly Head[]): Promise<string[]> {
  const known = await Promise.all([
    street.collection('seals').distinct('_id'), street.collection('sealHeads').distinct('_id'), street.collection('sealRecords').distinct('seal'),
  ]);
  return [...new Set([...known.flat().map(String), ...noted.map(({ seal }) => seal)])].toSorted();
}

async function verifySeal(street: Connection, seal: string, noted: readonly Link[]): Promise<{ breach: Breach | null; last: Link }> {
  // The head of before and of after: a seal may be in use meanwhile.
  const before = await headOf(street, seal);
  const vouched = [...noted, ...(before ? [before] : [])].toSorted((a, b) => a.number - b.number);
  const hashes = new Map<number, string>([[0, noLink.hash]]);
  let last: Link = noLink;
  const records = street.collection<RecordDocument>('sealRecords').find({ seal }).sort({ seal: 1, number: 1 });
  for await (const { _id, ...record } of records) {
    const breach = breachAt(last, record, sha256) ?? (_id === `${seal}:${record.number}` ? null : { number: record.number, fault: 'CHANGED' as const });
    if (breach) return { breach, last };
    last = { number: record.number, hash: record.hash };
    if (vouched.some(({ number }) => number === last.number)) hashes.set(last.number, last.hash);
  }
  for (const head of vouched) {
    const breach = breachOfHead(head, last.number, hashes.get(head.number));
    if (breach) return { breach, last };
  }
  const after = await headOf(street, seal);
  if (!after || last.number > after.number) return { breach: { number: (after?.number ?? 0) + 1, fault: 'BEYOND' }, last };
  return { breach: last.number < after.number ? null : breachOfHead(after, last.number, last.hash), last };
}

/** `noted`: heads that were printed earlier and kept elsewhere. */
export async function verifySeals(street: Connection, noted: readonly Head[]): Promise<Verification> {
  const heads: Head[] = [];
  const breaches: SealBreach[] = [];
  let records = 0;
  for (const seal of await sealsIn(street, noted)) {
    const { breach, last } = await verifySeal(street, seal, noted.filter((head) => head.seal === seal));
    records += last.number;
    if (breach) breaches.push({ seal, ...breach });
    else heads.push({ seal, ...last });
  }
  return { records, heads, breaches };
}

const headLine = /^(\S+) (\d+) ([0-9a-f]{64})$/;

export const printHead = ({ seal, number, hash }: Head): string => `${seal} ${number} ${hash}`;

/** The heads among the lines of an earlier run. */
export const readHeads = (text: string): Head[] => text.split(/\r?\n/).flatMap((line) => {
  const [, seal = '', number = '', hash = ''] = headLine.exec(line.trim()) ?? [];
  return seal ? [{ seal, number: Number(number), hash }] : [];
});
