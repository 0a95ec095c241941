// 准入: a department's matter may be handed down to a street once all four gates are passed.
import type { Named } from './actor.js';
import type { Level } from './areaCode.js';
import { bilingual, type DomainError } from './result.js';

export const admissionGates = ['OPINION', 'SAFEGUARDS', 'POWERS', 'APPROVAL'] as const;
export type AdmissionGate = (typeof admissionGates)[number];

export const gateNames: Readonly<Record<AdmissionGate, Named>> = {
  OPINION: { zh: '街道意见', en: "the street's opinion" },
  SAFEGUARDS: { zh: '经费与人员保障', en: 'safeguards (funds and posts)' },
  POWERS: { zh: '相应权力', en: 'matching powers' },
  APPROVAL: { zh: '政府批准', en: "the government's approval" },
};

/** What a level that dispatches needs to know of an admission. */
export interface AdmissionStanding {
  readonly id: string;
  /** Path in the taxonomy of demands, with all below it; null where it is of a service item. */
  readonly matter: string | null;
  /** Code of a service item. */
  readonly item: string | null;
  readonly street: string;
  /** The one community of the street that it is for; null: the street and all of them. */
  readonly community: string | null;
  /** Communities of the street to which it does not apply. */
  readonly except: readonly string[];
  readonly inForce: boolean;
  readonly missing: readonly AdmissionGate[];
}

/** What is to go down: its category, and its service item where it has one. */
export interface Work {
  readonly matter: string;
  readonly item: string | null;
  /** Where it is in the end, and the level it goes to now. */
  readonly community: string;
  readonly to: Level;
}

const covers = (standing: AdmissionStanding, { matter, item }: Work): boolean =>
  (standing.matter !== null ? matter === standing.matter || matter.startsWith(`${standing.matter}/`) : standing.item === item);

/** One for a community lets work through the street to it, and an exception stops it on the way from the street. */
const reaches = (standing: AdmissionStanding, { community, to }: Work): boolean =>
  (standing.community === null || standing.community === community) && (to !== 'COMMUNITY' || !standing.except.includes(community));

/** How the admission of this work to the street stands: that of its item, or of its matter, whichever has come the furthest. */
export function admissionOf(standings: readonly AdmissionStanding[], street: string, work: Work): Pick<AdmissionStanding, 'inForce' | 'missing'> {
  const own = standings.filter((one) => one.street === street && covers(one, work) && reaches(one, work));
  const nearest = own.find(({ inForce }) => inForce) ?? own.toSorted((a, b) => a.missing.length - b.missing.length)[0];
  return nearest ?? { inForce: false, missing: admissionGates };
}

/** Why work that needs it may not go down to the street, naming the missing gates; null when it is admitted. */
export function admissionRefusal(standings: readonly AdmissionStanding[], street: string, work: Work): DomainError | null {
  const { inForce, missing } = admissionOf(standings, street, work);
  if (inForce) return null;
  const names = missing.length > 0 ? missing.map((gate) => gateNames[gate]) : [{ zh: '生效日未到', en: 'its day, which is to come' }];
  const what = work.item === null ? { zh: `“${work.matter}”`, en: `"${work.matter}"` }
    : { zh: `“${work.matter}”及事项 ${work.item} `, en: `Neither "${work.matter}" nor item ${work.item}` };
  return {
    code: 'NOT_ADMITTED',
    message: bilingual(
      `${what.zh}未准入街道 ${street},不得下派;尚缺:${names.map(({ zh }) => zh).join('、')}。`,
      `${what.en} is ${work.item === null ? 'not ' : ''}admitted to street ${street}, so it cannot be dispatched down; missing: ${names.map(({ en }) => en).join(', ')}.`,
    ),
  };
}
