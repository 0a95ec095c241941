/** Upper and lower case, full and half width, and spaces do not matter when people search. */
export const searchForm = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** Distinct pairs of neighbouring characters: Chinese is searched without knowing its words. */
export function bigrams(text: string): string[] {
  const letters = [...text];
  return [...new Set(letters.slice(1).map((letter, i) => `${letters[i] ?? ''}${letter}`))];
}
