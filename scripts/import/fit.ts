// Whether mapping, file and platform go together: settled before the first row is sent.
import type { Mapping } from './mapping.js';
import type { Places } from './places.js';
import { ImportStopped } from './stops.js';

export interface Platform {
  readonly places: Places;
  /** The taxonomy's paths, of any depth. */
  readonly categories: ReadonlySet<string>;
}

/** @throws ImportStopped naming every column, category and area of the mapping that file or platform do not have. */
export function checkFit(mapping: Mapping, header: readonly string[], { places, categories }: Platform): void {
  const faults = [
    ...missingColumns(mapping, header), ...missingCategories(mapping, categories), ...missingAreas(mapping, places),
  ];
  if (faults.length === 0) return;
  throw new ImportStopped(['The mapping does not fit; put this right:', ...faults].join('\n  '));
}

const under = (field: string, entries: Readonly<Record<string, string>> | readonly string[] = []): [string, string][] =>
  Object.entries(entries).map(([key, value]) => [`${field}.${key}`, value]);

function missingColumns(mapping: Mapping, header: readonly string[]): string[] {
  const { sourceId, title, detail, reportedAt, category, demandType, area, address, phone, reporterName } = mapping;
  const single = { title, detail, reportedAt, category, demandType, area, address, phone, reporterName };
  const named = Object.entries(single).flatMap(([field, part]): [string, string][] =>
    (part?.column === undefined ? [] : [[`${field}.column`, part.column]]));
  return [...under('sourceId.columns', sourceId.columns), ...named].flatMap(([field, column]) => {
    const times = header.filter((name) => name === column).length;
    if (times === 1) return [];
    const found = times === 0 ? 'not' : `${times} times`;
    return [`${field} is "${column}", a column that the file has ${found}; it has ${header.join(', ')}.`];
  });
}

function missingCategories({ category: { paths, otherwise } }: Mapping, categories: ReadonlySet<string>): string[] {
  const given = [...under('category.paths', paths), ...under('category', otherwise === undefined ? {} : { otherwise })];
  return given.flatMap(([field, path]) =>
    (categories.has(path) ? [] : [`${field} is "${path}", which is not in the taxonomy; see caseCategories.`]));
}

function missingAreas({ area: { names, otherwise } }: Mapping, places: Places): string[] {
  const { community, spread } = otherwise ?? {};
  const given = [
    ...under('area.names', names),
    ...under('area.otherwise', community === undefined ? {} : { community }),
    ...under('area.otherwise.spread', spread),
  ];
  return given.flatMap(([field, code]) =>
    (places.within(code).length > 0 ? [] : [`${field} is ${code}, an area that the platform does not have.`]));
}
