// Stations and facilities of the files in data/, checked by the rules of the street.
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { holidayPolicies, type OpeningHours } from '../subgraphs/street/domain/opening.js';
import { ownerKinds, registerFacility, type Facility } from '../subgraphs/street/domain/facility/facility.js';
import { openStation, type Station } from '../subgraphs/street/domain/station.js';
import { openWindow, setHours } from '../subgraphs/street/domain/stationCounters.js';
import type { Actor } from '../subgraphs/shared/domain/actor.js';
import type { DatedArea } from '../subgraphs/shared/domain/area.js';
import type { Result } from '../subgraphs/shared/domain/result.js';
import { serviceModules } from '../subgraphs/shared/domain/serviceItem.js';

/** Before the first record of the platform. */
const since = '2000-01-01';

const clerkOf = (street: string): Actor => ({ id: 'seed', role: 'STREET_CLERK', area: street, unit: null });

/** `1-5 09:00-12:00`: from Monday to Friday. */
const stretch = z.string().regex(/^[1-7]-[1-7] \d\d:\d\d-\d\d:\d\d$/).transform((text): OpeningHours[] => {
  const [days = '', times = ''] = text.split(' ');
  const [first = 0, last = 0] = days.split('-').map(Number);
  const [from = '', to = ''] = times.split('-');
  return Array.from({ length: last - first + 1 }, (_, i) => ({ weekday: first + i, from, to }));
});
const week = z.array(stretch).transform((stretches) => stretches.flat());

function sound<T>(result: Result<T>, where: string): T {
  if (!result.ok) throw new Error(`${where}: ${result.error.message}`);
  return result.value;
}

const number = z.string().regex(/^\d\d$/);
const facilityRow = z.object({
  street: z.string(), number, name: z.string(), address: z.string(), owner_kind: z.enum(ownerKinds), owner: z.string(),
  longitude: z.coerce.number(), latitude: z.coerce.number(), hours: z.string().transform((cell) => cell.split('|')).pipe(week),
  on_holidays: z.enum(holidayPolicies), capacity: z.coerce.number(), days_ahead: z.coerce.number(), max_open: z.coerce.number(),
});

/** `street,number,name,address,owner_kind,owner,longitude,latitude,hours,on_holidays,capacity,days_ahead,max_open` rows. */
export const parseFacilities = (csv: string): Facility[] => z.array(facilityRow).parse(parse(csv, { columns: true, bom: true })).map((row) => {
  const { street, number: nth, owner_kind: kind, owner, on_holidays: onHolidays, days_ahead: daysAhead, max_open: maxOpen, ...rest } = row;
  return sound(registerFacility({ ...rest, owner: { kind, name: owner }, onHolidays, daysAhead, maxOpen }, `facility-${street}-${nth}`, clerkOf(street)), row.name);
});

const windowShape = z.object({
  number: z.string(), name: z.string(), modules: z.array(z.enum(serviceModules)).default([]), departments: z.array(z.string()).default([]), post: z.string(),
});
const stationsShape = z.object({
  hours: week,
  stations: z.array(z.object({
    street: z.string(), number, name: z.string(), address: z.string(), longitude: z.number(), latitude: z.number(), serves: z.array(z.string()),
    hours: week.optional(), windows: z.array(windowShape),
  })),
});

/** `areas`: those that there are. */
export function parseStations(json: string, areas: readonly DatedArea[]): Station[] {
  const known = new Map(areas.map((area) => [area.code, area]));
  const { hours: usual, stations } = stationsShape.parse(JSON.parse(json));
  return stations.map(({ street, number: nth, hours = usual, windows, ...station }) => {
    const clerk = clerkOf(street);
    const opened = sound(openStation({ ...station, from: since }, `station-${street}-${nth}`, known, clerk, since), station.name);
    const served = (one: Station) => ({ station: one, communities: one.serves });
    const open = sound(setHours(served(opened), { hours, onHolidays: 'CLOSED', makeUpWeekday: 1, from: since }, clerk, since), station.name);
    const whole = windows.reduce((one, window) => sound(openWindow(served(one), { ...window, staff: null, from: since }, clerk, since), station.name), open);
    return { ...whole, version: 1 };
  });
}
