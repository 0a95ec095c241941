// 清单: what the streets may do, must do, offer, and how fast, published whole in versions.
import { areaOfUnit, type Named } from '../../../shared/domain/actor.js';
import { levelOfCode } from '../../../shared/domain/areaCode.js';
import { serviceItemPattern } from '../../../shared/domain/clockPolicy.js';
import { bilingual, type DomainError } from '../../../shared/domain/result.js';
import { lengthOf } from '../../../shared/domain/text.js';

export const listKinds = ['POWER', 'RESPONSIBILITY', 'SERVICE', 'EFFICIENCY'] as const;
export type ListKind = (typeof listKinds)[number];

export interface ListEntry {
  readonly code: string;
  readonly title: Named;
  /** Whose it is, a unit's code; null when no department's in particular. */
  readonly department: string | null;
  /** Its basis, its kind, its time limit: what such a list says of an entry. */
  readonly detail: string | null;
}

export type ListContent = readonly ListEntry[];

/** The version of each until the city publishes its first: nothing is on it. */
export const emptyListVersion = 'platform-0';

const maxEntries = 1_000;
const maxTitle = 100;
const maxDetail = 500;

const isText = (text: string, max: number): boolean => lengthOf(text) >= 1 && lengthOf(text) <= max;
const isUnit = (code: string): boolean => /-\d\d$/.test(code) && levelOfCode(areaOfUnit(code)) !== null;

function entryFault({ code, title, department, detail }: ListEntry): readonly [zh: string, en: string, field: string] | null {
  if (!serviceItemPattern.test(code)) {
    return ['编码为 1–64 个字母、数字、点、横线或下划线。', 'A code has 1–64 letters, digits, dots, hyphens or underscores.', 'code'];
  }
  if (!isText(title.zh, maxTitle) || !isText(title.en, maxTitle)) {
    return [`名称须有中英文,各 1–${maxTitle} 字。`, `A title has 1–${maxTitle} characters in each language.`, 'title'];
  }
  if (department !== null && !isUnit(department)) return ['不是部门或单位代码。', 'Not the code of a department or unit.', 'department'];
  return detail !== null && !isText(detail, maxDetail)
    ? [`说明为 1–${maxDetail} 字。`, `A detail has 1–${maxDetail} characters.`, 'detail'] : null;
}

/** Why these entries cannot be published; null when they can. */
export function listFault(entries: ListContent): DomainError | null {
  const invalid = (zh: string, en: string, ...field: string[]): DomainError =>
    ({ code: 'INVALID_INPUT', message: bilingual(zh, en), field: ['input', 'entries', ...field] });
  if (entries.length < 1 || entries.length > maxEntries) return invalid(`须有 1–${maxEntries} 项。`, `Give 1–${maxEntries} entries.`);
  const codes = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const fault = entryFault(entry);
    if (fault) return invalid(fault[0], fault[1], String(i), fault[2]);
    if (codes.has(entry.code)) return invalid('编码已列。', 'That code is on the list already.', String(i), 'code');
    codes.add(entry.code);
  }
  return null;
}
