import type { Role } from '../roles.js';

export const roleNames: Readonly<Record<Role, { readonly zh: string; readonly en: string }>> = {
  RESIDENT: { zh: '居民', en: 'Resident' },
  GRID_WORKER: { zh: '网格员', en: 'Grid worker' },
  COMMUNITY_CLERK: { zh: '社区', en: 'Community' },
  STREET_CLERK: { zh: '街道', en: 'Street' },
  DISTRICT_OFFICER: { zh: '区级', en: 'District' },
  CITY_OFFICER: { zh: '市级', en: 'City' },
  DEPARTMENT_OFFICER: { zh: '部门', en: 'Department' },
  AUDITOR: { zh: '审计', en: 'Auditor' },
  INTEGRATOR: { zh: '对接系统', en: 'Integrator' },
};
