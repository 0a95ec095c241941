// Numbers to look at: what a year of made-up cases would have counted on all four levels. Counters alone, no case.
import { readCategories } from '../../subgraphs/community/persistence/categories.js';
import { ancestorAt, levelBelow, type Level } from '../../subgraphs/shared/domain/areaCode.js';
import { addDays, weekdayOf } from '../../subgraphs/shared/domain/calendar.js';
import { counterId, entriesOf, summed, upwardOf, type CountRow, type CountsMoved, type Measure } from '../../subgraphs/shared/domain/counts.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { subgraphOf } from '../../subgraphs/shared/events/countsRollUp.js';
import type { Databases } from '../ledger/compare.js';
import { documentOf } from '../ledger/document.js';
import { readSeedData } from '../seedData.js';

// prettier-ignore
const weightOfHour = [1, 1, 1, 1, 1, 2, 6, 14, 40, 62, 58, 44, 22, 26, 48, 52, 46, 34, 24, 22, 18, 12, 6, 3];
const weightOfWeekday = [110, 104, 100, 98, 102, 56, 44];

/** The same numbers from the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick(weights: readonly number[], random: () => number): number {
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(weights.findIndex((weight) => (left -= weight) < 0), 0);
}

const seedOf = (code: string): number => [...code].reduce((seed, digit) => Math.imul(seed, 31) + Number(digit) + 7, 17);

/** What the cases of one community counted; each branch of the tree is better or worse at it than the next. */
function movedIn(community: string, cases: number, firstDay: string, categories: readonly string[]): CountsMoved {
  const random = randomFrom(seedOf(community));
  const skill = [6, 9, 12].reduce((sum, digits) => sum + randomFrom(seedOf(community.slice(0, digits)))() - 0.5, 0);
  const firstWeekday = weekdayOf(firstDay);
  const own = Math.round(cases * (0.4 + 1.2 * random()));
  const rows = Array.from({ length: own }, (): CountRow[] => {
    const week = Math.min(Math.floor(Math.sqrt(random()) * 52), 51);
    const day = addDays(firstDay, week * 7 + ((pick(weightOfWeekday, random) + 8 - firstWeekday) % 7));
    const common = { kind: random() < 0.85 ? 'DEMAND' : 'PATROL', category: categories[Math.floor(random() ** 2 * categories.length)] ?? null, unit: null, department: 'COMMUNITY' };
    const isRated = random() < 0.62;
    const isSolved = isRated && random() < 0.86 + skill * 0.12;
    const reached: readonly (readonly [Measure, boolean, number])[] = [
      ['accepted', random() < 0.97, 0], ['resolved', random() < 0.93, 4], ['rated', isRated, 8], ['solved', isSolved, 8],
      ['satisfied', isRated && random() < (isSolved ? 0.93 : 0.25) + skill * 0.06, 8],
    ];
    let isOpen = true;
    return [
      { period: day, ...common, hour: pick(weightOfHour, random), counts: { submitted: 1 } },
      ...reached.flatMap(([measure, is, daysLater]): CountRow[] => {
        if (daysLater < 8) isOpen &&= is;
        return isOpen && is ? [{ period: addDays(day, daysLater), ...common, counts: { [measure]: 1 } }] : [];
      }),
    ];
  }).flat();
  return { area: community, rows: summed(rows) };
}

/** Writes what `cases` cases of 52 weeks from `firstDay` would have counted; throws where anything has been counted. */
export async function writeSample(databases: Databases, cases: number, firstDay: string): Promise<void> {
  const { areas } = await readSeedData();
  const communities = areas.filter(({ level }) => level === 'COMMUNITY').map(({ code }) => code);
  const categories = [...new Set(readCategories().map(({ path }) => path.split('/')[0] ?? path))];
  const collection = (level: Level) => databases[subgraphOf(level)].collection('counts');
  if (await collection('CITY').countDocuments({}, { limit: 1 }) > 0) {
    throw new Error('此平台已有件数,不可混入样例;请换一个新的 DATA_DIR。 / This platform has counts already and a sample would mix with them; use a DATA_DIR of its own.');
  }

  async function fill(level: Level, area: string): Promise<CountsMoved[]> {
    const below = levelBelow(level);
    const moved: CountsMoved[] = [];
    if (below === null) moved.push(movedIn(area, cases / communities.length, firstDay, categories));
    else for (const part of new Set(communities.filter((code) => code.startsWith(area)).map((code) => ancestorAt(code, below)))) moved.push(...await fill(below, part));
    const documents = [...groupBy(entriesOf(level, moved), counterId).values()].map(documentOf);
    for (let at = 0; at < documents.length; at += 2_000) await collection(level).insertMany(documents.slice(at, at + 2_000), { ordered: false });
    return [...groupBy(upwardOf(level, moved), (one) => one.area)].map(([code, same]) => ({ area: code, rows: summed(same.flatMap(({ rows }) => rows)) }));
  }
  await fill('CITY', '3401');
}
