const stars = (count: number): string => '*'.repeat(Math.max(count, 1));

/** `13812345678` → `138****5678`; shorter numbers keep their last two digits. Signs between digits are dropped. */
export const maskPhone = (phone: string): string => {
  const digits = phone.replace(/\D/g, '');
  return digits.length >= 11
    ? `${digits.slice(0, 3)}****${digits.slice(-4)}`
    : `${stars(digits.length - 2)}${digits.slice(-2)}`;
};

/** `王小明` → `王**`. */
export const maskName = (name: string): string => {
  const letters = [...name];
  return `${letters[0] ?? ''}${stars(letters.length - 1)}`;
};

/** `340103199001011234` → `3401**********1234`. */
export const maskIdNumber = (idNumber: string): string =>
  idNumber.length > 8 ? `${idNumber.slice(0, 4)}${stars(idNumber.length - 8)}${idNumber.slice(-4)}` : stars(idNumber.length);
