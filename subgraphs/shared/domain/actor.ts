import { isWithin, levels, type Level } from './areaCode.js';

export const roles = [
  'RESIDENT', 'GRID_WORKER', 'COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER',
  'DEPARTMENT_OFFICER', 'AUDITOR', 'INTEGRATOR',
] as const;
export type Role = (typeof roles)[number];

/** Who is asking. Residents have neither area nor unit, department officers a unit, all others an area. */
export interface Actor {
  readonly id: string;
  readonly role: Role;
  /** Code prefix the actor may read and write within. */
  readonly area: string | null;
  /** Department or unit, `<area code>-<two digits>`. */
  readonly unit: string | null;
}

export interface Named {
  readonly zh: string;
  readonly en: string;
}

export const roleNames: Readonly<Record<Role, Named>> = {
  RESIDENT: { zh: '居民', en: 'resident' },
  GRID_WORKER: { zh: '网格员', en: 'grid worker' },
  COMMUNITY_CLERK: { zh: '社区工作人员', en: 'community clerk' },
  STREET_CLERK: { zh: '街道工作人员', en: 'street clerk' },
  DISTRICT_OFFICER: { zh: '区级工作人员', en: 'district officer' },
  CITY_OFFICER: { zh: '市级工作人员', en: 'city officer' },
  DEPARTMENT_OFFICER: { zh: '部门工作人员', en: 'department officer' },
  AUDITOR: { zh: '审计人员', en: 'auditor' },
  INTEGRATOR: { zh: '对接系统', en: 'integrator' },
};

/** The role that runs a level's office. */
export const officerOf: Readonly<Record<Level, Role>> = {
  CITY: 'CITY_OFFICER',
  DISTRICT: 'DISTRICT_OFFICER',
  STREET: 'STREET_CLERK',
  COMMUNITY: 'COMMUNITY_CLERK',
};

/** The level whose office the role runs; null for all who run none. */
export const levelOfOfficer = ({ role }: Pick<Actor, 'role'>): Level | null =>
  levels.find((level) => officerOf[level] === role) ?? null;

/** The area code in front of a unit's number: `340103-04` → `340103`. */
export const areaOfUnit = (unit: string): string => unit.slice(0, unit.indexOf('-'));

/** Whether `area` lies inside what the actor may read and write. */
export const coversArea = (actor: Actor, area: string): boolean =>
  (actor.area !== null && isWithin(area, actor.area)) || (actor.unit !== null && isWithin(area, areaOfUnit(actor.unit)));
