import type { Named } from './actor.js';
import type { Level } from './areaCode.js';
import { conditionsFault, type CheckExpression, type Condition } from './condition.js';
import { invalid, type DomainError } from './result.js';
import { lengthOf, trimmed } from './text.js';

export const serviceModules = ['INFORMATION', 'ADMINISTRATION', 'GOVERNMENT_SERVICE', 'SOCIAL_SERVICE'] as const;
export type ServiceModule = (typeof serviceModules)[number];

/** DIRECT is finished on the platform by the delivering level; DISPATCHED goes down to it, level by level. */
export const deliveries = ['DIRECT', 'DISPATCHED'] as const;
export type Delivery = (typeof deliveries)[number];

export interface Material {
  /** The type is what makes a document usable again for another item. */
  readonly documentType: string;
  readonly name: Named;
  readonly required: boolean;
  readonly copies: number;
  readonly note: string | null;
}

export interface ItemContent {
  readonly title: Named;
  readonly module: ServiceModule;
  /** Who delivers it to the resident. */
  readonly level: Level;
  readonly delivery: Delivery;
  readonly materials: readonly Material[];
  readonly workDays: number;
  /** Who may have it, in words; null: everybody. */
  readonly eligibility: string | null;
  /** The same as rules, all of which must be met; none: nobody is looked for. */
  readonly conditions: readonly Condition[];
  /** 0: free of charge. */
  readonly feeFen: number;
  /** Other names, and what people call it. */
  readonly words: readonly string[];
}

const maxTitle = 100;
const maxMaterials = 30;
const maxCopies = 20;
const maxWorkDays = 365;
const maxEligibility = 1_000;
const maxFeeFen = 100_000_000;
const maxWords = 40;
const maxWord = 40;
const documentTypePattern = /^[a-z][a-z0-9-]{0,39}$/;

const isWhole = (value: number, min: number, max: number): boolean => Number.isInteger(value) && value >= min && value <= max;
const isText = (text: string, max: number): boolean => lengthOf(text) >= 1 && lengthOf(text) <= max;
const isNamed = ({ zh, en }: Named): boolean => isText(zh, maxTitle) && isText(en, maxTitle);

function materialFault({ documentType, name, copies, note }: Material, nth: number, all: readonly Material[]): DomainError | null {
  const place = ['materials', nth] as const;
  if (!documentTypePattern.test(documentType)) {
    return invalid('材料类型为 1–40 个小写字母、数字或横线。', 'A document type has 1–40 small letters, digits or hyphens.', ...place, 'documentType');
  }
  if (all.findIndex((other) => other.documentType === documentType) !== nth) {
    return invalid('同一类型只列一次,份数另填。', 'A type is listed once; say how many copies.', ...place, 'documentType');
  }
  if (!isNamed(name)) return invalid(`材料名称须有中英文,各 1–${maxTitle} 字。`, `Its name has 1–${maxTitle} characters in each language.`, ...place);
  if (!isWhole(copies, 1, maxCopies)) return invalid(`份数为 1–${maxCopies}。`, `From 1 to ${maxCopies} copies.`, ...place, 'copies');
  return note !== null && !isText(note, maxTitle)
    ? invalid(`说明为 1–${maxTitle} 字。`, `A note has 1–${maxTitle} characters.`, ...place, 'note') : null;
}

/** Why an item cannot be so; null when it can. */
export function contentFault(content: ItemContent, check: CheckExpression): DomainError | null {
  const { title, materials, workDays, eligibility, conditions, feeFen, words } = content;
  if (!isNamed(title)) return invalid(`名称须有中英文,各 1–${maxTitle} 字。`, `A title has 1–${maxTitle} characters in each language.`, 'title');
  if (materials.length > maxMaterials) return invalid(`至多 ${maxMaterials} 种材料。`, `At most ${maxMaterials} materials.`, 'materials');
  for (const [nth, material] of materials.entries()) {
    const fault = materialFault(material, nth, materials);
    if (fault) return fault;
  }
  if (!isWhole(workDays, 1, maxWorkDays)) {
    return invalid(`时限为 1–${maxWorkDays} 个工作日。`, `The time limit is 1–${maxWorkDays} work days.`, 'workDays');
  }
  if (eligibility !== null && !isText(eligibility, maxEligibility)) {
    return invalid(`条件为 1–${maxEligibility} 字。`, `Eligibility has 1–${maxEligibility} characters.`, 'eligibility');
  }
  if (!isWhole(feeFen, 0, maxFeeFen)) return invalid(`费用为 0–${maxFeeFen} 分。`, `The fee is 0–${maxFeeFen} fen.`, 'feeFen');
  return words.length > maxWords || words.some((word) => !isText(word, maxWord))
    ? invalid(`至多 ${maxWords} 个别名,各 1–${maxWord} 字。`, `At most ${maxWords} words, each of 1–${maxWord} characters.`, 'words')
    : conditionsFault(conditions, check);
}

/** Without blanks around texts, and each word once. */
export const plainContent = (content: ItemContent): ItemContent => ({
  title: { zh: content.title.zh.trim(), en: content.title.en.trim() },
  module: content.module,
  level: content.level,
  delivery: content.delivery,
  materials: content.materials.map(({ documentType, name, required, copies, note }) =>
    ({ documentType, name: { zh: name.zh.trim(), en: name.en.trim() }, required, copies, note: trimmed(note) })),
  workDays: content.workDays,
  eligibility: trimmed(content.eligibility),
  conditions: content.conditions.map(({ expression, says }) => ({ expression: expression.trim(), says: { zh: says.zh.trim(), en: says.en.trim() } })),
  feeFen: content.feeFen,
  words: [...new Set(content.words.map((word) => word.trim()))],
});
