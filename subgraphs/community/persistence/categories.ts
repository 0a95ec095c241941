import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { categoryTree, type Category } from '../domain/category.js';

const file = new URL('../../../data/demand-taxonomy.csv', import.meta.url);

/** The taxonomy the platform ships; a city replaces the file. */
export const readCategories = (): Category[] =>
  categoryTree(parse(readFileSync(file), { from_line: 2, trim: true, bom: true }) as string[][]);
