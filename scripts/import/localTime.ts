// Times as an export writes them: local to a zone, in one form.

/** Null when the text is not of the form, or names a time that never was. */
export type TimeReader = (text: string) => Date | null;

const digitsOf: Readonly<Record<string, string>> = {
  yyyy: '\\d{4}', MM: '\\d{2}', M: '\\d{1,2}', dd: '\\d{2}', d: '\\d{1,2}',
  HH: '\\d{2}', H: '\\d{1,2}', mm: '\\d{2}', m: '\\d{1,2}', ss: '\\d{2}', s: '\\d{1,2}',
};
const needed = ['y', 'M', 'd'];
const offsetTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads times of `format`: yyyy, M or MM, d or dd, H or HH, m or mm, s or ss, and whatever stands between them; or ISO,
 * which carries its own offset and needs no zone.
 * @throws Error that begins with "format" or "zone" and says what it must be.
 */
export function timeReader(format: string, zone: string): TimeReader {
  const wallClock = wallClockOf(zone);
  if (format === 'ISO') return (text) => validDate(offsetTime.test(text) ? new Date(text) : null);
  const { form, order } = formOf(format);
  return (text) => {
    const found = form.exec(text);
    return found && instantOf(order.map((_letter, i) => Number(found[i + 1])), order, wallClock);
  };
}

const validDate = (date: Date | null): Date | null => (date && Number.isNaN(date.getTime()) ? null : date);

/** A form's pattern, and what its groups are: y, M, d, H, m, s. */
function formOf(format: string): { readonly form: RegExp; readonly order: readonly string[] } {
  const tokens = format.match(/yyyy|MM?|dd?|HH?|mm?|ss?|./gsu) ?? [];
  const fields = tokens.filter((token) => token in digitsOf);
  const order = fields.map((token) => token.charAt(0));
  const isReadable = tokens.every((token) => token in digitsOf || token === 'T' || !/[A-Za-z]/.test(token))
    && needed.every((letter) => order.includes(letter)) && new Set(order).size === order.length;
  if (!isReadable) {
    throw new Error('format must be ISO, or made of yyyy, M or MM, d or dd, H or HH, m or mm, s or ss, each once, '
      + 'with year, month and day, such as yyyy/M/d H:mm:ss');
  }
  const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const pattern = tokens.map((token) => (token in digitsOf ? `(${digitsOf[token]})` : escaped(token))).join('');
  return { form: new RegExp(`^${pattern}$`), order };
}

type WallClock = (at: number) => number;

/** What a clock on the wall shows at an instant, as the milliseconds at which it would show so in UTC. */
function wallClockOf(zone: string): WallClock {
  let formatter: Intl.DateTimeFormat;
  try {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
      hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
  } catch {
    throw new Error('zone must be a time zone such as Asia/Shanghai');
  }
  return (at) => {
    const parts = Object.fromEntries(formatter.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

function instantOf(numbers: readonly number[], order: readonly string[], wallClock: WallClock): Date | null {
  const part = (letter: string): number => numbers[order.indexOf(letter)] ?? 0;
  const [y, M, d, H, m, s] = [part('y'), part('M'), part('d'), part('H'), part('m'), part('s')] as const;
  const wall = Date.UTC(y, M - 1, d, H, m, s);
  const shown = new Date(wall);
  const exists = shown.getUTCFullYear() === y && shown.getUTCMonth() === M - 1 && shown.getUTCDate() === d
    && shown.getUTCHours() === H && shown.getUTCMinutes() === m && shown.getUTCSeconds() === s;
  if (!exists) return null;
  // The offset of the wrong side of a clock change is corrected by looking again from the instant it gave.
  const near = wall - (wallClock(wall) - wall);
  const at = near - (wallClock(near) - wall);
  return wallClock(at) === wall ? new Date(at) : null;
}
