import DataLoader from 'dataloader';
import type { Connection } from 'mongoose';
import { ancestorAt, levels } from '../../shared/domain/areaCode.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import { stale } from '../../shared/domain/plan.js';
import { ok } from '../../shared/domain/result.js';
import { cutPage } from '../../shared/graphql/connection.js';
import { mustBeTaken, type Receipts } from '../../shared/persistence/receipts.js';
import { within, type Transactions } from '../../shared/persistence/transactions.js';
import type { Case } from '../domain/case.js';
import type { ReturnVisit, VisitList, VisitState } from '../domain/returnVisit.js';
import type { ReturnVisits } from '../usecases/ports.js';
import type { CaseStore } from './case.repository.js';

interface ListDocument extends Omit<VisitList, 'id'> {
  readonly _id: string;
  /** The community and those above it. */
  readonly areas: readonly string[];
}
type VisitDocument = Omit<ReturnVisit, 'id'> & { readonly _id: string };

/** Takes back what a transaction has written: the case is not as it was read. */
class CaseMoved extends Error {}

/** How often a visit is decided anew whose case has changed meanwhile. */
const tries = 5;

/** The first instant of a day of Shanghai. */
const startOf = (day: string): Date => new Date(`${day}T00:00:00+08:00`);

export interface ReturnVisitStore {
  /** One per request. */
  repository(transactions: Transactions): ReturnVisits;
}

/** Visits are written with what they make of their cases. */
export async function openReturnVisits({ db }: Connection, { cases, receipts }: { readonly cases: CaseStore; readonly receipts: Receipts }): Promise<ReturnVisitStore> {
  if (!db) throw new Error('Open the connection before its return visits.');
  const lists = db.collection<ListDocument>('visitLists');
  const visits = db.collection<VisitDocument>('returnVisits');
  const stored = db.collection<Omit<Case, 'id'> & { readonly _id: string }>('cases');
  await lists.createIndex({ areas: 1, openedAt: -1, _id: -1 });
  await visits.createIndex({ listId: 1, state: 1, _id: 1 });
  await stored.createIndex({ 'place.community': 1, 'resolution.at': 1 });

  const toList = ({ _id, areas: _a, ...list }: ListDocument): VisitList => ({ ...list, id: _id });
  const toVisit = ({ _id, ...visit }: VisitDocument): ReturnVisit => ({ ...visit, id: _id });
  const ofList = (listId: string, states: readonly VisitState[] | null) => ({ listId, ...(states && { state: { $in: [...states] } }) });

  return {
    repository(transactions) {
      const progress = new DataLoader<string, Readonly<Partial<Record<VisitState, number>>>>(async (ids) => {
        const found = await visits.aggregate<{ _id: { listId: string; state: VisitState }; n: number }>([
          { $match: { listId: { $in: [...ids] } } },
          { $group: { _id: { listId: '$listId', state: '$state' }, n: { $sum: 1 } } },
        ]).toArray();
        const byList = groupBy(found, ({ _id }) => _id.listId);
        return ids.map((id) => Object.fromEntries((byList.get(id) ?? []).map(({ _id, n }) => [_id.state, n])));
      });
      const byListId = new DataLoader<string, VisitList | null>(async (ids) => {
        const found = new Map((await lists.find({ _id: { $in: [...ids] } }).toArray()).map((document) => [document._id, toList(document)]));
        return ids.map((id) => found.get(id) ?? null);
      });
      const byId = async (id: string): Promise<ReturnVisit | null> => {
        const document = await visits.findOne({ _id: id });
        return document && toVisit(document);
      };

      return {
        byId,
        listById: (id) => byListId.load(id),
        async candidates({ community, from, to, includeClosed }) {
          const end = new Date(startOf(to).getTime() + 86_400_000);
          const found = await stored.find(
            { 'place.community': community, 'resolution.at': { $gte: startOf(from), $lt: end }, state: { $in: includeClosed ? ['RESOLVED', 'CLOSED'] : ['RESOLVED'] } } as object,
            { projection: { round: 1, 'evaluations.round': 1 } },
          ).sort({ _id: 1 }).toArray();
          const unrated = found.filter(({ round, evaluations }) => !evaluations.some((one) => one.round === round));
          const known = await visits.find({ _id: { $in: unrated.map(({ _id, round }) => `${_id}:${round}`) } }, { projection: { _id: 1 } }).toArray();
          const listed = new Set(known.map(({ _id }) => _id));
          return unrated.filter(({ _id, round }) => !listed.has(`${_id}:${round}`)).map(({ _id, round }) => ({ id: _id, round }));
        },
        async open({ id, ...list }, made, receipt) {
          const areas = levels.map((level) => ancestorAt(list.community, level));
          try {
            await transactions.run(async ({ session }) => {
              await lists.insertOne({ ...list, _id: id, areas }, { session });
              await visits.insertMany(made.map(({ id: _id, ...visit }) => ({ ...visit, _id })), { session });
              if (receipt) await receipts.record(receipt, id, session);
            });
            return true;
          } catch (error) {
            await mustBeTaken(error, receipts, receipt);
            return false;
          }
        },
        async record({ id, ...next }, decide, receipt) {
          for (let tried = 0; tried < tries; tried += 1) {
            const subject = await cases.repository(transactions).byId(next.caseId);
            if (!subject) throw new Error(`Visit ${id} is of case ${next.caseId}, which is not stored.`);
            const decided = await decide(subject);
            if (!decided.ok) return decided;
            try {
              const isSaved = await transactions.run(async (unit) => {
                const { session } = unit;
                const { matchedCount } = await visits.replaceOne({ _id: id, version: next.version - 1 }, next, { session });
                if (matchedCount === 0) return false;
                const repository = cases.repository(within(unit));
                for (const decision of decided.value) {
                  if ((await repository.save(decision, decision.next.version - 1, null)) !== 'SAVED') throw new CaseMoved();
                }
                if (receipt) await receipts.record(receipt, id, session);
                return true;
              });
              return isSaved ? ok({ ...next, id }) : stale();
            } catch (error) {
              if (!(error instanceof CaseMoved)) throw error;
            }
          }
          return stale();
        },
        async lists(area, { first, after }) {
          const at = new Date(Number(after?.[0]));
          const beyond = after ? [{ $or: [{ openedAt: { $lt: at } }, { openedAt: at, _id: { $lt: String(after[1]) } }] }] : [];
          const found = await lists.find({ $and: [{ areas: area }, ...beyond] }).sort({ openedAt: -1, _id: -1 }).limit(first + 1).toArray();
          return cutPage(found.map(toList), first);
        },
        countLists: (area) => lists.countDocuments({ areas: area }),
        async visits(listId, states, { first, after }) {
          const found = await visits
            .find({ ...ofList(listId, states), ...(after && { _id: { $gt: String(after[0]) } }) })
            .sort({ _id: 1 })
            .limit(first + 1)
            .toArray();
          return cutPage(found.map(toVisit), first);
        },
        countVisits: (listId, states) => visits.countDocuments(ofList(listId, states)),
        progress: (listId) => progress.load(listId),
      };
    },
  };
}
