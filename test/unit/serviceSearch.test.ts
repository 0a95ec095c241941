import { readSeedData } from '../../scripts/seedData.js';
import type { ItemFilter, ItemVersion } from '../../subgraphs/city/domain/service/item.js';
import { termsOf, termsOfQuestion } from '../../subgraphs/city/domain/service/terms.js';
import { searchOver } from '../../subgraphs/city/persistence/service/itemIndex.js';
import { everydayPhrases } from '../kit/everydayPhrases.js';

const all: ItemFilter = { module: null, department: null, level: null };
let items: readonly ItemVersion[];
const titleOf = (code: string): string | undefined => items.find((item) => item.code === code)?.title.zh;

beforeAll(async () => {
  ({ items } = await readSeedData());
});

it('has sixty phrases, none of them a title or a word of the catalogue', () => {
  expect(new Set(everydayPhrases.map(([phrase]) => phrase)).size).toBe(60);
  const known = new Set(items.flatMap(({ title, words }) => [title.zh, ...words]));
  expect(everydayPhrases.filter(([phrase]) => known.has(phrase))).toEqual([]);
  const titles = new Set(items.map(({ title }) => title.zh));
  expect(everydayPhrases.filter(([, title]) => !titles.has(title))).toEqual([]);
});

it('finds the right item among the first three for every one of them', () => {
  const search = searchOver(items);
  const missed = everydayPhrases.flatMap(([phrase, title]) => {
    const found = search(phrase, all).slice(0, 3).map(({ id }) => titleOf(id));
    return found.includes(title) ? [] : [{ phrase, title, found }];
  });
  expect(missed).toEqual([]);
});

it('finds by English words too, in any case', () => {
  expect(titleOf(searchOver(items)('PASSPORT', all)[0]?.id ?? '')).toBe('普通护照申请');
});

it('finds only what the filter lets through, and nothing for what no item has', () => {
  const search = searchOver(items);
  const departments = search('补贴', { ...all, department: '3401-05' }).map(({ id }) => id.slice(0, 2));
  expect(new Set(departments)).toEqual(new Set(['05']));
  expect(search('zzz', all)).toEqual([]);
  expect(search('!?', all)).toEqual([]);
});

it('takes Chinese apart into characters and pairs, other words as they are, whatever their width', () => {
  expect(termsOf('ＫＴＶ太吵, wifi')).toEqual(['ktv', '太', '吵', '太吵', 'wifi']);
});

it('leaves out of a question what says nothing, unless nothing else is left', () => {
  expect(termsOfQuestion('请问怎么办理低保')).toEqual(['低', '保', '低保']);
  expect(termsOfQuestion('怎么办')).toContain('怎么');
});
