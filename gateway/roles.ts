export const roles = [
  'RESIDENT', 'GRID_WORKER', 'COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER',
  'CITY_OFFICER', 'DEPARTMENT_OFFICER', 'AUDITOR', 'INTEGRATOR',
] as const;
export type Role = (typeof roles)[number];
