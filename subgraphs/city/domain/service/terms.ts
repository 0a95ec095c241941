// Chinese has no blanks between words: characters and pairs of them stand for words, and a pair weighs more than two characters.

/** What people wrap their question in; it says nothing of the matter. Longest first, since each is cut out. */
const idle = [
  '怎么办理', '如何办理', '怎么申请', '如何申请', '怎么办', '怎么弄', '怎么领', '怎么', '怎样', '如何', '哪里', '哪儿', '找谁', '找哪个', '什么',
  '多少', '可不可以', '能不能', '可以', '请问', '我们', '我家', '我想', '想要', '需要', '有没有', '是不是',
] as const;
const idleCharacters = '我想要了的去在是有吗呢吧啊怎谁哪个';

const cutIdle = (text: string): string =>
  [...idle.reduce((rest, word) => rest.replaceAll(word, ' '), text)].map((character) => (idleCharacters.includes(character) ? ' ' : character)).join('');

/** Runs of Chinese as characters and pairs, anything else as words in small letters. */
export const termsOf = (text: string): string[] =>
  (text.normalize('NFKC').toLowerCase().match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? []).flatMap((run) => {
    if (!/\p{Script=Han}/u.test(run)) return [run];
    const characters = [...run];
    return [...characters, ...characters.slice(1).map((character, i) => `${characters[i] ?? ''}${character}`)];
  });

/** A character alone stands in many words; a pair, or a foreign word, is nearly always the word itself. */
export const weightOf = (term: string): number => (/^\p{Script=Han}$/u.test(term) ? 1 : 3);

/** Of a question: without what says nothing; with it when nothing else is left. */
export function termsOfQuestion(text: string): string[] {
  const terms = termsOf(cutIdle(text));
  return terms.length > 0 ? terms : termsOf(text);
}
