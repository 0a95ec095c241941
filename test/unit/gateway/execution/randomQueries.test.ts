// Queries that nobody thought of: whatever is asked, the subgraphs together answer as the world that they were cut from.
import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { withoutSecurityPurpose } from '../../../../gateway/supergraph.js';
import { federate, unfolding } from './kit.js';
import { randomQuery, withIds } from './randomQuery.js';
import { wholeAnswer, worldSources, worldWithoutInterfaceObjects } from './world.js';

// Always the same ones: what a planner makes of any query is not for this test to find out.
const seed = 20_261_127;

// Some valid queries Apollo's planner cannot plan.
const unplannable = /^We should have an edge from/;

it.each([
  ['with an interface as an object', 'best', worldSources],
  ['with an interface as an object', 'apollo', worldSources],
  ['with none', 'best', worldWithoutInterfaceObjects],
  ['by keys, with an interface as an object', 'apollo', worldSources],
  ['by keys, with none', 'best', worldWithoutInterfaceObjects],
] as const)('answers whatever is asked as the whole would, %s, planned by %s', async (name, planner, sources) => {
  const isByKeys = name.startsWith('by keys');
  let unfolded = 0;
  const federation = await federate(sources, planner, withoutSecurityPurpose, isByKeys ? unfolding(() => { unfolded += 1; }) : undefined);
  let asked = 0;
  const queries = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 150 }).map((choices) => {
    const query = randomQuery(federation.apiSchema, choices);
    return isByKeys ? withIds(federation.apiSchema, query) : query;
  });
  await fc.assert(fc.asyncProperty(queries, async (query) => {
    fc.pre(validate(federation.apiSchema, parse(query)).length === 0);
    const outcome = await federation.ours(query).catch((error: Error) => {
      if (planner === 'apollo' && unplannable.test(error.message)) return null;
      throw error;
    });
    fc.pre(outcome !== null);
    asked += 1;
    const { data: whole } = wholeAnswer(federation.apiSchema, parse(query));
    expect(outcome).toEqual({ data: whole, errors: [], broken: [] });
    expect(JSON.stringify(outcome?.data)).toBe(JSON.stringify(whole));
  }), { numRuns: 120, seed });
  expect(asked).toBeGreaterThan(90);
  if (isByKeys) expect(unfolded).toBeGreaterThan(20);
});
