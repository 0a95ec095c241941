import type { Connection, Model } from 'mongoose';
import { platformScheme, schemeFault, type NamedScheme, type ScoringScheme } from '../../../shared/domain/scoringScheme.js';
import { versionSchema, type PublishedVersion } from '../../../shared/persistence/policies.js';
import type { UnitOfWork } from '../../../shared/persistence/transactions.js';
import type { Schemes } from '../../usecases/ports.js';

interface SchemeDocument {
  _id: string;
  /** 1, 2, 3… as the city counts; the highest is in force. */
  number: number;
  content: ScoringScheme;
}

export interface SchemeStore extends Schemes {
  /** Throws, and so parks the event, when it is no scheme. */
  keep(published: PublishedVersion<ScoringScheme>, unit: UnitOfWork): Promise<void>;
}

/** The district's copy of what the city has published. */
export async function openSchemes(connection: Connection): Promise<SchemeStore> {
  const schemes: Model<SchemeDocument> = connection.model<SchemeDocument>('ScoringSchemeCopy', versionSchema('scoringSchemes'));
  await schemes.init();
  return {
    async inForce(): Promise<NamedScheme> {
      const [found] = await schemes.find().sort({ number: -1 }).limit(1).lean<SchemeDocument[]>();
      return found ? { version: found._id, scheme: found.content } : platformScheme;
    },
    async keep({ version, number, content }, unit) {
      const fault = schemeFault(content);
      if (fault) throw new Error(`Scoring scheme ${version}: ${fault.message}`);
      await schemes.create([{ _id: version, number, content }], { session: unit.session });
    },
  };
}
