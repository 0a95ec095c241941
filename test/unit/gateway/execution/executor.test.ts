import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { createExecutor } from '../../../../gateway/execution/executor.js';
import { createPlanner } from '../../../../gateway/execution/planner.js';

it('plans that are not asked for again make room, by the length of their operations', async () => {
  const { supergraphSdl = '' } = composeServices([{ name: 'city', url: 'http://city', typeDefs: parse('type Query { name: String }') }]);
  const planned: boolean[] = [];
  const execute = createExecutor(await createPlanner(supergraphSdl, {}), (ms) => planned.push(ms !== null));
  const run = (text: string) => execute({ document: parse(text), ask: async () => ({ data: { name: '合肥' } }) });
  await run('{ name }');
  await run('{ name }');
  for (let number = 0; number < 120; number += 1) await run(`{ a${number}${'x'.repeat(10_000)}: name }`);
  expect(await run('{ name }')).toEqual({ data: { name: '合肥' } });
  expect(planned).toEqual([true, false, ...Array<boolean>(120).fill(true), true]);
});
