import { localDate, type LocalDate } from '../domain/calendar.js';
import type { RequestContext } from './requestContext.js';

/** The day that a list is asked for: today in Shanghai when the caller names none. */
export const dayOf = (args: { readonly at?: string | null | undefined }, { now }: RequestContext): LocalDate =>
  args.at ?? localDate(now());
