import { localDate } from '../../shared/domain/calendar.js';

// Crockford's base 32: no I, L, O or U, which people misread.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const caseNumberLetters = 6;

/** `HF261122-7K3M9Q`: the day, and one of 10⁹; the unique index tells when a number is taken. */
export const caseNumber = (at: Date, random: readonly number[]): string => {
  const letters = random.slice(0, caseNumberLetters).map((byte) => alphabet[byte % alphabet.length]).join('');
  return `HF${localDate(at).slice(2).replaceAll('-', '')}-${letters}`;
};
