import { readFileSync } from 'node:fs';
import { buildASTSchema, getVariableValues, Kind, parse, validate } from 'graphql';
import { examples } from '../../../gateway/graphiql/examples.js';
import { exampleOf, exampleTabs } from '../../../gateway/graphiql/tabs.js';
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

it('a tab is known as its example until its heading is changed', () => {
  const { query = '' } = exampleTabs[3] ?? {};
  expect(exampleOf(query)).toBe(examples[3]);
  expect(exampleOf(`${query}# more`)).toBe(examples[3]);
  expect(exampleOf(query.slice(1))).toBeUndefined();
  expect(exampleOf(null)).toBeUndefined();
});
