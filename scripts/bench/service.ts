// `npm run bench:service -- [--items 10000]`: searching so many service items through the gateway, and a street's catalogue of 150.
// Prints one JSON line last; exit 1 when the catalogue costs more than six queries or is not whole.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { idOfVersion, type ItemVersion } from '../../subgraphs/city/domain/service/item.js';
import { openItems } from '../../subgraphs/city/persistence/service/items.repository.js';
import { citySubgraph } from '../../subgraphs/city/subgraph.js';
import { hostSubgraph, type RunningSubgraph } from '../../subgraphs/shared/http/subgraphHost.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import { streetSubgraph } from '../../subgraphs/street/subgraph.js';
import { openDatabase } from '../database.js';
import { developmentKeys } from '../keys.js';
import { databaseUrisOf, subgraphNames } from '../platform/processes.js';
import { seed } from '../seed.js';
import { readSeedData } from '../seedData.js';
import { openDatabases } from './audit.js';
import { percentile } from './client.js';
import { startInProcess } from './inProcess.js';

const { values } = parseArgs({ options: { items: { type: 'string', default: '10000' } } });
const count = Number(values.items);
if (!Number.isInteger(count) || count < 150) {
  console.error('Use: npm run bench:service -- [--items 10000], 150 at least.');
  process.exit(1);
}
const say = (line: string): void => console.log(line);
const [runs, warmUps, most, shipped] = [200, 10, 6, 150];
const phrases = ['老人补贴', '换身份证', '孩子上学', '办退休', '公租房', '开店办执照', '残疾人补贴', '看病报销', '失业了怎么办', '落户'];
const search = /* GraphQL */ `query ($text: String!) { serviceItemSearch(text: $text, first: 10) { totalCount nodes { code inForce { title department { name } } } } }`;
const catalogue = /* GraphQL */ `
  query { street(code: "340103001") { catalogue(first: 150) {
    totalCount nodes { code title origin { level area unit } materials { name } remarks { by { level } place hours contact } }
  } } }
`;

const folder = mkdtempSync(join(tmpdir(), 'bench-service-'));
const keys = await developmentKeys(join(folder, 'keys'));
const database = await openDatabase({ dataDir: null, log: say, stopOnSignal: true });

/** Copies of the shipped items under other codes, each with a number in its name. */
const manyOf = (items: readonly ItemVersion[]): ItemVersion[] => Array.from({ length: count - items.length }, (_, i) => {
  const item = items[i % items.length] as ItemVersion;
  const code = `${item.code}-${i}`;
  return { ...item, id: idOfVersion(code, item.number), code, title: { ...item.title, zh: `${item.title.zh}(${i} 号)` } };
});

/** Commands to either database while `work` runs; events and tasks do not run beside it. */
async function commandsDuring(hosts: readonly RunningSubgraph[], work: () => Promise<unknown>): Promise<number> {
  let commands = 0;
  const onCommand = ({ commandName }: { readonly commandName: string }): void => {
    if (['find', 'aggregate', 'count', 'distinct', 'getMore'].includes(commandName)) commands += 1;
  };
  const clients = hosts.map(({ connection }) => connection.getClient());
  for (const client of clients) client.on('commandStarted', onCommand);
  await work();
  for (const client of clients) client.off('commandStarted', onCommand);
  return commands;
}

const monitored = (uri: string): string => `${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true`;

try {
  const uris = databaseUrisOf(database.uri, `bench_service_${process.pid}`);
  await seed({ uris, log: () => undefined });
  const databases = await openDatabases(uris);
  const { items } = await readSeedData();
  const store = await openItems(databases.city, { receipts: await openReceipts(databases.city) });
  say(`${await store.seed(manyOf(items)) + items.length} service items in force`);

  const { hosts, client, token, stop } = await startInProcess({
    keys,
    levels: {
      city: { mongoUri: monitored(uris.city), host: (options) => hostSubgraph(citySubgraph, options) },
      street: { mongoUri: monitored(uris.street), host: (options) => hostSubgraph(streetSubgraph, options) },
    },
  });

  const times: number[] = [];
  for (let i = 0; i < warmUps + runs; i += 1) {
    const began = performance.now();
    await client.run(token, search, { text: phrases[i % phrases.length] });
    if (i >= warmUps) times.push(performance.now() - began);
  }
  const p95 = percentile(times, 95);
  const searchQueries = await commandsDuring(hosts, () => client.run(token, search, { text: phrases[0] }));
  say(`search over ${count} items: p95 ${p95.toFixed(1)} ms, ${searchQueries} database queries`);

  let length = 0;
  const catalogueQueries = await commandsDuring(hosts, async () => {
    const { street } = await client.run<{ street: { catalogue: { nodes: unknown[] } } }>(token, catalogue, {});
    length = street.catalogue.nodes.length;
  });
  say(`a street's catalogue of ${length} items: ${catalogueQueries} database queries`);

  await stop();
  for (const name of subgraphNames) await databases[name].dropDatabase();
  await databases.close();
  await finish();
  process.exitCode = length === shipped && catalogueQueries <= most ? 0 : 1;
  console.log(JSON.stringify({ items: count, searchP95Ms: Number(p95.toFixed(1)), catalogueQueries }));
} catch (error) {
  console.error(error);
  await finish();
  process.exit(1);
}

async function finish(): Promise<void> {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
