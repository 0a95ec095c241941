import MiniSearch from 'minisearch';
import type { ClientSession, Connection } from 'mongoose';
import type { ItemFilter, ItemVersion } from '../../domain/service/item.js';
import { termsOf, termsOfQuestion, weightOf } from '../../domain/service/terms.js';
import type { ItemHit } from '../../usecases/ports.js';

/** What is in force, for searching; every process builds its own and looks for a newer number before it answers. */
export interface ItemIndex {
  /** Best first. */
  search(question: string, filter: ItemFilter): Promise<readonly ItemHit[]>;
  /** Says that what is in force has changed. */
  outdate(session: ClientSession | null): Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly words: string;
  readonly english: string;
  readonly filter: ItemFilter;
}

const boost = { title: 2, words: 2, english: 1 } as const;
/** What has less than this part of the best one's score shares a character or two with the question, no more. */
const worthShowing = 0.25;

const entryOf = ({ code, title, words, module, department, level }: ItemVersion): Entry => ({
  id: code, title: title.zh, words: words.join(' '), english: title.en, filter: { module, department, level },
});

const fits = (wanted: ItemFilter, has: ItemFilter): boolean =>
  (['module', 'department', 'level'] as const).every((key) => wanted[key] === null || wanted[key] === has[key]);

/** Best first; equal ones by code, so that every process gives the same order. */
export type Search = (question: string, filter: ItemFilter) => readonly ItemHit[];

/** A search over these versions. */
export function searchOver(versions: readonly ItemVersion[]): Search {
  const index = new MiniSearch<Entry>({ fields: Object.keys(boost), storeFields: ['filter'], tokenize: termsOf, processTerm: (term) => term });
  index.addAll(versions.map(entryOf));
  return (question, filter) => {
    const found = index.search(question, {
      boost, boostTerm: weightOf, combineWith: 'OR', tokenize: termsOfQuestion,
      filter: (hit) => fits(filter, hit['filter'] as ItemFilter),
    });
    const hits = found
      // The library multiplies by the number of terms that were found, which would have many single characters win.
      .map(({ id, score, queryTerms }): ItemHit => ({ id: String(id), score: score / queryTerms.length }))
      .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    const least = (hits[0]?.score ?? 0) * worthShowing;
    return hits.filter(({ score }) => score >= least);
  };
}

export async function openItemIndex(connection: Connection, read: () => Promise<readonly ItemVersion[]>): Promise<ItemIndex> {
  if (!connection.db) throw new Error('Open the connection before its index.');
  const marks = connection.db.collection<{ _id: string; number: number }>('indexMarks');
  const mark = { _id: 'serviceItems' };
  await marks.updateOne(mark, { $setOnInsert: { number: 0 } }, { upsert: true });
  let built: { readonly number: number; readonly search: Promise<Search> } | null = null;

  async function current(): Promise<Search> {
    const number = (await marks.findOne(mark))?.number ?? 0;
    // Read after the number: what is newer is found too, and once more when its own number is seen.
    if (built === null || built.number < number) built = { number, search: read().then(searchOver) };
    const mine = built;
    try {
      return await mine.search;
    } catch (error) {
      if (built === mine) built = null;
      throw error;
    }
  }

  return {
    search: async (question, filter) => (await current())(question, filter),
    async outdate(session) {
      await marks.updateOne(mark, { $inc: { number: 1 } }, session ? { session } : {});
    },
  };
}
