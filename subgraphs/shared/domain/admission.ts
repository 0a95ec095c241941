// 准入: a department's matter may be handed down to a street once all four gates are passed.
import type { Named } from './actor.js';
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
  /** Path in the taxonomy of demands, with all below it. */
  readonly matter: string;
  readonly street: string;
  readonly inForce: boolean;
  readonly missing: readonly AdmissionGate[];
}

const covers = (matter: string, category: string): boolean => category === matter || category.startsWith(`${matter}/`);

/** Why a matter that needs it may not go down to the street, naming the missing gates; null when it is admitted. */
export function admissionRefusal(standings: readonly AdmissionStanding[], category: string, street: string): DomainError | null {
  const own = standings.filter((one) => one.street === street && covers(one.matter, category));
  if (own.some(({ inForce }) => inForce)) return null;
  const nearest = own.toSorted((a, b) => a.missing.length - b.missing.length)[0];
  const missing = (nearest?.missing ?? admissionGates).map((gate) => gateNames[gate]);
  return {
    code: 'NOT_ADMITTED',
    message: bilingual(
      `“${category}”未准入街道 ${street},不得下派;尚缺:${missing.map(({ zh }) => zh).join('、')}。`,
      `"${category}" is not admitted to street ${street} and cannot be dispatched down; missing: ${missing.map(({ en }) => en).join(', ')}.`,
    ),
  };
}
