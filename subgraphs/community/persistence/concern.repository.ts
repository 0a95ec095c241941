import DataLoader from 'dataloader';
import { Schema, type Connection, type mongo } from 'mongoose';
import { ancestorAt } from '../../shared/domain/areaCode.js';
import { concernClasses, type ConcernRule } from '../../shared/domain/concernRule.js';
import { RaceLost } from '../../shared/domain/raceLost.js';
import { newId } from '../../shared/ids.js';
import { isDuplicateKey } from '../../shared/persistence/failures.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import { isExact, topicKey, windowStart, type Concern, type CountedClass, type CountedTopic, type Figures } from '../domain/concern.js';
import type { CaseTallies, ConcernRepository, LongUnresolved, ScanLeases, Tally } from '../usecases/ports.js';

interface ConcernDocument extends Omit<Concern, 'id'> {
  _id: string;
  /** Of its topic; never read back. */
  key: string;
}

interface ScanDocument {
  _id: string;
  leaseId: string;
  leasedUntil: Date;
  nextAt: Date;
  /** Version of the rule that the last scan went by. */
  ruleVersion: string;
}

const text = { type: String, required: true };
const number = { type: Number, required: true };
const instant = { type: Date, required: true };
const mixed = { type: Schema.Types.Mixed, required: true };

const concernSchema = new Schema<ConcernDocument>(
  {
    _id: text, key: text, version: number, class: { type: String, enum: concernClasses, required: true }, area: text, district: text, category: text,
    exact: { type: Boolean, required: true }, case: { type: Schema.Types.Mixed, default: null }, episode: number, since: instant, foundAt: instant, lastFoundAt: instant, figures: mixed,
    ruleVersion: text, closedAt: { type: Date, default: null },
  },
  { collection: 'concerns', versionKey: false, minimize: false },
);
concernSchema.index({ key: 1, episode: 1 });
concernSchema.index({ district: 1, closedAt: 1 });

const scanId = 'concerns';

type Stage = Record<string, unknown>;

/** `reporterMark` as an expression. */
const reporterMark = {
  $switch: {
    branches: [
      { case: { $gt: ['$reporter.id', null] }, then: { $concat: ['id:', '$reporter.id'] } },
      { case: { $gt: ['$reporter.phone', null] }, then: { $concat: ['phone:', '$reporter.phone'] } },
      { case: { $eq: ['$channel', 'GRID_WORKER'] }, then: { $concat: ['worker:', '$submittedBy'] } },
    ],
    default: { $concat: ['case:', '$_id'] },
  },
};

/** `categoryAt` as an expression. */
const categoryAt = (depth: number) =>
  ({ $arrayElemAt: ['$categories', { $subtract: [{ $min: [depth, { $size: '$categories' }] }, 1] }] });

/** What was submitted before it was reported there is not: the index gives a few too many, `reportedAt` decides. */
const since = (from: Date, now: Date): Stage =>
  ({ submittedAt: { $gte: from, $lte: now }, reportedAt: { $gte: from }, state: { $ne: 'WITHDRAWN' } });

const perReporter = (group: Stage): Stage[] => [
  { $group: { _id: { ...group, reporter: reporterMark }, cases: { $sum: 1 } } },
  {
    $group: {
      _id: Object.fromEntries(Object.keys(group).map((key) => [key, `$_id.${key}`])),
      cases: { $sum: '$cases' }, reporters: { $sum: 1 },
    },
  },
];

const perCommunity = (group: Stage, enough: number): Stage[] => [
  { $group: { _id: { ...group, community: '$place.community' }, cases: { $sum: 1 } } },
  {
    $group: {
      _id: Object.fromEntries(Object.keys(group).map((key) => [key, `$_id.${key}`])),
      cases: { $sum: '$cases' }, communities: { $sum: { $cond: [{ $gte: ['$cases', enough] }, 1, 0] } },
    },
  },
];

interface Counted {
  readonly _id: { readonly area?: string; readonly category?: string };
  readonly cases: number;
  readonly reporters?: number;
  readonly communities?: number;
}

const figuresOf = ({ cases, reporters = null, communities = null }: Omit<Counted, '_id' | 'reporters' | 'communities'> & {
  readonly reporters?: number | null; readonly communities?: number | null;
}): Figures => ({ cases, reporters, communities });

function tally(name: CountedClass, area: string, depth: number, counted: Counted): Tally {
  const { category = '' } = counted._id;
  return { topic: { class: name, area, category, exact: isExact(category, depth), case: null }, figures: figuresOf(counted) };
}

const areaFields: Readonly<Record<number, string>> = { 6: 'district', 9: 'street', 12: 'place.community' };

/** The index takes the range, which `categories` cuts to what lies in the category. */
const aboutTopic = ({ area, category, exact }: CountedTopic): Stage => ({
  [areaFields[area.length] ?? 'place.grid']: area,
  ...(exact ? { category } : { category: { $gte: category, $lt: `${category}0` }, categories: category }),
});

/** Facets of one query. */
const recountedAtOnce = 50;

export interface ConcernStore {
  /** One per request; `transactions` is the ground's, or an event's own transaction. */
  repository(transactions: Transactions): ConcernRepository;
  readonly tallies: CaseTallies;
  readonly leases: ScanLeases;
}

/** Reads the cases of `openCases`, which must have been opened before. */
export async function openConcerns(connection: Connection): Promise<ConcernStore> {
  const { db } = connection;
  if (!db) throw new Error('Open the connection before its concerns.');
  const model = connection.model<ConcernDocument>('Concern', concernSchema);
  await model.init();
  const cases = db.collection<{ _id: string }>('cases');
  const scans = db.collection<ScanDocument>('scans');

  const toDocument = ({ id, ...concern }: Concern): ConcernDocument => ({ ...concern, _id: id, key: topicKey({ ...concern }) });
  const toDomain = ({ _id, key: _key, ...concern }: ConcernDocument): Concern => ({ ...concern, id: _id });
  const aggregate = <T extends mongo.Document>(stages: readonly Stage[]): Promise<T[]> => cases.aggregate<T>([...stages]).toArray();

  async function recountBatch(
    district: string, topics: Parameters<CaseTallies['recount']>[1], rule: ConcernRule, now: Date,
  ): Promise<Figures[]> {
    if (topics.length === 0) return [];
    const conditions = topics.map(({ topic, since: from }) => ({ ...aboutTopic(topic), ...since(from, now) }));
    const facets = topics.map(({ topic }, i): [string, Stage[]] => [`topic${i}`, [
      { $match: conditions[i] ?? {} },
      ...(topic.class === 'COMMON' ? perCommunity({ area: '$district' }, rule.common.cases) : perReporter({ area: '$district' })),
    ]]);
    const [found] = await aggregate<Record<string, Counted[]>>([
      { $match: { $or: conditions.map((condition) => ({ district, ...condition })) } },
      { $facet: Object.fromEntries(facets) },
    ]);
    return topics.map(({ topic }, i) => figuresOf({
      cases: 0, [topic.class === 'COMMON' ? 'communities' : 'reporters']: 0, ...found?.[`topic${i}`]?.[0],
    }));
  }

  const tallies: CaseTallies = {
    districts: async (from, now) =>
      (await cases.distinct('district', { submittedAt: { $gte: from, $lte: now } }) as string[]).toSorted(),
    async stronglyReported(district, { stronglyReported: { reporters, categoryDepth, within, ...rule } }, now) {
      const area = within === 'STREET' ? '$street' : '$place.community';
      const found = await aggregate<Counted>([
        { $match: { district, ...since(windowStart(rule, now), now) } },
        ...perReporter({ area, category: categoryAt(categoryDepth) }),
        { $match: { reporters: { $gte: reporters } } },
        { $sort: { _id: 1 } },
      ]);
      return found.map((one) => tally('STRONGLY_REPORTED', one._id.area ?? '', categoryDepth, one));
    },
    async common(district, { common: { communities, cases: enough, categoryDepth, ...rule } }, now) {
      const found = await aggregate<Counted>([
        { $match: { district, ...since(windowStart(rule, now), now) } },
        ...perCommunity({ category: categoryAt(categoryDepth) }, enough),
        { $match: { communities: { $gte: communities } } },
        { $sort: { _id: 1 } },
      ]);
      return found.map((one) => tally('COMMON', district, categoryDepth, one));
    },
    async recount(district, topics, rule, now) {
      const figures: Figures[] = [];
      for (let from = 0; from < topics.length; from += recountedAtOnce) {
        figures.push(...(await recountBatch(district, topics.slice(from, from + recountedAtOnce), rule, now)));
      }
      return figures;
    },
    async longUnresolved(now, after, limit) {
      const [at, id] = after ?? [];
      const due = { concernAt: { $gt: new Date(0), $lte: now } };
      const found = await cases
        .find<LongDocument>(after ? { ...due, $or: [{ concernAt: { $gt: at } }, { concernAt: at, _id: { $gt: id ?? '' } }] } : due, {
          projection: { number: 1, title: 1, category: 1, 'place.community': 1, submittedAt: 1, concernAt: 1 },
        })
        .sort({ concernAt: 1, _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id, number: caseNumber, title, category, place: { community }, submittedAt, concernAt }): LongUnresolved => ({
        topic: { class: 'LONG_UNRESOLVED', area: community, category, exact: true, case: { id: _id, number: caseNumber, title } },
        district: ancestorAt(community, 'DISTRICT'), submittedAt, position: [concernAt, _id],
      }));
    },
  };

  const leases: ScanLeases = {
    async claim(now, { ruleVersion, leaseMs }) {
      const id = newId();
      const isDue = { leasedUntil: { $lte: now }, $or: [{ nextAt: { $lte: now } }, { ruleVersion: { $ne: ruleVersion } }] };
      try {
        await scans.updateOne(
          { _id: scanId, ...isDue },
          { $set: { leaseId: id, leasedUntil: new Date(now.getTime() + leaseMs) }, $setOnInsert: { nextAt: now, ruleVersion: '' } },
          { upsert: true },
        );
        return { id };
      } catch (error) {
        // It is there, and not due: the upsert ran into its own id.
        if (isDuplicateKey(error)) return null;
        throw error;
      }
    },
    extend: async ({ id }, until) =>
      (await scans.updateOne({ _id: scanId, leaseId: id }, { $set: { leasedUntil: until } })).matchedCount > 0,
    async done({ id }, { ruleVersion, nextAt }) {
      await scans.updateOne({ _id: scanId, leaseId: id }, { $set: { leasedUntil: new Date(0), nextAt, ruleVersion } });
    },
  };

  return {
    tallies,
    leases,
    repository(transactions) {
      const loader = new DataLoader<string, Concern | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<ConcernDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      return {
        byId: (id) => loader.load(id),
        async latest(keys) {
          if (keys.length === 0) return new Map();
          const found = await model.find({ key: { $in: [...keys] } }).sort({ episode: 1 }).lean<ConcernDocument[]>();
          return new Map(found.map((document) => [document.key, toDomain(document)]));
        },
        async openIn(district) {
          const found = await model
            .find({ district, closedAt: null, class: { $ne: 'LONG_UNRESOLVED' } }).sort({ _id: 1 }).lean<ConcernDocument[]>();
          return found.map(toDomain);
        },
        async save({ next, event }, previousVersion) {
          loader.clear(next.id);
          try {
            return await transactions.run(async (unit) => {
              const { session } = unit;
              if (previousVersion === 0) {
                await model.create([toDocument(next)], { session });
              } else {
                const { matchedCount } = await model.replaceOne({ _id: next.id, version: previousVersion }, toDocument(next), { session });
                if (matchedCount === 0) return false;
              }
              unit.emit({ ...event, subject: next.id, target: 'district' });
              return true;
            });
          } catch (error) {
            if (isDuplicateKey(error)) return false;
            throw error;
          }
        },
        async put(next, previousVersion) {
          loader.clear(next.id);
          await transactions.run(async ({ session }) => {
            const { matchedCount } = await model.replaceOne({ _id: next.id, version: previousVersion }, toDocument(next), { session });
            if (matchedCount === 0) throw new RaceLost(`Concern ${next.id} changed while an event was applied to it.`);
          });
        },
      };
    },
  };
}

interface LongDocument {
  readonly _id: string;
  readonly number: string;
  readonly title: string;
  readonly category: string;
  readonly place: { readonly community: string };
  readonly submittedAt: Date;
  readonly concernAt: Date;
}
