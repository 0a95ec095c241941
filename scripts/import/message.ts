// One row of the export as what the gateway takes: pure.
import { createHash } from 'node:crypto';
import type { DemandType } from '../../subgraphs/community/domain/case.js';
import { checkFit, type Platform } from './fit.js';
import { timeReader, type TimeReader } from './localTime.js';
import type { Mapping } from './mapping.js';
import type { Places } from './places.js';
import type { Row } from './rows.js';
import { cut, length, opening } from './text.js';

/** What `caseSubmit` takes, but for the idempotency key. */
export interface CaseInput {
  readonly kind: Mapping['kind'];
  readonly demandType: DemandType | null;
  readonly channel: Mapping['channel'];
  readonly category: string;
  readonly title: string;
  readonly detail: string;
  readonly community: string;
  readonly address: string | null;
  readonly reporter: { readonly name: string | null; readonly phone: string | null };
  readonly sourceId: string;
  /** ISO 8601; null where the export has no times: then it is when it is submitted. */
  readonly reportedAt: string | null;
}

/** A value, or why there is none, in sentences. */
type Read<T> = { readonly value: T } | { readonly problem: string };

export interface Message {
  /** Null when the row names none that the taxonomy has. */
  readonly category: string | null;
  /** Whether the row itself says where it belongs. */
  readonly isPlaced: boolean;
  readonly input: Read<CaseInput>;
}

/** The platform's limits. */
export const limits = { title: { min: 2, max: 200 }, detail: 10_000, address: 200, name: 50 };
/** Of a title that is made from the detail. */
const openingLength = 40;

type Cell = (column: string | undefined) => string;

/**
 * Says how to read the rows of one file.
 * @throws ImportStopped when mapping, file and platform do not go together.
 */
export function messageReader(mapping: Mapping, header: readonly string[], platform: Platform): (row: Row) => Message {
  checkFit(mapping, header, platform);
  const { kind, channel } = mapping;
  const { places, categories } = platform;
  const readTime = mapping.reportedAt ? timeReader(mapping.reportedAt.format, mapping.reportedAt.zone) : null;
  const elsewhere = otherwisePlaces(mapping, places);

  return ({ values }) => {
    if (values.length !== header.length) {
      const widths = `The row has ${values.length} columns, the header ${header.length}`;
      const problem = `${widths}; is a text with commas not in quotes?`;
      return { category: null, isPlaced: false, input: { problem } };
    }
    const cell: Cell = (column) => (column === undefined ? '' : values[header.indexOf(column)]?.trim() ?? '');
    const sourceId = [mapping.sourceId.system, ...mapping.sourceId.columns.map(cell)].join(':');
    const area = areaOf(mapping, cell, places);
    const category = categoryOf(mapping, cell, categories);
    const read = together({
      sourceId: mapping.sourceId.columns.every((column) => cell(column) !== '')
        ? { value: sourceId } : { problem: `The source id is missing (${mapping.sourceId.columns.join(', ')}).` },
      category,
      demandType: demandTypeOf(mapping, cell),
      among: 'problem' in area && elsewhere.length > 0 ? { value: elsewhere } : area,
      reportedAt: reportedAtOf(mapping, cell, readTime),
      name: nameOf(mapping, cell),
      phone: phoneOf(cell(mapping.phone?.column)),
      words: wordsOf(mapping, cell),
    });
    return {
      category: 'value' in category ? category.value : null,
      isPlaced: 'value' in area,
      input: 'problem' in read ? read : { value: inputOf(read.value) },
    };
  };

  function inputOf({ among, words, name, phone, ...rest }: Fields): CaseInput {
    return { kind, channel, ...rest, ...words, community: pick(among, rest.sourceId), reporter: { name, phone } };
  }
}

interface Fields extends Pick<CaseInput, 'sourceId' | 'category' | 'demandType' | 'reportedAt'> {
  /** The communities it may go to. */
  readonly among: readonly string[];
  readonly name: string | null;
  readonly phone: string | null;
  readonly words: Words;
}

/** All values, or all problems. */
function together<T extends object>(parts: { readonly [K in keyof T]: Read<T[K]> }): Read<T> {
  const entries = Object.entries<Read<unknown>>(parts);
  const problems = entries.flatMap(([, part]) => ('problem' in part ? [part.problem] : []));
  if (problems.length > 0) return { problem: problems.join(' ') };
  return { value: Object.fromEntries(entries.map(([key, part]) => [key, 'value' in part ? part.value : null])) as T };
}

function categoryOf({ category }: Mapping, cell: Cell, categories: ReadonlySet<string>): Read<string> {
  const { column, paths, otherwise } = category;
  const name = cell(column);
  const value = Object.hasOwn(paths, name) ? paths[name] : categories.has(name) ? name : otherwise;
  return value === undefined
    ? { problem: `The category "${name}" is not in the taxonomy; add it to category.paths in the mapping.` }
    : { value };
}

function demandTypeOf({ demandType }: Mapping, cell: Cell): Read<DemandType | null> {
  if (!demandType) return { value: null };
  const name = cell(demandType.column);
  if (name === '') return { value: demandType.default };
  const value = Object.hasOwn(demandType.names, name) ? demandType.names[name] : undefined;
  return value === undefined
    ? { problem: `The demand type "${name}" is unknown; add it to demandType.names in the mapping.` } : { value };
}

function areaOf({ area: { column } }: Mapping, cell: Cell, places: Places): Read<readonly string[]> {
  if (column === undefined) return { problem: 'The file has no areas.' };
  const found = places.find(cell(column));
  return 'problem' in found ? { problem: `The area is not known: ${found.problem}.` } : { value: found.communities };
}

function otherwisePlaces({ area: { otherwise } }: Mapping, places: Places): readonly string[] {
  if (!otherwise) return [];
  const { community, spread } = otherwise;
  return [...new Set((spread ?? [community ?? '']).flatMap((code) => places.within(code)))].toSorted();
}

/** The same id always picks the same one; there must be one. */
export function pick(from: readonly string[], id: string): string {
  const number = createHash('sha256').update(id).digest().readUInt32BE();
  return from[number % from.length] ?? '';
}

function reportedAtOf({ reportedAt }: Mapping, cell: Cell, readTime: TimeReader | null): Read<string | null> {
  if (!reportedAt || !readTime) return { value: null };
  const text = cell(reportedAt.column);
  const time = readTime(text);
  if (time) return { value: time.toISOString() };
  const { format, zone } = reportedAt;
  return { problem: `The time "${text}" is not of the form ${format}, or no such time ever was in ${zone}.` };
}

function nameOf({ reporterName }: Mapping, cell: Cell): Read<string | null> {
  const name = cell(reporterName?.column);
  return length(name) > limits.name
    ? { problem: `The reporter's name has more than ${limits.name} characters.` } : { value: name || null };
}

/** Null for an empty cell; spaces, dashes and brackets do not matter. A number masked as 138****0000 is taken. */
export function phoneOf(text: string): Read<string | null> {
  const compact = text.normalize('NFKC').replace(/[\s()-]/g, '');
  const isNumber = /^(\+?\d{5,15}|\d{3}\*{4}\d{4})$/.test(compact);
  return compact === '' || isNumber
    ? { value: compact || null } : { problem: 'The phone number is not one number of 5–15 digits.' };
}

type Words = Pick<CaseInput, 'title' | 'detail' | 'address'>;

/**
 * Nothing of what somebody wrote gets lost: a title or address that is too long is cut and stands whole before the
 * detail, a missing title is the detail's first sentence, a missing detail the title. A detail too long is refused.
 */
function wordsOf(mapping: Mapping, cell: Cell): Read<Words> {
  const { min, max } = limits.title;
  const written = {
    title: cell(mapping.title?.column), detail: cell(mapping.detail.column), address: cell(mapping.address?.column),
  };
  const text = written.detail || written.title;
  const title = length(written.title) < min ? opening(text, openingLength) : cut(written.title, max);
  const address = cut(written.address, limits.address);
  const detail = [
    ...(title === written.title || written.title === '' ? [] : [`标题:${written.title}`]),
    ...(address === written.address ? [] : [`地址:${written.address}`]),
    text,
  ].join('\n');
  if (length(title) < min) return { problem: 'There is neither a title nor a detail of two characters.' };
  const size = length(detail);
  return size > limits.detail
    ? { problem: `The detail has ${size} characters and ${limits.detail} fit; shorten or divide it.` }
    : { value: { title, detail, address: address || null } };
}
