import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection, type Model } from 'mongoose';
import { localDate } from '../../../shared/domain/calendar.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { bilingual, fail, ok, refuse, type Result } from '../../../shared/domain/result.js';
import { caseTopic } from '../../../shared/domain/topics.js';
import { cutPage, type PageRequest } from '../../../shared/graphql/connection.js';
import { idOf } from '../../../shared/ids.js';
import { isDuplicateKey, runAgain } from '../../../shared/persistence/failures.js';
import type { Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import { maxConsents, type Consent } from '../../domain/material/consent.js';
import { attaching, materialStates, type Attaching, type Attachment, type Material, type MaterialRead } from '../../domain/material/material.js';
import { uploadStates, vaultLimits, type MaterialUpload, type VaultLimit } from '../../domain/material/upload.js';
import type { CallReceipt, Leftovers, Materials } from '../../usecases/ports.js';

type Stored<T> = Omit<T, 'id'> & { _id: string };
/** What a person has of what is limited; open uploads have their place already. */
interface VaultDocument extends Record<VaultLimit, number> {
  /** Actor id. */
  _id: string;
  /** Touched by all that counts first and then writes, so that two at the same time do not count the same. */
  calls: number;
}
interface ContentDocument {
  /** SHA-256 in hex. */
  _id: string;
  /** Id of the upload whose bytes these are. */
  file: string;
  references: number;
}
interface LeftoverDocument {
  /** Id of an upload whose bytes nothing refers to. */
  _id: string;
  dueAt: Date;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const number = { type: Number, required: true };
const tally = { type: Number, default: 0 };
const instant = { type: Date, required: true };
const maybeList = { type: [String], default: null } as never;

const announced = { person: text, documentType: text, name: text, format: text, size: number, sha256: text, givenFor: maybeText, validUntil: maybeText };

const materialSchema = new Schema<Stored<Material>>(
  { _id: text, version: number, ...announced, givenAt: instant, state: { type: String, enum: materialStates, required: true }, scan: text },
  { collection: 'materials', versionKey: false },
);
materialSchema.index({ person: 1, state: 1, givenAt: -1, _id: -1 });
materialSchema.index({ person: 1, documentType: 1, givenAt: -1, _id: -1 });

const uploadSchema = new Schema<Stored<MaterialUpload>>(
  { _id: text, version: number, ...announced, state: { type: String, enum: uploadStates, required: true }, rejection: maybeText, startedAt: instant, expiresAt: instant },
  { collection: 'materialUploads', versionKey: false },
);
uploadSchema.index({ state: 1, expiresAt: 1 });

const consentSchema = new Schema<Stored<Consent> & { uses: number }>(
  {
    _id: text, version: number, person: text, documentTypes: maybeList, items: maybeList, givenAt: instant, validUntil: maybeText,
    withdrawnAt: { type: Date, default: null }, uses: tally,
  },
  { collection: 'materialConsents', versionKey: false },
);
consentSchema.index({ person: 1, givenAt: -1, _id: -1 });
consentSchema.index({ person: 1, withdrawnAt: 1 });

const attachmentSchema = new Schema<Stored<Attachment>>(
  { _id: text, caseId: text, materialId: text, person: text, item: maybeText, basis: text, consentId: maybeText, attachedAt: instant },
  { collection: 'materialAttachments', versionKey: false },
);
attachmentSchema.index({ caseId: 1, attachedAt: 1, _id: 1 });
attachmentSchema.index({ materialId: 1 });
attachmentSchema.index({ person: 1 });

const readSchema = new Schema<Stored<MaterialRead>>(
  {
    _id: text, materialId: text, kind: text, readAt: instant, by: { type: Schema.Types.Mixed, required: true }, reason: maybeText, caseId: maybeText,
    consentId: maybeText,
  },
  { collection: 'materialReads', versionKey: false },
);
readSchema.index({ materialId: 1, readAt: -1, _id: -1 });

const vaultSchema = new Schema<VaultDocument>({ _id: text, documents: tally, bytes: tally, uploads: tally, calls: tally }, { collection: 'materialVaults', versionKey: false });
const contentSchema = new Schema<ContentDocument>({ _id: text, file: text, references: number }, { collection: 'materialContents', versionKey: false });
const leftoverSchema = new Schema<LeftoverDocument>({ _id: text, dueAt: instant }, { collection: 'materialLeftovers', versionKey: false });
leftoverSchema.index({ dueAt: 1 });

const toDocument = <T extends { readonly id: string }>({ id, ...rest }: T): Stored<T> => ({ ...rest, _id: id } as Stored<T>);
const toDomain = <T extends { readonly id: string }>({ _id, ...rest }: Stored<T>): T => ({ ...rest, id: _id } as unknown as T);
const consentOf = ({ uses: _uses, ...rest }: Stored<Consent> & { uses?: number }): Consent => toDomain<Consent>(rest);

/** Longer than any request: one under way may still write what it has. */
const lateBytesMs = 600_000;
const maxOfTypes = 200;

const beyond = (field: string, after: PageRequest['after']): Record<string, unknown> => {
  if (!after) return {};
  const at = new Date(Number(after[0]));
  return { $or: [{ [field]: { $lt: at } }, { [field]: at, _id: { $lt: String(after[1]) } }] };
};

/** No place in the vault: thrown, so that what was written before it is undone. */
class VaultFull extends Error {}

export interface MaterialStore {
  /** One per request. */
  repository(transactions: Transactions): Materials;
  readonly leftovers: Leftovers;
}

export async function openMaterials(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<MaterialStore> {
  const materials = connection.model<Stored<Material>>('Material', materialSchema);
  const uploads = connection.model<Stored<MaterialUpload>>('MaterialUpload', uploadSchema);
  const consents = connection.model<Stored<Consent> & { uses: number }>('MaterialConsent', consentSchema);
  const attachments = connection.model<Stored<Attachment>>('MaterialAttachment', attachmentSchema);
  const reads = connection.model<Stored<MaterialRead>>('MaterialRead', readSchema);
  const vaults = connection.model<VaultDocument>('MaterialVault', vaultSchema);
  const contents = connection.model<ContentDocument>('MaterialContent', contentSchema);
  const leftovers = connection.model<LeftoverDocument>('MaterialLeftover', leftoverSchema);
  for (const model of [materials, uploads, consents, attachments, reads, vaults, contents, leftovers] as unknown as Model<unknown>[]) {
    await model.init();
    await model.createCollection();
  }

  /** Makes what a transaction will change exist, empty, so that two that both make it first do not fail. */
  async function ensureVault(person: string): Promise<void> {
    try {
      await vaults.updateOne({ _id: person }, { $setOnInsert: { documents: 0, bytes: 0, uploads: 0, calls: 0 } }, { upsert: true });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  const leave = async (id: string, at: Date, session: ClientSession): Promise<void> => {
    await leftovers.updateOne({ _id: id }, { $set: { dueAt: new Date(at.getTime() + lateBytesMs) } }, { upsert: true, session });
  };

  /** One more that has this content; its own bytes are left over where the same are there already. */
  async function refer({ id, sha256, givenAt }: Material, session: ClientSession): Promise<void> {
    const { matchedCount } = await contents.updateOne({ _id: sha256 }, { $inc: { references: 1 } }, { session });
    if (matchedCount > 0) return leave(id, givenAt, session);
    try {
      await contents.create([{ _id: sha256, file: id, references: 1 }], { session });
    } catch (error) {
      throw isDuplicateKey(error) ? runAgain(error) : error;
    }
  }
  async function release(sha256: string, at: Date, session: ClientSession): Promise<void> {
    const left = await contents.findOneAndUpdate({ _id: sha256 }, { $inc: { references: -1 } }, { session, returnDocument: 'after' }).lean<ContentDocument>();
    if (!left || left.references > 0) return;
    await contents.deleteOne({ _id: sha256 }, { session });
    await leave(left.file, at, session);
  }
  const recorded = async (receipt: CallReceipt | null, id: string, session: ClientSession): Promise<void> => {
    if (receipt) await receipts.record(receipt, id, session);
  };
  /** Of the cases whose documents can be seen to have changed. */
  const topicsOf = async (attached: Partial<Pick<Attachment, 'materialId' | 'person'>>, session: ClientSession): Promise<string[]> =>
    (await attachments.find(attached, { caseId: 1 }, { session }).lean<Pick<Attachment, 'caseId'>[]>()).map(({ caseId }) => caseTopic(caseId));
  const inForce = (person: string, at: Date) =>
    ({ person, withdrawnAt: null, $or: [{ validUntil: null }, { validUntil: { $gte: localDate(at) } }] });

  return {
    leftovers: {
      async due(now, limit) {
        return (await leftovers.find({ dueAt: { $lte: now } }).sort({ dueAt: 1 }).limit(limit).lean<LeftoverDocument[]>()).map(({ _id }) => _id);
      },
      async done(id) {
        await leftovers.deleteOne({ _id: id });
      },
      async forgetUploads(before) {
        await uploads.deleteMany({ state: { $ne: 'OPEN' }, expiresAt: { $lt: before } });
      },
    },
    repository(transactions) {
      const byId = new DataLoader<string, Material | null>(async (ids) => {
        const found = new Map((await materials.find({ _id: { $in: [...ids] } }).lean<Stored<Material>[]>()).map((one) => [one._id, toDomain<Material>(one)]));
        return ids.map((id) => found.get(id) ?? null);
      });
      const consentById = new DataLoader<string, Consent | null>(async (ids) => {
        const found = new Map((await consents.find({ _id: { $in: [...ids] } }).lean<Stored<Consent>[]>()).map((one) => [one._id, consentOf(one)]));
        return ids.map((id) => found.get(id) ?? null);
      });
      const attachedTo = new DataLoader<string, readonly Attachment[]>(async (ids) => {
        const found = await attachments.find({ caseId: { $in: [...ids] } }).sort({ attachedAt: 1, _id: 1 }).lean<Stored<Attachment>[]>();
        const byCase = groupBy(found, ({ caseId }) => caseId);
        return ids.map((id) => (byCase.get(id) ?? []).map(toDomain<Attachment>));
      });

      return {
        byId: (id) => byId.load(id),
        consentById: (id) => consentById.load(id),
        attachedTo: (caseId) => attachedTo.load(caseId),
        async uploadById(id) {
          const found = await uploads.findById(id).lean<Stored<MaterialUpload>>();
          return found && toDomain<MaterialUpload>(found);
        },
        async list(person, { first, after }) {
          const found = await materials.find({ person, state: 'KEPT', ...beyond('givenAt', after) }).sort({ givenAt: -1, _id: -1 }).limit(first + 1).lean<Stored<Material>[]>();
          return cutPage(found.map(toDomain<Material>), first);
        },
        count: (person) => materials.countDocuments({ person, state: 'KEPT' }).exec(),
        async ofTypes(person, documentTypes) {
          const found = await materials.find({ person, documentType: { $in: [...documentTypes] }, state: 'KEPT' })
            .sort({ givenAt: -1, _id: -1 }).limit(maxOfTypes).lean<Stored<Material>[]>();
          return found.map(toDomain<Material>);
        },
        async listConsents(person, { first, after }) {
          const found = await consents.find({ person, ...beyond('givenAt', after) }).sort({ givenAt: -1, _id: -1 }).limit(first + 1).lean<Stored<Consent>[]>();
          return cutPage(found.map(consentOf), first);
        },
        countConsents: (person) => consents.countDocuments({ person }).exec(),
        consentsOf: async (person, at) => (await consents.find(inForce(person, at)).lean<Stored<Consent>[]>()).map(consentOf),
        usesOf: async (materialId) => (await attachments.find({ materialId }).lean<Stored<Attachment>[]>()).map(toDomain<Attachment>),
        async reads(materialId, { first, after }) {
          const found = await reads.find({ materialId, ...beyond('readAt', after) }).sort({ readAt: -1, _id: -1 }).limit(first + 1).lean<Stored<MaterialRead>[]>();
          return cutPage(found.map(toDomain<MaterialRead>), first);
        },
        countReads: (materialId) => reads.countDocuments({ materialId }).exec(),

        async start(upload, receipt) {
          const { id, person, size } = upload;
          await ensureVault(person);
          try {
            await transactions.run(async ({ session }) => {
              const { matchedCount } = await vaults.updateOne(
                {
                  _id: person, documents: { $lt: vaultLimits.documents }, uploads: { $lt: vaultLimits.uploads }, bytes: { $lte: vaultLimits.bytes - size },
                },
                { $inc: { documents: 1, uploads: 1, bytes: size } },
                { session },
              );
              if (matchedCount === 0) throw new VaultFull();
              await uploads.create([toDocument(upload)], { session });
              await recorded(receipt, id, session);
            });
            return 'SAVED';
          } catch (error) {
            if (!(error instanceof VaultFull)) throw error;
            const held = await vaults.findById(person).lean<VaultDocument>();
            if (held && held.uploads >= vaultLimits.uploads) return 'uploads';
            return held && held.documents >= vaultLimits.documents ? 'documents' : 'bytes';
          }
        },
        giveUp: (next, at, receipt) => transactions.run(async ({ session }) => {
          const { matchedCount } = await uploads.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
          if (matchedCount === 0) return false;
          await vaults.updateOne({ _id: next.person }, { $inc: { documents: -1, uploads: -1, bytes: -next.size } }, { session });
          await leave(next.id, at, session);
          await recorded(receipt, next.id, session);
          return true;
        }),
        keep: (next, material, use) => transactions.run(async ({ session, changed }) => {
          const { matchedCount } = await uploads.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
          if (matchedCount === 0) return false;
          await refer(material, session);
          await vaults.updateOne({ _id: material.person }, { $inc: { uploads: -1 } }, { session });
          await materials.create([toDocument(material)], { session });
          if (use) {
            await attachments.create([toDocument(use.attachment)], { session });
            await reads.create([toDocument(use.read)], { session });
            changed(caseTopic(use.attachment.caseId));
          }
          return true;
        }),
        async remove(next, at, receipt) {
          try {
            return await transactions.run(async ({ session, changed }) => {
              const { matchedCount } = await materials.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
              if (matchedCount === 0) return false;
              changed(...await topicsOf({ materialId: next.id }, session));
              await release(next.sha256, at, session);
              await vaults.updateOne({ _id: next.person }, { $inc: { documents: -1, bytes: -next.size } }, { session });
              await recorded(receipt, next.id, session);
              return true;
            });
          } finally {
            byId.clear(next.id);
          }
        },
        async giveConsent(consent, receipt) {
          const { id, person, givenAt } = consent;
          await ensureVault(person);
          return transactions.run(async ({ session, changed }) => {
            await vaults.updateOne({ _id: person }, { $inc: { calls: 1 } }, { session });
            if ((await consents.countDocuments(inForce(person, givenAt), { session })) >= maxConsents) return 'FULL';
            await consents.create([{ ...toDocument(consent), uses: 0 }], { session });
            changed(...await topicsOf({ person }, session));
            await recorded(receipt, id, session);
            return 'SAVED';
          });
        },
        async withdrawConsent(next, receipt) {
          try {
            return await transactions.run(async ({ session, changed }) => {
              const { matchedCount } = await consents.updateOne(
                { _id: next.id, version: next.version - 1 }, { $set: { version: next.version, withdrawnAt: next.withdrawnAt } }, { session },
              );
              if (matchedCount === 0) return false;
              changed(...await topicsOf({ person: next.person }, session));
              await recorded(receipt, next.id, session);
              return true;
            });
          } finally {
            consentById.clear(next.id);
          }
        },
        async note(read) {
          await reads.create([toDocument(read)]);
        },
        async attach(command, receipt) {
          const { caseId, person, materialIds, by, at } = command;
          try {
            return await transactions.run(async ({ session, changed }): Promise<Result<readonly Attachment[]>> => {
              const found = await materials.find({ _id: { $in: [...materialIds] }, person, state: 'KEPT' }, null, { session }).lean<Stored<Material>[]>();
              const before = await attachments.find({ caseId }, null, { session }).lean<Stored<Attachment>[]>();
              const given = (await consents.find(inForce(person, at), null, { session }).lean<Stored<Consent>[]>()).map(consentOf);
              const known = new Map(found.map((one) => [one._id, toDomain<Material>(one)]));
              const attached = new Set(before.map(({ materialId }) => materialId));
              const decided: Attaching[] = [];
              for (const id of materialIds) {
                const material = known.get(id);
                if (!material) return fail('NOT_FOUND', bilingual('没有此资料,或已删除。', 'There is no such document, or it was removed.'), ['input', 'materialIds']);
                if (attached.has(id)) continue;
                const one = attaching(material, given, command);
                if ('code' in one) return refuse(one);
                decided.push(one);
              }
              for (const { next, attachment } of decided) {
                await materials.updateOne({ _id: next.id }, { $set: { version: next.version, givenFor: next.givenFor } }, { session });
                await attachments.create([toDocument(attachment)], { session });
                await reads.create([{
                  _id: idOf('USED', attachment.id), materialId: next.id, kind: 'USED', readAt: at, by, reason: null, caseId, consentId: attachment.consentId,
                }], { session });
              }
              if (decided.length > 0) changed(caseTopic(caseId));
              // Meets a withdrawal at the same time, so that one of the two waits for the other.
              const relied = decided.flatMap(({ attachment }) => attachment.consentId ?? []);
              if (relied.length > 0) await consents.updateMany({ _id: { $in: relied } }, { $inc: { uses: 1 } }, { session });
              await recorded(receipt, caseId, session);
              return ok([...before.map(toDomain<Attachment>), ...decided.map(({ attachment }) => attachment)]);
            });
          } finally {
            byId.clearAll();
            attachedTo.clear(caseId);
          }
        },
        contentOf: async (sha256) => (await contents.findById(sha256).lean<ContentDocument>())?.file ?? null,
        async overdue(now, limit) {
          const found = await uploads.find({ state: 'OPEN', expiresAt: { $lte: now } }).sort({ expiresAt: 1 }).limit(limit).lean<Stored<MaterialUpload>[]>();
          return found.map(toDomain<MaterialUpload>);
        },
      };
    },
  };
}
