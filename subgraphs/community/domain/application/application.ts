import type { Actor } from '../../../shared/domain/actor.js';
import { ancestorAt } from '../../../shared/domain/areaCode.js';
import type { CatalogueItem } from '../../../shared/domain/catalogue.js';
import { holds, type Holder } from '../../../shared/domain/handover.js';
import { bilingual } from '../../../shared/domain/result.js';
import type { Case } from '../case.js';
import type { Finding } from './examination.js';

// 申办: a case that is for a service item goes by stages, none of which is skipped: accepted, handled and decided, followed
// up, asked about.

/** The item as it was when it was applied for: what becomes of it later changes nothing. */
export type PinnedItem = Omit<CatalogueItem, 'version' | 'state' | 'inForceAt' | 'words'>;

export const materialSources = ['PAPER', 'DOCUMENT'] as const;
/** PAPER was shown at a counter; a DOCUMENT is in the applicant's vault. */
export type MaterialSource = (typeof materialSources)[number];

export interface GivenMaterial {
  readonly documentType: string;
  readonly source: MaterialSource;
  /** Id in the vault; null for paper. */
  readonly document: string | null;
  /** Where the document came from; null for paper. */
  readonly origin: string | null;
  /** Id of the consent by which it is used; null where none is needed. */
  readonly consent: string | null;
  readonly note: string | null;
  readonly at: Date;
  readonly by: string;
}

export interface Answer {
  readonly name: string;
  readonly value: string;
}

export interface Decision {
  readonly round: number;
  readonly granted: boolean;
  /** Why not, where it was refused. */
  readonly note: string | null;
  readonly at: Date;
  readonly by: Actor;
  /** On whose behalf. */
  readonly decider: Holder;
}

export interface ResultDocument {
  /** The case's, and which of its results: `HF261122-7K3M9Q-R1`. */
  readonly number: string;
  readonly title: string;
  readonly text: string;
  readonly fields: readonly Answer[];
  readonly validFrom: string;
  /** Last day; null: for good. */
  readonly validTo: string | null;
  /** SHA-256 of `sealedText`. */
  readonly hash: string;
  readonly issuedAt: Date;
  readonly issuer: Holder;
}

export interface FollowUp {
  readonly round: number;
  readonly text: string;
  readonly at: Date;
  readonly by: Actor;
}

export interface Application {
  readonly item: PinnedItem;
  /** Who has it once it is accepted. */
  readonly provider: Holder;
  readonly answers: readonly Answer[];
  readonly materials: readonly GivenMaterial[];
  /** What was found when it was submitted. */
  readonly findings: readonly Finding[];
  readonly decisions: readonly Decision[];
  readonly results: readonly ResultDocument[];
  readonly followUps: readonly FollowUp[];
  /** Round of the last return visit that is over; null before. */
  readonly visitedIn: number | null;
}

export const pinned = ({ version: _v, state: _s, inForceAt: _i, words: _w, ...item }: CatalogueItem): PinnedItem => item;

/** The department that approves; null where who has the application decides on it. */
export const approverOf = ({ item: { module, department, area } }: Pick<Application, 'item'>): Holder | null =>
  (module === 'GOVERNMENT_SERVICE' && department !== null ? { level: 'CITY', area, unit: department } : null);

/** The department whose item it is sees the application, wherever it is. */
export const isOfDepartment = ({ application }: Pick<Case, 'application'>, { unit }: Actor): boolean =>
  application !== null && unit !== null && application.item.department === unit;

/** What was decided and still stands: an approval for good, a refusal until the work is done again. */
export const standingDecision = ({ application, round }: Pick<Case, 'application' | 'round'>): Decision | null =>
  application?.decisions.findLast((one) => one.granted || one.round === round) ?? null;

export const followedUp = ({ application, round }: Pick<Case, 'application' | 'round'>): boolean =>
  application?.followUps.some((one) => one.round === round) ?? false;

/** The approver while its word is waited for; null for all other cases. */
export function awaitedApprover(subject: Pick<Case, 'application' | 'round' | 'state'>): Holder | null {
  const { application, state } = subject;
  return application && state === 'IN_PROGRESS' && !standingDecision(subject) ? approverOf(application) : null;
}

/** For whom the actor acts on it: the approver where the actor is of it, or else who has it. */
export function actingFor({ application }: { readonly application: Pick<Application, 'item'> | null }, actor: Pick<Actor, 'unit'>, holder: Holder): Holder {
  const approver = application && approverOf(application);
  return approver && actor.unit === approver.unit ? approver : holder;
}

/** A directly delivered item may be finished by who approved it. */
export const mayFinish = ({ application }: Pick<Case, 'application'>, actor: Actor, holder: Holder): boolean => {
  const approver = application?.item.delivery === 'DIRECT' ? approverOf(application) : null;
  return holds(holder, actor) || (approver !== null && holds(approver, actor));
};

export const routes = ['USUAL', 'OFFERED', 'DIRECT'] as const;
export type Route = (typeof routes)[number];

/** Where acceptance brings it: it stays, is offered to who delivers it, or is with them at once. */
export function routeOf({ item: { module, delivery }, provider }: Application): Route {
  if (provider.level === 'COMMUNITY' && provider.unit === null) return 'USUAL';
  return delivery === 'DISPATCHED' && module !== 'INFORMATION' ? 'OFFERED' : 'DIRECT';
}

/** The unit of the item's department on a level that has such: a district's bureaus have the numbers of the city's. */
export function lineUnit({ module, department, level }: Pick<PinnedItem, 'module' | 'department' | 'level'>, community: string): string | null {
  if (module !== 'INFORMATION' || department === null) return null;
  if (level === 'CITY') return department;
  return level === 'DISTRICT' ? `${ancestorAt(community, 'DISTRICT')}-${department.slice(-2)}` : null;
}

export const applicationStages = ['SUBMITTED', 'ACCEPTED', 'HANDLING', 'FOLLOW_UP', 'RETURN_VISIT', 'FINISHED', 'ENDED'] as const;
export type ApplicationStage = (typeof applicationStages)[number];

/** It is finished once the applicant was asked, or has said it unasked. */
const wasAsked = ({ evaluations, round, application }: Case): boolean =>
  evaluations.some((one) => one.round === round) || application?.visitedIn === round;

export function stageOf(subject: Case): ApplicationStage {
  const { state, stateBefore } = subject;
  if (state === 'DECLINED' || state === 'WITHDRAWN') return 'ENDED';
  if (state === 'SUBMITTED') return 'SUBMITTED';
  if (state === 'RESOLVED' || state === 'CLOSED') return state === 'CLOSED' && wasAsked(subject) ? 'FINISHED' : 'RETURN_VISIT';
  if (state === 'ACCEPTED' || (state === 'NEEDS_INFO' && stateBefore === 'ACCEPTED')) return 'ACCEPTED';
  return standingDecision(subject) ? 'FOLLOW_UP' : 'HANDLING';
}

/** The code of a holder: its unit's, or its office's area. */
export const place = ({ area, unit }: Holder): string => unit ?? area;

/** What is waited for, in words. */
export function nextStep(subject: Case, holder: Holder): string {
  const by = place(holder);
  const approver = awaitedApprover(subject);
  const { state } = subject;
  if (state === 'NEEDS_INFO') return bilingual('等待申请人补充。', 'The applicant supplies what is asked for.');
  if (state === 'DISPATCHED') return bilingual(`等待 ${by} 签收。`, `${by} signs for it.`);
  if (approver) return bilingual(`等待 ${place(approver)} 审批。`, `${place(approver)} decides.`);
  switch (stageOf(subject)) {
    case 'SUBMITTED': return bilingual('等待社区或街道受理。', 'The community or the street accepts it.');
    case 'ACCEPTED': return bilingual(`等待 ${by} 办理。`, `${by} handles it.`);
    case 'HANDLING': return bilingual(`等待 ${by} 办理并作出决定。`, `${by} handles it and decides.`);
    case 'FOLLOW_UP': return followedUp(subject)
      ? bilingual(`等待 ${by} 办结。`, `${by} resolves it.`)
      : bilingual(`等待 ${by} 跟踪并记录结果的落实。`, `${by} follows up what came of it, and records it.`);
    case 'RETURN_VISIT': return bilingual('等待申请人评价,或社区回访。', 'The applicant rates it, or the community makes a return visit.');
    default: return bilingual('已结束。', 'It is over.');
  }
}

/** For the applicant to keep; without the materials for those who may not see them. */
export function receiptText(
  { number, submittedAt }: Case, { item, materials }: Pick<Application, 'item'> & { readonly materials: Application['materials'] | null }, day: string,
): string {
  const names = (materials ?? []).map(({ documentType }) => item.materials.find((one) => one.documentType === documentType)?.name.zh ?? documentType);
  return [
    `受理回执 ${number}`,
    `事项:${item.title.zh}(${item.code},第 ${item.number} 版)`,
    `提交:${day}(${submittedAt.toISOString()})`,
    ...(materials === null ? [] : [`已收材料:${names.length > 0 ? names.join('、') : '无'}`]),
    `办理时限:受理后 ${item.workDays} 个工作日`,
    `费用:${item.feeFen === 0 ? '免费' : `${(item.feeFen / 100).toFixed(2)} 元`}`,
  ].join('\n');
}
