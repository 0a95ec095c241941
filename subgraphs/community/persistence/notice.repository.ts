import { Schema, type ClientSession, type Connection, type Model } from 'mongoose';
import type { Actor } from '../../shared/domain/actor.js';
import { cutPage, type PageRequest } from '../../shared/graphql/connection.js';
import { newId } from '../../shared/ids.js';
import { toDoKeys } from '../domain/case.js';
import { noticeKinds, type Notice } from '../domain/notice.js';
import type { ClaimedNotice, DeliveryCounts, NoticeDeliveries, NoticeRepository, StoredNotice } from '../usecases/ports.js';

const keptSeconds = 180 * 86_400;

interface NoticeDocument extends Notice {
  _id: string;
  /** Actors who have read it; an office's officers each for themselves. */
  readBy: string[];
  /** By the machine's own clock, for the retention alone. */
  storedAt: Date;
}

interface DeliveryDocument {
  /** `<channel>:<notice>` */
  _id: string;
  channel: string;
  noticeId: string;
  status: 'PENDING' | 'DELIVERED' | 'PARKED';
  attempts: number;
  firstTriedAt: Date | null;
  /** Not to be tried before; a lease moves it on. */
  dueAt: Date;
  leasedBy: string | null;
  lastError: string | null;
  deliveredAt: Date | null;
  storedAt: Date;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const instant = { type: Date, required: true };
const maybeInstant = { type: Date, default: null };
const number = { type: Number, required: true };

const noticeSchema = new Schema<NoticeDocument>(
  {
    _id: text, caseId: text, number: text, seq: number, at: instant, kind: { type: String, enum: noticeKinds, required: true },
    recipient: text, matter: { type: Schema.Types.Mixed },
    readBy: [String], storedAt: instant,
  },
  { collection: 'notices', versionKey: false },
);
const latest = { at: -1, _id: -1 } as const;
noticeSchema.index({ caseId: 1, seq: 1, recipient: 1 }, { unique: true });
noticeSchema.index({ recipient: 1, ...latest });
noticeSchema.index({ storedAt: 1 }, { expireAfterSeconds: keptSeconds });

const deliverySchema = new Schema<DeliveryDocument>(
  {
    _id: text, channel: text, noticeId: text, status: text, attempts: number, firstTriedAt: maybeInstant, dueAt: instant,
    leasedBy: maybeText, lastError: maybeText, deliveredAt: maybeInstant, storedAt: instant,
  },
  { collection: 'noticeDeliveries', versionKey: false },
);
deliverySchema.index({ channel: 1, dueAt: 1 }, { partialFilterExpression: { status: 'PENDING' } });
deliverySchema.index({ channel: 1, status: 1 });
deliverySchema.index({ storedAt: 1 }, { expireAfterSeconds: keptSeconds });

type NoticeLean = Omit<NoticeDocument, 'readBy' | 'storedAt'> & { readonly readBy?: readonly string[] };

const toDomain = ({ _id, caseId, number: caseNumber, seq, at, kind, recipient, matter }: NoticeLean): Notice & { readonly id: string } =>
  ({ id: _id, caseId, number: caseNumber, seq, at, kind, recipient, ...(matter && { matter }) });

export interface NoticeStore extends NoticeRepository, NoticeDeliveries {
  /** Written in the transaction of the step that causes them. */
  add(notices: readonly Notice[], session: ClientSession): Promise<void>;
}

/** `channels`: each gets every notice that is made from now on. */
export async function openNotices(connection: Connection, { channels }: { readonly channels: readonly string[] }): Promise<NoticeStore> {
  const notices: Model<NoticeDocument> = connection.model<NoticeDocument>('Notice', noticeSchema);
  const deliveries: Model<DeliveryDocument> = connection.model<DeliveryDocument>('NoticeDelivery', deliverySchema);
  await notices.init();
  await deliveries.init();

  const mine = (actor: Actor): Record<string, unknown> => ({ recipient: { $in: toDoKeys(actor) } });
  const unread = (actor: Actor): Record<string, unknown> => ({ ...mine(actor), readBy: { $ne: actor.id } });
  const wanted = (actor: Actor, unreadOnly: boolean): Record<string, unknown> => (unreadOnly ? unread(actor) : mine(actor));
  const beyond = ([at, id]: readonly (string | number | null)[], before: '$lt' | '$gt'): Record<string, unknown> =>
    ({ $or: [{ at: { [before]: new Date(Number(at)) } }, { at: new Date(Number(at)), _id: { [before]: String(id) } }] });

  return {
    async add(made, session) {
      if (made.length === 0) return;
      const storedAt = new Date();
      const documents = made.map((notice) => ({ ...notice, _id: newId(), readBy: [], storedAt }));
      await notices.insertMany(documents, { session });
      const queued = channels.flatMap((channel) => documents.map(({ _id, at }): DeliveryDocument => ({
        _id: `${channel}:${_id}`, channel, noticeId: _id, status: 'PENDING', attempts: 0, firstTriedAt: null, dueAt: at,
        leasedBy: null, lastError: null, deliveredAt: null, storedAt,
      })));
      if (queued.length > 0) await deliveries.insertMany(queued, { session });
    },
    async list(actor, unreadOnly, { first, after }: PageRequest) {
      const found = await notices
        .find({ $and: [wanted(actor, unreadOnly), ...(after ? [beyond(after, '$lt')] : [])] })
        .sort(latest)
        .limit(first + 1)
        .lean<NoticeDocument[]>();
      return cutPage(found.map((document): StoredNotice => ({ ...toDomain(document), isRead: document.readBy.includes(actor.id) })), first);
    },
    count: (actor, unreadOnly) => notices.countDocuments(wanted(actor, unreadOnly)).exec(),
    async ownedBy(actor, ids) {
      const found = await notices.find({ ...mine(actor), _id: { $in: [...ids] } }, { _id: 1 }).lean<{ _id: string }[]>();
      return found.map(({ _id }) => _id);
    },
    async markRead(actor, ids) {
      const { modifiedCount } = await notices.updateMany({ ...unread(actor), _id: { $in: [...ids] } }, { $addToSet: { readBy: actor.id } });
      return modifiedCount;
    },
    async markReadFrom(actor, cursor) {
      const [at, id] = cursor;
      const upTo = { $or: [beyond(cursor, '$lt'), { at: new Date(Number(at)), _id: String(id) }] };
      const { modifiedCount } = await notices.updateMany({ $and: [unread(actor), upTo] }, { $addToSet: { readBy: actor.id } });
      return modifiedCount;
    },
    async claim(channel, now, { limit, leaseMs }) {
      const free = { channel, status: 'PENDING' as const, dueAt: { $lte: now } };
      const due = await deliveries.find(free, { _id: 1 }).sort({ dueAt: 1 }).limit(limit).lean<{ _id: string }[]>();
      if (due.length === 0) return [];
      const ids = due.map(({ _id }) => _id);
      const leasedBy = newId();
      await deliveries.updateMany({ _id: { $in: ids }, ...free }, { $set: { leasedBy, dueAt: new Date(now.getTime() + leaseMs) } });
      const claimed = await deliveries.find({ _id: { $in: ids }, leasedBy, status: 'PENDING' }).sort({ _id: 1 }).lean<DeliveryDocument[]>();
      const found = await notices.find({ _id: { $in: claimed.map(({ noticeId }) => noticeId) } }).lean<NoticeDocument[]>();
      const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
      return claimed.flatMap(({ _id, noticeId, attempts, firstTriedAt }): ClaimedNotice[] => {
        const notice = byId.get(noticeId);
        return notice ? [{ deliveryId: _id, leasedBy, attempts, firstTriedAt, notice }] : [];
      });
    },
    // Delivered is delivered, whoever has the lease by now.
    async markDelivered({ deliveryId }, at) {
      await deliveries.updateOne({ _id: deliveryId }, { $set: { status: 'DELIVERED', deliveredAt: at, lastError: null }, $inc: { attempts: 1 } });
    },
    async markFailed({ deliveryId, leasedBy, firstTriedAt }, { at, nextAt, reason }) {
      await deliveries.updateOne({ _id: deliveryId, leasedBy, status: 'PENDING' }, {
        $set: {
          lastError: reason, firstTriedAt: firstTriedAt ?? at, ...(nextAt ? { dueAt: nextAt } : { status: 'PARKED' }),
        },
        $inc: { attempts: 1 },
      });
    },
    async deliveryCounts(): Promise<DeliveryCounts[]> {
      return Promise.all(channels.map(async (channel) => {
        const [pending, parked] = await Promise.all([
          deliveries.countDocuments({ channel, status: 'PENDING' }), deliveries.countDocuments({ channel, status: 'PARKED' }),
        ]);
        return { channel, pending, parked };
      }));
    },
  };
}
