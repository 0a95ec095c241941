import type { Connection, Model } from 'mongoose';
import { defaultDutyList, defaultDutyListVersion, dutyListFault, type DutyList, type NamedDutyList } from '../domain/dutyList.js';
import { versionSchema, type PublishedVersion } from './policies.js';
import type { UnitOfWork } from './transactions.js';

/** A level's copy of a version that the city has published. */
interface DutyListDocument {
  _id: string;
  /** 1, 2, 3… as the city counts; the highest is in force. */
  number: number;
  content: DutyList;
}

export interface DutyLists {
  /** What this process last read; `refresh` reads on. */
  inForce(): NamedDutyList;
  refresh(): Promise<void>;
  /** Throws, and so parks the event, when it is no duty list. */
  keep(published: PublishedVersion<DutyList>, unit: UnitOfWork): Promise<void>;
  /** Writes the version unless there is one already; gives the number written. */
  seed(published: PublishedVersion<DutyList>): Promise<number>;
}

export async function openDutyLists(connection: Connection): Promise<DutyLists> {
  const lists: Model<DutyListDocument> = connection.model<DutyListDocument>('DutyListCopy', versionSchema('dutyLists'));
  await lists.init();
  let current: NamedDutyList & { readonly number: number } = { number: 0, version: defaultDutyListVersion, list: defaultDutyList };

  async function refresh(): Promise<void> {
    const [latest] = await lists.find({ number: { $gt: current.number } }).sort({ number: -1 }).limit(1).lean<DutyListDocument[]>();
    // Another refresh may have been faster.
    if (latest && latest.number > current.number) current = { number: latest.number, version: latest._id, list: latest.content };
  }

  await refresh();
  return {
    inForce: () => current,
    refresh,
    async keep({ version, number, content }, unit) {
      const fault = dutyListFault(content);
      if (fault) throw new Error(`Duty list ${version}: ${fault.message}`);
      await lists.create([{ _id: version, number, content }], { session: unit.session });
      // Should it fail, the next refresh comes within seconds.
      unit.afterCommit(() => refresh().catch(() => undefined));
    },
    async seed({ version, number, content }) {
      if (await lists.exists({})) return 0;
      await lists.create([{ _id: version, number, content }]);
      return 1;
    },
  };
}
