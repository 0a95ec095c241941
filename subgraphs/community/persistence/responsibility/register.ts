import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection, type Model } from 'mongoose';
import { levelOfOfficer, type Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { toDoTopic } from '../../../shared/domain/topics.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { isDuplicateKey, runAgain } from '../../../shared/persistence/failures.js';
import type { Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import { holderKey } from '../../domain/case.js';
import { absenceReasons, awayOf, type Absence } from '../../domain/responsibility/absence.js';
import type { Ground } from '../../domain/responsibility/planning.js';
import { personsOf, type Post } from '../../domain/responsibility/post.js';
import type { Plan, PlanScope, PostFilter, Register } from '../../usecases/ports.js';

/** The post and what is derived from it for finding it; the derived part is never read back. */
interface PostDocument extends Omit<Post, 'id'> {
  _id: string;
  holderKey: string;
  area: string;
  unit: string | null;
  persons: string[];
}

interface AbsenceDocument extends Omit<Absence, 'id'> {
  _id: string;
  /** When the person is back, a cancellation counted in. */
  endsAt: Date;
}

/** Written by every plan that concerns the key, so that two of them never rest on the same state. */
interface PlanLockDocument {
  /** `holder:STREET:340103001`, `person:<id>`, `post:<id>`. */
  _id: string;
  plans: number;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const number = { type: Number, required: true };
const instant = { type: Date, required: true };
const maybeInstant = { type: Date, default: null };
const mixed = { type: Schema.Types.Mixed, required: true };

const postSchema = new Schema<PostDocument>(
  {
    _id: text, version: number, holder: mixed, name: text, scope: mixed, assignments: { type: [Schema.Types.Mixed], required: true } as never,
    to: maybeInstant, holderKey: text, area: text, unit: maybeText, persons: [String],
  },
  { collection: 'posts', versionKey: false, minimize: false },
);
postSchema.index({ holderKey: 1, _id: 1 });
postSchema.index({ area: 1, holderKey: 1, _id: 1 });
postSchema.index({ persons: 1 });

const absenceSchema = new Schema<AbsenceDocument>(
  {
    _id: text, version: number, person: text, from: instant, to: instant, reason: { type: String, enum: absenceReasons, required: true },
    plannedBy: text, plannedAt: instant, cancelledAt: maybeInstant, endsAt: instant,
  },
  { collection: 'absences', versionKey: false },
);
absenceSchema.index({ person: 1, from: -1, _id: -1 });

const lockSchema = new Schema<PlanLockDocument>({ _id: text, plans: number }, { collection: 'planLocks', versionKey: false });

const toPostDocument = ({ id, ...post }: Post): PostDocument => ({
  ...post, _id: id, holderKey: holderKey(post.holder), area: post.holder.area, unit: post.holder.unit, persons: personsOf(post),
});
const toPost = ({ _id, holderKey: _h, area: _a, unit: _u, persons: _p, ...post }: PostDocument): Post => ({ ...post, id: _id });
const toAbsenceDocument = ({ id, ...absence }: Absence): AbsenceDocument => ({ ...absence, _id: id, endsAt: awayOf(absence).to });
const toAbsence = ({ _id, endsAt: _e, ...absence }: AbsenceDocument): Absence => ({ ...absence, id: _id });

/** Those whose to-do is shared out by it. */
const holdersOf = ({ post, absence }: Plan, { posts }: Ground): string[] =>
  [...(post ? [post] : []), ...posts.filter((one) => absence && personsOf(one).includes(absence.person))].map(({ holder }) => holderKey(holder));

const nothing = { _id: { $in: [] as string[] } };

const codesWithin = (area: string): { $gte: string; $lt: string } => {
  const { from, before } = codeRange(area);
  return { $gte: from, $lt: before };
};
const within = (area: string): Record<string, unknown> => ({ area: codesWithin(area) });

/** The rule of `seesPost` as a query. */
function visibleTo(actor: Actor): Record<string, unknown> {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit === null ? nothing : { holderKey: `UNIT:${actor.unit}` };
  const isOfficial = actor.role === 'AUDITOR' || levelOfOfficer(actor) !== null;
  return isOfficial && actor.area !== null ? within(actor.area) : nothing;
}

const notOver = (now: Date): Record<string, unknown> => ({ $or: [{ to: null }, { to: { $gt: now } }] });

const conditions = (actor: Actor, { area, unit, includeEnded }: PostFilter, now: Date): Record<string, unknown>[] => [
  visibleTo(actor),
  ...(area !== null ? [within(area)] : []),
  ...(unit !== null ? [{ holderKey: `UNIT:${unit}` }] : []),
  ...(includeEnded ? [] : [notOver(now)]),
];

export interface RegisterStore {
  /** One per request; `transactions` is the ground's. */
  repository(transactions: Transactions): Register;
}

export async function openRegister(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<RegisterStore> {
  const posts: Model<PostDocument> = connection.model<PostDocument>('Post', postSchema);
  const absences: Model<AbsenceDocument> = connection.model<AbsenceDocument>('Absence', absenceSchema);
  const locks: Model<PlanLockDocument> = connection.model<PlanLockDocument>('PlanLock', lockSchema);
  await posts.init();
  await absences.init();
  await locks.init();

  /** One after the other, and for all plans in the same order, so that no two wait for each other. */
  async function lock(keys: readonly string[], session: ClientSession): Promise<void> {
    for (const _id of keys.toSorted()) {
      try {
        await locks.updateOne({ _id }, { $inc: { plans: 1 } }, { upsert: true, session });
      } catch (error) {
        // Two plans made the key's first entry; the one that lost finds it the next time.
        throw isDuplicateKey(error) ? runAgain(error) : error;
      }
    }
  }

  async function groundOf({ persons, holder, subject }: PlanScope, now: Date, session: ClientSession): Promise<Ground> {
    const holders = holder === null ? [] : [holderKey(holder)];
    await lock([...holders.map((key) => `holder:${key}`), ...new Set(persons.map((id) => `person:${id}`))], session);
    const concerned = (await posts
      .find({ $or: [{ _id: subject }, { $and: [{ $or: [{ holderKey: { $in: holders } }, { persons: { $in: [...persons] } }] }, notOver(now)] }] })
      .session(session)
      .lean<PostDocument[]>()).map(toPost);
    const theirs = concerned.filter((post) => personsOf(post).some((id) => persons.includes(id)));
    // The other half of a pair may be planning too.
    await lock(theirs.map(({ id }) => `post:${id}`), session);
    const found = await absences
      .find({ $or: [{ _id: subject }, { person: { $in: [...new Set([...persons, ...theirs.flatMap(personsOf)])] }, endsAt: { $gt: now } }] })
      .session(session)
      .lean<AbsenceDocument[]>();
    return { posts: concerned, absences: found.map(toAbsence) };
  }

  async function write({ post, absence }: Plan, session: ClientSession): Promise<void> {
    if (post) await posts.replaceOne({ _id: post.id }, toPostDocument(post), { upsert: true, session });
    if (absence) await absences.replaceOne({ _id: absence.id }, toAbsenceDocument(absence), { upsert: true, session });
  }

  return {
    repository(transactions) {
      const byHolder = new DataLoader<string, readonly Post[]>(async (keys) => {
        const found = groupBy(await posts.find({ holderKey: { $in: [...keys] } }).lean<PostDocument[]>(), (post) => post.holderKey);
        return keys.map((key) => (found.get(key) ?? []).map(toPost));
      });
      const byPerson = new DataLoader<string, readonly Absence[]>(async (persons) => {
        const found = await absences.find({ person: { $in: [...persons] } }).sort({ from: 1, _id: 1 }).lean<AbsenceDocument[]>();
        const theirs = groupBy(found.map(toAbsence), ({ person }) => person);
        return persons.map((person) => theirs.get(person) ?? []);
      });
      const byId = new DataLoader<string, Post | null>(async (ids) => {
        const found = await posts.find({ _id: { $in: [...ids] } }).lean<PostDocument[]>();
        const byKey = new Map(found.map((document) => [document._id, toPost(document)]));
        return ids.map((id) => byKey.get(id) ?? null);
      });
      return {
        post: (id) => byId.load(id),
        postsOf: (holder) => byHolder.load(holder),
        postsNaming: async (person) => (await posts.find({ persons: person }).lean<PostDocument[]>()).map(toPost),
        async absence(id) {
          const found = await absences.findById(id).lean<AbsenceDocument>();
          return found && toAbsence(found);
        },
        absencesOf: (person) => byPerson.load(person),
        async listPosts(actor, filter, now, { first, after }) {
          const [holder, id] = [String(after?.[0]), String(after?.[1])];
          const beyond = after ? [{ $or: [{ holderKey: { $gt: holder } }, { holderKey: holder, _id: { $gt: id } }] }] : [];
          const found = await posts
            .find({ $and: [...conditions(actor, filter, now), ...beyond] })
            .sort({ holderKey: 1, _id: 1 })
            .limit(first + 1)
            .lean<PostDocument[]>();
          return cutPage(found.map(toPost), first);
        },
        countPosts: (actor, filter, now) => posts.countDocuments({ $and: conditions(actor, filter, now) }).exec(),
        countPostsFor: (actor, area, now) => posts.countDocuments({
          $and: [visibleTo(actor), notOver(now), { $or: [within(area), { 'scope.grids': { $elemMatch: codesWithin(area) } }] }],
        }).exec(),
        async listAbsences(person, { first, after }) {
          const [at, id] = [new Date(Number(after?.[0])), String(after?.[1])];
          const beyond = after ? [{ $or: [{ from: { $lt: at } }, { from: at, _id: { $lt: id } }] }] : [];
          const found = await absences
            .find({ $and: [{ person }, ...beyond] })
            .sort({ from: -1, _id: -1 })
            .limit(first + 1)
            .lean<AbsenceDocument[]>();
          return cutPage(found.map(toAbsence), first);
        },
        countAbsences: (person) => absences.countDocuments({ person }).exec(),
        async plan(scope, now, decide, receipt) {
          const decided = await transactions.run(async ({ session, changed }) => {
            const ground = await groundOf(scope, now, session);
            const decision = decide(ground);
            if (!decision.ok) return decision;
            await write(decision.value, session);
            changed(...holdersOf(decision.value, ground).map(toDoTopic));
            const subject = decision.value.post?.id ?? decision.value.absence?.id;
            if (receipt && subject !== undefined) await receipts.record(receipt, subject, session);
            return decision;
          });
          byHolder.clearAll();
          byPerson.clearAll();
          byId.clearAll();
          return decided;
        },
      };
    },
  };
}
