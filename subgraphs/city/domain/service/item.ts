import { areaOfUnit, type Actor } from '../../../shared/domain/actor.js';
import { levelOfCode, type Level } from '../../../shared/domain/areaCode.js';
import type { CheckExpression } from '../../../shared/domain/condition.js';
import { serviceItemPattern } from '../../../shared/domain/clockPolicy.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { bilingual, fail, invalid, ok, refusal, refuse, type Result } from '../../../shared/domain/result.js';
import { permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { trimmed } from '../../../shared/domain/text.js';
import { contentFault, plainContent, type ItemContent, type ServiceModule } from '../../../shared/domain/serviceItem.js';
import {
  itemActionNames, itemStateNames, itemTransitions, type ItemAction, type ItemState,
} from './item.transitions.js';

export interface ItemVersion extends ItemContent {
  readonly id: string;
  readonly code: string;
  /** 1, 2, 3… of the item. */
  readonly number: number;
  /** For those who write; `number` is for those who read. */
  readonly version: number;
  readonly state: ItemState;
  /** The city's department that is responsible. */
  readonly department: string;
  readonly draftedAt: Date;
  /** Actor id; the three are null for what came with the platform. */
  readonly draftedBy: string | null;
  readonly inForceAt: Date | null;
  readonly inForceBy: string | null;
  readonly lapsedAt: Date | null;
  readonly lapsedBy: string | null;
  /** What was said when it last changed state. */
  readonly note: string | null;
}

export const idOfVersion = (code: string, number: number): string => `${code}@${number}`;

const byDepartment: Rule<ItemVersion> = ({ department }, actor) =>
  (actor.unit === department ? null : refusal('ROLE_NOT_ALLOWED', `由 ${department} 操作。`, `${department} itself does this.`));
const byCity: Rule<ItemVersion> = ({ department }, actor) =>
  (actor.area === areaOfUnit(department) ? null : refusal('OUT_OF_SCOPE', '不是本市的事项。', "Not an item of your city's."));

export const itemMachine: Machine<ItemState, ItemAction, ItemVersion> = {
  table: itemTransitions,
  states: itemStateNames,
  actions: itemActionNames,
  rules: { EDIT: byDepartment, DISCARD: byDepartment, PUT_IN_FORCE: byCity, LAPSE: byCity },
};

/** Whether it exists for the actor; null has not signed in. What was once in force is everybody's. */
export function seesVersion({ department, inForceAt }: Pick<ItemVersion, 'department' | 'inForceAt'>, actor: Actor | null): boolean {
  if (inForceAt !== null) return true;
  if (actor?.role === 'DEPARTMENT_OFFICER') return actor.unit === department;
  return (actor?.role === 'CITY_OFFICER' || actor?.role === 'AUDITOR') && actor.area === areaOfUnit(department);
}

export interface DraftCommand {
  readonly code: string;
  readonly content: ItemContent;
}

/** A new item, or the next version of one; `last` is its highest version, null for a new item. */
export function draftVersion(
  { code, content }: DraftCommand, last: ItemVersion | null, actor: Actor, now: Date, check: CheckExpression,
): Result<ItemVersion> {
  const { role, unit } = actor;
  if (role !== 'DEPARTMENT_OFFICER' || unit === null) {
    return fail('ROLE_NOT_ALLOWED', bilingual('服务事项由主管部门起草。', 'A service item is drafted by its department.'));
  }
  if (levelOfCode(areaOfUnit(unit)) !== 'CITY') {
    return fail('OUT_OF_SCOPE', bilingual('服务事项由市级部门起草。', "A service item is drafted by a department of the city's."));
  }
  if (!serviceItemPattern.test(code)) {
    return refuse(invalid(
      '编码为 1–64 个字母、数字、点、横线或下划线。', 'A code has 1–64 letters, digits, dots, hyphens or underscores.', 'code',
    ));
  }
  if (last && last.department !== unit) {
    return refuse(refusal('DUPLICATE', '此编码属于另一部门,请换一个。', "The code is another department's; choose another.", 'code'));
  }
  if (last?.state === 'DRAFT') {
    return refuse(refusal('DUPLICATE', '此事项已有草案,请修改它。', 'The item has a draft already; edit it.', 'code'));
  }
  const fault = contentFault(content, check);
  if (fault) return refuse(fault);
  const number = (last?.number ?? 0) + 1;
  return ok({
    ...plainContent(content), id: idOfVersion(code, number), code, number, version: 1, state: 'DRAFT', department: unit,
    draftedAt: now, draftedBy: actor.id, inForceAt: null, inForceBy: null, lapsedAt: null, lapsedBy: null, note: null,
  });
}

export interface ItemOutcome {
  readonly next: ItemVersion;
  /** The version that this one takes the place of. */
  readonly replaced: ItemVersion | null;
}

export type ItemCommand =
  | { readonly action: 'EDIT'; readonly content: ItemContent }
  | { readonly action: 'DISCARD' | 'PUT_IN_FORCE' | 'LAPSE'; readonly note: string | null };

/** What an action makes of a version; `inForce` is the item's version that is in force now. */
export function actOnVersion(
  current: ItemVersion, command: ItemCommand, inForce: ItemVersion | null, actor: Actor, now: Date, check: CheckExpression,
): Result<ItemOutcome> {
  const permitted = permit(itemMachine, current, command.action, actor, now);
  if (!permitted.ok) return permitted;
  const { to } = permitted.value;
  const moved = { ...current, version: current.version + 1, state: to };
  if (command.action === 'EDIT') {
    const fault = contentFault(command.content, check);
    return fault ? refuse(fault) : ok({ next: { ...moved, ...plainContent(command.content) }, replaced: null });
  }
  const noteError = checkNote(command.note, command.action === 'LAPSE');
  if (noteError) return refuse(noteError);
  const note = trimmed(command.note);
  if (command.action !== 'PUT_IN_FORCE') return ok({ next: { ...moved, lapsedAt: now, lapsedBy: actor.id, note }, replaced: null });
  return ok({
    next: { ...moved, inForceAt: now, inForceBy: actor.id, note },
    replaced: inForce && { ...inForce, version: inForce.version + 1, state: 'LAPSED', lapsedAt: now, lapsedBy: actor.id, note: null },
  });
}

export interface ItemFilter {
  readonly module: ServiceModule | null;
  readonly department: string | null;
  readonly level: Level | null;
}
