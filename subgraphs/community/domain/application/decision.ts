import type { Actor } from '../../../shared/domain/actor.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { holds, type Holder } from '../../../shared/domain/handover.js';
import { bilingual, invalid, refusal, type DomainError } from '../../../shared/domain/result.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import { holderOf, type Case } from '../case.js';
import {
  actingFor, approverOf, followedUp, mayFinish, place, standingDecision, type Answer, type Application, type Decision, type FollowUp, type ResultDocument,
} from './application.js';
import { answersFault, missingMaterials, plainAnswers } from './examination.js';

/** What an approval issues. */
export interface ResultInput {
  /** The item's by default. */
  readonly title: string | null;
  readonly text: string;
  readonly fields: readonly Answer[];
  /** The day it is issued by default. */
  readonly validFrom: string | null;
  readonly validTo: string | null;
}

export type Digest = (text: string) => string;

const mustBeApplication = ({ application }: Case): DomainError | null =>
  application ? null : refusal('TRANSITION_NOT_ALLOWED', '只有申办服务事项的案件才有此步骤。', 'Only a case that is for a service item has this step.');

export function mayDecide(subject: Case, actor: Actor): DomainError | null {
  const other = mustBeApplication(subject);
  if (other || !subject.application) return other;
  const decider = approverOf(subject.application) ?? holderOf(subject);
  if (!holds(decider, actor)) return refusal('ROLE_NOT_ALLOWED', `由 ${place(decider)} 决定。`, `${place(decider)} decides.`);
  return standingDecision(subject) ? refusal('DUPLICATE', '已有决定。', 'It has been decided.') : null;
}

const mustFinish = (subject: Case, actor: Actor): DomainError | null => {
  const holder = holderOf(subject);
  return mayFinish(subject, actor, holder) ? null : refusal('ROLE_NOT_ALLOWED', `此件由${place(holder)}承办。`, `It is with ${place(holder)}.`);
};

const undecided = (subject: Case): DomainError | null => {
  if (standingDecision(subject)) return null;
  const decider = place((subject.application && approverOf(subject.application)) ?? holderOf(subject));
  return refusal('TRANSITION_NOT_ALLOWED', `尚无决定,不得跳过;由 ${decider} 以 applicationDecide 作出。`, `There is no decision yet, and none may be skipped; ${decider} makes it by applicationDecide.`);
};

export const mayFollowUp = (subject: Case, actor: Actor): DomainError | null =>
  mustBeApplication(subject) ?? mustFinish(subject, actor) ?? undecided(subject);

/** The last step before the applicant is asked: what comes before it must have been done. */
export const mayFinishApplication = (subject: Case, actor: Actor): DomainError | null =>
  mustFinish(subject, actor) ?? undecided(subject) ?? (followedUp(subject) ? null : refusal(
    'TRANSITION_NOT_ALLOWED', '尚未跟踪,不得跳过;请先以 applicationFollowUp 记录结果的落实。',
    'It has not been followed up, which may not be skipped; record by applicationFollowUp what came of the decision.',
  ));

const maxTitle = 200;
const maxText = 10_000;

export function resultFault({ title, text, fields, validFrom, validTo }: ResultInput, today: string): DomainError | null {
  if (title !== null && (lengthOf(title) < 1 || lengthOf(title) > maxTitle)) {
    return invalid(`名称须为 1–${maxTitle} 字。`, `A title has 1–${maxTitle} characters.`, 'result', 'title');
  }
  if (lengthOf(text) < 1 || lengthOf(text) > maxText) return invalid(`内容须为 1–${maxText} 字。`, `The text has 1–${maxText} characters.`, 'result', 'text');
  const fault = answersFault(fields, 'result');
  if (fault) return fault;
  return validTo === null || validTo >= (validFrom ?? today) ? null
    : invalid('有效期的末日不能早于首日。', 'It cannot end before it begins.', 'result', 'validTo');
}

/** What a decision says must be there: a reason, or the document it issues. */
export function decisionFault(granted: boolean | undefined, result: ResultInput | null | undefined, now: Date): DomainError | null {
  if (granted !== true) {
    return result == null ? null : invalid('不予批准时没有结果文书。', 'A refusal issues no document.', 'result');
  }
  return result == null
    ? invalid('批准时须出具结果文书。', 'An approval issues a document; say what it says.', 'result')
    : resultFault(result, localDate(now));
}

/** What was not there when it was made, at the door, must be there when it is granted. */
export function incompleteFault({ item, materials }: Application): DomainError | null {
  const missing = missingMaterials(item, materials).map(({ name }) => name);
  if (missing.length === 0) return null;
  return refusal(
    'TRANSITION_NOT_ALLOWED', `尚缺材料:${missing.map(({ zh }) => zh).join('、')};请承办者以 caseRequestInfo 要求补交。`,
    `Materials are missing: ${missing.map(({ en }) => en).join(', ')}; whoever has the case asks for them by caseRequestInfo.`,
  );
}

type Sealed = Omit<ResultDocument, 'hash'>;

/** What the hash of a document is of. */
export const sealedText = (
  { number, title, text, fields, validFrom, validTo, issuedAt, issuer }: Sealed, { id, number: version }: Application['item'], applicant: string | null,
): string => JSON.stringify([
  number, id, version, applicant, title, text, fields.map(({ name, value }) => [name, value]), validFrom, validTo, issuedAt.toISOString(), place(issuer),
]);

function issue({ number, reporter }: Case, application: Application, input: ResultInput, { at, issuer, digest }: { at: Date; issuer: Holder; digest: Digest }): ResultDocument {
  const { item, results } = application;
  const sealed: Sealed = {
    number: `${number}-R${results.length + 1}`,
    title: trimmed(input.title) ?? bilingual(item.title.zh, item.title.en),
    text: input.text.trim(),
    fields: plainAnswers(input.fields),
    validFrom: input.validFrom ?? localDate(at),
    validTo: input.validTo,
    issuedAt: at,
    issuer,
  };
  return { ...sealed, hash: digest(sealedText(sealed, item, reporter.name)) };
}

export interface DecisionInput extends Pick<Decision, 'granted' | 'note' | 'at' | 'by'> {
  readonly result: ResultInput | null;
  readonly digest: Digest;
}

export function decided(before: Case, application: Application, { granted, note, at, by, result, digest }: DecisionInput): Application {
  const decider = actingFor(before, by, holderOf(before));
  return {
    ...application,
    decisions: [...application.decisions, { round: before.round, granted, note, at, by, decider }],
    results: granted && result ? [...application.results, issue(before, application, result, { at, issuer: decider, digest })] : application.results,
  };
}

export const withFollowUp = (application: Application, followUp: FollowUp): Application =>
  ({ ...application, followUps: [...application.followUps, followUp] });

/** As it is printed. */
export function printedResult(
  { number, title, text, fields, validFrom, validTo, hash, issuedAt }: ResultDocument, { number: caseNumber, reporter }: Case, issuer: string,
): string {
  return [
    `${title}`,
    `编号:${number}`,
    `案件:${caseNumber}`,
    `申请人:${reporter.name ?? ''}`,
    '',
    text,
    ...(fields.length > 0 ? ['', ...fields.map(({ name, value }) => `${name}:${value}`)] : []),
    '',
    `有效期:${validFrom} 至 ${validTo ?? '长期'}`,
    `签发:${issuer},${localDate(issuedAt)}`,
    `校验码(SHA-256):${hash}`,
  ].join('\n');
}
