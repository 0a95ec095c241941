import { readFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { createPlanner } from '../../../../gateway/execution/planner.js';
import { textsInThread } from '../../../../gateway/execution/schemas.js';
import { withoutSecurityPurpose } from '../../../../gateway/supergraph.js';

const supergraph = withoutSecurityPurpose(readFileSync(new URL('../../../../schema/supergraph.graphql', import.meta.url), 'utf8'));

it('what a thread of its own has built is the same as what is built here', async () => {
  const [here, there] = await Promise.all([createPlanner(supergraph), textsInThread(supergraph).then((texts) => createPlanner(supergraph, { texts }))]);
  expect(printSchema(there.apiSchema)).toBe(printSchema(here.apiSchema));
  expect(printSchema(there.supergraph)).toBe(printSchema(here.supergraph));
});

it.each(['type Query { a: Int }', 'type Query {'])('the thread says why it cannot be built: %s', async (sdl) => {
  await expect(textsInThread(sdl)).rejects.toThrow(/^The supergraph cannot be used: ./);
});

it('the thread ends when nobody waits for it any more', async () => {
  const ending = new AbortController();
  const texts = textsInThread(supergraph, ending.signal);
  ending.abort();
  await expect(texts).rejects.toThrow('has ended');
});
