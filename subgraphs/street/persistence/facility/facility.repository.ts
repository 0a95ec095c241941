import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection } from 'mongoose';
import type { Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import type { LocalDate } from '../../../shared/domain/calendar.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { createTurns } from '../../../shared/inTurn.js';
import { isDuplicateKey } from '../../../shared/persistence/failures.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import { watchesBookings, type Booking } from '../../domain/facility/booking.js';
import { bookingStates } from '../../domain/facility/booking.transitions.js';
import { slotsOf, slotsPerDay, type Facility, type FacilityUse } from '../../domain/facility/facility.js';
import type { Facilities, Nearby, SaveBooking } from '../../usecases/ports.js';

interface FacilityDocument extends Omit<Facility, 'id' | 'longitude' | 'latitude'> {
  _id: string;
  location: { type: 'Point'; coordinates: [longitude: number, latitude: number] };
  /** `<street>:<name>`; absent once it has ended, which frees the name. */
  nameKey?: string;
}
type BookingDocument = Omit<Booking, 'id'> & { _id: string };
interface DayDocument {
  /** `<facility>:<day>`. */
  _id: string;
  taken: number[];
}
interface GuestDocument {
  /** `<facility>:<resident>`. */
  _id: string;
  calls: number;
}
/** Every booking writes it: whoever writes it too is not overtaken by one. */
type UseDocument = FacilityUse & { _id: string; edits?: number };

const text = { type: String, required: true };
const count = { type: Number, required: true };
const tally = { type: Number, default: 0 };
const instant = { type: Date, required: true };

const facilitySchema = new Schema<FacilityDocument>(
  {
    _id: text, version: count, street: text, name: text, address: { type: String, default: null }, owner: { kind: text, name: text },
    location: { type: { ...text }, coordinates: [Number] } as never,
    hours: [{ _id: false, weekday: Number, from: String, to: String }] as never, onHolidays: text, capacity: count, daysAhead: count, maxOpen: count,
    endedAt: { type: Date, default: null }, nameKey: String,
  },
  { collection: 'facilities', versionKey: false },
);
facilitySchema.index({ location: '2dsphere' });
facilitySchema.index({ street: 1, name: 1, _id: 1 });
facilitySchema.index({ nameKey: 1 }, { unique: true, sparse: true });

const bookingSchema = new Schema<BookingDocument>(
  {
    _id: text, version: count, state: { type: String, enum: bookingStates, required: true }, facility: text, street: text, resident: text,
    from: instant, to: instant, places: count, bookedAt: instant, rating: { type: Number, default: null },
  },
  { collection: 'facilityBookings', versionKey: false },
);
bookingSchema.index({ resident: 1, facility: 1, from: -1, _id: -1 });
bookingSchema.index({ facility: 1, from: -1, _id: -1 });
bookingSchema.index({ street: 1, from: -1, _id: -1 });

const daySchema = new Schema<DayDocument>({ _id: text, taken: [Number] }, { collection: 'facilityDays', versionKey: false });
// Touched by every booking of one resident here, so that two at the same time do not both count the same open ones.
const guestSchema = new Schema<GuestDocument>({ _id: text, calls: count }, { collection: 'facilityGuests', versionKey: false });
const useSchema = new Schema<UseDocument>(
  { _id: text, bookings: tally, cancelled: tally, checkedIn: tally, rated: tally, satisfied: tally, edits: Number },
  { collection: 'facilityUse', versionKey: false },
);

const toDocument = ({ id, longitude, latitude, ...kept }: Facility): FacilityDocument => ({
  ...kept, _id: id, location: { type: 'Point', coordinates: [longitude, latitude] }, ...(kept.endedAt === null && { nameKey: `${kept.street}:${kept.name}` }),
});
const toFacility = ({ _id, nameKey: _key, location: { coordinates: [longitude, latitude] }, ...kept }: FacilityDocument): Facility =>
  ({ ...kept, id: _id, longitude, latitude });
const toBooking = ({ _id, ...kept }: BookingDocument): Booking => ({ ...kept, id: _id });

const toUse = ({ bookings, cancelled, checkedIn, rated, satisfied }: UseDocument): FacilityUse => ({ bookings, cancelled, checkedIn, rated, satisfied });
const noUse: FacilityUse = { bookings: 0, cancelled: 0, checkedIn: 0, rated: 0, satisfied: 0 };

/** What a step adds to the facility's figures. */
function counted({ state, rating }: Booking): Partial<FacilityUse> {
  if (state === 'BOOKED') return { bookings: 1 };
  if (state === 'CANCELLED') return { cancelled: 1 };
  if (state === 'CHECKED_IN') return { checkedIn: 1 };
  return { rated: 1, ...(rating !== null && rating >= 4 && { satisfied: 1 }) };
}

const dayId = (facility: string, day: LocalDate): string => `${facility}:${day}`;

/** The booking's slots of its day. */
function placesOf({ facility, from, to }: Booking): { readonly _id: string; readonly fields: readonly string[] } {
  const slots = slotsOf(from, to);
  if (!slots) throw new Error('A booking takes whole slots of one day.');
  return { _id: dayId(facility, slots.day), fields: Array.from({ length: slots.count }, (_, i) => `taken.${slots.first + i}`) };
}

const each = <T>(fields: readonly string[], value: T): Record<string, T> => Object.fromEntries(fields.map((field) => [field, value]));

/** The rule of `seesBooking` as a query. */
function conditions(actor: Actor, facility: string | null): Record<string, unknown> {
  const of = facility === null ? {} : { facility };
  if (actor.role === 'RESIDENT') return { resident: actor.id, ...of };
  if (actor.area === null || !watchesBookings(actor)) return { _id: { $in: [] } };
  const { from, before } = codeRange(actor.area);
  return { street: { $gte: from, $lt: before }, ...of };
}

/** A booking that cannot be: thrown, so that what was written before it is undone. */
class Refused extends Error {
  constructor(readonly outcome: SaveBooking) {
    super(outcome);
  }
}

export interface FacilityStore {
  /** One per request. */
  repository(transactions: Transactions): Facilities;
  /** Writes those that are not there yet, and whose names are free; gives the number written. */
  seed(facilities: readonly Facility[]): Promise<number>;
}

export async function openFacilities(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<FacilityStore> {
  const facilities = connection.model<FacilityDocument>('Facility', facilitySchema);
  const bookings = connection.model<BookingDocument>('FacilityBooking', bookingSchema);
  const days = connection.model<DayDocument>('FacilityDay', daySchema);
  const guests = connection.model<GuestDocument>('FacilityGuest', guestSchema);
  const uses = connection.model<UseDocument>('FacilityUse', useSchema);
  await Promise.all([facilities, bookings, days, guests, uses].map((model) => model.init()));
  for (const model of [days, guests, uses]) await model.createCollection();

  const inTurn = createTurns();

  /** Makes what a transaction will change exist, empty, so that two that both make it first do not fail. */
  async function ensure(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  const count = (booking: Booking, session: ClientSession): Promise<unknown> =>
    uses.updateOne({ _id: booking.facility }, { $inc: counted(booking) }, { session }).exec();

  const nearest = ({ longitude, latitude, within }: Nearby, from: number): { readonly $geoNear: never } => ({
    $geoNear: {
      near: { type: 'Point', coordinates: [longitude, latitude] }, distanceField: 'distance', key: 'location', spherical: true,
      minDistance: from, maxDistance: within, query: { endedAt: null },
    } as never,
  });

  return {
    async seed(all) {
      const [ids, names] = await Promise.all([facilities.distinct('_id'), facilities.distinct('nameKey')]);
      const present = new Set<unknown>([...ids, ...names]);
      const missing = all.map(toDocument).filter(({ _id, nameKey }) => !present.has(_id) && !present.has(nameKey));
      await uses.bulkWrite(missing.map(({ _id }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: { ...noUse } }, upsert: true } })));
      await facilities.insertMany(missing);
      return missing.length;
    },
    repository(transactions) {
      const byId = new DataLoader<string, Facility | null>(async (ids) => {
        const found = new Map((await facilities.find({ _id: { $in: [...ids] } }).lean<FacilityDocument[]>()).map((one) => [one._id, toFacility(one)]));
        return ids.map((id) => found.get(id) ?? null);
      });
      const use = new DataLoader<string, FacilityUse>(async (ids) => {
        const found = new Map((await uses.find({ _id: { $in: [...ids] } }).lean<UseDocument[]>()).map((one) => [one._id, toUse(one)]));
        return ids.map((id) => found.get(id) ?? noUse);
      });
      const taken = new DataLoader<string, readonly number[]>(async (ids) => {
        const found = new Map((await days.find({ _id: { $in: [...ids] } }).lean<DayDocument[]>()).map((one) => [one._id, one.taken]));
        return ids.map((id) => found.get(id) ?? []);
      });
      const attempt = async (work: () => Promise<void>): Promise<SaveBooking> => {
        try {
          await work();
          return 'SAVED';
        } catch (error) {
          if (error instanceof Refused) return error.outcome;
          throw error;
        } finally {
          use.clearAll();
          taken.clearAll();
        }
      };
      return {
        byId: (id) => byId.load(id),
        use: (id) => use.load(id),
        taken: (id, day) => taken.load(dayId(id, day)),
        async takenFrom(id, day) {
          const found = await days.find({ _id: { $gte: dayId(id, day), $lt: dayId(id, '9999-12-31') } }).lean<DayDocument[]>();
          return new Map(found.map(({ _id, taken: places }) => [_id.slice(id.length + 1), places]));
        },
        async ofStreet(street, { first, after }) {
          const [name = '', id = ''] = (after ?? []).map(String);
          const beyond = after ? { $or: [{ name: { $gt: name } }, { name, _id: { $gt: id } }] } : {};
          const found = await facilities.find({ street, endedAt: null, ...beyond }).sort({ name: 1, _id: 1 }).limit(first + 1).lean<FacilityDocument[]>();
          return cutPage(found.map(toFacility), first);
        },
        countOfStreet: (street) => facilities.countDocuments({ street, endedAt: null }).exec(),
        async near(point, { first, after }) {
          const [distance, id] = after ?? [];
          const beyond = after ? [{ $match: { $or: [{ distance: { $gt: Number(distance) } }, { distance: Number(distance), _id: { $gt: String(id) } }] } }] : [];
          // A metre less than where the page before ended: the index counts in radians and may round.
          const found = await facilities.aggregate<FacilityDocument & { distance: number }>([
            nearest(point, Math.max(Number(distance ?? 0) - 1, 0)), ...beyond, { $sort: { distance: 1, _id: 1 } }, { $limit: first + 1 },
          ]);
          return cutPage(found.map(({ distance: metres, ...document }) => ({ facility: toFacility(document), distance: metres })), first);
        },
        async countNear(point) {
          const [found] = await facilities.aggregate<{ count: number }>([nearest(point, 0), { $count: 'count' }]);
          return found?.count ?? 0;
        },
        async save(next, receipt, booked) {
          try {
            await transactions.run(async ({ session }) => {
              if (next.version === 1) {
                await facilities.create([toDocument(next)], { session });
                await uses.create([{ _id: next.id }], { session });
              } else {
                const { matchedCount } = await facilities.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
                if (matchedCount === 0) throw new RaceLost(`Facility ${next.id} has changed.`);
              }
              if (booked !== undefined) {
                const { matchedCount } = await uses.updateOne({ _id: next.id, bookings: booked }, { $inc: { edits: 1 } }, { session });
                if (matchedCount === 0) throw new RaceLost(`Facility ${next.id} has been booked.`);
              }
              if (receipt) await receipts.record(receipt, next.id, session);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof RaceLost) return 'STALE';
            await mustBeTaken(error, receipts, receipt);
            return 'NAME_TAKEN';
          } finally {
            byId.clear(next.id);
          }
        },
        async bookingById(id) {
          const found = await bookings.findById(id).lean<BookingDocument>();
          return found && toBooking(found);
        },
        async bookings(actor, facility, { first, after }) {
          const [from, id] = after ?? [];
          const at = new Date(Number(from));
          const beyond = after ? [{ $or: [{ from: { $lt: at } }, { from: at, _id: { $lt: String(id) } }] }] : [];
          const found = await bookings
            .find({ $and: [conditions(actor, facility), ...beyond] })
            .sort({ from: -1, _id: -1 })
            .limit(first + 1)
            .lean<BookingDocument[]>();
          return cutPage(found.map(toBooking), first);
        },
        countBookings: (actor, facility) => bookings.countDocuments(conditions(actor, facility)).exec(),
        book: (booking, { id, capacity, maxOpen, version }, receipt) => attempt(() => inTurn(placesOf(booking)._id, async () => {
          const { _id, fields } = placesOf(booking);
          const guest = `${id}:${booking.resident}`;
          const room = { _id, ...each(fields, { $lte: capacity - booking.places }) };
          await ensure(() => days.updateOne({ _id }, { $setOnInsert: { taken: new Array<number>(slotsPerDay).fill(0) } }, { upsert: true }));
          // Most of a rush find it full here, and hold up no transaction.
          if ((await days.countDocuments(room)) === 0) throw new Refused('FULL');
          await ensure(() => guests.updateOne({ _id: guest }, { $setOnInsert: { calls: 0 } }, { upsert: true }));
          await transactions.run(async ({ session }) => {
            const { matchedCount } = await days.updateOne(room, { $inc: each(fields, booking.places) }, { session });
            if (matchedCount === 0) throw new Refused('FULL');
            await guests.updateOne({ _id: guest }, { $inc: { calls: 1 } }, { session });
            const open = await bookings.countDocuments(
              { resident: booking.resident, facility: id, state: 'BOOKED', to: { $gt: booking.bookedAt } }, { session },
            );
            if (open >= maxOpen) throw new Refused('TOO_MANY');
            if ((await facilities.countDocuments({ _id: id, version }, { session })) === 0) throw new Refused('STALE');
            await bookings.create([{ ...booking, _id: booking.id }], { session });
            await count(booking, session);
            if (receipt) await receipts.record(receipt, booking.id, session);
          });
        })),
        saveBooking: (next, receipt) => attempt(() => transactions.run(async ({ session }) => {
          const { id, ...kept } = next;
          const { matchedCount } = await bookings.replaceOne({ _id: id, version: next.version - 1 }, { ...kept, _id: id }, { session });
          if (matchedCount === 0) throw new Refused('STALE');
          if (next.state === 'CANCELLED') {
            const { _id, fields } = placesOf(next);
            await days.updateOne({ _id }, { $inc: each(fields, -next.places) }, { session });
          }
          await count(next, session);
          if (receipt) await receipts.record(receipt, id, session);
        })),
      };
    },
  };
}
