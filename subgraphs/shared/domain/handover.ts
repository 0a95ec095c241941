import { areaOfUnit, officerOf, roles, type Actor, type Named, type Role } from './actor.js';
import { ancestorAt, isWithin, levelAbove, levelBelow, levels, type Level } from './areaCode.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from './result.js';
import { permit, type Machine, type Rule, type Transition } from './stateMachine.js';
import type { Urgency } from './clockPolicy.js';
import type { Delivery } from './serviceItem.js';
import { lengthOf, trimmed } from './text.js';

// Work that one level hands to another: what the receiving level keeps of it, in its own database.

export const handoverStates = [
  'OFFERED', 'IN_PROGRESS', 'NEEDS_INFO', 'PASSED_ON', 'SENT_BACK', 'RETURNED', 'RESOLVED', 'REWORK', 'CLOSED', 'WITHDRAWN',
  'SUSPENDED', 'COORDINATING', 'MERGED',
] as const;
export type HandoverState = (typeof handoverStates)[number];

export const handoverActions = [
  'SIGN', 'RETURN', 'FORWARD', 'DISPATCH', 'REDISPATCH', 'REQUEST_INFO', 'RESOLVE', 'RESTART',
  'BLOW_WHISTLE', 'END_WHISTLE',
] as const;
export type HandoverAction = (typeof handoverActions)[number];

export const outcomes = ['SOLVED', 'EXPLAINED', 'NOT_FEASIBLE', 'DUPLICATE', 'REFUSED'] as const;
export type Outcome = (typeof outcomes)[number];

/** Who works on it: a level's office, or one of its departments or units. */
export interface Holder {
  readonly level: Level;
  readonly area: string;
  readonly unit: string | null;
}

export interface Handover {
  /** The id of the case it is part of: a level has one handover of a case. */
  readonly id: string;
  readonly version: number;
  readonly state: HandoverState;
  /** Counts the hand-overs of the case; a message about an earlier one is out of date. */
  readonly rung: number;
  readonly holder: Holder;
  readonly sender: Holder;
  /** The level's department or unit that received the case first; null while none has. */
  readonly firstReceiver: string | null;
  /** Whom it was passed on to; null while it is here. */
  readonly target: Holder | null;
  readonly number: string;
  readonly title: string;
  readonly kind: string;
  readonly demandType: string | null;
  readonly category: string;
  readonly urgency: Urgency;
  readonly serviceItem: string | null;
  /** How the item of an application that goes by stages is delivered; null for all others. */
  readonly delivery: Delivery | null;
  readonly community: string;
  readonly grid: string | null;
  readonly submittedAt: Date;
  readonly note: string | null;
  readonly offeredAt: Date;
  readonly signedAt: Date | null;
  readonly resolvedAt: Date | null;
  /** Sign and resolve by; null when no deadline runs. */
  readonly signBy: Date | null;
  readonly resolveBy: Date | null;
  readonly updatedAt: Date;
}

/** What the case says of a level's part in it; `unit` is the holder's, null for the level's office. */
export type Standing =
  Pick<Handover, 'state' | 'rung' | 'sender' | 'target' | 'offeredAt' | 'signedAt' | 'signBy' | 'resolveBy'>
  & { readonly unit: string | null };

export const handoverStateNames: Readonly<Record<HandoverState, Named>> = {
  OFFERED: { zh: '待签收', en: 'waiting to be signed for' },
  IN_PROGRESS: { zh: '办理中', en: 'in progress' },
  NEEDS_INFO: { zh: '待补充', en: 'waiting for information' },
  PASSED_ON: { zh: '已转出', en: 'passed on' },
  SENT_BACK: { zh: '被退回', en: 'sent back by whom it was passed on to' },
  RETURNED: { zh: '已退单', en: 'returned to the sender' },
  RESOLVED: { zh: '已办结', en: 'resolved' },
  REWORK: { zh: '重办', en: 'to be done again' },
  CLOSED: { zh: '归档', en: 'closed' },
  WITHDRAWN: { zh: '撤回', en: 'withdrawn' },
  SUSPENDED: { zh: '挂账', en: 'suspended' },
  COORDINATING: { zh: '协同中', en: 'coordinating' },
  MERGED: { zh: '已并案', en: 'merged into another case' },
};

export const handoverActionNames: Readonly<Record<HandoverAction, Named>> = {
  SIGN: { zh: '签收', en: 'sign' },
  RETURN: { zh: '退单', en: 'return' },
  FORWARD: { zh: '上报', en: 'forward' },
  DISPATCH: { zh: '派单', en: 'dispatch' },
  REDISPATCH: { zh: '重新派单', en: 'redispatch' },
  REQUEST_INFO: { zh: '要求补充', en: 'request information' },
  RESOLVE: { zh: '办结', en: 'resolve' },
  RESTART: { zh: '重新办理', en: 'restart' },
  BLOW_WHISTLE: { zh: '吹哨', en: 'blow the whistle' },
  END_WHISTLE: { zh: '结束吹哨', en: 'end the whistle' },
};

export type HandoverTransition = Transition<HandoverState, HandoverAction> & { readonly emits: string };
export type HandoverMachine = Machine<HandoverState, HandoverAction, Handover>;

/** Whether the actor is, or works for, the holder. */
export const holds = (holder: Holder, actor: Actor): boolean =>
  holder.unit === null ? actor.role === officerOf[holder.level] && actor.area === holder.area : actor.unit === holder.unit;

const mustHold: Rule<Handover> = ({ holder }, actor): DomainError | null =>
  holds(holder, actor) ? null : {
    code: 'ROLE_NOT_ALLOWED',
    message: bilingual(
      `此件由${holder.unit ?? holder.area}承办,只有承办单位可以操作。`,
      `It is with ${holder.unit ?? holder.area}; only who holds it may act on it.`,
    ),
  };

/** What has been decided and followed up is known to the community alone. */
const mayResolve: Rule<Handover> = (handover, actor, now) => mustHold(handover, actor, now) ?? (handover.delivery === null ? null : {
  code: 'TRANSITION_NOT_ALLOWED',
  message: bilingual('申办件请以 caseResolve 办结:须先有决定与跟踪记录。', 'An application is resolved by caseResolve, once it is decided and followed up.'),
});

/** A level's machine: its own table, and the rule that only the holder acts. */
export const handoverMachine = (table: readonly HandoverTransition[]): HandoverMachine => ({
  table,
  states: handoverStateNames,
  actions: handoverActionNames,
  rules: { ...Object.fromEntries(handoverActions.map((action) => [action, mustHold])), RESOLVE: mayResolve },
});

export interface HandoverCommand {
  readonly actor: Actor;
  readonly now: Date;
  readonly note: string | null;
  /** DISPATCH and REDISPATCH: one of the level's own departments or units; null for the level below. */
  readonly unit?: string | null;
  /** REDISPATCH: to the level above in place of the one below. */
  readonly upward?: boolean;
  readonly outcome?: Outcome;
  readonly proposedOwner?: string | null;
}

export interface HandoverDecision {
  readonly next: Handover;
  readonly event: { readonly type: string; readonly at: Date; readonly data: Readonly<Record<string, unknown>> };
}

export const maxNoteLength = 2_000;

/** Refuses a text that is empty where it must not be, or too long. */
export function checkNote(
  note: string | null,
  required: boolean,
  field = 'note',
  max = maxNoteLength,
): DomainError | null {
  const length = note === null ? 0 : lengthOf(note);
  if (required && length === 0) {
    return { code: 'INVALID_INPUT', message: bilingual('请说明理由。', 'Give a reason.'), field: ['input', field] };
  }
  if (length > max) {
    return {
      code: 'INVALID_INPUT',
      message: bilingual(`至多 ${max} 字,当前 ${length} 字。`, `At most ${max} characters; it has ${length}.`),
      field: ['input', field],
    };
  }
  return null;
}

const maxOwnerLength = 100;

/** Who should have the case in place of the one who returns it: a name or a code, nothing that is looked up. */
export const checkProposedOwner = (owner: string | null): DomainError | null =>
  checkNote(owner, false, 'proposedOwner', maxOwnerLength);

/** Where work goes from `from`: one of its own units, one level down towards the community, or one level up. */
export function targetOf(
  from: Holder,
  community: string,
  choice: { readonly unit: string | null; readonly upward: boolean },
): Result<Holder> {
  if (choice.unit !== null) {
    if (choice.upward) {
      return fail('INVALID_INPUT', bilingual(
        '上报与指定单位只能选其一。', 'Upward or to a unit, not both.',
      ), ['input', 'upward']);
    }
    if (areaOfUnit(choice.unit) !== from.area) {
      return fail('OUT_OF_SCOPE', bilingual(
        `只能派给本级(${from.area})的部门或单位。`, `Only a department or unit of one's own level (${from.area}).`,
      ), ['input', 'unit']);
    }
    return ok({ level: from.level, area: from.area, unit: choice.unit });
  }
  const level = choice.upward ? levelAbove(from.level) : levelBelow(from.level);
  if (level === null && choice.upward) {
    return fail('INVALID_INPUT', bilingual(
      '已是最高一级,不能再上报。', 'This is the top level; there is none above.',
    ), ['input', 'upward']);
  }
  if (level === null) {
    return fail('INVALID_INPUT', bilingual(
      '没有下一级,请指定本级的部门或单位。', "There is no level below; name one of one's own units.",
    ), ['input', 'unit']);
  }
  return ok({ level, area: ancestorAt(community, level), unit: null });
}

const needsReason: readonly HandoverAction[] = ['RETURN', 'REQUEST_INFO', 'RESOLVE', 'BLOW_WHISTLE', 'END_WHISTLE'];

interface OwnAction {
  readonly action: HandoverAction;
  readonly to: HandoverState;
  readonly target: Holder | null;
  readonly at: Date;
}

/** The work is with the holder, who calls others in or sends them home: its deadline stands. */
const keepsDeadline: readonly HandoverAction[] = ['SIGN', 'BLOW_WHISTLE', 'END_WHISTLE'];

/** What a level's own action makes of its part before the case has followed; only what is signed for has a deadline. */
export const afterOwnAction = <Part extends Omit<Standing, 'unit'>>(
  part: Part,
  { action, to, target, at }: OwnAction,
): Part => ({
  ...part,
  state: to,
  target,
  signedAt: action === 'SIGN' ? at : part.signedAt,
  signBy: null,
  resolveBy: keepsDeadline.includes(action) ? part.resolveBy : null,
});

const refusedOutcome = (outcome: Outcome | undefined): DomainError | null =>
  (outcome === 'REFUSED' ? refusal('INVALID_INPUT', '只有申办可不予批准,以 applicationDecide 作出。', 'Only an application is refused, by applicationDecide.', 'outcome') : null);

/** A direct item is finished where it is delivered. */
const staysHere = ({ delivery, holder }: Handover, target: Holder | null): DomainError | null =>
  (delivery === 'DIRECT' && target !== null && levels.indexOf(target.level) > levels.indexOf(holder.level) ? refusal(
    'TRANSITION_NOT_ALLOWED', '直接办理的事项在平台上由本级办结,不下派。', 'A direct item is finished by this level on the platform; it does not go down.',
  ) : null);

/** Checks the table and the rules, and says what the record becomes and what the community is told. */
export function decideHandover(
  machine: HandoverMachine,
  current: Handover,
  action: HandoverAction,
  command: HandoverCommand,
): Result<HandoverDecision> {
  const { actor, now, note, unit = null, upward = false, outcome, proposedOwner = null } = command;
  const permitted = permit(machine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const inputError = checkNote(note, needsReason.includes(action)) ?? checkProposedOwner(proposedOwner);
  if (inputError) return refuse(inputError);

  const passesOn = permitted.value.to === 'PASSED_ON';
  const target = passesOn
    ? targetOf(current.holder, current.community, { unit, upward: upward || action === 'FORWARD' })
    : ok(null);
  if (!target.ok) return target;
  const refused = refusedOutcome(outcome) ?? staysHere(current, target.value);
  if (refused) return refuse(refused);

  const { emits } = permitted.value;
  if (emits === undefined) throw new Error(`The row ${current.state} ${action} names no event.`);
  return ok({
    next: {
      ...afterOwnAction(current, { action, to: permitted.value.to, target: target.value, at: now }),
      version: current.version + 1,
      resolvedAt: action === 'RESOLVE' ? now : action === 'RESTART' ? null : current.resolvedAt,
      updatedAt: now,
    },
    event: {
      type: emits,
      at: now,
      data: {
        caseId: current.id,
        rung: current.rung,
        at: now.toISOString(),
        by: { id: actor.id, role: actor.role, area: actor.area, unit: actor.unit },
        note: trimmed(note),
        ...(target.value && { target: target.value }),
        ...(action === 'RETURN' && { proposedOwner: trimmed(proposedOwner) }),
        ...(outcome && { outcome }),
      },
    },
  });
}

/** What the community offers: new work, or work that comes here again. */
export type Offer = Pick<Handover, 'number' | 'title' | 'kind' | 'category' | 'community' | 'grid' | 'submittedAt'
  | 'rung' | 'sender' | 'note' | 'signBy' | 'resolveBy'>
  & { readonly caseId: string; readonly target: Holder; readonly at: Date }
  & Partial<CaseTraits>
  /** Where this level has taken it over by itself. */
  & { readonly signedAt?: Date };

/** What else the clocks' policy asks of a case; what older events and records lack. */
export type CaseTraits = Pick<Handover, 'demandType' | 'urgency' | 'serviceItem' | 'delivery'>;
export const plainTraits: CaseTraits = { demandType: null, urgency: 'NORMAL', serviceItem: null, delivery: null };

export const offered = (current: Handover | null, { caseId, target, at, signedAt, ...offer }: Offer): Handover => ({
  ...plainTraits,
  ...offer,
  id: caseId,
  version: (current?.version ?? 0) + 1,
  state: signedAt ? 'IN_PROGRESS' : 'OFFERED',
  holder: target,
  firstReceiver: current?.firstReceiver ?? target.unit,
  target: null,
  offeredAt: at,
  signedAt: signedAt ?? null,
  resolvedAt: null,
  updatedAt: at,
});

export type Change = Standing & { readonly note: string | null; readonly at: Date };

/** The community's word on where the case stands; it is the only one that knows. */
export const changed = (current: Handover, { unit, note, at, ...standing }: Change): Handover => ({
  ...current,
  ...standing,
  version: current.version + 1,
  holder: { ...current.holder, unit },
  firstReceiver: current.firstReceiver ?? unit,
  note: note ?? current.note,
  updatedAt: at,
});

/** States in which the handover waits for its holder. */
export const waitingStates: readonly HandoverState[] = ['OFFERED', 'IN_PROGRESS', 'COORDINATING', 'SENT_BACK', 'REWORK'];

export type Reschedule = Pick<Standing, 'rung' | 'resolveBy'> & { readonly at: Date; readonly signBy?: Date | null };

/**
 * The community's word on the deadlines; null where the holder has finished meanwhile and none runs. The version stays:
 * it is not the holder's work that changed, and each of the holder's own actions that ends it drops the deadline anyway.
 */
export const rescheduled = (current: Handover, { rung, resolveBy, signBy = current.signBy, at }: Reschedule): Handover | null =>
  current.rung === rung && waitingStates.includes(current.state)
    ? { ...current, resolveBy, signBy: current.state === 'OFFERED' ? signBy : current.signBy, updatedAt: at }
    : null;

/** Roles that see a level's handovers at all; within their area or unit. */
export const seesHandover = (handover: Handover, actor: Actor): boolean => {
  if (!roles.includes(actor.role) || actor.role === 'RESIDENT' || actor.role === 'INTEGRATOR') return false;
  if (actor.role === 'DEPARTMENT_OFFICER') {
    return actor.unit !== null && [handover.holder.unit, handover.target?.unit].includes(actor.unit);
  }
  return actor.area !== null && isWithin(handover.grid ?? handover.community, actor.area);
};

/** Roles of `level` in a handover table: its office, and its departments and units. */
export const officeAndUnits = (level: Level): readonly Role[] => [officerOf[level], 'DEPARTMENT_OFFICER'];
