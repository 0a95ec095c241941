import { ownScopes, type Bilingual, type Caller } from './claims.js';
import { bilingual } from './errors.js';
import { noRights, type Guard, type Requirement, type Rights } from './execution/authorization.js';

/**
 * Named in SDL as `kind:value`. Their rights go by the area, which scopes cannot say.
 * `within:340103` holds for whom that area, or one inside it, is the whole scope; `department:340103-04` for its officers.
 */
const policies: Readonly<Record<string, (caller: Caller, value: string) => boolean>> = {
  within: ({ area, department }, value) => isCode(value) && (area ?? department?.split('-')[0] ?? '').startsWith(value),
  department: ({ department }, value) => department === value,
};

const isCode = (value: string): boolean => /^(\d{4}|\d{6}|\d{9}|\d{12}|\d{15})$/.test(value);

function holds(caller: Caller, policy: string): boolean {
  const [kind = '', value = ''] = policy.split(/:(.*)/s);
  return Object.hasOwn(policies, kind) && policies[kind]?.(caller, value) === true;
}

// A caller is the same object as long as its token is known.
const known = new WeakMap<Caller, Rights>();

/** What a caller has for `@authenticated`, `@requiresScopes` and `@policy`. */
export function rightsOf(caller: Caller | null): Rights {
  if (!caller) return noRights;
  const rights = known.get(caller) ?? {
    isAuthenticated: true,
    scopes: new Set([`${ownScopes}${caller.role}`, ...caller.scopes ?? []]),
    policies: (asked: readonly string[]) => new Set(asked.filter((policy) => holds(caller, policy))),
  };
  known.set(caller, rights);
  return rights;
}

/** The same words as the levels', which check for themselves, too. */
export const refusalOf: Guard['refusalOf'] = (unmet, { isAuthenticated }) => (isAuthenticated
  ? { code: 'FORBIDDEN', message: bilingual(forbidden(unmet)) }
  : { code: 'UNAUTHENTICATED', message: bilingual({ zh: '请先登录。', en: 'Sign in first.' }) });

function forbidden(unmet: Requirement): Bilingual {
  if (unmet.kind === 'authenticated' || unmet.anyOf.length === 0) return { zh: '无权查看或进行。', en: 'Nobody may read or do this.' };
  const zh = unmet.anyOf.map((group) => group.join(' 与 ')).join(',或 ');
  const en = unmet.anyOf.map((group) => group.join(' and ')).join(', or ');
  return unmet.kind === 'scopes'
    ? { zh: `登录令牌缺少作用域:须有 ${zh};请向签发方换取。`, en: `The token lacks a scope: ${en} is needed; ask the issuer for one that has it.` }
    : { zh: `不合规定:须满足 ${zh}。`, en: `A policy does not hold for you: ${en} is needed.` };
}
