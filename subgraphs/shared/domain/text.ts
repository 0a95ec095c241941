/** Characters as people count them, blanks around the text left out. */
export const lengthOf = (text: string): number => [...text.trim()].length;

/** Without the blanks around it; null when nothing is left. */
export const trimmed = (text: string | null | undefined): string | null => text?.trim() || null;
