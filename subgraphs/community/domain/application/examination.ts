import type { Named } from '../../../shared/domain/actor.js';
import type { Verdict } from '../../../shared/domain/condition.js';
import { invalid, refusal, type DomainError } from '../../../shared/domain/result.js';
import { lengthOf } from '../../../shared/domain/text.js';
import type { Lack } from '../material/material.js';
import type { Answer, GivenMaterial, MaterialSource, PinnedItem } from './application.js';

// What an application needs, held against what there is: what is missing is named.

/** A condition of the item, and whether the applicant meets it. */
export interface Finding {
  readonly wording: Named;
  readonly verdict: Verdict;
  /** What of the applicant is not known; empty unless UNKNOWN. */
  readonly unknown: readonly string[];
}

/** A document in the applicant's vault that may be used. */
export interface HeldMaterial {
  readonly documentType: string;
  readonly document: string;
  readonly origin: string;
  readonly consent: string | null;
  readonly validTo: string | null;
}

/** What the vault has of what an item asks for, and why not of the rest. */
export interface Holdings {
  readonly usable: readonly HeldMaterial[];
  readonly lacking: readonly { readonly documentType: string; readonly lack: Lack }[];
}

export const nothingHeld: Holdings = { usable: [], lacking: [] };

/** What somebody hands in: paper at a counter, or a document of the vault by its id. */
export interface Handed {
  readonly documentType: string;
  readonly source: MaterialSource;
  readonly document: string | null;
  readonly note: string | null;
}

const maxHanded = 30;
const maxNote = 200;
const maxAnswers = 50;
const maxName = 50;
const maxValue = 1_000;

const noBearing = (what: Named, i: number): DomainError =>
  invalid(`此事项不需要${what.zh}。`, `The item does not ask for ${what.en}.`, 'materials', i, 'documentType');

/** Why this cannot be handed in; null when it can. Paper is seen by a clerk, who says so. */
export function handedFault(item: PinnedItem, handed: readonly Handed[], atCounter: boolean): DomainError | null {
  if (handed.length > maxHanded) return invalid(`至多 ${maxHanded} 份材料。`, `At most ${maxHanded} materials.`, 'materials');
  for (const [i, { documentType, source, document, note }] of handed.entries()) {
    if (!item.materials.some((one) => one.documentType === documentType)) return noBearing({ zh: `“${documentType}”`, en: `"${documentType}"` }, i);
    if (handed.findIndex((one) => one.documentType === documentType) !== i) {
      return invalid('每种材料只列一次。', 'A type of document is listed once.', 'materials', i, 'documentType');
    }
    if (source === 'PAPER' && !atCounter) {
      return invalid('纸质材料由窗口工作人员核收;网上申办请使用资料库中的文件。', 'Paper is seen by a clerk at a counter; online, use documents of your vault.', 'materials', i, 'source');
    }
    if ((source === 'DOCUMENT') !== (document !== null)) {
      return invalid('文件须填其 ID,纸质材料不填。', 'A document has its id, paper has none.', 'materials', i, 'document');
    }
    if (note !== null && lengthOf(note) > maxNote) return invalid(`说明至多 ${maxNote} 字。`, `A note has at most ${maxNote} characters.`, 'materials', i, 'note');
  }
  return null;
}

export function answersFault(answers: readonly Answer[], field: string): DomainError | null {
  if (answers.length > maxAnswers) return invalid(`至多 ${maxAnswers} 项。`, `At most ${maxAnswers} of them.`, field);
  for (const [i, { name, value }] of answers.entries()) {
    if (lengthOf(name) < 1 || lengthOf(name) > maxName) return invalid(`名称须为 1–${maxName} 字。`, `A name has 1–${maxName} characters.`, field, i, 'name');
    if (lengthOf(value) > maxValue) return invalid(`内容至多 ${maxValue} 字。`, `A value has at most ${maxValue} characters.`, field, i, 'value');
    if (answers.findIndex((one) => one.name.trim() === name.trim()) !== i) return invalid('名称重复。', 'That name is there already.', field, i, 'name');
  }
  return null;
}

export const plainAnswers = (answers: readonly Answer[]): Answer[] => answers.map(({ name, value }) => ({ name: name.trim(), value: value.trim() }));

/** What is given: what was handed in, and for the rest of what the item asks for what the vault has. Null in place of what is not there. */
export function gathered(
  item: PinnedItem, handed: readonly Handed[], held: readonly HeldMaterial[], { at, by }: Pick<GivenMaterial, 'at' | 'by'>,
): (GivenMaterial | DomainError)[] {
  const fromVault = ({ documentType, document, origin, consent }: HeldMaterial, note: string | null): GivenMaterial =>
    ({ documentType, source: 'DOCUMENT', document, origin, consent, note, at, by });
  const given = handed.map(({ documentType, source, document, note }, i): GivenMaterial | DomainError => {
    if (source === 'PAPER') return { documentType, source, document: null, origin: null, consent: null, note, at, by };
    const found = held.find((one) => one.document === document && one.documentType === documentType);
    return found ? fromVault(found, note) : invalid(
      '资料库中没有此文件,或已失效、未获同意使用。', 'The vault has no such document that may be used: it is missing, out of date or without consent.', 'materials', i, 'document',
    );
  });
  const more = item.materials.flatMap(({ documentType }) => {
    const found = handed.some((one) => one.documentType === documentType) ? undefined : held.find((one) => one.documentType === documentType);
    return found ? [fromVault(found, null)] : [];
  });
  return [...given, ...more];
}

export const isGiven = (one: GivenMaterial | DomainError): one is GivenMaterial => !('code' in one);

export const missingMaterials = ({ materials }: PinnedItem, given: readonly Pick<GivenMaterial, 'documentType'>[]): PinnedItem['materials'] =>
  materials.filter(({ documentType, required }) => required && !given.some((one) => one.documentType === documentType));

const remedies: Readonly<Record<Lack, Named>> = {
  NONE: { zh: '请上传到资料库,或带到任一窗口', en: 'put it into your vault, or bring it to any counter' },
  EXPIRED: { zh: '资料库中的已过有效期,请重新上传,或带到任一窗口', en: 'what your vault has is no longer valid: put a new one there, or bring it to any counter' },
  NO_CONSENT: { zh: '资料库中有,但未授权用于此事项,请先授权,或带到任一窗口', en: 'your vault has it, but not for this item: give consent first, or bring it to any counter' },
};

/** Each with a word on what to do. */
export const missingErrors = (item: PinnedItem, given: readonly Pick<GivenMaterial, 'documentType'>[], { lacking }: Holdings): DomainError[] =>
  missingMaterials(item, given).map(({ documentType, name, copies }) => {
    const { zh, en } = remedies[lacking.find((one) => one.documentType === documentType)?.lack ?? 'NONE'];
    return invalid(
      `缺少材料“${name.zh}”(${copies} 份);${zh}。`, `"${name.en}" is missing (${copies === 1 ? 'one copy' : `${copies} copies`}): ${en}.`, 'materials', documentType,
    );
  });

/** Documents of the vault among what is given: from then on they belong to the case. */
export const documentsOf = (given: readonly Pick<GivenMaterial, 'document'>[]): string[] => given.flatMap(({ document }) => document ?? []);

/** What is not known is for the officer to find out; what is known not to be met ends it. */
export const failedErrors = (findings: readonly Finding[]): DomainError[] =>
  findings.filter(({ verdict }) => verdict === 'NOT_MET').map(({ wording }) => refusal(
    'INVALID_INPUT', `不符合条件:${wording.zh}。`, `A condition is not met: ${wording.en}.`, 'item',
  ));
