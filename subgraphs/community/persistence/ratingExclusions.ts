import type { ClientSession, Connection } from 'mongoose';
import { ancestorAt, levels } from '../../shared/domain/areaCode.js';
import { cutPage } from '../../shared/graphql/connection.js';
import type { Case } from '../domain/case.js';
import type { ExclusionFilter, RatingExclusion, RatingExclusions } from '../usecases/ports.js';

interface ExclusionDocument extends RatingExclusion {
  readonly _id: string;
  /** Of whom the rating is, and those above. */
  readonly areas: readonly string[];
}

export interface RatingExclusionStore extends RatingExclusions {
  /** Writes what the case's step `seq` asked for or decided, if it did. */
  keep(subject: Case, seq: number, session: ClientSession): Promise<void>;
}

/** Every request to leave a rating out of the counts, in one list; written with the case. */
export async function openRatingExclusions({ db }: Connection): Promise<RatingExclusionStore> {
  if (!db) throw new Error('Open the connection before its exclusions of ratings.');
  const exclusions = db.collection<ExclusionDocument>('ratingExclusions');
  await exclusions.createIndex({ areas: 1, 'leftOut.requestedAt': -1, _id: -1 });

  const decisions = { WAITING: { 'leftOut.decided': null }, GRANTED: { 'leftOut.decided.granted': true }, REFUSED: { 'leftOut.decided.granted': false } };
  const conditions = ({ area, from, to, states }: ExclusionFilter) => ({
    areas: area,
    ...((from ?? to) && { 'leftOut.requestedAt': { ...(from && { $gte: from }), ...(to && { $lt: to }) } }),
    ...(states && { $or: [...states.map((state) => decisions[state]), { _id: '' }] }),
  });

  return {
    async keep({ id, evaluations }, seq, session) {
      const rating = evaluations.find(({ leftOut }) => leftOut !== null && [leftOut.seq, leftOut.decided?.seq].includes(seq));
      if (!rating?.leftOut) return;
      const { round, provider, leftOut } = rating;
      const areas = levels.slice(0, levels.indexOf(provider.level) + 1).map((level) => ancestorAt(provider.area, level));
      await exclusions.replaceOne({ _id: `${id}:${leftOut.seq}` }, { caseId: id, round, provider, leftOut, areas }, { upsert: true, session });
    },
    async list(filter, { first, after }) {
      const [at, id] = [new Date(Number(after?.[0])), String(after?.[1])];
      const beyond = after ? [{ $or: [{ 'leftOut.requestedAt': { $lt: at } }, { 'leftOut.requestedAt': at, _id: { $lt: id } }] }] : [];
      const found = await exclusions
        .find({ $and: [conditions(filter), ...beyond] })
        .sort({ 'leftOut.requestedAt': -1, _id: -1 })
        .limit(first + 1)
        .toArray();
      return cutPage(found.map(({ _id, areas: _a, ...exclusion }) => exclusion), first);
    },
    count: (filter) => exclusions.countDocuments(conditions(filter)),
  };
}
