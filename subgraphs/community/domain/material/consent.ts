import { localDate, type LocalDate } from '../../../shared/domain/calendar.js';
import { serviceItemPattern } from '../../../shared/domain/clockPolicy.js';
import { invalid, refusal, type DomainError } from '../../../shared/domain/result.js';

/** 授权: what a person lets be used again, and for what. */
export interface Consent {
  readonly id: string;
  readonly version: number;
  /** Actor id. */
  readonly person: string;
  /** Codes of document types; null: all. */
  readonly documentTypes: readonly string[] | null;
  /** Codes of service items it may be used for; null: all. */
  readonly items: readonly string[] | null;
  readonly givenAt: Date;
  /** The last day; null: until it is withdrawn. */
  readonly validUntil: LocalDate | null;
  readonly withdrawnAt: Date | null;
}

/** In force at once. */
export const maxConsents = 100;
const maxCodes = 50;

export const isInForce = ({ givenAt, validUntil, withdrawnAt }: Consent, at: Date): boolean =>
  givenAt <= at && (withdrawnAt === null || at < withdrawnAt) && (validUntil === null || localDate(at) <= validUntil);

const includes = (codes: readonly string[] | null, code: string | null): boolean => codes === null || (code !== null && codes.includes(code));

/** The consent in force that lets a document of the type be used for the item; the latest of several. */
export const covering = (consents: readonly Consent[], documentType: string, item: string | null, at: Date): Consent | null =>
  consents
    .filter((one) => isInForce(one, at) && includes(one.documentTypes, documentType) && includes(one.items, item))
    .toSorted((a, b) => b.givenAt.getTime() - a.givenAt.getTime() || (a.id < b.id ? 1 : -1))[0] ?? null;

const codesFault = (codes: readonly string[] | null, isKnown: (code: string) => boolean, field: string): DomainError | null => {
  if (codes === null) return null;
  if (codes.length === 0 || codes.length > maxCodes || new Set(codes).size < codes.length) {
    return invalid(`列 1–${maxCodes} 个代码,每个一次;不填为全部。`, `1–${maxCodes} codes, each once; leave it out for all.`, field);
  }
  const unknown = codes.find((code) => !isKnown(code));
  return unknown === undefined ? null : invalid(`没有代码“${unknown.slice(0, 64)}”。`, `There is no code "${unknown.slice(0, 64)}".`, field);
};

export function consentFault(
  { documentTypes, items, validUntil }: Pick<Consent, 'documentTypes' | 'items' | 'validUntil'>, isType: (code: string) => boolean, at: Date,
): DomainError | null {
  const fault = codesFault(documentTypes, isType, 'documentTypes') ?? codesFault(items, (code) => serviceItemPattern.test(code), 'items');
  if (fault) return fault;
  return validUntil === null || localDate(at) <= validUntil ? null : invalid('截止日不得早于今天。', 'It cannot end before today.', 'validUntil');
}

export const tooManyConsents: DomainError = refusal(
  'TRANSITION_NOT_ALLOWED', `至多同时有 ${maxConsents} 项有效授权,请先撤回不用的。`, `At most ${maxConsents} consents are in force at once; withdraw those not needed.`,
);

export const withdrawalFault = ({ withdrawnAt }: Consent): DomainError | null =>
  (withdrawnAt === null ? null : refusal('TRANSITION_NOT_ALLOWED', '此授权已撤回。', 'It has been withdrawn already.'));

export const withdrawn = (consent: Consent, at: Date): Consent => ({ ...consent, version: consent.version + 1, withdrawnAt: at });
