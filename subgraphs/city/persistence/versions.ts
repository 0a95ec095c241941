import DataLoader from 'dataloader';
import { Schema, type Connection, type Model } from 'mongoose';
import { routeOf } from '../../../schema/events.js';
import { cutPage } from '../../shared/graphql/connection.js';
import { publicTopics } from '../../shared/domain/topics.js';
import { mustBeTaken, type Receipts } from '../../shared/persistence/receipts.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import type { Published } from '../domain/publication.js';
import type { OpennessStore } from './openness/openness.repository.js';
import type { Versions } from '../usecases/ports.js';

type VersionDocument = Omit<Published<unknown>, 'id'> & { _id: string };

const schemaFor = (collection: string): Schema =>
  new Schema(
    {
      _id: { type: String, required: true },
      number: { type: Number, required: true, unique: true },
      content: { type: Schema.Types.Mixed, required: true },
      note: { type: String, default: null },
      publishedAt: { type: Date, required: true },
      publishedBy: { type: String, default: null },
    },
    { collection, versionKey: false, minimize: false },
  );

type PublicationEvent = 'calendar.published' | 'clockPolicy.published' | 'concernRule.published' | 'scoringScheme.published'
  | 'dutyList.published';

export interface VersionsOptions<Content> {
  readonly modelName: string;
  readonly collection: string;
  /** The types that show it to everyone. */
  readonly shows: readonly string[];
  readonly receipts: Receipts;
  /** Version 0: in force until the first is published, and kept by nobody. */
  readonly initial: Published<Content>;
  /** Where what everybody may read is announced. */
  readonly openness?: OpennessStore;
  /** Goes to all whom the contract names; absent where the city alone uses it. */
  readonly event?: { readonly type: PublicationEvent; data(published: Published<Content>): Record<string, unknown> };
}

export interface VersionStore<Content> {
  /** One per request. */
  repository(transactions: Transactions): Versions<Content>;
  /** Writes it as the first version unless there is one already; gives the number written. */
  seed(published: Published<Content>): Promise<number>;
}

export async function openVersions<Content>(
  connection: Connection,
  { modelName, collection, shows, receipts, initial, openness, event }: VersionsOptions<Content>,
): Promise<VersionStore<Content>> {
  const model: Model<VersionDocument> = connection.model<VersionDocument>(modelName, schemaFor(collection));
  await model.init();
  // What a version holds was checked before it was published.
  const toDomain = ({ _id, content, ...document }: VersionDocument): Published<Content> =>
    ({ ...document, id: _id, content: content as Content });
  const find = (filter: Record<string, unknown>, limit: number): Promise<VersionDocument[]> =>
    model.find(filter).sort({ number: -1 }).limit(limit).lean<VersionDocument[]>().exec();

  return {
    async seed({ id, ...document }) {
      if (await model.exists({})) return 0;
      await model.create([{ ...document, _id: id }]);
      return 1;
    },
    repository(transactions) {
      let read: Promise<Published<Content>> | undefined;
      const readLatest = async (): Promise<Published<Content>> => {
        const [latest] = await find({}, 1);
        return latest ? toDomain(latest) : initial;
      };
      const byName = new DataLoader<string, Published<Content> | null>(async (names) => {
        const found = (await find({ _id: { $in: [...names] } }, names.length)).map(toDomain);
        return names.map((name) => (name === initial.id ? initial : found.find(({ id }) => id === name) ?? null));
      });
      return {
        latest: () => (read ??= readLatest()),
        byVersion: (version) => byName.load(version),
        async list({ first, after }) {
          const below = after === null ? {} : { number: { $lt: Number(after[0]) } };
          const found = (await find(below, first + 1)).map(toDomain);
          const isLast = found.length <= first && (after === null || Number(after[0]) > initial.number);
          return cutPage(isLast ? [...found, initial] : found, first);
        },
        count: async () => (await model.countDocuments()) + 1,
        async save(published, receipt, entry) {
          read = undefined;
          byName.clear(published.id);
          const { id, ...document } = published;
          if (id === initial.id) return 'NAME_TAKEN';
          try {
            await transactions.run(async (unit) => {
              await model.create([{ ...document, _id: id }], { session: unit.session });
              unit.changed(...publicTopics(shows));
              if (entry) await openness?.announce(entry, unit);
              if (receipt) await receipts.record(receipt, id, unit.session);
              if (!event) return;
              unit.emit(...routeOf(event.type).to.map((target) => ({
                type: event.type, subject: collection, target, at: published.publishedAt ?? new Date(0), data: event.data(published),
              })));
            });
            return 'SAVED';
          } catch (error) {
            await mustBeTaken(error, receipts, receipt);
            return (await model.exists({ _id: id })) ? 'NAME_TAKEN' : 'NUMBER_TAKEN';
          }
        },
      };
    },
  };
}
