import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { operationOf } from '../../../../gateway/execution/operation.js';
import type { Fetch, Step } from '../../../../gateway/execution/plan.js';
import { createPlanner } from '../../../../gateway/execution/planner.js';
import { publicFields } from '../../../../gateway/execution/publicFields.js';

const link = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    @link(url: "https://example.org/cacheControl/v0.1", import: ["@cacheControl"])
    @composeDirective(name: "@cacheControl")
  enum CacheControlScope { PUBLIC PRIVATE }
  directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
`;
const { supergraphSdl = '', errors } = composeServices([
  { name: 'city', url: 'http://city', typeDefs: parse(`${link}
    type Query { areas: [Area] @cacheControl(scope: PUBLIC) mine: [Area] }
    type Area @key(fields: "code") {
      code: ID! @cacheControl(scope: PUBLIC) parent: Area @cacheControl(scope: PUBLIC, maxAge: 60) officer: String @cacheControl(scope: PRIVATE)
    }`) },
  { name: 'street', url: 'http://street', typeDefs: parse(`${link}
    type Area @key(fields: "code") @cacheControl(scope: PUBLIC) { code: ID! title: String @cacheControl(scope: PUBLIC) staff: Int shop: Shop @cacheControl(scope: PUBLIC) }
    type Shop { name: String @cacheControl(scope: PUBLIC) turnover: Int }`) },
]);
const planner = await createPlanner(supergraphSdl, { publicFor: publicFields(supergraphSdl) });

const { supergraphSdl: timedSdl = '' } = composeServices([{ name: 'city', url: 'http://city', typeDefs: parse(`${link}
  type Query {
    areas: [Area] @cacheControl(scope: PUBLIC) mine: [Area] @cacheControl(maxAge: 60)
    counted: [Area] @cacheControl(scope: PUBLIC, maxAge: 300) seenAt: String @cacheControl(scope: PUBLIC, maxAge: 300)
    place: Place @cacheControl(scope: PUBLIC, maxAge: 300) found: Found @cacheControl(scope: PUBLIC, maxAge: 300)
  }
  interface Place { id: ID! @cacheControl(scope: PUBLIC, maxAge: 300) }
  interface Site implements Place { id: ID! @cacheControl(scope: PUBLIC, maxAge: 300) }
  type Park implements Site & Place { id: ID! @cacheControl(scope: PUBLIC, maxAge: 300) lawn: Int @cacheControl(scope: PUBLIC, maxAge: 300) }
  type Lake implements Place { id: ID! @cacheControl(scope: PUBLIC, maxAge: 300) }
  union Found = Park | Area
  type Area @key(fields: "code") {
    code: ID! @cacheControl(scope: PUBLIC, maxAge: 60) parent: Area @cacheControl(scope: PUBLIC, maxAge: 60)
    seen: Int @cacheControl(scope: PUBLIC, maxAge: 5)
  }`) }]);
const timed = await createPlanner(timedSdl, { publicFor: publicFields(timedSdl) });

const fetches = (step: Step | null): Fetch[] => {
  if (!step) return [];
  if (step.kind === 'fetch') return [step];
  return step.steps.flatMap(fetches);
};

it.each<[string, boolean[]]>([
  ['{ areas { code parent { code __typename } } }', [true]],
  ['{ mine { code } }', [false]],
  ['{ areas { code officer } }', [false]],
  ['{ areas { parent { officer } } }', [false]],
  ['{ areas { code } mine { code } }', [false]],
  ['{ areas { title } }', [true, true]],
  ['{ areas { title staff } }', [true, false]],
  ['{ mine { title shop { name } } }', [false, true]],
  ['{ areas { shop { name turnover } } }', [true, false]],
])('finds in %s which fetches are the same for everyone', (query, expected) => {
  expect(errors).toBeUndefined();
  expect(fetches(planner.plan(operationOf(parse(query), null), {})).map(({ operation }) => operation.isPublic)).toEqual(expected);
});

it.each<[string, (number | undefined)[]]>([
  ['{ areas { code parent { code } } }', [0]],
  ['{ counted { code } }', [60]],
  ['{ counted { code seen } }', [5]],
  ['{ mine { seen } }', [0]],
])('finds in %s for how long each fetch may be kept', (query, expected) => {
  expect(fetches(timed.plan(operationOf(parse(query), null), {})).map(({ operation }) => operation.maxAge)).toEqual(expected);
});

it.each<[string, string[][]]>([
  ['{ counted { code } }', [['Query.counted', 'Area']]],
  ['{ counted { __typename } seenAt }', [['Query.counted', 'Area', 'Query.seenAt']]],
  ['{ again: seenAt }', [['Query.seenAt']]],
  ['{ place { id } }', [['Query.place', 'Place', 'Site', 'Park', 'Lake']]],
  ['{ place { ... on Site { id } } }', [['Query.place', 'Place', 'Site', 'Park', 'Lake']]],
  ['{ found { __typename } }', [['Query.found', 'Found', 'Park', 'Area']]],
  ['{ counted { ...More } } fragment More on Area { parent { code } }', [['Query.counted', 'Area']]],
  ['{ mine { seen } }', []],
])('finds in %s of which types each fetch shows something, with all that there may be in place of an interface or a union', (query, expected) => {
  const shown = fetches(timed.plan(operationOf(parse(query), null), {})).flatMap(({ operation: { shows } }) => (shows ? [[...shows].sort()] : []));
  expect(shown).toEqual(expected.map((types) => types.sort()));
});

it('finds in what it asks of entities which types these are', () => {
  const step = planner.plan(operationOf(parse('{ areas { title shop { name } } }'), null), {});
  expect(fetches(step).map(({ subgraph, operation: { shows } }) => [subgraph, shows])).toEqual([['city', ['Query.areas', 'Area']], ['street', ['Area', 'Shop']]]);
});
