import type { Case } from './case.js';
import { bigrams, searchForm } from './search.js';

// Which open cases may be about the same matter. It only proposes; the street merges.

export const similarityReasons = ['SAME_GRID', 'NEAR', 'SAME_CATEGORY', 'SIMILAR_TEXT'] as const;
export type SimilarityReason = (typeof similarityReasons)[number];

export interface Similarity {
  /** From 0, nothing in common, to 1, in hundredths. */
  readonly score: number;
  readonly reasons: readonly SimilarityReason[];
}

export type Comparable = Pick<Case, 'title' | 'detail' | 'category'> & {
  readonly place: Pick<Case['place'], 'community' | 'grid' | 'longitude' | 'latitude'>;
};

/** Shares of place, category and text in the score. */
const weights = { place: 0.35, category: 0.25, text: 0.4 } as const;
/** From here on a case is proposed. */
export const proposedFrom = 0.5;
export const comparedForDays = 90;
const nearMetres = 200;
const farMetres = 1_000;
/** A community, and nothing closer, is a weak hint. */
const sameCommunity = 0.4;
const similarTextFrom = 0.5;
/** What a complaint is about is said at its beginning. */
const comparedCharacters = 500;

/** Dice's coefficient of the two texts' pairs of characters. */
export function textLikeness(a: string, b: string): number {
  const [formA, formB] = [searchForm(a), searchForm(b)];
  if (formA === formB) return formA === '' ? 0 : 1;
  const [pairsA, pairsB] = [new Set(bigrams(formA)), new Set(bigrams(formB))];
  const shared = [...pairsA].filter((pair) => pairsB.has(pair)).length;
  return pairsA.size + pairsB.size === 0 ? 0 : (2 * shared) / (pairsA.size + pairsB.size);
}

const earthRadius = 6_371_000;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres on the sphere; null where one of the two has no coordinates. */
export function metresBetween(a: Comparable['place'], b: Comparable['place']): number | null {
  if (a.longitude === null || a.latitude === null || b.longitude === null || b.latitude === null) return null;
  const [latA, latB] = [radians(a.latitude), radians(b.latitude)];
  const half = (from: number, to: number): number => Math.sin((to - from) / 2) ** 2;
  const h = half(latA, latB) + Math.cos(latA) * Math.cos(latB) * half(radians(a.longitude), radians(b.longitude));
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(h)));
}

const isSameGrid = (a: Comparable['place'], b: Comparable['place']): boolean => a.grid !== null && a.grid === b.grid;

/** Coordinates decide where both have them; else the grid, else the community. */
function placeLikeness(a: Comparable['place'], b: Comparable['place']): number {
  const metres = metresBetween(a, b);
  if (metres !== null) return Math.min(1, Math.max(0, (farMetres - metres) / (farMetres - nearMetres)));
  if (isSameGrid(a, b)) return 1;
  return a.community === b.community ? sameCommunity : 0;
}

function categoryLikeness(a: string, b: string): number {
  const [partsA, partsB] = [a.split('/'), b.split('/')];
  const firstOther = partsA.findIndex((part, i) => part !== partsB[i]);
  const shared = firstOther < 0 ? partsA.length : firstOther;
  return shared / Math.max(partsA.length, partsB.length);
}

const beginning = (text: string): string => [...text.slice(0, 2 * comparedCharacters)].slice(0, comparedCharacters).join('');

export function similarity(a: Comparable, b: Comparable): Similarity {
  const text = Math.max(
    textLikeness(a.title, b.title),
    textLikeness(beginning(`${a.title} ${a.detail}`), beginning(`${b.title} ${b.detail}`)),
  );
  const category = categoryLikeness(a.category, b.category);
  const metres = metresBetween(a.place, b.place);
  const score = weights.place * placeLikeness(a.place, b.place) + weights.category * category + weights.text * text;
  const reasons: readonly (readonly [SimilarityReason, boolean])[] = [
    ['SAME_GRID', isSameGrid(a.place, b.place)],
    ['NEAR', metres !== null && metres <= nearMetres],
    ['SAME_CATEGORY', category === 1],
    ['SIMILAR_TEXT', text >= similarTextFrom],
  ];
  return { score: Math.round(score * 100) / 100, reasons: reasons.filter(([, holds]) => holds).map(([reason]) => reason) };
}

/** The most alike first, no more than `first`; those that have too little in common are left out. */
export const mostAlike = <Other extends Comparable>(
  subject: Comparable, others: readonly Other[], first: number,
): (Similarity & { readonly case: Other })[] =>
  others
    .map((other) => ({ case: other, ...similarity(subject, other) }))
    .filter(({ score }) => score >= proposedFrom)
    .sort((a, b) => b.score - a.score)
    .slice(0, first);
