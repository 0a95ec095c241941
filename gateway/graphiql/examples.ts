import type { Role } from '../roles.js';

/** A tab that GraphiQL opens with: something this role does, ready to run. */
export interface Example {
  readonly role: Role;
  readonly title: { readonly zh: string; readonly en: string };
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export const examples: readonly Example[] = [
  {
    role: 'RESIDENT',
    title: { zh: '查找我所在的社区', en: 'Find the community I live in' },
    query: `query FindMyCommunity($name: String!) {
  communities(name: $name, first: 5) {
    totalCount
    nodes { code name street { name district { name } } }
  }
}`,
    variables: { name: '水西门' },
  },
  {
    role: 'GRID_WORKER',
    title: { zh: '我的网格属于谁', en: 'Whom my grid belongs to' },
    query: `query MyGrid($code: AreaCode!) {
  grid(code: $code) {
    name
    plannedHouseholds
    isEstimated
    community { code name street { code name } }
  }
}`,
    variables: { code: '340103001001001' },
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '本社区及其网格', en: 'My community and its grids' },
    query: `query MyCommunity($code: AreaCode!) {
  community(code: $code) {
    name
    kind
    households
    units { code name nameEn }
    grids { code name plannedHouseholds }
  }
}`,
    variables: { code: '340103001001' },
  },
  {
    role: 'STREET_CLERK',
    title: { zh: '本街道及其社区', en: 'My street and its communities' },
    query: `query MyStreet($code: AreaCode!) {
  street(code: $code) {
    name
    kind
    units { code name nameEn }
    communities { code name }
    district { code name }
  }
}`,
    variables: { code: '340103001' },
  },
  {
    role: 'DISTRICT_OFFICER',
    title: { zh: '本区及其街道', en: 'My district and its streets' },
    query: `query MyDistrict($code: AreaCode!) {
  district(code: $code) {
    name
    population
    units { code name nameEn }
    streets { code name kind }
  }
}`,
    variables: { code: '340103' },
  },
  {
    role: 'CITY_OFFICER',
    title: { zh: '全市区划', en: 'The city and its districts' },
    query: `query WholeCity {
  city {
    name
    population
    districts { code name kind population areaKm2 }
  }
}`,
  },
  {
    role: 'DEPARTMENT_OFFICER',
    title: { zh: '部门所在的区', en: 'The district my department serves' },
    query: `query DepartmentsOfDistrict($code: AreaCode!) {
  district(code: $code) {
    name
    units { code name nameEn }
    streets { code name units { code name } }
  }
}`,
    variables: { code: '340103' },
  },
  {
    role: 'AUDITOR',
    title: { zh: '某日有效的区划', en: 'Areas as they were on a day' },
    query: `query DistrictsOnDay($day: Date!) {
  districts(at: $day) {
    code
    name
    validFrom
    validTo
    figuresSource
  }
}`,
    variables: { day: '2024-01-01' },
  },
  {
    role: 'INTEGRATOR',
    title: { zh: '分页同步社区', en: 'Read communities page by page' },
    query: `query SyncCommunities($street: AreaCode, $after: String) {
  communities(street: $street, first: 100, after: $after) {
    nodes { code name validFrom validTo }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { street: '340103001' },
  },
];
