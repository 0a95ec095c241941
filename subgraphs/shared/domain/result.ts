/** Expected by callers; returned in `userErrors`. Mirrors the SDL enum (a test compares the two). */
export const userErrorCodes = [
  'INVALID_INPUT', 'NOT_FOUND', 'TRANSITION_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'STALE_VERSION', 'OUT_OF_SCOPE',
  'NOT_ADMITTED', 'IDEMPOTENCY_KEY_REUSED', 'DUPLICATE', 'UNSTAFFED', 'NOT_REACHED',
  'NOT_ON_DUTY_LIST',
] as const;
export type UserErrorCode = (typeof userErrorCodes)[number];

export interface DomainError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly field?: readonly string[];
  /** What else is wrong, where all of it is said at once. */
  readonly more?: readonly DomainError[];
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DomainError };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const refuse = (error: DomainError): Result<never> => ({ ok: false, error });
export const fail = (code: UserErrorCode, message: string, field?: readonly string[]): Result<never> =>
  refuse(field ? { code, message, field } : { code, message });

/** What cannot be done, in both languages; `field` and what is inside it, when a field of the input is to blame. */
export const refusal = (code: UserErrorCode, zh: string, en: string, field?: string, ...inside: readonly (string | number)[]): DomainError =>
  ({ code, message: bilingual(zh, en), ...(field !== undefined && { field: ['input', field, ...inside.map(String)] }) });

export const invalid = (zh: string, en: string, field?: string, ...inside: readonly (string | number)[]): DomainError =>
  refusal('INVALID_INPUT', zh, en, field, ...inside);

/** `"中文。 / English."`, the form of every text a person reads. */
export const bilingual = (zh: string, en: string): string => `${zh} / ${en}`;
