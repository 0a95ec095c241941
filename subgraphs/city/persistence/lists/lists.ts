import type { Connection } from 'mongoose';
import { defaultDutyList, defaultDutyListVersion, type DutyList } from '../../../shared/domain/dutyList.js';
import type { Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import { emptyListVersion, listKinds, type ListContent, type ListKind } from '../../domain/lists/list.js';
import type { Published } from '../../domain/publication.js';
import { shown } from '../../domain/shown.js';
import type { Versions } from '../../usecases/ports.js';
import type { OpennessStore } from '../openness/openness.repository.js';
import { openVersions, type VersionStore } from '../versions.js';

const collections: Readonly<Record<ListKind, string>> = {
  POWER: 'powerLists', RESPONSIBILITY: 'responsibilityLists', SERVICE: 'serviceLists', EFFICIENCY: 'efficiencyLists',
};

const platformsOwn = <Content>(version: string, content: Content): Published<Content> =>
  ({ id: version, number: 0, content, note: null, publishedAt: null, publishedBy: null });

const byKind = <T>(values: readonly T[]): Record<ListKind, T> =>
  Object.fromEntries(listKinds.map((kind, i) => [kind, values[i]])) as Record<ListKind, T>;

export interface ListStores {
  readonly stores: Readonly<Record<ListKind, VersionStore<ListContent>>>;
  /** One of each per request. */
  repositories(transactions: Transactions): Readonly<Record<ListKind, Versions<ListContent>>>;
}

export async function openLists(connection: Connection, receipts: Receipts, openness: OpennessStore): Promise<ListStores> {
  const stores = byKind(await Promise.all(listKinds.map((kind) => openVersions<ListContent>(connection, {
    modelName: `List-${kind}`, collection: collections[kind], shows: shown.lists, receipts, openness, initial: platformsOwn(emptyListVersion, []),
  }))));
  return { stores, repositories: (transactions) => byKind(listKinds.map((kind) => stores[kind].repository(transactions))) };
}

export const openDutyListVersions = (connection: Connection, receipts: Receipts, openness: OpennessStore): Promise<VersionStore<DutyList>> =>
  openVersions<DutyList>(connection, {
    modelName: 'DutyList',
    collection: 'dutyLists',
    shows: shown.dutyLists,
    receipts,
    openness,
    initial: platformsOwn(defaultDutyListVersion, defaultDutyList),
    event: { type: 'dutyList.published', data: ({ id, number, content }) => ({ version: id, number, list: content }) },
  });
