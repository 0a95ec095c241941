import type { Connection } from 'mongoose';
import { codeRange } from '../../shared/domain/areaCode.js';
import type { CountedStepsKey } from '../../shared/domain/countedSteps.js';
import { monthsBetween } from '../../shared/graphql/counts.js';
import { cutPage } from '../../shared/graphql/connection.js';
import { countedKey } from '../domain/caseCounts.js';
import type { CountedSteps } from '../usecases/ports.js';
import type { TimelineDocument } from './case.repository.js';

type Counting = TimelineDocument & Required<Pick<TimelineDocument, 'counts' | 'round'>>;

/** Reads the timeline of `openCases`, which must have been opened before. */
export function openCountedSteps({ db }: Connection): CountedSteps {
  if (!db) throw new Error('Open the connection before its counted steps.');
  const timeline = db.collection<Counting>('timeline');

  const conditions = ({ area, measure, from, to, asOf }: CountedStepsKey) => ({
    countedIn: { $in: monthsBetween(from, to).map((month) => countedKey(measure, area, month)) },
    ...(asOf && { at: { $lte: asOf } }),
  });
  const isCounted = ({ area, measure, from, to }: CountedStepsKey) => ({ holder, day, counts }: Counting['counts'][number]): boolean =>
    holder.area.startsWith(area) && day.slice(0, 7) >= from && day.slice(0, 7) <= to && counts[measure] !== undefined;

  return {
    async page(key, { first, after }) {
      const [at, caseId, seq] = [new Date(Number(after?.[0])), String(after?.[1]), Number(after?.[2])];
      const beyond = after ? [{ $or: [{ at: { $gt: at } }, { at, caseId: { $gt: caseId } }, { at, caseId, seq: { $gt: seq } }] }] : [];
      const found = await timeline
        .find({ $and: [conditions(key), ...beyond] }, {
          projection: { caseId: 1, seq: 1, at: 1, action: 1, round: 1, counts: 1 },
        })
        .sort({ at: 1, caseId: 1, seq: 1 })
        .limit(first + 1)
        .toArray();
      return cutPage(found.map(({ _id, counts, ...step }) => {
        const [move, ...more] = counts.filter(isCounted(key));
        if (!move || more.length > 0) throw new Error(`Step ${_id} is found under ${key.measure} of ${key.area}, which it moved ${more.length} times more.`);
        return { ...step, day: move.day, holder: move.holder, amount: move.counts[key.measure] ?? 0 };
      }), first);
    },
    count: (key) => timeline.countDocuments(conditions(key)),
    async total(key) {
      const { from, before } = codeRange(key.area);
      const [sum] = await timeline.aggregate<{ n: number }>([
        { $match: conditions(key) },
        { $unwind: '$counts' },
        { $match: { 'counts.holder.area': { $gte: from, $lt: before }, 'counts.day': { $gte: key.from, $lte: `${key.to}-31` } } },
        { $group: { _id: null, n: { $sum: `$counts.counts.${key.measure}` } } },
      ]).toArray();
      return sum?.n ?? 0;
    },
  };
}
