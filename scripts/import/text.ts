/** Characters as people count them, not UTF-16 units. */
export const length = (text: string): number => [...text].length;

const marks = '。!?;,、:！？；，： \n';
const sentenceEnds = '。!?！？\n';

/** At most `limit` characters. What is cut ends in …, after a mark if one stands in the last third. */
export function cut(text: string, limit: number): string {
  const letters = [...text];
  if (letters.length <= limit) return text;
  const head = letters.slice(0, limit - 1);
  const mark = head.findLastIndex((letter) => marks.includes(letter));
  return `${head.slice(0, mark > (limit * 2) / 3 ? mark : limit - 1).join('')}…`;
}

/** A text's first sentence, at most `limit` characters of it. */
export function opening(text: string, limit: number): string {
  const letters = [...text];
  const end = letters.findIndex((letter, i) => i > 0 && sentenceEnds.includes(letter));
  return cut(letters.slice(0, end < 0 ? letters.length : end).join(''), limit);
}
