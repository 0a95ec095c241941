import type { Actor } from '../../../shared/domain/actor.js';
import { isWithin } from '../../../shared/domain/areaCode.js';
import { factFault, factOf, type FactType, type FactValue, type FactValues } from '../../../shared/domain/fact.js';
import { invalid, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import type { LocalDate } from '../../../shared/domain/calendar.js';

// 居民档案: what a community knows of a resident, as far as it serves to find what the resident is entitled to.

export interface KnownFact {
  readonly code: string;
  readonly value: FactValue;
  readonly checkedAt: Date;
  /** Actor id. */
  readonly checkedBy: string;
}

export interface ResidentRecord {
  /** `<community>:<number>`. */
  readonly id: string;
  readonly community: string;
  /** The community's own, unique there. */
  readonly number: string;
  readonly grid: string | null;
  /** Actor id of the resident's sign-in; null for who has none. A person has one record. */
  readonly person: string | null;
  readonly name: string;
  readonly phone: string | null;
  /** Nobody else's record has it. */
  readonly idNumber: string | null;
  readonly address: string | null;
  readonly facts: readonly KnownFact[];
  readonly version: number;
  readonly keptAt: Date;
}

export const recordId = (community: string, number: string): string => `${community}:${number}`;

export const factsOf = ({ facts }: Pick<ResidentRecord, 'facts'>): FactValues => Object.fromEntries(facts.map(({ code, value }) => [code, value]));

type Whose = Pick<ResidentRecord, 'community' | 'grid'> & { readonly person?: string | null };

/** Whether the record exists for the actor at all: the levels above have counts of it alone. */
export function seesRecord({ community, grid, person = null }: Whose, actor: Actor): boolean {
  if (actor.role === 'COMMUNITY_CLERK') return actor.area === community;
  if (actor.role === 'GRID_WORKER') return actor.area !== null && actor.area === grid;
  return actor.role === 'RESIDENT' && person === actor.id;
}

/** Whose records the actor keeps: a community's, or a grid's; null for all others. */
export const keepsIn = ({ role, area }: Actor): string | null => (role === 'COMMUNITY_CLERK' || role === 'GRID_WORKER' ? area : null);

export const mustKeep = (actor: Actor): DomainError | null => (keepsIn(actor) !== null ? null : refusal(
  'ROLE_NOT_ALLOWED', '居民档案由社区工作人员或网格员登记。', 'Records of residents are kept by the community clerk or the grid worker.',
));

export interface KeepCommand extends Pick<ResidentRecord, 'number' | 'grid' | 'person' | 'name' | 'phone' | 'idNumber' | 'address'> {
  /** As written; null takes the fact away. What is not named stays as it is. */
  readonly facts: readonly { readonly code: string; readonly value: string | null }[];
}

const numberPattern = /^[A-Za-z0-9-]{1,32}$/;
const personPattern = /^[\x21-\x7e]{1,128}$/;
const idNumberPattern = /^\d{17}[\dX]$/;
const phonePattern = /^[+\d][\d -]{4,24}$/;
const maxName = 50;
const maxAddress = 200;
const maxFacts = 60;

const readers: Readonly<Record<FactType, (text: string) => FactValue>> = {
  BOOL: (text) => ({ true: true, false: false })[text] ?? text,
  INT: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  DECIMAL: (text) => (/^-?\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : text),
  DATE: (text) => text,
  ENUM: (text) => text,
};

function fieldFault({ number, person, name, phone, idNumber, address, facts }: KeepCommand): DomainError | null {
  if (!numberPattern.test(number)) return invalid('档案编号为 1–32 个字母、数字或横线。', 'A number has 1–32 letters, digits or hyphens.', 'number');
  if (lengthOf(name) < 1 || lengthOf(name) > maxName) return invalid(`姓名为 1–${maxName} 字。`, `A name has 1–${maxName} characters.`, 'name');
  if (person !== null && !personPattern.test(person)) return invalid('居民 ID 无效,请填写其登录 ID。', "Not a resident's id; give the one they sign in with.", 'person');
  if (phone !== null && !phonePattern.test(phone)) return invalid('电话号码无效;不能是脱敏号码。', 'Not a phone number; a masked one reaches nobody.', 'phone');
  if (idNumber !== null && !idNumberPattern.test(idNumber)) return invalid('身份证号须为 18 位。', 'An ID number has 18 characters.', 'idNumber');
  if (lengthOf(address ?? '') > maxAddress) return invalid(`地址至多 ${maxAddress} 字。`, `An address has at most ${maxAddress} characters.`, 'address');
  return facts.length > maxFacts ? invalid(`一次至多 ${maxFacts} 项事实。`, `At most ${maxFacts} facts at once.`, 'facts') : null;
}

/** The facts as they are then, and the codes of those that were checked. */
function checkedFacts(
  { facts }: KeepCommand, known: readonly KnownFact[], by: Pick<KnownFact, 'checkedAt' | 'checkedBy'>, today: LocalDate,
): Result<{ readonly facts: readonly KnownFact[]; readonly changed: readonly string[] }> {
  const next = new Map(known.map((one) => [one.code, one]));
  const changed: string[] = [];
  for (const [nth, { code, value: text }] of facts.entries()) {
    const fact = factOf(code);
    if (!fact) return refuse(invalid(`没有“${code}”这一事实,见 residentFacts。`, `There is no fact "${code}"; see residentFacts.`, 'facts', nth, 'code'));
    if (fact.madeOf !== undefined) {
      return refuse(invalid(`${code} 由 ${fact.madeOf} 推算,请登记后者。`, `${code} follows from ${fact.madeOf}; write that down.`, 'facts', nth, 'code'));
    }
    if (changed.includes(code)) return refuse(invalid(`${code} 只填一次。`, `${code} is given once.`, 'facts', nth, 'code'));
    changed.push(code);
    if (text === null) {
      next.delete(code);
      continue;
    }
    const value = readers[fact.type](text.trim());
    const fault = factFault(fact, value, today);
    if (fault) return refuse(invalid(`${fact.name.zh}${fault.zh}。`, `The ${fact.name.en} ${fault.en}.`, 'facts', nth, 'value'));
    next.set(code, { code, value, ...by });
  }
  return ok({ facts: [...next.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1)), changed });
}

export interface Kept {
  readonly record: ResidentRecord;
  readonly changed: readonly string[];
}

/** `before`: the record of that number as it stands; null for a new one. `area` is where the actor keeps records. */
export function keepRecord(
  command: KeepCommand, before: ResidentRecord | null, community: string, actor: Actor, now: Date, today: LocalDate,
): Result<Kept> {
  const fault = fieldFault(command);
  if (fault) return refuse(fault);
  const own = actor.role === 'GRID_WORKER' ? actor.area : null;
  const grid = command.grid ?? own ?? before?.grid ?? null;
  if (grid !== null && !isWithin(grid, community)) return refuse(invalid('网格不在该社区内。', 'The grid is not in that community.', 'grid'));
  if (own !== null && (grid !== own || (before && before.grid !== own))) {
    return refuse(refusal('OUT_OF_SCOPE', '网格员只登记本网格的居民。', 'A grid worker keeps records of the own grid.', 'grid'));
  }
  const facts = checkedFacts(command, before?.facts ?? [], { checkedAt: now, checkedBy: actor.id }, today);
  if (!facts.ok) return facts;
  return ok({
    changed: facts.value.changed,
    record: {
      id: recordId(community, command.number), community, number: command.number, grid, person: command.person, name: command.name.trim(), phone: trimmed(command.phone),
      idNumber: command.idNumber, address: trimmed(command.address), facts: facts.value.facts, version: (before?.version ?? 0) + 1, keptAt: now,
    },
  });
}
