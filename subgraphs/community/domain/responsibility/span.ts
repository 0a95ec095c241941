import { localDate } from '../../../shared/domain/calendar.js';

/** From an instant on, up to another that is no longer part of it; `to` null has no end. */
export interface Span {
  readonly from: Date;
  readonly to: Date | null;
}

export const covers = ({ from, to }: Span, at: Date): boolean => from <= at && (to === null || at < to);

export const isEmpty = ({ from, to }: Span): boolean => to !== null && to <= from;

const earlier = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b < a) ? b : a);

/** What both cover; null when that is nothing. */
export function shared(one: Span, other: Span): Span | null {
  const both = { from: one.from < other.from ? other.from : one.from, to: earlier(one.to, other.to) };
  return isEmpty(both) ? null : both;
}

const shanghaiMs = 8 * 3_600_000;
const clockTime = (at: Date): string => new Date(at.getTime() + shanghaiMs).toISOString().slice(11, 16);

/** `2026-03-02 10:00`, in Shanghai. */
export const instantText = (at: Date): string => `${localDate(at)} ${clockTime(at)}`;
