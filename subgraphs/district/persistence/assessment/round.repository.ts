import DataLoader from 'dataloader';
import { Schema, type Connection } from 'mongoose';
import type { Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import type { Round } from '../../domain/assessment/round.js';
import { publicStates, roundStates, unpublishedStates } from '../../domain/assessment/round.transitions.js';
import type { RoundFilter, RoundRepository } from '../../usecases/ports.js';

interface RoundDocument extends Omit<Round, 'id'> {
  _id: string;
  /** Of its units, for finding theirs. */
  unitCodes: string[];
  /** The district's code until it is published or discarded: one at a time. */
  openOn?: string;
}

const text = { type: String, required: true };
const instant = { type: Date, required: true };
const maybeInstant = { type: Date, default: null };
const list = { type: [Schema.Types.Mixed], default: [] } as never;

const roundSchema = new Schema<RoundDocument>(
  {
    _id: text, version: { type: Number, required: true }, state: { type: String, enum: roundStates, required: true }, district: text, name: text,
    from: text, to: text, scheme: { type: Schema.Types.Mixed, required: true }, units: list, special: list,
    results: { type: Schema.Types.Mixed, default: null }, computedAt: maybeInstant, computations: list, owesCompute: { type: Boolean, required: true },
    objections: list, rectifications: list, openedAt: instant, openedBy: text, feedbackAt: maybeInstant, publishedAt: maybeInstant,
    endedAt: maybeInstant, endNote: { type: String, default: null }, unitCodes: [String], openOn: String,
  },
  { collection: 'assessmentRounds', versionKey: false, minimize: false },
);
const latest = { openedAt: -1, _id: -1 } as const;
roundSchema.index({ openOn: 1 }, { unique: true, sparse: true });
roundSchema.index({ district: 1, ...latest });
roundSchema.index({ unitCodes: 1, to: -1 });
roundSchema.index({ unitCodes: 1, ...latest });
roundSchema.index({ state: 1, ...latest });

const toDocument = ({ id, ...round }: Round): RoundDocument => ({
  ...round,
  _id: id,
  unitCodes: round.units.map(({ code }) => code),
  ...(unpublishedStates.includes(round.state) && { openOn: round.district }),
});
const toDomain = ({ _id, unitCodes: _units, openOn: _open, ...round }: RoundDocument): Round => ({ ...round, id: _id });

const published = { state: { $in: [...publicStates] } };

/** The rule of `seesRound` as a query. */
function visibleTo(actor: Actor | null): Record<string, unknown> {
  const { role, area } = actor ?? { role: null, area: null };
  if (area === null) return published;
  if (role === 'DISTRICT_OFFICER') return { $or: [published, { district: area }] };
  if (role === 'STREET_CLERK') return { $or: [published, { unitCodes: area, state: { $ne: 'DISCARDED' } }] };
  if (role !== 'CITY_OFFICER' && role !== 'AUDITOR') return published;
  const { from, before } = codeRange(area);
  return { $or: [published, { district: { $gte: from, $lt: before } }] };
}

const conditions = (actor: Actor | null, { district, states }: RoundFilter): Record<string, unknown>[] => [
  visibleTo(actor),
  ...(district === null ? [] : [{ district }]),
  ...(states === null ? [] : [{ state: { $in: [...states] } }]),
];

export interface RoundStore {
  /** One per request. */
  repository(transactions: Transactions): RoundRepository;
}

export async function openRounds(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<RoundStore> {
  const model = connection.model<RoundDocument>('AssessmentRound', roundSchema);
  await model.init();

  /** From the latest back, until each unit has one. */
  async function before({ district, from, units }: Round): Promise<ReadonlyMap<string, Round>> {
    const found = new Map<string, Round>();
    const wanted = new Set(units.map(({ code }) => code));
    while (wanted.size > 0) {
      const earlier = await model.findOne({ district, ...published, to: { $lt: from }, unitCodes: { $in: [...wanted] } })
        .sort({ to: -1, publishedAt: -1, _id: -1 }).lean<RoundDocument>();
      if (!earlier) break;
      const round = toDomain(earlier);
      for (const { code } of round.units) if (wanted.delete(code)) found.set(code, round);
    }
    return found;
  }

  return {
    repository(transactions) {
      const loader = new DataLoader<string, Round | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<RoundDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      const previous = new DataLoader<Round, ReadonlyMap<string, Round>, string>(
        (rounds) => Promise.all(rounds.map(before)), { cacheKeyFn: ({ id, version }) => `${id}:${version}` },
      );
      return {
        byId: (id) => loader.load(id),
        previousOf: (round) => previous.load(round),
        async open(round, receipt) {
          try {
            await transactions.run(async ({ session }) => {
              await model.create([toDocument(round)], { session });
              if (receipt) await receipts.record(receipt, round.id, session);
            });
            return 'SAVED';
          } catch (error) {
            await mustBeTaken(error, receipts, receipt);
            return 'DUPLICATE';
          }
        },
        async save(next, expectedVersion, receipt) {
          loader.clear(next.id);
          return transactions.run(async ({ session, emit }) => {
            const { matchedCount } = await model.replaceOne({ _id: next.id, version: expectedVersion }, toDocument(next), { session });
            if (matchedCount === 0) return false;
            if (receipt) await receipts.record(receipt, next.id, session);
            const { id: roundId, district, name, publishedAt: at } = next;
            if (next.state === 'PUBLISHED' && at !== null) {
              emit({ type: 'round.published', subject: roundId, target: 'city', at, data: { roundId, district, name, at: at.toISOString() } });
            }
            return true;
          });
        },
        async list(actor, filter, { first, after }) {
          const [openedAt, id] = after ?? [];
          const at = new Date(Number(openedAt));
          const beyond = after ? [{ $or: [{ openedAt: { $lt: at } }, { openedAt: at, _id: { $lt: String(id) } }] }] : [];
          const found = await model
            .find({ $and: [...conditions(actor, filter), ...beyond] })
            .sort(latest)
            .limit(first + 1)
            .lean<RoundDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, filter) => model.countDocuments({ $and: conditions(actor, filter) }).exec(),
      };
    },
  };
}
