import { readFileSync } from 'node:fs';
import {
  buildASTSchema, getNamedType, isLeafType, isObjectType, isRequiredArgument, parse, type GraphQLField, type GraphQLObjectType,
} from 'graphql';
import { places } from './cases.js';

// The fields that the supergraph marks `@cacheControl(scope: PUBLIC)`, and queries that ask for each.

export const supergraphSdl = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
const markText = / @cacheControl\(maxAge: \d+, scope: PUBLIC\)/g;

/** The same without marks: every fetch goes out under its caller's identity. */
export const withoutMarks = (sdl: string): string => sdl.replace(markText, '');

type Field = GraphQLField<unknown, unknown>;

export const isMarked = ({ astNode }: Pick<Field, 'astNode'>): boolean =>
  astNode?.directives?.some(({ name }) => name.value === 'cacheControl') === true;

const schema = buildASTSchema(parse(supergraphSdl), { assumeValid: true });
export const objectTypes: readonly GraphQLObjectType[] = Object.values(schema.getTypeMap()).filter(isObjectType);

export const fieldsOf = (type: GraphQLObjectType): readonly Field[] => Object.values(type.getFields());

/** Each as `Area.name`. */
export const markedFields: readonly string[] = objectTypes.flatMap((type) =>
  fieldsOf(type).filter(isMarked).map(({ name }) => `${type.name}.${name}`)).toSorted();

export interface Question {
  /** The fields from the root to the one that is asked for. */
  readonly path: readonly string[];
  /** Which marked fields it asks for: the last of the path, and the leaves below it. */
  readonly asks: readonly string[];
  readonly text: string;
}

/** For `questions`: what holds in any test on the seeded city. */
export const usualArguments: Readonly<Record<string, string>> = {
  'Query.district': `code: "${places.district}"`,
  'Query.street': `code: "${places.street}"`,
  'Query.community': `code: "${places.community}"`,
  'Query.grid': `code: "${places.grid}"`,
  'Query.communities': `street: "${places.street}"`,
  'Query.workDays': 'from: "2026-03-01", to: "2026-03-09"',
  'Query.publishedList': 'kind: POWER',
  'Query.publishedLists': 'kind: POWER, first: 3',
  'Query.publishedListDiff': 'kind: POWER, from: "hefei-1"',
  'DistrictWorkload.residentsPerCommunityOver': 'district: "340104"',
};

interface Place {
  readonly type: GraphQLObjectType;
  readonly path: readonly string[];
  /** With arguments. */
  readonly texts: readonly string[];
}

/**
 * A query for each marked field that has fields below it, by the shortest way through marked fields alone. `given` are arguments
 * by field; pages are short unless it says otherwise.
 * @throws Error when a field needs an argument that `given` does not have.
 */
export function questions(given: Readonly<Record<string, string>>): Question[] {
  const queryType = schema.getQueryType();
  if (!queryType) throw new Error('The supergraph has no queries.');
  const made: Question[] = [];
  const reached: Place[] = [{ type: queryType, path: [], texts: [] }];
  const known = new Set([queryType.name]);
  for (const { type, path, texts } of reached) {
    for (const field of fieldsOf(type).filter(isMarked)) {
      const name = `${type.name}.${field.name}`;
      const text = `${field.name}${argumentsOf(name, field, given)}`;
      const target = getNamedType(field.type);
      if (!isObjectType(target)) {
        if (path.length === 0 || field.args.length > 0) made.push({ path: [...path, field.name], asks: [name], text: nested([...texts, text], '') });
        continue;
      }
      const leaves = fieldsOf(target).filter((one) => isMarked(one) && isLeafType(getNamedType(one.type)) && !one.args.some(isRequiredArgument));
      made.push({
        path: [...path, field.name],
        asks: [name, ...leaves.map((leaf) => `${target.name}.${leaf.name}`)],
        text: nested([...texts, text], ['__typename', ...leaves.map((leaf) => leaf.name)].join(' ')),
      });
      if (known.has(target.name)) continue;
      known.add(target.name);
      reached.push({ type: target, path: [...path, field.name], texts: [...texts, text] });
    }
  }
  return made;
}

function argumentsOf(name: string, { args }: Field, given: Readonly<Record<string, string>>): string {
  const own = given[name];
  if (own !== undefined) return `(${own})`;
  const missing = args.find(isRequiredArgument);
  if (missing) throw new Error(`${name} is marked and needs ${missing.name}: say in the test what to ask it for.`);
  return args.some((argument) => argument.name === 'first') ? '(first: 3)' : '';
}

const nested = (texts: readonly string[], leaves: string): string =>
  `{ ${texts.join(' { ')}${leaves === '' ? '' : ` { ${leaves} }`}${' }'.repeat(texts.length)}`;

/** Which fields of a question have a value somewhere in its answer. */
export function answered({ path, asks }: Question, data: unknown): string[] {
  const reached = path.reduce<unknown[]>((values, key) => values.flatMap((value) =>
    [(value as Record<string, unknown> | null)?.[key] ?? []].flat()), [data]);
  const [target = '', ...leaves] = asks;
  return reached.length === 0 ? [] : [target, ...leaves.filter((leaf) =>
    reached.some((value) => (value as Record<string, unknown>)[leaf.slice(leaf.indexOf('.') + 1)] != null))];
}
