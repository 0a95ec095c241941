import mongoose, { type Connection } from 'mongoose';
import type { SubgraphName } from '../schema/events.js';
import { layOutGrids } from '../subgraphs/community/domain/gridLayout.js';
import { listKinds, type ListKind } from '../subgraphs/city/domain/lists/list.js';
import { entryOfList, type OpennessEntry } from '../subgraphs/city/domain/openness/entry.js';
import type { VersionStore } from '../subgraphs/city/persistence/versions.js';
import { openDutyListVersions, openLists } from '../subgraphs/city/persistence/lists/lists.js';
import { openOpenness } from '../subgraphs/city/persistence/openness/openness.repository.js';
import { catalogueItemOf, openItems } from '../subgraphs/city/persistence/service/items.repository.js';
import { openGrids } from '../subgraphs/community/persistence/grid.repository.js';
import { openRecords } from '../subgraphs/community/persistence/outreach/records.js';
import { openStreets } from '../subgraphs/district/persistence/assessment/streets.js';
import type { Area } from '../subgraphs/shared/domain/area.js';
import type { Level } from '../subgraphs/shared/domain/areaCode.js';
import { openCatalogue } from '../subgraphs/shared/persistence/catalogues.js';
import { openAreas } from '../subgraphs/shared/persistence/areas.js';
import { openDutyLists } from '../subgraphs/shared/persistence/dutyLists.js';
import { openReceipts } from '../subgraphs/shared/persistence/receipts.js';
import { openUnits } from '../subgraphs/shared/persistence/units.js';
import { openTree } from '../subgraphs/city/persistence/reorganisation.repository.js';
import type { TreeGrid } from '../subgraphs/city/domain/reorganisationPlan.js';
import type { Grid } from '../subgraphs/community/domain/grid.js';
import { openCommunityCopies } from '../subgraphs/street/persistence/communityCopies.js';
import { openFacilities } from '../subgraphs/street/persistence/facility/facility.repository.js';
import { openStations } from '../subgraphs/street/persistence/station.repository.js';
import { itemsInForceAt, readSeedData, type LevelArea, type SeedData } from './seedData.js';

const levelOf: Readonly<Record<SubgraphName, Level>> = {
  city: 'CITY', district: 'DISTRICT', street: 'STREET', community: 'COMMUNITY',
};

/** Documents written by this run. */
export interface Written {
  readonly areas: number;
  readonly units: number;
  readonly grids: number;
  /** Service items. */
  readonly items: number;
  /** First versions of lists. */
  readonly lists: number;
  /** Stations and facilities. */
  readonly places: number;
  /** Records of residents who do not exist. */
  readonly residents: number;
}

/**
 * Writes the areas, units, grids, service items, lists, stations, facilities and residents of data/ into the levels' databases. Adds what is missing and leaves what is there,
 * so a second run writes nothing. `log` gets one line for each level.
 */
export async function seed(options: {
  readonly uris: Readonly<Record<SubgraphName, string>>;
  readonly log: (line: string) => void;
}): Promise<Record<SubgraphName, Written>> {
  const { uris, log } = options;
  const data = await readSeedData();
  for (const { name, within } of data.unmatched) {
    log(`data/hefei-2014.json: no single area called ${name} in ${within}; its figures are left out`);
  }
  const written = {} as Record<SubgraphName, Written>;
  for (const name of Object.keys(levelOf) as SubgraphName[]) {
    const connection = await mongoose.createConnection(uris[name], { serverSelectionTimeoutMS: 10_000 }).asPromise();
    try {
      written[name] = await seedLevel(connection, name, data);
    } finally {
      await connection.close();
    }
    const { areas, units, grids, items, lists, places, residents } = written[name];
    const added = areas + units + grids + items + lists + places + residents === 0 ? 'nothing to add'
      : `added ${areas} areas, ${units} units, ${grids} grids, ${items} service items, ${lists} lists, ${places} stations and facilities, ${residents} residents`;
    log(`${name}: ${added}`);
  }
  return written;
}

async function seedLevel(connection: Connection, name: SubgraphName, data: SeedData): Promise<Written> {
  const own = data.areas.filter(({ level }) => level === levelOf[name]);
  const areas = await openAreas(connection);
  const units = await openUnits(connection);
  return {
    areas: (await areas.add(own.map(toArea))) + (await copies[name]?.(connection, data) ?? 0),
    units: await units.add(data.units),
    grids: name === 'community' ? await seedGrids(connection, own, data) : 0,
    items: name === 'city' ? await seedItems(connection, data) : await seedCatalogue(connection, data),
    lists: name === 'city' ? await seedLists(connection, data) : await seedDutyCopy(connection, data),
    places: name === 'street' ? await seedPlaces(connection, data) : 0,
    residents: name === 'community' ? await seedResidents(connection, data) : 0,
  };
}

async function seedItems(connection: Connection, { items }: SeedData): Promise<number> {
  const store = await openItems(connection, { receipts: await openReceipts(connection) });
  return store.seed(items);
}

/** As the city's putting in force would bring them; what has come since, a lapse too, is left as it is. */
async function seedCatalogue(connection: Connection, { items }: SeedData): Promise<number> {
  const store = await openCatalogue(connection, { receipts: await openReceipts(connection), below: null });
  return store.seed(items.map(catalogueItemOf));
}

async function seedResidents(connection: Connection, { residents }: SeedData): Promise<number> {
  return (await openRecords(connection, { receipts: await openReceipts(connection) })).seed(residents);
}

const firstVersion = 'hefei-1';
const publishedFirst = { id: firstVersion, number: 1, note: null, publishedAt: itemsInForceAt, publishedBy: null } as const;

async function seedLists(connection: Connection, { lists, duties, areas }: SeedData): Promise<number> {
  const receipts = await openReceipts(connection);
  const cityCode = areas.find(({ level }) => level === 'CITY')?.code ?? '';
  const openness = await openOpenness(connection, { receipts });
  const { stores } = await openLists(connection, receipts, openness);
  const dutyLists = await openDutyListVersions(connection, receipts, openness);
  const entries: OpennessEntry[] = [];
  const seeded = async <Content>(list: ListKind | 'DUTY', store: VersionStore<Content>, content: Content): Promise<void> => {
    const version = { ...publishedFirst, content };
    if ((await store.seed(version)) > 0) entries.push(entryOfList(list, version, cityCode));
  };
  await seeded('DUTY', dutyLists, duties);
  for (const kind of listKinds) await seeded(kind, stores[kind], lists[kind]);
  await openness.seed(entries);
  return entries.length;
}

/** As the city's publication would bring it. */
async function seedDutyCopy(connection: Connection, { duties }: SeedData): Promise<number> {
  return (await openDutyLists(connection)).seed({ version: firstVersion, number: 1, content: duties });
}

async function seedPlaces(connection: Connection, { stations, facilities }: SeedData): Promise<number> {
  const receipts = await openReceipts(connection);
  return (await (await openStations(connection, { receipts })).seed(stations)) + (await (await openFacilities(connection, { receipts })).seed(facilities));
}

const toArea = ({ level: _level, ...area }: LevelArea): Area => area;

const gridsOf = (community: Area, { meanHouseholds, gridStandard }: SeedData): Grid[] => layOutGrids(community, meanHouseholds, gridStandard);

async function seedGrids(connection: Connection, communities: readonly Area[], data: SeedData): Promise<number> {
  const grids = await openGrids(connection);
  return grids.add(communities.flatMap((community) => gridsOf(community, data)));
}

const planned = ({ code, name, plannedHouseholds, isEstimated }: Grid): TreeGrid => ({ code, name, plannedHouseholds, isEstimated });

/**
 * What a level keeps of the areas of others: the city the tree that it reorganises, the district the
 * streets that it scores, the street the communities that stations serve.
 */
const copies: Partial<Readonly<Record<SubgraphName, (connection: Connection, data: SeedData) => Promise<number>>>> = {
  async city(connection, data) {
    const below = data.areas.filter(({ level }) => level !== 'CITY');
    return (await openTree(connection)).add(below.map((area) => ({
      ...toArea(area), grids: area.level === 'COMMUNITY' ? gridsOf(toArea(area), data).map(planned) : [],
    })));
  },
  async district(connection, data) {
    return (await openStreets(connection)).add(data.areas.filter(({ level }) => level === 'STREET').map(toArea));
  },
  async street(connection, data) {
    return (await openCommunityCopies(connection)).add(data.areas.filter(({ level }) => level === 'COMMUNITY').map(toArea));
  },
};
