import { createPlanner, planners } from '../../../../gateway/execution/planner.js';
import { federate, type SubgraphSource } from './kit.js';

// No type of `shops` is a Place, and `maps` does not take in the places of others.
const sources: Readonly<Record<string, SubgraphSource>> = {
  shops: {
    sdl: `
      type Query { place: Place open: Boolean }
      interface Place @key(fields: "id") { id: ID! }
    `,
    resolvers: { Query: { place: () => ({ __typename: 'Place', id: 'p1' }), open: () => true } },
  },
  maps: {
    sdl: `
      type Query { marked: Place }
      type Place @key(fields: "id", resolvable: false) @interfaceObject { id: ID! street: String }
    `,
    resolvers: { Query: { marked: () => ({ id: 'p2' }) }, Place: { street: () => '长江路' } },
  },
};

it.each(planners)('says that a field is out of every subgraph\'s reach instead of answering null: %s', async (planner) => {
  const { ours, sent } = await federate(sources, planner);
  await expect(ours('{ open place { street } }')).rejects.toThrow(planner === 'hive' ? /No paths found/ : 'No subgraph can answer what "place" selects.');
  expect(sent).toEqual([]);
});

it.each(planners)('answers what is within reach of the same type: %s', async (planner) => {
  const { ours } = await federate(sources, planner);
  expect(await ours('{ open marked { id street } __typename }')).toMatchObject({
    data: { open: true, marked: { id: 'p2', street: '长江路' }, __typename: 'Query' }, errors: [],
  });
});

const access = `
  extend schema @link(url: "https://specs.example.org/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
  enum Scope { ALL SOME }
`;
const marked: Readonly<Record<string, SubgraphSource>> = {
  shops: {
    sdl: `${access} directive @access(scope: Scope! = SOME) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
      type Query { open: Boolean shop: Shop } type Shop @key(fields: "id") { id: ID! }`,
    resolvers: { Query: { open: () => true, shop: () => ({ id: 's1' }) } },
  },
  maps: {
    sdl: `${access} directive @access(scope: Scope!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
      type Query { closed: Boolean } type Shop @key(fields: "id") { id: ID! street(scope: Scope): String }`,
    resolvers: {
      Query: { closed: () => false },
      Shop: { __resolveReference: (shop: object) => shop, street: (_: unknown, { scope }: { scope?: string }) => `长江路 ${scope ?? ''}` },
    },
  },
};

it.each(planners)('takes a directive of operations that subgraphs composed, and keeps it from them: %s', async (planner) => {
  const { ours, sent } = await federate(marked, planner);
  const outcome = await ours(`query ($scope: Scope! = ALL) { open @access closed @access(scope: $scope) shop { ...Place @access } }
    fragment Place on Shop { ... on Shop @access { street(scope: $scope) @access @include(if: true) } }`);
  expect(outcome).toMatchObject({ data: { open: true, closed: false, shop: { street: '长江路 ALL' } }, errors: [] });
  expect(sent.filter(({ query }) => query.includes('access'))).toEqual([]);
});

it('takes no directive that only a schema may carry', async () => {
  const { ours } = await federate(marked);
  await expect(ours('{ open @link(url: "https://specs.example.org/access/v1.0") }')).rejects.toThrow('Unknown directive "@link"');
});

it('says of a file that is no supergraph that it cannot be used', async () => {
  await expect(createPlanner('type Query { open: Boolean }')).rejects.toThrow(/^The supergraph cannot be used: /);
});
