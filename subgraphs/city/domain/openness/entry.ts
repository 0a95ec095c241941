// 政务公开: what an office has published under a code of the catalogue, and all that became of it. One register for the
// four levels: an office publishes for its own area.
import { coversArea, levelOfOfficer, type Actor } from '../../../shared/domain/actor.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { invalid, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import type { ListKind } from '../lists/list.js';
import type { Published } from '../publication.js';
import {
  opennessActionNames, opennessStateNames, opennessTransitions, type OpennessAction, type OpennessState,
} from './entry.transitions.js';

export const subjectKinds = [
  'POWER_LIST', 'RESPONSIBILITY_LIST', 'SERVICE_LIST', 'EFFICIENCY_LIST', 'DUTY_LIST', 'SERVICE_ITEM', 'ASSESSMENT_ROUND',
] as const;
export type SubjectKind = (typeof subjectKinds)[number];

/** What the platform publishes elsewhere: a version's name, an item's code, a round's id. */
export interface OpennessSubject {
  readonly kind: SubjectKind;
  readonly reference: string;
}

export interface OpennessContent {
  readonly code: string;
  readonly title: string;
  readonly titleEn: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly subject: OpennessSubject | null;
}

export interface OpennessVersion extends OpennessContent {
  readonly action: 'PUBLISH' | OpennessAction;
  readonly at: Date;
  /** Actor id; null where it came with a publication whose author is told elsewhere. */
  readonly by: string | null;
  readonly reason: string;
}

export interface OpennessEntry {
  readonly id: string;
  readonly version: number;
  readonly state: OpennessState;
  /** Whose it is. */
  readonly area: string;
  readonly publishedAt: Date;
  /** Of the last version. */
  readonly updatedAt: Date;
  readonly content: OpennessContent;
  /** From the first on; the last one is what it is now. */
  readonly history: readonly OpennessVersion[];
}

export interface OpennessFilter {
  /** The code and those below it. */
  readonly code: string | null;
  /** The area and those within it. */
  readonly area: string | null;
  /** When it was published. */
  readonly from: Date | null;
  readonly before: Date | null;
  readonly states: readonly OpennessState[];
}

export const limits = { title: 100, summary: 500, text: 20_000, reason: 200, versions: 100 } as const;

const ownOffice: Rule<OpennessEntry> = ({ area }, actor) =>
  (actor.area === area ? null : refusal('OUT_OF_SCOPE', '由公开它的机关更正。', 'It is corrected by the office that published it.', 'entryId'));

const officeOrAbove: Rule<OpennessEntry> = ({ area }, actor) =>
  (coversArea(actor, area) ? null : refusal('OUT_OF_SCOPE', '由公开它的机关或其上级撤回。', 'It is withdrawn by the office that published it, or one above.', 'entryId'));

export const opennessMachine: Machine<OpennessState, OpennessAction, OpennessEntry> = {
  table: opennessTransitions,
  states: opennessStateNames,
  actions: opennessActionNames,
  rules: { CORRECT: ownOffice, WITHDRAW: officeOrAbove },
};

/** Once it is withdrawn, what it said is for its own office, those above it and auditors alone; that, when and why it was stays everybody's. */
export const seesWhatItSaid = ({ state, area }: OpennessEntry, actor: Actor | null): boolean =>
  state === 'PUBLISHED' || (actor !== null && (levelOfOfficer(actor) !== null || actor.role === 'AUDITOR') && coversArea(actor, area));

const plain = ({ code, title, titleEn, summary, text, subject }: OpennessContent): OpennessContent => ({
  code, title: title.trim(), titleEn: trimmed(titleEn), summary: trimmed(summary), text: trimmed(text),
  subject: subject && { kind: subject.kind, reference: subject.reference },
});

function contentFault({ code, title, titleEn, summary, text, subject }: OpennessContent, codes: ReadonlySet<string>): DomainError | null {
  if (!codes.has(code)) return invalid('目录中没有此编码,见 opennessCatalogue。', 'The catalogue has no such code; see opennessCatalogue.', 'code');
  if (lengthOf(title) < 1) return invalid('请填写标题。', 'Give a title.', 'title');
  if (trimmed(text) === null && subject === null) return invalid('须有正文,或指明平台上已公布的内容。', 'Give a text, or name something that the platform publishes.', 'text');
  return checkNote(title, true, 'title', limits.title) ?? checkNote(titleEn, false, 'titleEn', limits.title)
    ?? checkNote(summary, false, 'summary', limits.summary) ?? checkNote(text, false, 'text', limits.text);
}

const reasonFault = (reason: string): DomainError | null => checkNote(reason, true, 'reason', limits.reason);

/** The entry's first version, sound by whoever made it. */
export function firstVersion(id: string, area: string, content: OpennessContent, reason: string, by: string | null, at: Date): OpennessEntry {
  return {
    id, area, version: 1, state: 'PUBLISHED', publishedAt: at, updatedAt: at, content, history: [{ ...content, action: 'PUBLISH', at, by, reason }],
  };
}

export function publishEntry(content: OpennessContent, reason: string, id: string, codes: ReadonlySet<string>, actor: Actor, now: Date): Result<OpennessEntry> {
  if (levelOfOfficer(actor) === null || actor.area === null) {
    return refuse(refusal('ROLE_NOT_ALLOWED', '由市、区、街道、社区的工作人员公开。', 'This is published by officers of city, district, street or community.'));
  }
  const fault = contentFault(content, codes) ?? reasonFault(reason);
  return fault ? refuse(fault) : ok(firstVersion(id, actor.area, plain(content), reason.trim(), actor.id, now));
}

/** What is left out stays as it is. */
export type OpennessChange = { readonly [Key in keyof OpennessContent]?: OpennessContent[Key] | undefined };

const given = (change: OpennessChange): Partial<OpennessContent> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<OpennessContent>;

export function actOnEntry(
  entry: OpennessEntry, action: OpennessAction, change: OpennessChange, reason: string, codes: ReadonlySet<string>, actor: Actor, now: Date,
): Result<OpennessEntry> {
  const permitted = permit(opennessMachine, entry, action, actor, now);
  if (!permitted.ok) return permitted;
  const content: OpennessContent = plain({ ...entry.content, ...given(change) });
  const fault = (action === 'CORRECT' ? contentFault(content, codes) : null) ?? reasonFault(reason)
    ?? (action === 'WITHDRAW' || entry.history.length < limits.versions ? null : refusal(
      'TRANSITION_NOT_ALLOWED', `已更正 ${limits.versions - 1} 次,请撤回后重新公开。`, `It was corrected ${limits.versions - 1} times; withdraw it and publish anew.`, 'entryId',
    ));
  if (fault) return refuse(fault);
  return ok({
    ...entry, content, version: entry.version + 1, state: permitted.value.to, updatedAt: now,
    history: [...entry.history, { ...content, action, at: now, by: actor.id, reason: reason.trim() }],
  });
}

const listSubjects: Readonly<Record<ListKind | 'DUTY', readonly [kind: SubjectKind, code: string, zh: string, en: string]>> = {
  POWER: ['POWER_LIST', '90.01', '权力清单', 'List of powers'],
  RESPONSIBILITY: ['RESPONSIBILITY_LIST', '90.02', '责任清单', 'List of responsibilities'],
  SERVICE: ['SERVICE_LIST', '90.03', '服务清单', 'List of services'],
  EFFICIENCY: ['EFFICIENCY_LIST', '90.04', '效能清单', 'List of time limits'],
  DUTY: ['DUTY_LIST', '90.05', '职责清单', 'Duty list'],
};

/** A version of a list is published here with it. */
export function entryOfList(list: ListKind | 'DUTY', { id, note, publishedAt, publishedBy }: Published<unknown>, area: string): OpennessEntry {
  const [kind, code, zh, en] = listSubjects[list];
  const content: OpennessContent = {
    code, title: `${zh}(版本 ${id})`, titleEn: `${en} (version ${id})`, summary: note, text: null, subject: { kind, reference: id },
  };
  return firstVersion(`${kind}:${id}`, area, content, '随清单发布 / Published with the list', publishedBy, publishedAt ?? new Date(0));
}

/** What a district tells of a round that it has published. */
export interface PublishedRound {
  readonly roundId: string;
  readonly district: string;
  readonly name: string;
  readonly at: Date;
}

export const entryOfRound = ({ roundId, district, name, at }: PublishedRound): OpennessEntry => firstVersion(`ASSESSMENT_ROUND:${roundId}`, district, {
  code: '91.01', title: `考评结果:${name}`, titleEn: `Results of the assessment: ${name}`, summary: null, text: null, subject: { kind: 'ASSESSMENT_ROUND', reference: roundId },
}, '随考评公布 / Published with the round', null, at);
