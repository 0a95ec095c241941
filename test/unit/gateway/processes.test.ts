import { Counter, Gauge, Registry } from 'prom-client';
import { createBuckets } from '../../../gateway/limits/rates.js';
import { createGathering } from '../../../gateway/processes/gather.js';
import type { ToPrimary, ToWorker } from '../../../gateway/processes/messages.js';
import { pauseMs } from '../../../gateway/processes/primary.js';
import { joinSiblings } from '../../../gateway/processes/siblings.js';
import type { Metric } from '../../../telemetry/telemetry.js';
import { until } from '../../kit/host.js';

it('waits longer before each next process that ends early, and never too long', () => {
  expect([0, 1, 2, 6, 7, 1_000].map(pauseMs)).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
});

async function valuesOf(requests: number, up: number): Promise<Metric[]> {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'requests_total', help: 'Requests.', registers }).inc(requests);
  new Gauge({ name: 'up', help: 'Up.', registers, aggregator: 'min' }).set(up);
  new Gauge({ name: 'running', help: 'Running.', registers }).set(1);
  return (await registry.getMetricsAsJSON()) as unknown as Metric[];
}

it('adds up what processes count, and keeps what one had counted that has ended', async () => {
  const gathering = createGathering();
  const series = async () => (await gathering.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).toSorted();
  gathering.set(1, await valuesOf(3, 1));
  gathering.set(2, await valuesOf(4, 0));
  expect(await series()).toEqual(['requests_total 7', 'running 2', 'up 0']);
  await gathering.ended(2);
  expect(await series()).toEqual(['requests_total 7', 'running 1', 'up 1']);
  gathering.set(3, await valuesOf(5, 1));
  await gathering.ended(1);
  await gathering.ended(99);
  expect(await series()).toEqual(['requests_total 12', 'running 1', 'up 1']);
  gathering.set(4, await valuesOf(6, 1));
  await Promise.all([gathering.ended(3), gathering.ended(4)]);
  gathering.set(3, await valuesOf(5, 1));
  expect(await series()).toEqual(['requests_total 18']);
});

it('takes from a bucket what other processes let through, and never more than there is', () => {
  let at = 0;
  const { take, spend } = createBuckets(2, () => at);
  spend('a', 9);
  expect([take('a'), take('a'), take('b')]).toEqual([0, 0.5, 0]);
  spend('a', 1_000);
  at = 500;
  expect(take('a')).toBe(0);
});

it('tells the others whom it let through, and spends what they did; answers by the supergraph that it is given', async () => {
  const sent: ToPrimary[] = [];
  let hear: (message: ToWorker) => void = () => undefined;
  const joining = joinSiblings({
    connected: true,
    send: ((message: ToPrimary) => sent.push(message)) as never,
    on: (_event, heard) => { hear = heard; },
  });
  expect(sent).toEqual([{ kind: 'started' }]);
  hear({ kind: 'start', sdl: 'type Query { a: Int }', secret: Buffer.from('of all of them').toString('base64') });
  const siblings = await joining;
  expect([siblings.supergraphSdl, Buffer.from(siblings.secret).toString()]).toEqual(['type Query { a: Int }', 'of all of them']);

  const spent: unknown[] = [];
  const tell = siblings.shareLimit('actor', (key, count) => spent.push([key, count]));
  for (const key of ['a', 'b', 'a']) tell(key);
  await until(async () => sent.length > 1);
  expect(sent[1]).toEqual({ kind: 'takes', takes: [['actor', 'a', 2], ['actor', 'b', 1]] });
  hear({ kind: 'takes', takes: [['actor', 'c', 3], ['address', 'c', 1]] });
  expect(spent).toEqual([['c', 3]]);
});
