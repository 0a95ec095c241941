// What resolvers hold for the schema's types.
import type { Area } from '../../shared/domain/area.js';
import type { Connection } from '../../shared/graphql/connection.js';
import type { Answer } from '../../shared/graphql/mutation.js';
import type { Case } from '../domain/case.js';
import type { TimelineEntry } from '../domain/caseDecisions.js';
import type { Concern } from '../domain/concern.js';
import type { StoredNotice } from '../usecases/ports.js';

export type CaseModel = Case;
export type CaseAnswer = Answer<Case>;
export type CasePage = Connection<Case>;
export type CommunityPage = Connection<Area>;
export type TimelineModel = TimelineEntry;
export type TimelinePage = Connection<TimelineEntry>;
export type EvaluationModel = Case['evaluations'][number];
export type ResolutionModel = NonNullable<Case['resolution']>;
export type InfoRequestModel = NonNullable<Case['infoRequest']>;
export type ExtensionModel = NonNullable<Case['extension']>;
export type SuspensionModel = NonNullable<Case['suspension']>;
export type VerdictModel = NonNullable<ExtensionModel['decided']>;
export type NoticeModel = StoredNotice;
export type NoticePage = Connection<StoredNotice> & { readonly unreadCount: () => Promise<number> };
export type ConcernModel = Concern;
