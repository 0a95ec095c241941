import type { Model } from 'mongoose';
import type { Calendar } from '../domain/calendar.js';
import type { Calendars } from '../domain/calendars.js';
import { caseTopic } from '../domain/topics.js';
import { newId } from '../ids.js';
import type { Batch } from '../usecases/fireDue.js';
import type { Transactions } from './transactions.js';

/** Derived from a record's clocks, for finding what is due; never read back. */
export interface Waking {
  /** When the next alarm goes off; null when none is to come. */
  wakeAt: Date | null;
  /** The calendar that it was computed from; absent on records from before this was kept. */
  calendarVersion?: string;
}

export interface WakingDocument extends Waking {
  _id: string;
  readonly version: number;
  /** No other process fires its alarms before this instant. */
  leasedUntil?: Date | null;
  leasedBy?: string | null;
}

const maybeInstant = { type: Date, default: null };
export const wakingFields = {
  wakeAt: maybeInstant, calendarVersion: String, leasedUntil: maybeInstant, leasedBy: { type: String, default: null },
} as const;
/** A record that is written whole is free again. */
export const unleased = { leasedUntil: null, leasedBy: null } as const;
export const wakingIndex = [{ wakeAt: 1 }, { partialFilterExpression: { wakeAt: { $gt: new Date(0) } } }] as const;

/** Of the records an alarm of which is due those, longest due first, that no other process has claimed. */
export async function claimDue<D extends WakingDocument>(model: Model<D>, now: Date, { limit, leaseMs }: Batch): Promise<D[]> {
  const free = { wakeAt: { $gt: new Date(0), $lte: now }, $or: [{ leasedUntil: null }, { leasedUntil: { $lte: now } }] };
  const due = await model.find(free, { _id: 1 }).sort({ wakeAt: 1 }).limit(limit).lean<{ _id: string }[]>();
  if (due.length === 0) return [];
  const ids = due.map(({ _id }) => _id);
  const leasedBy = newId();
  await model.updateMany({ _id: { $in: ids }, ...free }, { $set: { leasedBy, leasedUntil: new Date(now.getTime() + leaseMs) } });
  return model.find({ _id: { $in: ids }, leasedBy }).sort({ wakeAt: 1 }).lean<D[]>();
}

const moved = 200;

export interface Wakings {
  /** Brings the open records that another calendar, or none, was used for to the one in force, one batch; answers how many. */
  follow(transactions: Transactions): Promise<number>;
  /** Computes those of all open records anew where they differ from what is kept; answers how many did. For a repair by hand. */
  rebuild(transactions: Transactions): Promise<number>;
}

/**
 * Keeps what is derived from clocks in step with the calendar; `open` finds the records whose clocks may run, `topicsOf` says what
 * tells those who watch.
 */
export function keepWaking<D extends WakingDocument & { readonly caseId?: string }>(
  model: Model<D>, open: Readonly<Record<string, unknown>>, calendars: Calendars, derive: (document: D, calendar: Calendar) => Partial<D> & Waking,
  topicsOf: (document: D) => readonly string[] = ({ _id, caseId = _id }) => [caseTopic(caseId)],
): Wakings {
  const isKept = (document: D, derived: Partial<D>): boolean =>
    Object.entries(derived).every(([key, value]) => {
      const stored = document[key as keyof D] ?? null;
      return stored === value || Number(stored) === Number(value);
    });
  return {
    async follow(transactions) {
      const calendar = calendars.inForce();
      const outdated = await model.find({ ...open, calendarVersion: { $ne: calendar.version } }).limit(moved).lean<D[]>();
      if (outdated.length === 0) return 0;
      return transactions.run(async (unit) => {
        const { modifiedCount } = await model.bulkWrite(outdated.map((document) => ({
          // Whoever wrote it meanwhile has used the calendar in force.
          updateOne: { filter: { _id: document._id, version: document.version }, update: { $set: derive(document, calendar) } },
        })) as never, { ordered: false, session: unit.session });
        if (modifiedCount > 0) unit.changed(...outdated.flatMap(topicsOf));
        return modifiedCount;
      });
    },
    async rebuild(transactions) {
      const calendar = calendars.inForce();
      let rebuilt = 0;
      const cursor = model.find(open).lean<D[]>().cursor({ batchSize: 500 }) as unknown as AsyncIterable<D>;
      for await (const document of cursor) {
        const derived = derive(document, calendar);
        if (isKept(document, derived)) continue;
        rebuilt += await transactions.run(async (unit) => {
          const filter = { _id: document._id, version: document.version };
          const { modifiedCount } = await model.updateOne(filter, { $set: derived } as never, { session: unit.session });
          if (modifiedCount > 0) unit.changed(...topicsOf(document));
          return modifiedCount;
        });
      }
      return rebuilt;
    },
  };
}
