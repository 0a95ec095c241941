// 智能公章: the seals of a street's and its communities' offices. Who asks does not decide, and who keeps the seal uses it
// for what was approved, document and number of copies included.
import { coversArea, levelOfOfficer, officerOf, type Actor } from '../../../shared/domain/actor.js';
import { existsOn, type DatedArea } from '../../../shared/domain/area.js';
import { isWithin, levelOfCode } from '../../../shared/domain/areaCode.js';
import type { LocalDate } from '../../../shared/domain/calendar.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import type { SealEntry, SealLogAction } from './chain.js';
import {
  sealRequestActionNames, sealRequestStateNames, sealRequestTransitions, type SealRequestAction, type SealRequestState,
} from './seal.transitions.js';

export interface Seal {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  /** Code of the street or community. */
  readonly office: string;
  /** Actor id. */
  readonly keeper: string;
  readonly registeredAt: Date;
}

export interface SealRequest {
  readonly id: string;
  readonly version: number;
  readonly state: SealRequestState;
  readonly seal: string;
  readonly office: string;
  readonly matter: string;
  readonly reason: string;
  readonly contentHash: string;
  readonly copies: number;
  readonly used: number;
  readonly requestedAt: Date;
  /** Actor id. */
  readonly requestedBy: string;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly decisionNote: string | null;
}

/** What is written together: state, log, and the version of the seal that it was decided by. */
export interface SealStep {
  readonly seal: Seal;
  /** Null where the request alone changes: then the seal must still be as it was. */
  readonly change: Seal | null;
  readonly request: SealRequest | null;
  readonly entry: SealEntry;
}

/** A request with what its rules ask of the seal. */
export interface SealSubject extends SealRequest {
  readonly keeper: string;
}

export const maxCopies = 1_000;
const maxName = 50;
const maxMatter = 200;
const maxKeeper = 100;

const isOfOffice = (office: string, { role, area }: Actor): boolean => {
  const level = levelOfCode(office);
  return level !== null && level !== 'GRID' && role === officerOf[level] && area === office;
};

/** Officers of the levels above the office. */
const isSuperior = (office: string, actor: Actor): boolean =>
  levelOfOfficer(actor) !== null && actor.area !== null && actor.area !== office && isWithin(office, actor.area);

/** Whether the seal exists for the actor. */
export const seesSeal = ({ office }: Pick<Seal, 'office'>, actor: Actor): boolean =>
  isOfOffice(office, actor) || isSuperior(office, actor) || auditsSeal({ office }, actor);

const auditsSeal = ({ office }: Pick<Seal, 'office'>, actor: Actor): boolean => actor.role === 'AUDITOR' && coversArea(actor, office);

/** The log is for those whom the office answers to. */
export const seesSealLog = (seal: Pick<Seal, 'office'>, actor: Actor): boolean => isSuperior(seal.office, actor) || auditsSeal(seal, actor);

const mayDecide: Rule<SealSubject> = ({ office, requestedBy }, actor) => {
  if (actor.id === requestedBy) return refusal('ROLE_NOT_ALLOWED', '申请人不得审批自己的申请。', 'Nobody decides their own request.');
  return isOfOffice(office, actor) || isSuperior(office, actor) ? null : refusal(
    'OUT_OF_SCOPE', `由 ${office} 的其他工作人员或其上级审批。`, `Another officer of ${office}, or of a level above it, decides.`,
  );
};

const mayUse: Rule<SealSubject> = ({ office, keeper }, actor) => {
  if (!isOfOffice(office, actor)) return refusal('OUT_OF_SCOPE', `公章属 ${office}。`, `The seal is that of ${office}.`);
  return actor.id === keeper ? null : refusal('ROLE_NOT_ALLOWED', '由公章保管人用印。', 'The keeper of the seal uses it.');
};

export const sealRequestMachine: Machine<SealRequestState, SealRequestAction, SealSubject> = {
  table: sealRequestTransitions,
  states: sealRequestStateNames,
  actions: sealRequestActionNames,
  rules: { DECIDE: mayDecide, USE: mayUse },
};

const hashPattern = /^[0-9a-f]{64}$/;

const textFault = (text: string, max: number, field: string): DomainError | null => (lengthOf(text) >= 1 && lengthOf(text) <= max ? null : refusal(
  'INVALID_INPUT', `须为 1–${max} 字。`, `It has 1–${max} characters.`, field,
));

const nothing = { request: null, matter: null, reason: null, contentHash: null, copies: null, copy: null, note: null, keeper: null } as const;

const entryOf = (seal: string, action: SealLogAction, { id, role }: Actor, at: Date, facts: Partial<SealEntry>): SealEntry =>
  ({ ...nothing, seal, action, at, by: id, role, ...facts });

const requestFacts = ({ id, matter, reason, contentHash, copies }: SealRequest): Partial<SealEntry> =>
  ({ request: id, matter, reason, contentHash, copies });

const streetClerks = (office: string, actor: Actor, field?: string): DomainError | null => {
  if (actor.role !== 'STREET_CLERK') return refusal('ROLE_NOT_ALLOWED', '公章由街道工作人员登记与交接。', 'Seals are registered and entrusted by street clerks.');
  return coversArea(actor, office) ? null : refusal('OUT_OF_SCOPE', `${office} 不在您的街道。`, `${office} is not in your street.`, field);
};

export interface RegisterCommand {
  readonly id: string;
  readonly office: string;
  readonly name: string;
  readonly keeper: string;
}

/** `area`: the street or community of that code, ended or not. */
export function registerSeal(
  { id, office, name, keeper }: RegisterCommand, area: DatedArea | null, actor: Actor, today: LocalDate, now: Date,
): Result<SealStep> {
  const level = levelOfCode(office);
  const fault = streetClerks(office, actor, 'office')
    ?? (area && existsOn(area, today) && (level === 'STREET' || level === 'COMMUNITY') ? null : refusal(
      'INVALID_INPUT', `没有街道或社区 ${office}。`, `There is no street or community ${office}.`, 'office',
    ))
    ?? textFault(name, maxName, 'name') ?? textFault(keeper, maxKeeper, 'keeper');
  if (fault) return refuse(fault);
  const seal: Seal = { id, version: 1, name: name.trim(), office, keeper: keeper.trim(), registeredAt: now };
  return ok({ seal, change: seal, request: null, entry: entryOf(id, 'REGISTER', actor, now, { matter: seal.name, keeper: seal.keeper }) });
}

export function entrustSeal(seal: Seal, keeper: string, actor: Actor, now: Date): Result<SealStep> {
  const fault = streetClerks(seal.office, actor) ?? textFault(keeper, maxKeeper, 'keeper')
    ?? (keeper.trim() === seal.keeper ? refusal('DUPLICATE', '已由其保管。', 'That is its keeper already.', 'keeper') : null);
  if (fault) return refuse(fault);
  const change = { ...seal, version: seal.version + 1, keeper: keeper.trim() };
  return ok({ seal, change, request: null, entry: entryOf(seal.id, 'ENTRUST', actor, now, { keeper: change.keeper }) });
}

export interface RequestCommand {
  readonly id: string;
  readonly matter: string;
  readonly reason: string;
  readonly contentHash: string;
  readonly copies: number;
}

const hashFault = (contentHash: string): DomainError | null => (hashPattern.test(contentHash) ? null : refusal(
  'INVALID_INPUT', '须为文件的 SHA-256,64 位小写十六进制。', 'Give the SHA-256 of the document: 64 hexadecimal digits in lower case.', 'contentHash',
));

export function requestSeal(seal: Seal, command: RequestCommand, actor: Actor, now: Date): Result<SealStep> {
  const { id, matter, reason, contentHash, copies } = command;
  const fault = (isOfOffice(seal.office, actor) ? null : refusal(
    'ROLE_NOT_ALLOWED', `由 ${seal.office} 的工作人员申请。`, `A clerk of ${seal.office} requests it.`,
  ))
    ?? textFault(matter, maxMatter, 'matter') ?? checkNote(reason, true, 'reason') ?? hashFault(contentHash)
    ?? (copies >= 1 && copies <= maxCopies ? null : refusal('INVALID_INPUT', `份数须为 1–${maxCopies}。`, `Copies are 1–${maxCopies}.`, 'copies'));
  if (fault) return refuse(fault);
  const request: SealRequest = {
    id, version: 1, state: 'REQUESTED', seal: seal.id, office: seal.office, matter: matter.trim(), reason: reason.trim(), contentHash, copies, used: 0,
    requestedAt: now, requestedBy: actor.id, decidedAt: null, decidedBy: null, decisionNote: null,
  };
  return ok({ seal, change: null, request, entry: entryOf(seal.id, 'REQUEST', actor, now, requestFacts(request)) });
}

export const sealSubject = (request: SealRequest, { keeper }: Seal): SealSubject => ({ ...request, keeper });

export function decideSeal(
  seal: Seal, request: SealRequest, { approved, note }: { readonly approved: boolean; readonly note: string | null }, actor: Actor, now: Date,
): Result<SealStep> {
  const permitted = permit(sealRequestMachine, sealSubject(request, seal), 'DECIDE', actor, now);
  if (!permitted.ok) return permitted;
  const fault = checkNote(note, !approved);
  if (fault) return refuse(fault);
  const decisionNote = trimmed(note);
  const to = findTransition(sealRequestTransitions, request.state, 'DECIDE', approved ? 'APPROVE' : 'REFUSE')?.to ?? request.state;
  const next: SealRequest = { ...request, version: request.version + 1, state: to, decidedAt: now, decidedBy: actor.id, decisionNote };
  const entry = entryOf(seal.id, approved ? 'APPROVE' : 'REFUSE', actor, now, { ...requestFacts(next), note: decisionNote });
  return ok({ seal, change: null, request: next, entry });
}

export function useSeal(
  seal: Seal, request: SealRequest, { contentHash, note }: { readonly contentHash: string; readonly note: string | null }, actor: Actor, now: Date,
): Result<SealStep> {
  const permitted = permit(sealRequestMachine, sealSubject(request, seal), 'USE', actor, now);
  if (!permitted.ok) return permitted;
  const fault = hashFault(contentHash) ?? checkNote(note, false) ?? (contentHash === request.contentHash ? null : refusal(
    'INVALID_INPUT', '这不是获批的文件;内容有变的须另行申请。', 'This is not the document that was approved; one that has changed needs a request of its own.', 'contentHash',
  ));
  if (fault) return refuse(fault);
  const copy = request.used + 1;
  const to = findTransition(sealRequestTransitions, request.state, 'USE', copy === request.copies ? 'LAST' : 'MORE')?.to ?? request.state;
  const next: SealRequest = { ...request, version: request.version + 1, state: to, used: copy };
  return ok({ seal, change: null, request: next, entry: entryOf(seal.id, 'USE', actor, now, { ...requestFacts(next), copy, note: trimmed(note) }) });
}
