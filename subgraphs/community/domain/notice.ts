import { officerOf, type Actor, type Named } from '../../shared/domain/actor.js';
import { levels } from '../../shared/domain/areaCode.js';
import type { Holder } from '../../shared/domain/handover.js';
import { bilingual } from '../../shared/domain/result.js';
import { holderKey, holderOf, levelHolder, maySee, reporterKeyOf, waitsFor, type Case } from './case.js';
import type { CaseAction, CaseState } from './case.transitions.js';

export const noticeKinds = [
  'ACCEPTED', 'DECLINED', 'INFO_WANTED', 'LAPSED', 'RESOLVED', 'REWORK', 'CLOSED_UNRATED', 'SUSPENDED', 'RESUMED', 'EXTENDED',
  'NEW_ON_LIST', 'WARNED', 'OVERDUE', 'ESCALATED', 'EXTENSION_GRANTED', 'EXTENSION_REFUSED', 'SUSPENSION_GRANTED', 'SUSPENSION_REFUSED',
  'INVITED', 'ASSIGNED', 'REPORTED', 'SENT_BACK', 'CANCELLED',
  'MERGED', 'UNMERGED', 'LEAVING_OUT_GRANTED', 'LEAVING_OUT_REFUSED',
  'APPROVED', 'REFUSED',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const matterKinds = ['WHISTLE', 'SUPERVISION', 'CONFERENCE'] as const;
export type MatterKind = (typeof matterKinds)[number];

/** Another level's own, beside the case. */
export interface Matter {
  readonly kind: MatterKind;
  readonly id: string;
}

/** What somebody is told of a step of a case; it names the case by its number and nobody by name. */
export interface Notice {
  readonly caseId: string;
  /** For people: `HF261122-7K3M9Q`. */
  readonly number: string;
  /** The step: the timeline entry of this number. */
  readonly seq: number;
  readonly at: Date;
  readonly kind: NoticeKind;
  /** A key of `waitsFor`; whoever has it among their `toDoKeys` reads the notice. */
  readonly recipient: string;
  /** What it tells of where that is not the case itself: whoever is named there may be told without seeing the case. */
  readonly matter?: Matter;
}

const wording: Readonly<Record<NoticeKind, Named>> = {
  ACCEPTED: { zh: '已受理', en: 'was accepted' },
  DECLINED: { zh: '不予受理,请查看理由与其他途径', en: 'was declined; see why, and the other way' },
  INFO_WANTED: { zh: '需要您补充材料', en: 'needs information from you' },
  LAPSED: { zh: '逾期未补充,已按撤回处理', en: 'counts as withdrawn: the information did not come in time' },
  RESOLVED: { zh: '已办结,请评价', en: 'was resolved; please rate it' },
  REWORK: { zh: '将重新办理', en: 'will be done again' },
  CLOSED_UNRATED: { zh: '未收到评价,已归档', en: 'was closed without a rating' },
  SUSPENDED: { zh: '已挂账,暂缓办理', en: 'was suspended' },
  RESUMED: { zh: '已恢复办理', en: 'was resumed' },
  EXTENDED: { zh: '办理期限已延长', en: 'was given more time' },
  NEW_ON_LIST: { zh: '已进入您的待办', en: 'is new on your list' },
  WARNED: { zh: '即将超期', en: 'is about to be overdue' },
  OVERDUE: { zh: '已超期', en: 'is overdue' },
  ESCALATED: { zh: '已提级', en: 'was escalated' },
  EXTENSION_GRANTED: { zh: '的延期申请已同意', en: 'was granted the extension you asked for' },
  EXTENSION_REFUSED: { zh: '的延期申请未同意', en: 'was refused the extension you asked for' },
  SUSPENSION_GRANTED: { zh: '的挂账申请已同意', en: 'was granted the suspension you asked for' },
  SUSPENSION_REFUSED: { zh: '的挂账申请未同意', en: 'was refused the suspension you asked for' },
  INVITED: { zh: '邀请您参加', en: 'invites you' },
  ASSIGNED: { zh: '有交您办理的事项', en: 'has something for you to do' },
  REPORTED: { zh: '有事项已报完成,请审核', en: 'has something reported as done; please decide' },
  SENT_BACK: { zh: '有事项被退回,请继续办理', en: 'has something sent back to you' },
  CANCELLED: { zh: '已取消', en: 'was cancelled' },
  MERGED: { zh: '已与同一事项的案件并案办理,期限、通知与评价照旧', en: 'is handled together with another about the same matter; its deadlines, notices and rating stay your own' },
  UNMERGED: { zh: '已解除并案,单独办理', en: 'is handled by itself again' },
  LEAVING_OUT_GRANTED: { zh: '的评价不计申请已同意', en: 'had its rating left out as you asked' },
  LEAVING_OUT_REFUSED: { zh: '的评价不计申请未同意', en: 'keeps the rating that you asked to leave out' },
  APPROVED: { zh: '的申办已批准,请查看结果文书', en: 'was approved; see the document that was issued' },
  REFUSED: { zh: '的申办未获批准,请查看理由并评价', en: 'was refused; see why, and rate it' },
};

/** Of a conference it is not the conference that is late, but what it decided. */
const lateKinds: readonly NoticeKind[] = ['WARNED', 'OVERDUE', 'ESCALATED'];

const matterNames: Readonly<Record<MatterKind, (number: string, kind: NoticeKind) => Named>> = {
  WHISTLE: (number) => ({ zh: `案件 ${number} 的吹哨报到`, en: `The arrival at the whistle of case ${number}` }),
  SUPERVISION: (number) => ({ zh: `案件 ${number} 的督办答复`, en: `The answer to the supervision of case ${number}` }),
  CONFERENCE: (number, kind) => (lateKinds.includes(kind)
    ? { zh: `案件 ${number} 的联席会议议定事项`, en: `A decision of the conference on case ${number}` }
    : { zh: `案件 ${number} 的联席会议`, en: `The conference on case ${number}` }),
};

export const noticeText = ({ number, kind, matter }: Pick<Notice, 'number' | 'kind' | 'matter'>): string => {
  const { zh, en } = wording[kind];
  const subject = matter ? matterNames[matter.kind](number, kind) : { zh: `案件 ${number} `, en: `Case ${number}` };
  return bilingual(`${subject.zh}${zh}。`, `${subject.en} ${en}.`);
};

interface ReporterRow {
  readonly action: CaseAction;
  /** Only where the step leads there. */
  readonly to?: CaseState;
  readonly kind: NoticeKind;
}

const reporterRows: readonly ReporterRow[] = [
  { action: 'ACCEPT', kind: 'ACCEPTED' },
  { action: 'DECLINE', kind: 'DECLINED' },
  { action: 'REQUEST_INFO', kind: 'INFO_WANTED' },
  { action: 'LAPSE', kind: 'LAPSED' },
  { action: 'RESOLVE', kind: 'RESOLVED' },
  { action: 'DECIDE_APPLICATION', to: 'IN_PROGRESS', kind: 'APPROVED' },
  { action: 'DECIDE_APPLICATION', to: 'RESOLVED', kind: 'REFUSED' },
  { action: 'RATE', to: 'REWORK', kind: 'REWORK' },
  { action: 'REOPEN', kind: 'REWORK' },
  { action: 'NO_REPLY', kind: 'CLOSED_UNRATED' },
  { action: 'DECIDE_SUSPENSION', to: 'SUSPENDED', kind: 'SUSPENDED' },
  { action: 'RESUME', kind: 'RESUMED' },
  { action: 'MERGE', kind: 'MERGED' },
  { action: 'UNMERGE', kind: 'UNMERGED' },
  { action: 'RESOLVE_WITH_LEAD', kind: 'RESOLVED' },
];

/** What the notices need to know of a step; a timeline entry has it. */
export interface NoticedStep {
  readonly seq: number;
  readonly at: Date;
  readonly action: CaseAction | 'SUBMIT';
  readonly to: CaseState;
  /** Role null: a clock did it. */
  readonly by: { readonly role: Actor['role'] | null };
  /** Who works on it; by default who holds it. */
  readonly worker?: Holder;
}

export type Told = readonly [recipient: string | null, kind: NoticeKind];

function toReporter(next: Case, { action, to }: NoticedStep): Told[] {
  const recipient = reporterKeyOf(next);
  const row = reporterRows.find((candidate) => candidate.action === action && (candidate.to ?? to) === to);
  if (row) return [[recipient, row.kind]];
  return action === 'DECIDE_EXTENSION' && next.extension?.decided?.granted === true ? [[recipient, 'EXTENDED']] : [];
}

/** The asker hears what was decided. */
function toAsker({ extension, suspension, evaluations }: Case, { seq, action }: NoticedStep): Told[] {
  if (action === 'DECIDE_EXTENSION' && extension) {
    return [[holderKey(extension.holder), extension.decided?.granted === true ? 'EXTENSION_GRANTED' : 'EXTENSION_REFUSED']];
  }
  if (action === 'DECIDE_SUSPENSION' && suspension) {
    return [[holderKey(suspension.holder), suspension.decided?.granted === true ? 'SUSPENSION_GRANTED' : 'SUSPENSION_REFUSED']];
  }
  const decidedOn = action === 'DECIDE_LEAVING_OUT' ? evaluations.find(({ leftOut }) => leftOut?.decided?.seq === seq) : undefined;
  if (decidedOn) return [[holderKey(decidedOn.provider), decidedOn.leftOut?.decided?.granted === true ? 'LEAVING_OUT_GRANTED' : 'LEAVING_OUT_REFUSED']];
  return [];
}

/** The percentage of the alarm that has just gone off. */
const firedPercent = ({ fired }: Case): number => Number(fired.at(-1)?.split(':')[1] ?? 0);

function toHolder(next: Case, { action, by, worker = holderOf(next) }: NoticedStep): Told[] {
  const holder = holderKey(worker);
  if (action === 'RESUME') return [[holder, 'RESUMED']];
  if (action === 'ESCALATE' && by.role !== null) return [[holder, 'ESCALATED']];
  if (action !== 'WARN' && action !== 'ESCALATE') return [];
  const kind = firedPercent(next) < 100 ? 'WARNED' : 'OVERDUE';
  // Who works on the case that leads may not see this one; the street, which merged it, does.
  return next.merge ? [[holder, kind], [holderKey(levelHolder(next.place.community, 'STREET')), kind]] : [[holder, kind]];
}

const toLevelAbove = (before: Case | null, { escalatedTo, place }: Case): Told[] =>
  escalatedTo === null || escalatedTo === before?.escalatedTo
    ? []
    : [[holderKey(levelHolder(place.community, escalatedTo)), 'ESCALATED']];

function toWhomItWaitsFor(before: Case | null, next: Case): Told[] {
  const waiting = waitsFor(next);
  return waiting === (before && waitsFor(before)) ? [] : [[waiting, 'NEW_ON_LIST']];
}

/** Whom a step tells what: one notice for each recipient, none for whom the case does not exist. */
export function noticesFor(before: Case | null, next: Case, step: NoticedStep): Notice[] {
  const told = [
    ...toReporter(next, step), ...toAsker(next, step), ...toHolder(next, step), ...toLevelAbove(before, next),
    // Last: who is told something of more weight is told no more than that.
    ...toWhomItWaitsFor(before, next),
  ];
  return noticesTo(told, next, step, (recipient) => mayBeTold(next, recipient));
}

function noticesTo(
  told: readonly Told[], { id: caseId, number }: Case, { seq, at }: Pick<Notice, 'seq' | 'at'>, isPrivy: (recipient: string) => boolean,
): Notice[] {
  const first = new Map<string, NoticeKind>();
  for (const [recipient, kind] of told) {
    if (recipient !== null && !first.has(recipient) && isPrivy(recipient)) first.set(recipient, kind);
  }
  return [...first].map(([recipient, kind]) => ({ caseId, number, seq, at, kind, recipient }));
}

/** Departments are called to these by name, and see them whether or not they see the case. */
const callsByName: readonly MatterKind[] = ['WHISTLE', 'CONFERENCE'];

/** Whom a level's word on a matter of its own tells what. */
export const noticesOfWord = (
  next: Case, { matter, told, ...step }: Pick<Notice, 'seq' | 'at'> & { readonly matter: Matter; readonly told: readonly Told[] },
): Notice[] => {
  const isNamed = (recipient: string): boolean => callsByName.includes(matter.kind) && recipient.startsWith('UNIT:');
  return noticesTo(told, next, step, (recipient) => isNamed(recipient) || mayBeTold(next, recipient)).map((notice) => ({ ...notice, matter }));
};

/** The one whom a recipient's key stands for, as the rules on cases know actors; null for no such key. */
export function actorOf(recipient: string): Actor | null {
  const [prefix = '', ...rest] = recipient.split(':');
  const key = rest.join(':');
  if (prefix === 'RESIDENT' || prefix === 'GRID_WORKER') return { id: key, role: prefix, area: null, unit: null };
  if (prefix === 'UNIT') return { id: key, role: 'DEPARTMENT_OFFICER', area: null, unit: key };
  const level = levels.find((candidate) => candidate === prefix);
  return level ? { id: key, role: officerOf[level], area: key, unit: null } : null;
}

function mayBeTold(subject: Case, recipient: string): boolean {
  const actor = actorOf(recipient);
  return actor !== null && maySee(subject, actor);
}
