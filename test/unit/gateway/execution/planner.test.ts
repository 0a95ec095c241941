import { planners } from '../../../../gateway/execution/planner.js';
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
