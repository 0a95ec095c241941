// Who a caller may be. The table below is the rule; the gateway and `npm run token` both read it.
import { z } from 'zod';
import { roles, type Role } from './roles.js';

/** A person or system that has signed in. */
export interface Caller {
  readonly id: string;
  readonly role: Role;
  /** Area code (4, 6, 9, 12 or 15 digits); everything below it is the caller's scope. */
  readonly area?: string;
  /** Area code, a dash and two digits, e.g. `340103-04`. */
  readonly department?: string;
  readonly name?: string;
  /** Of the token's `scope` claim, for fields with `@requiresScopes`. */
  readonly scopes?: readonly string[];
}

export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export type ClaimsResult =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly problem: Bilingual };

/** How the scopes begin that follow from the role: `role:AUDITOR`. */
export const ownScopes = 'role:';

const anyLevel = [4, 6, 9, 12, 15];

// prettier-ignore
const areaRules: Record<Role, { readonly digits: readonly number[]; readonly area: 'required' | 'optional' }> = {
  RESIDENT:           { digits: anyLevel, area: 'optional' },
  GRID_WORKER:        { digits: [15],     area: 'required' },
  COMMUNITY_CLERK:    { digits: [12],     area: 'required' },
  STREET_CLERK:       { digits: [9],      area: 'required' },
  DISTRICT_OFFICER:   { digits: [6],      area: 'required' },
  CITY_OFFICER:       { digits: [4],      area: 'required' },
  DEPARTMENT_OFFICER: { digits: anyLevel, area: 'optional' },
  AUDITOR:            { digits: anyLevel, area: 'required' },
  INTEGRATOR:         { digits: anyLevel, area: 'required' },
};

const departmentCode = /^(\d{4}|\d{6}|\d{9}|\d{12}|\d{15})-\d{2}$/;

const claimsShape = z.object({
  sub: z.string().regex(/^[\x21-\x7e]{1,128}$/),
  role: z.enum(roles),
  area: z.string().regex(/^\d+$/).optional(),
  department: z.string().regex(departmentCode).optional(),
  name: z.string().min(1).max(100).optional(),
  // RFC 8693, 4.2.
  scope: z.string().max(2_000).regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/).optional(),
});

const shapeRules: Record<string, Bilingual> = {
  sub: { zh: 'sub 须为 1 至 128 个可见 ASCII 字符', en: 'sub must be 1 to 128 visible ASCII characters' },
  role: { zh: `role 须为以下之一:${roles.join('、')}`, en: `role must be one of ${roles.join(', ')}` },
  area: { zh: 'area 须为区划代码(仅数字)', en: 'area must be an area code, digits only' },
  department: {
    zh: 'department 须为区划代码加“-”加两位数字,如 340103-04',
    en: 'department must be an area code, a dash and two digits, e.g. 340103-04',
  },
  scope: {
    zh: 'scope 须为以单个空格分隔的词,共不超过 2000 个字符',
    en: 'scope must be words with a single space between them, 2000 characters at most',
  },
  name: { zh: 'name 须为 1 至 100 个字符', en: 'name must be 1 to 100 characters' },
};

/** Reads a caller from a token's claims, or says which claim is wrong and how it should look. */
export function callerFromClaims(claims: Readonly<Record<string, unknown>>): ClaimsResult {
  const parsed = claimsShape.safeParse(claims);
  if (!parsed.success) {
    const claim = String(parsed.error.issues[0]?.path[0]);
    return { ok: false, problem: shapeRules[claim] ?? { zh: `${claim} 无效`, en: `${claim} is invalid` } };
  }
  const { sub, role, area, department, name, scope } = parsed.data;
  // What the gateway itself says of a caller cannot be claimed.
  const scopes = scope?.split(' ').filter((one) => !one.startsWith(ownScopes)) ?? [];
  const problem = areaProblem(role, area) ?? departmentProblem(role, area, department);
  if (problem) return { ok: false, problem };
  return {
    ok: true,
    caller: {
      id: sub,
      role,
      ...(area !== undefined && { area }),
      ...(department !== undefined && { department }),
      ...(name !== undefined && { name }),
      ...(scopes.length > 0 && { scopes }),
    },
  };
}

function areaProblem(role: Role, area: string | undefined): Bilingual | null {
  const rule = areaRules[role];
  if (area === undefined) {
    if (rule.area !== 'required') return null;
    return {
      zh: `${role} 必须有 area(${zhDigits(rule.digits)})`,
      en: `${role} needs an area of ${enDigits(rule.digits)}`,
    };
  }
  if (rule.digits.includes(area.length)) return null;
  return {
    zh: `${role} 的 area 须为 ${zhDigits(rule.digits)}`,
    en: `the area of ${role} must have ${enDigits(rule.digits)}`,
  };
}

function departmentProblem(role: Role, area: string | undefined, department: string | undefined): Bilingual | null {
  if (role !== 'DEPARTMENT_OFFICER') {
    return department === undefined
      ? null
      : { zh: '只有 DEPARTMENT_OFFICER 可有 department', en: 'only DEPARTMENT_OFFICER has a department' };
  }
  if (department === undefined) {
    return { zh: `${role} 必须有 department,如 340103-04`, en: `${role} needs a department, e.g. 340103-04` };
  }
  return area === undefined || department.startsWith(`${area}-`)
    ? null
    : { zh: 'area 与 department 的区划代码不一致', en: 'area must be the area code that department starts with' };
}

const zhDigits = (lengths: readonly number[]): string => `${lengths.join('、')} 位`;
const enDigits = (lengths: readonly number[]): string => `${lengths.join(', ').replace(/, (\d+)$/, ' or $1')} digits`;
