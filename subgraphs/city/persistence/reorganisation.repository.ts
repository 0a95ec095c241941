import DataLoader from 'dataloader';
import { Schema, type Connection, type Model } from 'mongoose';
import { routeOf, type EventData } from '../../../schema/events.js';
import { codeRange } from '../../shared/domain/areaCode.js';
import { RaceLost } from '../../shared/domain/raceLost.js';
import { publicTopic } from '../../shared/domain/topics.js';
import { cutPage } from '../../shared/graphql/connection.js';
import { areaFields, datedAreaSchema, openDatedAreas, type AreaStore } from '../../shared/persistence/areas.js';
import { isDuplicateKey } from '../../shared/persistence/failures.js';
import type { Receipts } from '../../shared/persistence/receipts.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import type { Reorganisation } from '../domain/reorganisation.js';
import type { ReorganisationPlan, TreeArea } from '../domain/reorganisationPlan.js';
import type { Reorganisations } from '../usecases/ports.js';

/** The reorganisation and what is derived from it for finding it; the derived part is never read back. */
interface ReorganisationDocument extends Omit<Reorganisation, 'id'> {
  _id: string;
  on: string;
  ends: string[];
  begins: string[];
  /** Every code that it ends or begins. */
  codes: string[];
  isCancelled: boolean;
}

/** Counts what was done to the tree, so that no two decisions rest on the same state of it. */
interface RevisionDocument {
  _id: string;
  revision: number;
}

const text = { type: String, required: true };
const mixed = { type: Schema.Types.Mixed, required: true };

const reorganisationSchema = new Schema<ReorganisationDocument>(
  {
    _id: text, version: { type: Number, required: true }, plan: mixed, reason: text, decidedAt: { type: Date, required: true }, decidedBy: text,
    cancelled: { type: Schema.Types.Mixed, default: null }, on: text, ends: [String], begins: [String], codes: [String], isCancelled: Boolean,
  },
  { collection: 'reorganisations', versionKey: false, minimize: false },
);
reorganisationSchema.index({ on: -1, _id: -1 });
reorganisationSchema.index({ codes: 1, on: -1, _id: -1 });
reorganisationSchema.index({ ends: 1 });
reorganisationSchema.index({ begins: 1 });

const treeSchema = datedAreaSchema<TreeArea>('tree', { ...areaFields, grids: { type: [Schema.Types.Mixed], default: [] } });

const codesOf = (areas: readonly { readonly code: string }[]): string[] => areas.map(({ code }) => code);

function toDocument({ id, ...reorganisation }: Reorganisation): ReorganisationDocument {
  const { on, ends, begins } = reorganisation.plan;
  return {
    ...reorganisation, _id: id, on, ends: codesOf(ends), begins: codesOf(begins), codes: codesOf([...ends, ...begins]),
    isCancelled: reorganisation.cancelled !== null,
  };
}
const toDomain = ({ _id, on: _on, ends: _e, begins: _b, codes: _c, isCancelled: _i, ...document }: ReorganisationDocument): Reorganisation =>
  ({ ...document, id: _id });

/** All that every level needs to do the same to the areas that it keeps. */
const toMessage = (id: string, { on, ends, begins, grids }: ReorganisationPlan): EventData<'areas.reorganised'> => ({
  reorganisationId: id,
  on,
  ends: [
    ...ends.map(({ code, successors }) => ({ code, successors: [...successors] })),
    ...grids.map(({ from, to }) => ({ code: from, successors: [to] })),
  ],
  begins: begins.map(({ code, parent, name, kind, isGovernment, population, households, areaKm2, figuresSource }) =>
    ({ code, parent: parent ?? '', name, kind, isGovernment, population, households, areaKm2, figuresSource })),
  grids: begins.flatMap((area) => area.grids.map((grid) => ({ ...grid }))),
});

const toTreeArea = ({ predecessors: _p, ...area }: ReorganisationPlan['begins'][number]): TreeArea => area;

const tree = 'tree';
const isIn = (area: string | null): Record<string, unknown> => {
  if (area === null) return {};
  const { from, before } = codeRange(area);
  return { codes: { $elemMatch: { $gte: from, $lt: before } } };
};

export interface ReorganisationStore {
  /** The city's copy of all areas below it. */
  readonly tree: AreaStore<TreeArea>;
  /** One per request. */
  repository(transactions: Transactions): Reorganisations;
}

export const openTree = (connection: Connection): Promise<AreaStore<TreeArea>> => openDatedAreas<TreeArea>(connection, 'TreeArea', treeSchema);

export async function openReorganisations(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<ReorganisationStore> {
  const areas = await openTree(connection);
  const treeAreas = connection.model('TreeArea') as unknown as Model<Omit<TreeArea, 'code'> & { _id: string }>;
  const reorganisations: Model<ReorganisationDocument> = connection.model<ReorganisationDocument>('Reorganisation', reorganisationSchema);
  const revisions: Model<RevisionDocument> = connection.model<RevisionDocument>(
    'TreeRevision', new Schema<RevisionDocument>({ _id: text, revision: Number }, { collection: 'treeRevisions', versionKey: false }),
  );
  await Promise.all([reorganisations.init(), revisions.init()]);
  try {
    await revisions.updateOne({ _id: tree }, { $setOnInsert: { revision: 0 } }, { upsert: true });
  } catch (error) {
    // Another process was faster.
    if (!isDuplicateKey(error)) throw error;
  }

  const find = (filter: Record<string, unknown>, limit: number): Promise<ReorganisationDocument[]> =>
    reorganisations.find(filter).sort({ on: -1, _id: -1 }).limit(limit).lean<ReorganisationDocument[]>().exec();

  return {
    tree: areas,
    repository(transactions) {
      const loaderBy = (field: 'ends' | 'begins') => new DataLoader<string, Reorganisation | null>(async (codes) => {
        const found = await reorganisations.find({ [field]: { $in: codes }, isCancelled: false }).lean<ReorganisationDocument[]>();
        return codes.map((code) => {
          const one = found.find((document) => document[field].includes(code));
          return one ? toDomain(one) : null;
        });
      });
      const [ending, beginning] = [loaderBy('ends'), loaderBy('begins')];
      return {
        async byId(id) {
          const found = await reorganisations.findById(id).lean<ReorganisationDocument>();
          return found && toDomain(found);
        },
        async ground(parent) {
          // First the revision: what is read of the tree is as new, or newer, and then it is not saved.
          const { revision = 0 } = (await revisions.findById(tree).lean<RevisionDocument>()) ?? {};
          const { from, before } = codeRange(parent);
          const found = await treeAreas.find({ _id: { $gte: from, $lt: before } }).sort({ _id: 1 }).lean();
          return { revision, areas: found.map(({ _id, ...area }) => ({ ...area, code: _id })) };
        },
        async save(next, revision, receipt) {
          const { id, plan, cancelled, version } = next;
          const change = { on: plan.on, ends: plan.ends, begins: plan.begins.map(toTreeArea) };
          const type = cancelled ? 'areas.restored' : 'areas.reorganised';
          try {
            await transactions.run(async ({ session, emit, changed }) => {
              changed(publicTopic);
              const { matchedCount } = await revisions.updateOne({ _id: tree, revision }, { $inc: { revision: 1 } }, { session });
              if (matchedCount === 0) throw new RaceLost('The tree has changed.');
              await (cancelled ? areas.restore(change, session) : areas.reorganise(change, session));
              const { _id, ...document } = toDocument(next);
              if (version === 1) await reorganisations.create([{ _id, ...document }], { session });
              else {
                const { matchedCount: current } = await reorganisations.updateOne({ _id, version: version - 1 }, { $set: document }, { session });
                if (current === 0) throw new RaceLost(`Reorganisation ${id} has changed.`);
              }
              if (receipt) await receipts.record(receipt, id, session);
              emit(...routeOf(type).to.map((target) =>
                ({ type, subject: 'areas', target, at: cancelled?.at ?? next.decidedAt, data: toMessage(id, plan) })));
            });
            return true;
          } catch (error) {
            if (error instanceof RaceLost) return false;
            throw error;
          }
        },
        async list(area, { first, after }) {
          const [on, id] = after ?? [];
          const before = after === null ? {} : { $or: [{ on: { $lt: on } }, { on, _id: { $lt: id } }] };
          return cutPage((await find({ ...isIn(area), ...before }, first + 1)).map(toDomain), first);
        },
        count: (area) => reorganisations.countDocuments(isIn(area)).exec(),
        ending: (code) => ending.load(code),
        beginning: (code) => beginning.load(code),
      };
    },
  };
}
