// What a level offers: items that came from above, and its own. Nobody changes what came from above; an office may remark on it.
import { levelOfOfficer, officerOf, roleNames, type Actor, type Named } from './actor.js';
import { ancestorAt, isWithin, levelOfCode, levels, type Level } from './areaCode.js';
import { serviceItemPattern } from './clockPolicy.js';
import type { CheckExpression } from './condition.js';
import { ok, refusal, refuse, type Result } from './result.js';
import { contentFault, plainContent, type ItemContent, type ServiceModule } from './serviceItem.js';
import { permit, type Machine, type Transition } from './stateMachine.js';
import { lengthOf, trimmed } from './text.js';

export const catalogueStates = ['DRAFT', 'IN_FORCE', 'LAPSED'] as const;
export type CatalogueState = (typeof catalogueStates)[number];
export type CatalogueAction = 'PUT_IN_FORCE' | 'LAPSE';

/** The types that show it to everyone. */
export const catalogueTypes = ['CatalogueItem', 'CatalogueItemConnection', 'CatalogueItemEdge', 'CatalogueRemark'] as const;

export interface CatalogueItem extends ItemContent {
  readonly id: string;
  readonly code: string;
  /** Whose it is. */
  readonly area: string;
  /** The city's department; null for an office's own. */
  readonly department: string | null;
  readonly number: number;
  /** Grows with every change, from one number to the next too, where the office itself writes it. */
  readonly version: number;
  readonly state: CatalogueState;
  readonly inForceAt: Date | null;
}

export interface CatalogueRemark {
  readonly item: string;
  /** Of the office that remarks. */
  readonly area: string;
  readonly version: number;
  readonly place: string | null;
  readonly hours: string | null;
  readonly contact: string | null;
  readonly at: Date;
}

export interface CatalogueFilter {
  readonly module: ServiceModule | null;
  readonly text: string | null;
}

const offices = ['DISTRICT_OFFICER', 'STREET_CLERK', 'COMMUNITY_CLERK'] as const;

// prettier-ignore
export const catalogueTransitions = [
  { action: 'PUT_IN_FORCE', from: 'DRAFT',    to: 'IN_FORCE', by: offices },
  { action: 'LAPSE',        from: 'DRAFT',    to: 'LAPSED',   by: offices },
  { action: 'LAPSE',        from: 'IN_FORCE', to: 'LAPSED',   by: offices },
] as const satisfies readonly Transition<CatalogueState, CatalogueAction>[];

const stateNames: Readonly<Record<CatalogueState, Named>> = {
  DRAFT: { zh: '草案', en: 'draft' }, IN_FORCE: { zh: '现行', en: 'in force' }, LAPSED: { zh: '失效', en: 'lapsed' },
};

const machine: Machine<CatalogueState, CatalogueAction, CatalogueItem> = {
  table: catalogueTransitions,
  states: stateNames,
  actions: { PUT_IN_FORCE: { zh: '生效', en: 'put it in force' }, LAPSE: { zh: '废止', en: 'let it lapse' } },
  rules: {},
};

const maxRemark = 200;

export const catalogueId = (area: string, code: string): string => `${area}:${code}`;

/** The area and all above it: whose items it offers, and whose remarks count there. */
export const wayTo = (area: string): string[] => [...new Set(levels.map((level) => ancestorAt(area, level)))];

/** What people search in. */
export const catalogueText = (text: string): string => text.normalize('NFKC').toLowerCase();

/** Whether the item is in the catalogue of `area`. */
export const isOffered = ({ state, area: whose }: Pick<CatalogueItem, 'state' | 'area'>, area: string): boolean => state === 'IN_FORCE' && isWithin(area, whose);

/** The area whose office of this level the actor runs. */
export function officeOf(level: Level, { role, area }: Actor): Result<string> {
  if (levelOfOfficer({ role }) !== level) {
    const { zh, en } = roleNames[officerOf[level]];
    return refuse(refusal('ROLE_NOT_ALLOWED', `由${zh}进行。`, `This is for: ${en}.`));
  }
  return area !== null && levelOfCode(area) === level ? ok(area) : refuse(refusal('OUT_OF_SCOPE', '您没有所属区划。', 'You have no area of that level.'));
}

export interface OwnItemCommand {
  readonly code: string;
  readonly content: Omit<ItemContent, 'level' | 'delivery'>;
}

/** `last`: what the office has had under that code. */
export function draftOwn(
  { code, content }: OwnItemCommand, last: CatalogueItem | null, level: Level, area: string, check: CheckExpression,
): Result<CatalogueItem> {
  if (!serviceItemPattern.test(code)) {
    return refuse(refusal('INVALID_INPUT', '编码为 1–64 个字母、数字、点、横线或下划线。', 'A code has 1–64 letters, digits, dots, hyphens or underscores.', 'code'));
  }
  if (last && last.state !== 'LAPSED') {
    return refuse(refusal('DUPLICATE', '此编码已有事项,请先废止它,或换一个编码。', 'There is an item of that code; let it lapse first, or choose another.', 'code'));
  }
  const whole: ItemContent = { ...content, level, delivery: 'DIRECT' };
  const fault = contentFault(whole, check);
  if (fault) return refuse(fault);
  return ok({
    ...plainContent(whole), id: catalogueId(area, code), code, area, department: null,
    number: (last?.number ?? 0) + 1, version: (last?.version ?? 0) + 1, state: 'DRAFT', inForceAt: null,
  });
}

/** What an office makes of an item; what is not its own it may not touch. */
export function actOnOwn(item: CatalogueItem, action: CatalogueAction, area: string, actor: Actor, now: Date): Result<CatalogueItem> {
  if (item.area !== area) {
    return refuse(refusal('OUT_OF_SCOPE', '事项来自上级,本级不得更改,可以备注。', 'The item came from above and is not yours to change; you may remark on it.', 'itemId'));
  }
  const permitted = permit(machine, item, action, actor, now);
  if (!permitted.ok) return permitted;
  const { to } = permitted.value;
  return ok({ ...item, version: item.version + 1, state: to, ...(to === 'IN_FORCE' && { inForceAt: now }) });
}

export type RemarkText = Pick<CatalogueRemark, 'place' | 'hours' | 'contact'>;

/** `current`: what the office has remarked so far. */
export function remarkOn(item: CatalogueItem, text: RemarkText, current: CatalogueRemark | null, area: string, now: Date): Result<CatalogueRemark> {
  for (const key of ['place', 'hours', 'contact'] as const) {
    if (lengthOf(text[key] ?? '') > maxRemark) {
      return refuse(refusal('INVALID_INPUT', `至多 ${maxRemark} 字。`, `At most ${maxRemark} characters.`, key));
    }
  }
  return ok({
    item: item.id, area, version: (current?.version ?? 0) + 1, at: now,
    place: trimmed(text.place), hours: trimmed(text.hours), contact: trimmed(text.contact),
  });
}

/** A remark that says nothing was taken away. */
export const saysSomething = ({ place, hours, contact }: RemarkText): boolean => place !== null || hours !== null || contact !== null;

/** Whether what has come takes the place of what is held: the owner's word counts, unless a later one was faster. */
export const takesPlace = (come: Pick<CatalogueItem, 'number' | 'version'>, held: Pick<CatalogueItem, 'number' | 'version'> | null): boolean =>
  held === null || come.number > held.number || (come.number === held.number && come.version >= held.version);
