import { buildASTSchema, isEnumType, parse, type DocumentNode } from 'graphql';
import { undescribed } from '../../scripts/descriptions.js';
import { eventRoutes } from '../../schema/events.js';
import { areaKinds } from '../../subgraphs/shared/domain/area.js';
import { userErrorCodes } from '../../subgraphs/shared/domain/result.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';

const names = ['city', 'district', 'street', 'community'] as const;

const enumValues = (sdl: DocumentNode, name: string): string[] => {
  const type = buildASTSchema(sdl, { assumeValidSDL: true }).getType(name);
  if (!isEnumType(type)) throw new Error(`${name} is not an enum of the SDL.`);
  return type.getValues().map((value) => value.name);
};

it.each([
  ['UserErrorCode', userErrorCodes],
  ['AreaKind', areaKinds],
])('has the values of the code in the SDL enum %s', (name, values) => {
  for (const subgraph of names) expect(enumValues(readSdl(subgraph), name)).toEqual([...values]);
});

it('has an SDL for every level that sends events', () => {
  const senders = new Set(Object.values(eventRoutes).flatMap(({ from, to }): string[] => [...from, ...to]));
  expect([...senders].toSorted()).toEqual([...names].toSorted());
});

it.each(names)('describes every definition of %s in both languages', (name) => {
  expect(undescribed(readSdl(name))).toEqual([]);
});

it('finds what lacks a description in one language or both', () => {
  const sdl = parse(/* GraphQL */ `
    "查询。 / Queries."
    type Query {
      "Only English."
      city("只有中文。" code: ID): City
    }
    type City {
      "代码。 / Code."
      code: ID
    }
    "类别。 / Kind."
    enum Kind { TOWN }
    "输入。 / Input."
    input Wish { text: String }
  `);
  expect(undescribed(sdl)).toEqual(['Query.city', 'Query.city.code', 'City', 'Kind.TOWN', 'Wish.text']);
});
