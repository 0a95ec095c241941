import type { Connection } from 'mongoose';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { endOf, type BurdenDays } from '../../domain/reduction/burden.js';
import type { BurdenSources } from '../../usecases/ports.js';
import type { AdmissionStore } from '../admission/admission.repository.js';
import type { ItemStore } from '../service/items.repository.js';

const digits = { STREET: 9, COMMUNITY: 12 } as const;

/** Areas of one level that existed on either day. */
function matching(level: keyof typeof digits, area: string, { before, after }: BurdenDays): Record<string, unknown>[] {
  const { from, before: end } = codeRange(area);
  const existed = (day: string) => ({ validFrom: { $lte: day }, $or: [{ validTo: null }, { validTo: { $gt: day } }] });
  return [{ _id: { $gte: from, $lt: end, $regex: `^\\d{${digits[level]}}$` } }, { $or: [existed(before), existed(after)] }];
}

/** Reads the tree of `openTree`, which must have been opened before. */
export function openBurden(
  connection: Connection, { admissions, items }: { readonly admissions: AdmissionStore; readonly items: ItemStore },
): BurdenSources {
  const tree = connection.collection<{ _id: string; name: string }>('tree');
  return {
    async areas(level, area, days, { first, after }) {
      const beyond = after === null ? [] : [{ _id: { $gt: String(after[0]) } }];
      const found = await tree.find({ $and: [...matching(level, area, days), ...beyond] } as never, { projection: { name: 1 } }).sort({ _id: 1 }).limit(first + 1).toArray();
      return cutPage(found.map(({ _id: code, name }) => ({ code, name })), first);
    },
    countAreas: (level, area, days) => tree.countDocuments({ $and: matching(level, area, days) } as never),
    admissions: (streets, { before, after }) => admissions.inForceBetween(streets, endOf(before), endOf(after)),
    versions: ({ before, after }) => items.dispatchedBetween(endOf(before), endOf(after)),
  };
}
