import { areaOfUnit, type Actor } from '../../../shared/domain/actor.js';
import { admissionGates, type AdmissionGate } from '../../../shared/domain/admission.js';
import { isWithin, levelOfCode } from '../../../shared/domain/areaCode.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import type { ItemVersion } from '../service/item.js';
import {
  admissionActionNames, admissionStateNames, admissionTransitions, type AdmissionAction, type AdmissionState,
} from './admission.transitions.js';

/** Who passed a gate, when, and with which words. */
export interface Passage {
  readonly gate: AdmissionGate;
  readonly at: Date;
  /** Actor id. */
  readonly by: string;
  /** APPROVAL: the area whose government it is; absent on what is older. */
  readonly government?: string;
  readonly note: string | null;
  /** OPINION: whether the street is for it. */
  readonly supports: boolean | null;
  /** SAFEGUARDS. */
  readonly amountFen: number | null;
  readonly posts: number | null;
  /** POWERS: codes on the list of powers. */
  readonly powers: readonly string[];
}

/** A time in force; `to` is the instant from which it no longer was. */
export interface Span {
  readonly from: Date;
  readonly to: Date | null;
}

/** A community of the street to which it does not apply, while `to` is null. */
export interface Exception extends Span {
  readonly community: string;
  readonly reduction: string;
}

export interface Admission {
  readonly id: string;
  readonly version: number;
  readonly state: AdmissionState;
  /** Path in the taxonomy of demands, with all below it; null where it names a service item. */
  readonly matter: string | null;
  /** Code of a service item. */
  readonly item: string | null;
  readonly department: string;
  readonly street: string;
  /** The one community of the street that it is for; null: the street and all of them. */
  readonly community: string | null;
  readonly reason: string;
  /** Each gate once, in the order in which they were passed. */
  readonly passed: readonly Passage[];
  readonly proposedAt: Date;
  /** Actor id. */
  readonly proposedBy: string;
  readonly inForceAt: Date | null;
  readonly endedAt: Date | null;
  /** Why it was refused, or lapsed. */
  readonly endNote: string | null;
  /** Actor id, and the area whose government that was; null on what is older. */
  readonly endedBy: string | null;
  readonly endedByGovernment: string | null;
  /** The reduction under which it is applied for anew, and whether it waits for its day. */
  readonly reduction: string | null;
  readonly awaits: boolean;
  /** The reduction by which it lapsed. */
  readonly cutBy: string | null;
  readonly exceptions: readonly Exception[];
  /** Times in force before it was restored. */
  readonly earlier: readonly Span[];
}

/** Where it applies no more although it is in force. */
export const exceptedOf = ({ exceptions }: Pick<Admission, 'exceptions'>): string[] =>
  exceptions.filter(({ to }) => to === null).map(({ community }) => community);

export const missingGates = ({ passed }: Pick<Admission, 'passed'>): AdmissionGate[] =>
  admissionGates.filter((gate) => !passed.some((one) => one.gate === gate));

const maxFen = 1_000_000_000_000;
const maxPosts = 10_000;
const maxPowers = 100;
const maxPath = 200;
const pathPattern = /^[^/\s]+(\/[^/\s]+)*$/;
const powerPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const gateOf = { GIVE_OPINION: 'OPINION', SECURE: 'SAFEGUARDS', EMPOWER: 'POWERS', APPROVE: 'APPROVAL' } as const satisfies
  Partial<Record<AdmissionAction, AdmissionGate>>;
type GateAction = keyof typeof gateOf;
/** What people do; the rest is the doing of a burden reduction. */
export type OfficersAction = GateAction | 'REFUSE' | 'LAPSE';

const once = (action: GateAction): Rule<Admission> => ({ passed }) =>
  (passed.some(({ gate }) => gate === gateOf[action]) ? refusal('DUPLICATE', '此项已完成。', 'That has been done.') : null);
const byDepartment: Rule<Admission> = ({ department }, actor) =>
  (actor.unit === department ? null : refusal('ROLE_NOT_ALLOWED', `由 ${department} 操作。`, `${department} itself does this.`));
const byStreet: Rule<Admission> = ({ street }, actor) =>
  (actor.area === street ? null : refusal('ROLE_NOT_ALLOWED', `由街道 ${street} 操作。`, `Street ${street} itself does this.`));
const byGovernment: Rule<Admission> = ({ street }, actor) =>
  (actor.area !== null && isWithin(street, actor.area) ? null : refusal('OUT_OF_SCOPE', '不是本市、本区的街道。', "Not a street of your city or district."));
const opinionHeard: Rule<Admission> = ({ passed }) => (passed.some(({ gate }) => gate === 'OPINION') ? null
  : refusal('TRANSITION_NOT_ALLOWED', '须先听取街道意见。', "The street's opinion comes first."));

const all = (...rules: readonly Rule<Admission>[]): Rule<Admission> => (subject, actor, now) => {
  for (const rule of rules) {
    const fault = rule(subject, actor, now);
    if (fault) return fault;
  }
  return null;
};

export const admissionMachine: Machine<AdmissionState, AdmissionAction, Admission> = {
  table: admissionTransitions,
  states: admissionStateNames,
  actions: admissionActionNames,
  rules: {
    GIVE_OPINION: all(byStreet, once('GIVE_OPINION')),
    SECURE: all(byDepartment, once('SECURE')),
    EMPOWER: all(byDepartment, once('EMPOWER')),
    APPROVE: all(byGovernment, once('APPROVE'), opinionHeard),
    REFUSE: byGovernment,
    LAPSE: byGovernment,
  },
};

/** Whether it exists for the actor: its department, the street, and the offices above it. */
export function seesAdmission({ department, street }: Pick<Admission, 'department' | 'street'>, actor: Actor): boolean {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit === department;
  const isOffice = ['STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR'].includes(actor.role);
  return isOffice && actor.area !== null && isWithin(street, actor.area);
}

export interface ProposeCommand {
  readonly id: string;
  readonly matter: string | null;
  readonly item: string | null;
  readonly street: string;
  readonly community: string | null;
  readonly reason: string;
}

/** Under which reduction it is proposed, if any. */
export type Joining = Pick<Admission, 'reduction' | 'awaits'>;

/** Of the item that is proposed: its version in force; null when none is. */
export type ProposedItem = Pick<ItemVersion, 'department'> | null;

function subjectFault({ matter, item }: ProposeCommand, inForce: ProposedItem, unit: string): DomainError | null {
  if ((matter === null) === (item === null)) {
    return refusal('INVALID_INPUT', '事项与服务事项填且只填一项。', 'Name a matter or a service item, one of the two.', 'matter');
  }
  if (matter !== null) {
    return pathPattern.test(matter) && lengthOf(matter) <= maxPath ? null
      : refusal('INVALID_INPUT', '事项为诉求分类路径,如 城乡建设/安全生产。', 'A matter is a path such as 城乡建设/安全生产.', 'matter');
  }
  if (!inForce) return refusal('NOT_FOUND', '没有此编码的现行服务事项。', 'No service item of that code is in force.', 'item');
  return inForce.department === unit ? null
    : refusal('OUT_OF_SCOPE', `此事项由 ${inForce.department} 主管,由其提出。`, `The item is ${inForce.department}'s, which proposes it.`, 'item');
}

/** A department proposes that a matter or item of its own be handed down to a street. */
export function proposeAdmission(
  command: ProposeCommand, inForce: ProposedItem, joining: Joining, actor: Actor, now: Date,
): Result<Admission> {
  const { id, matter, item, street, community, reason } = command;
  const { role, unit } = actor;
  if (role !== 'DEPARTMENT_OFFICER' || unit === null) {
    return fail('ROLE_NOT_ALLOWED', bilingual('准入由职能部门提出。', 'An admission is proposed by a department.'));
  }
  if (levelOfCode(street) !== 'STREET' || !isWithin(street, areaOfUnit(unit))) {
    return refuse(refusal('OUT_OF_SCOPE', '须是本部门所在市、区的街道。', "Name a street of your department's city or district.", 'street'));
  }
  if (community !== null && (levelOfCode(community) !== 'COMMUNITY' || !isWithin(community, street))) {
    return refuse(refusal('OUT_OF_SCOPE', '须是该街道的社区。', 'Name a community of that street.', 'community'));
  }
  const error = subjectFault(command, inForce, unit) ?? checkNote(reason, true, 'reason');
  return error ? refuse(error) : ok({
    id, version: 1, state: 'PROPOSED', matter, item, department: unit, street, community, reason: reason.trim(), passed: [], proposedAt: now,
    proposedBy: actor.id, inForceAt: null, endedAt: null, endNote: null, endedBy: null, endedByGovernment: null,
    ...joining, cutBy: null, exceptions: [], earlier: [],
  });
}

export interface AdmissionInput {
  readonly note: string | null;
  readonly supports?: boolean;
  readonly amountFen?: number;
  readonly posts?: number;
  readonly powers?: readonly string[];
}

function inputFault(action: AdmissionAction, { note, amountFen = 0, posts = 0, powers = [] }: AdmissionInput): DomainError | null {
  const isCount = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;
  if (!isCount(amountFen, maxFen)) return refusal('INVALID_INPUT', `经费为 0–${maxFen} 分。`, `Funds are 0–${maxFen} fen.`, 'amountFen');
  if (!isCount(posts, maxPosts)) return refusal('INVALID_INPUT', `人员为 0–${maxPosts} 名。`, `Posts are 0–${maxPosts}.`, 'posts');
  if (action === 'SECURE' && amountFen + posts === 0) {
    return refusal('INVALID_INPUT', '经费与人员至少有一项。', 'Provide funds, posts, or both.', 'amountFen');
  }
  const isList = powers.length >= 1 && powers.length <= maxPowers && powers.every((code) => powerPattern.test(code))
    && new Set(powers).size === powers.length;
  if (action === 'EMPOWER' && !isList) {
    return refusal('INVALID_INPUT', `权力编码 1–${maxPowers} 个,不重复。`, `Give 1–${maxPowers} codes of powers, each once.`, 'powers');
  }
  return checkNote(note, ['GIVE_OPINION', 'REFUSE', 'LAPSE'].includes(action));
}

/** What an action makes of an admission; the last gate puts it in force. */
export function actOnAdmission(current: Admission, action: OfficersAction, input: AdmissionInput, actor: Actor, now: Date): Result<Admission> {
  const permitted = permit(admissionMachine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const fault = inputFault(action, input);
  if (fault) return refuse(fault);
  const { supports = null, amountFen = null, posts = null, powers = [] } = input;
  const note = trimmed(input.note);
  const moved = { ...current, version: current.version + 1 };
  if (action === 'REFUSE' || action === 'LAPSE') {
    return ok({ ...moved, state: permitted.value.to, endedAt: now, endNote: note, endedBy: actor.id, endedByGovernment: actor.area });
  }
  const passage: Passage = {
    gate: gateOf[action], at: now, by: actor.id, ...(action === 'APPROVE' && actor.area !== null && { government: actor.area }),
    note, supports, amountFen, posts, powers,
  };
  const next = { ...moved, passed: [...current.passed, passage] };
  const isComplete = missingGates(next).length === 0;
  const outcome = !isComplete ? 'PENDING' : current.awaits ? 'EARLY' : 'COMPLETE';
  const row = findTransition(admissionTransitions, current.state, action, outcome);
  if (!row) throw new Error(`The table has no row for ${current.state} ${action}.`);
  return ok({ ...next, state: row.to, inForceAt: row.to === 'IN_FORCE' ? now : null });
}
