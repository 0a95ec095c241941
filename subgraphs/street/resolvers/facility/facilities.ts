import { localDate } from '../../../shared/domain/calendar.js';
import { maskIdNumber } from '../../../shared/domain/mask.js';
import { availability } from '../../../shared/domain/stateMachine.js';
import { pageRequest, toConnection } from '../../../shared/graphql/connection.js';
import { badInput } from '../../../shared/graphql/errors.js';
import { mutate, type Answer } from '../../../shared/graphql/mutation.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import type {
  FacilityBookingPayloadResolvers, FacilityBookingResolvers, FacilityNearConnectionResolvers, FacilityNearEdgeResolvers, FacilityPayloadResolvers, FacilityResolvers, MutationResolvers,
  QueryResolvers, StreetResolvers,
} from '../../__generated__/resolvers.js';
import type { StreetContext } from '../../context.js';
import { bookingMachine, type Booking } from '../../domain/facility/booking.js';
import type { BookingAction } from '../../domain/facility/booking.transitions.js';
import { isOpenAt, slotsOf, timeFault } from '../../domain/facility/facility.js';
import { hoursOn } from '../../domain/opening.js';
import { actOnBooking, bookFacility, editFacility, endFacility, registerFacility, visibleBooking } from '../../usecases/facility/facilities.js';

const maxWithin = 50_000;

export const facilityQueries: Pick<QueryResolvers, 'facility' | 'facilitiesNear' | 'facilityBooking' | 'facilityBookings'> = {
  facility: (_parent, { id }, { facilities }) => facilities.byId(id),
  async facilitiesNear(_parent, args, { facilities }) {
    const point = { longitude: args.longitude, latitude: args.latitude, within: args.within ?? 3_000 };
    if (Math.abs(point.longitude) > 180 || Math.abs(point.latitude) > 90 || point.within < 1 || point.within > maxWithin) {
      throw badInput(`经纬度须在有效范围内,距离 1–${maxWithin} 米。`, `Give a position on the globe and a distance of 1–${maxWithin} metres.`);
    }
    const page = await facilities.near(point, pageRequest(args, ['number', 'text']));
    return toConnection(page, ({ distance, facility }) => [distance, facility.id], () => facilities.countNear(point));
  },
  facilityBooking: (_parent, { id }, context) => visibleBooking(context.facilities, id, requireActor(context)),
  async facilityBookings(_parent, args, context) {
    const actor = requireActor(context);
    const facility = args.facility ?? null;
    const page = await context.facilities.bookings(actor, facility, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ from, id }) => [from.getTime(), id], () => context.facilities.countBookings(actor, facility));
  },
};

interface OnBooking {
  readonly bookingId: string;
  readonly expectedVersion: number;
  readonly rating?: number;
  readonly idempotencyKey?: string | null | undefined;
}

const onBooking = (action: BookingAction) =>
  (_parent: unknown, { input }: { readonly input: OnBooking }, context: StreetContext, info: { readonly fieldName: string }): Promise<Answer<Booking>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnBooking(context, input, action, actor, receipt),
      current: (actor, id) => visibleBooking(context.facilities, id, actor),
      subject: input.bookingId,
    });

/** Null says no more than leaving it out, where there is nothing to take away. */
const filled = <T extends object>(change: T): { [Key in keyof T]?: NonNullable<T[Key]> } =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value != null)) as { [Key in keyof T]?: NonNullable<T[Key]> };

export const facilityMutations: Pick<
  MutationResolvers, 'facilityRegister' | 'facilityEdit' | 'facilityEnd' | 'facilityBook' | 'bookingCancel' | 'bookingCheckIn' | 'bookingRate'
> = {
  facilityRegister: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => registerFacility(context, {
        ...input, address: input.address ?? null, onHolidays: input.onHolidays ?? 'CLOSED', daysAhead: input.daysAhead ?? 14, maxOpen: input.maxOpen ?? 3,
      }, actor, receipt),
      current: (_actor, id) => context.facilities.byId(id),
    }),
  facilityEdit: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { idempotencyKey: _key, facilityId, expectedVersion, address, ...change } = input;
        return editFacility(context, { facilityId, expectedVersion, address, ...filled(change) }, actor, receipt);
      },
      current: (_actor, id) => context.facilities.byId(id),
      subject: input.facilityId,
    }),
  facilityEnd: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => endFacility(context, input, actor, receipt),
      current: (_actor, id) => context.facilities.byId(id),
      subject: input.facilityId,
    }),
  facilityBook: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => bookFacility(context, { ...input, places: input.places ?? 1 }, actor, receipt),
      current: (actor, id) => visibleBooking(context.facilities, id, actor),
    }),
  bookingCancel: onBooking('CANCEL'),
  bookingCheckIn: onBooking('CHECK_IN'),
  bookingRate: onBooking('RATE'),
};

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

export const Facility: FacilityResolvers = {
  __resolveReference: ({ id }, { facilities }) => facilities.byId(id),
  street: ({ street }, _args, { areas }) => areas.byCode(street),
  hoursOn: (facility, args, { calendar, now }) => hoursOn(facility, args.day ?? localDate(now()), calendar),
  isOpen: (facility, _args, { calendar, now }) => isOpenAt(facility, now(), calendar),
  async freePlaces(facility, { from, to }, { facilities, calendar, now }) {
    const slots = slotsOf(from, to);
    if (!slots || timeFault(facility, from, to, now(), calendar)) return null;
    const taken = await facilities.taken(facility.id, slots.day);
    return facility.capacity - Math.max(0, ...taken.slice(slots.first, slots.first + slots.count));
  },
  async use({ id }, _args, { facilities }) {
    const use = await facilities.use(id);
    return { ...use, checkedInRate: share(use.checkedIn, use.bookings - use.cancelled), satisfiedRate: share(use.satisfied, use.rated) };
  },
};

export const FacilityNearConnection: FacilityNearConnectionResolvers = { nodes: ({ nodes }) => nodes.map(({ facility }) => facility) };

export const FacilityNearEdge: FacilityNearEdgeResolvers = {
  node: ({ node }) => node.facility,
  distance: ({ node }) => node.distance,
};

export const FacilityBooking: FacilityBookingResolvers = {
  __resolveReference: ({ id }, context) => (context.actor ? visibleBooking(context.facilities, id, context.actor) : null),
  async facility({ facility }, _args, { facilities }) {
    const found = await facilities.byId(facility);
    if (!found) throw new Error(`Facility ${facility} is gone.`);
    return found;
  },
  resident: ({ resident }, _args, { actor }) => (actor?.id === resident ? resident : maskIdNumber(resident)),
  availableActions: (booking, _args, context) => availability(bookingMachine, booking, requireActor(context), context.now()),
};

export const FacilityPayload: FacilityPayloadResolvers = { facility: ({ entity }) => entity };
export const FacilityBookingPayload: FacilityBookingPayloadResolvers = { booking: ({ entity }) => entity };

export const facilitiesOfStreet: Pick<StreetResolvers, 'facilities'> = {
  async facilities({ code }, args, { facilities }) {
    const page = await facilities.ofStreet(code, pageRequest(args, ['text', 'text']));
    return toConnection(page, ({ name, id }) => [name, id], () => facilities.countOfStreet(code));
  },
};
