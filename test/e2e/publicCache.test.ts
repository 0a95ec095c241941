// What is the same for everyone, kept by the gateway: until a level tells that it has changed.
import { setTimeout as pause } from 'node:timers/promises';
import { publicTopic as heard } from '../../gateway/connections.js';
import { publicTopic as told } from '../../subgraphs/shared/domain/topics.js';
import { people, places, settled } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { commandsDuring } from '../kit/subgraphs.js';

const { district, city, street } = people;
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(
    { name: 'public_cache', seed: true, now: () => new Date('2026-03-02T02:00:00Z') },
    { cache: { entries: 1_000, bytes: 10_000_000, seconds: 3_600, staleSeconds: 0 } },
  );
}, 600_000);
afterAll(() => platform.end());

const read = (text: string) => platform.as(null).run<Record<string, unknown>>(text);
const itemId = `${places.city}:05-001`;

/** Until the answer is another; what may be kept is kept for longer than this waits. */
async function other(text: string, before: unknown): Promise<unknown> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const now = await read(text);
    if (JSON.stringify(now) !== JSON.stringify(before)) return now;
    if (Date.now() > deadline) throw new Error(`${text} has been the same for 20 s.`);
    await pause(10);
  }
}

it('goes by one word, the levels\' and the gateway\'s', () => {
  expect(heard).toBe(told);
});

it('is read from no database a second time', async () => {
  const text = `{ street(code: "${places.street}") { name district { name city { name } } } caseCategories { name } }`;
  const first = await read(text);
  expect(await commandsDuring(platform.subgraphs, async () => {
    for (const who of [null, street, city]) expect(await platform.as(who).run(text)).toEqual(first);
  })).toEqual([]);
});

it('changes on the levels below as soon as they have heard of it, though nobody has written to them', async () => {
  const text = `{ street(code: "${places.street}") { catalogue(first: 200) { nodes { id remarks { place } } } } }`;
  const before = await read(text);
  expect(JSON.stringify(before)).not.toContain('一楼大厅');
  await platform.as(district).run(`mutation { districtItemRemark(input: { itemId: "${itemId}", expectedVersion: 0, place: "一楼大厅" }) { userErrors { code } } }`);
  await settled(platform.subgraphs);
  expect(JSON.stringify(await other(text, before))).toContain('一楼大厅');
}, 60_000);

it('is read anew at once by who has written, and other gateways are told', async () => {
  const text = '{ publishedList(kind: POWER) { version } }';
  const before = await read(text);
  const count = await platform.subgraphs.running('city').connection.collection('changes').countDocuments({ topics: told });
  await platform.as(city).run('mutation { listPublish(input: { kind: POWER, version: "p-2", entries: [{ code: "Q-1", title: "市容检查", titleEn: "Order" }] }) { userErrors { code } } }');
  expect(await read(text)).not.toEqual(before);
  expect(await platform.subgraphs.running('city').connection.collection('changes').countDocuments({ topics: told })).toBe(count + 1);
});
