import { readFileSync } from 'node:fs';
import { buildASTSchema, getVariableValues, Kind, parse, validate } from 'graphql';
import { examples } from '../../../gateway/graphiql/examples.js';
import { exampleOf, examplesByRole, exampleTabs, tabOf } from '../../../gateway/graphiql/tabs.js';
import { costIn, defaultLimits, excessOf } from '../../../gateway/limits/limits.js';
import { measure } from '../../../gateway/limits/measure.js';
import { roles } from '../../../gateway/roles.js';

const sdl = readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');
const schema = buildASTSchema(parse(sdl), { assumeValidSDL: true });

it('there is an example for every role', () => {
  expect([...new Set(examples.map(({ role }) => role))].sort()).toEqual([...roles].sort());
});

it.each(examples)('$role can run "$title.en"', ({ query, variables }) => {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('An example holds one operation.');
  const size = measure(schema, document, operation);
  expect(excessOf(size, costIn(size, { ...variables }), defaultLimits)).toBeNull();
  expect(getVariableValues(schema, operation.variableDefinitions ?? [], { ...variables })).not.toHaveProperty('errors');
});

it('the page opens with one tab for each role, and its menu has every example', () => {
  expect(exampleTabs.map(({ query }) => exampleOf(query)?.role)).toEqual([...roles]);
  expect(examplesByRole.flatMap(({ examples: offered }) => offered)).toHaveLength(examples.length);
});

it.each(examples)('"$title.en" says what to fill in, if anything', (example) => {
  const lacks = JSON.stringify(example.variables ?? {}).includes('…');
  expect(tabOf(example).query.includes('…')).toBe(lacks);
});

it.each(examples)('a tab with "$title.en" is known as that until its heading is changed', (example) => {
  const { query } = tabOf(example);
  expect(exampleOf(query)).toBe(example);
  expect(exampleOf(`${query}# more`)).toBe(example);
  expect(exampleOf(query.slice(1))).toBeUndefined();
});

it('a tab without a query is no example', () => {
  expect(exampleOf(null)).toBeUndefined();
});
