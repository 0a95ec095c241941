import { Schema, type Connection, type Model } from 'mongoose';
import { defaultPolicy, policyFault, type ClockPolicy } from '../domain/clockPolicy.js';
import type { UnitOfWork } from './transactions.js';

/** A level's copy of a version that the city has published; versions are added and never changed. */
interface PolicyDocument {
  _id: string;
  /** 1, 2, 3… as the city counts; the highest is in force. */
  number: number;
  content: ClockPolicy;
}

export interface PublishedVersion<Content> {
  readonly version: string;
  readonly number: number;
  readonly content: Content;
}

export const versionSchema = (collection: string): Schema =>
  new Schema(
    { _id: { type: String, required: true }, number: { type: Number, required: true, unique: true }, content: { type: Schema.Types.Mixed, required: true } },
    { collection, versionKey: false, minimize: false },
  );

/** Budgets of the clocks, as every level that starts clocks keeps them. */
export interface Policies {
  /** What this process last read; `refresh` reads on. */
  inForce(): ClockPolicy;
  /** Takes up what has been published since, by whichever process it came in. */
  refresh(): Promise<void>;
  /** Throws, and so parks the event, when it is no policy. */
  keep(published: PublishedVersion<ClockPolicy>, unit: UnitOfWork): Promise<void>;
}

export async function openPolicies(connection: Connection): Promise<Policies> {
  const policies: Model<PolicyDocument> = connection.model<PolicyDocument>('ClockPolicyCopy', versionSchema('clockPolicies'));
  await policies.init();
  let policy: { readonly number: number; readonly content: ClockPolicy } = { number: 0, content: defaultPolicy };

  async function refresh(): Promise<void> {
    const [latest] = await policies.find({ number: { $gt: policy.number } }).sort({ number: -1 }).limit(1).lean<PolicyDocument[]>();
    // Another refresh may have been faster.
    if (latest && latest.number > policy.number) policy = { number: latest.number, content: latest.content };
  }

  await refresh();
  return {
    inForce: () => policy.content,
    refresh,
    async keep({ version, number, content }, unit) {
      const fault = policyFault(content);
      if (fault !== null) throw new Error(`Clock policy ${version}: ${fault}`);
      await policies.create([{ _id: version, number, content }], { session: unit.session });
      // Should it fail, the next refresh comes within seconds.
      unit.afterCommit(() => refresh().catch(() => undefined));
    },
  };
}
