import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Departing } from '../../../../gateway/execution/departure.js';
import { createExecutor } from '../../../../gateway/execution/executor.js';
import { createPlanner } from '../../../../gateway/execution/planner.js';

const { supergraphSdl = '' } = composeServices([{ name: 'city', url: 'http://city', typeDefs: parse('type Query { name: String }') }]);
const ask = async () => ({ data: { name: '合肥' } });

it('plans that are not asked for again make room, by the length of their operations', async () => {
  const planned: boolean[] = [];
  const execute = createExecutor(await createPlanner(supergraphSdl, {}), (ms) => planned.push(ms !== null));
  const run = (text: string) => execute({ document: parse(text), ask });
  await run('{ name }');
  await run('{ name }');
  for (let number = 0; number < 45; number += 1) await run(`{ a${number}${'x'.repeat(100_000)}: name }`);
  expect(await run('{ name }')).toEqual({ data: { name: '合肥' } });
  expect(planned).toEqual([true, false, ...Array<boolean>(45).fill(true), true]);
});

it('one that is very long is not kept at the cost of all others', async () => {
  const planned: boolean[] = [];
  const execute = createExecutor(await createPlanner(supergraphSdl, {}), (ms) => planned.push(ms !== null));
  const long = `# ${'x'.repeat(200_000)}\n{ name }`;
  for (const text of ['{ a: name }', long, long.replace('{ name }', '{ b: name }'), '{ a: name }']) await execute({ document: parse(text), ask });
  expect(planned).toEqual([true, true, true, false]);
});

it('an empty name is that of no operation', async () => {
  const execute = createExecutor(await createPlanner(supergraphSdl, {}));
  const document = parse('{ name }');
  expect(await execute({ document, ask })).toEqual({ data: { name: '合肥' } });
  await expect(execute({ document, operationName: '', ask })).rejects.toThrow('Unknown operation named "".');
});

it('blames no subgraph for what was not fetched since nobody waits for it', async () => {
  const composed = composeServices([{ name: 'city', url: 'http://city', typeDefs: parse('type Query { name: String! }') }]);
  const execute = createExecutor(await createPlanner(composed.supergraphSdl ?? '', {}));
  const document = parse('{ name }');
  const gone = new Departing();
  const nothing = async () => ({ data: {} });
  expect(await execute({ document, ask: nothing, signal: gone })).toMatchObject({ data: null, extensions: { valueCompletion: [{ path: ['name'] }] } });
  gone.abort();
  expect(await execute({ document, ask: nothing, signal: gone })).toEqual({ data: null });
});
