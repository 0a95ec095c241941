import type { Role } from '../roles.js';

/** A tab that GraphiQL opens with: something this role does, ready to run. */
export interface Example {
  readonly role: Role;
  readonly title: { readonly zh: string; readonly en: string };
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const submitCase = (name: string): string => `mutation ${name}($input: CaseSubmitInput!) {
  caseSubmit(input: $input) {
    case {
      id
      number
      state
      version
      nextDueAt
      community { name }
    }
    userErrors { code message field }
  }
}`;

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
    role: 'RESIDENT',
    title: { zh: '提交诉求', en: 'Submit a demand' },
    query: submitCase('SubmitDemand'),
    variables: {
      input: {
        kind: 'DEMAND',
        demandType: 'COMPLAINT',
        channel: 'WEB',
        category: '环境保护/环境污染/噪音污染',
        title: '夜间施工噪音扰民',
        detail: '小区北侧工地连续三晚施工到凌晨一点,请协调。',
        community: '340103001001',
        address: '水西门社区北侧工地',
      },
    },
  },
  {
    role: 'RESIDENT',
    title: { zh: '现在去哪个站、哪个窗口办', en: 'Where to go with it now: stations and windows' },
    query: `query WhereToGo($item: String!, $community: AreaCode!) {
  stationsFor(item: $item, community: $community) {
    item { title }
    stations {
      station { name address }
      opening { isOpen until next noNext }
      windows { isPreferred window { number name } }
    }
  }
}`,
    variables: { item: '06-001', community: '340103001001' },
  },
  {
    role: 'GRID_WORKER',
    title: { zh: '上报巡查发现', en: 'Report what a patrol found' },
    query: submitCase('ReportPatrol'),
    variables: {
      input: {
        kind: 'PATROL',
        channel: 'GRID_WORKER',
        category: '城乡建设/城市建设和市政管理/城市公共设施',
        title: '路灯不亮',
        detail: '巷口第二盏路灯不亮,夜间出行不便。',
        community: '340103001001',
        grid: '340103001001001',
      },
    },
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '我的待办,以及现在能做什么', en: 'My to-do list, and what may be done now' },
    query: `query MyToDo {
  toDo(first: 10) {
    totalCount
    nodes {
      id
      number
      version
      state
      title
      nextDueAt
      availableActions {
        action
        available
        reason { code message }
      }
    }
  }
}`,
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '设一个 AB 岗', en: 'Create a post for a pair' },
    query: `mutation CreatePost($input: PostCreateInput!) {
  postCreate(input: $input) {
    post {
      id
      version
      name
      onDuty { as person { name } }
    }
    userErrors { code message field }
  }
}`,
    variables: {
      input: {
        name: '综合岗',
        a: { actorId: 'community-clerk-1', name: '王工' },
        b: { actorId: 'community-clerk-2', name: '李工' },
      },
    },
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '此刻由我负责的案件', en: 'What I answer for now' },
    query: `query MyOwnToDo {
  toDo(responsibility: MINE, first: 10) {
    totalCount
    nodes {
      number
      title
      nextDueAt
      responsible { postName person { name } as since }
    }
  }
}`,
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '批量受理:先演练', en: 'Accept many cases: a dry run first' },
    query: `mutation AcceptMany($input: CaseActOnManyInput!) {
  caseActOnMany(input: $input) {
    succeeded
    refused
    results {
      caseId
      effect {
        from
        to
        clocks { name change after { state dueAt } }
        notices { kind role }
        messages { level event }
      }
      userErrors { code message field }
    }
    userErrors { code message field }
  }
}`,
    variables: {
      input: {
        action: 'ACCEPT',
        cases: [{ caseId: '…', expectedVersion: 1 }],
        dryRun: true,
      },
    },
  },
  {
    role: 'STREET_CLERK',
    title: { zh: '本街道的派单', en: 'What my street was given' },
    query: `query MyDispatches {
  dispatches(first: 10) {
    totalCount
    nodes {
      id
      number
      title
      state
      signBy
      resolveBy
      street { name }
      case { state community { name } }
      availableActions { action available }
    }
  }
}`,
  },
  {
    role: 'DISTRICT_OFFICER',
    title: { zh: '本区的协调,以及每月件数', en: 'What my district coordinates, and its numbers by month' },
    query: `query MyDistrict($code: AreaCode!) {
  coordinations(first: 10) {
    totalCount
    nodes {
      id
      number
      title
      state
      holder { level area unit }
    }
  }
  district(code: $code) {
    name
    counts {
      month
      own { submitted resolved }
      children { submitted resolved }
      total { submitted resolved }
    }
  }
}`,
    variables: { code: '340103' },
  },
  {
    role: 'CITY_OFFICER',
    title: { zh: '全市区划与市级接收', en: 'The whole city, and what reached it' },
    query: `query WholeCity {
  city {
    name
    population
    districts { code name population streets { code name } }
  }
  receipts(first: 10) {
    totalCount
    nodes { id number title state signBy }
  }
}`,
  },
  {
    role: 'DEPARTMENT_OFFICER',
    title: { zh: '交给本部门的事项', en: 'What my department was given' },
    query: `query MyDepartment($unit: UnitCode!) {
  coordinations(unit: $unit, first: 10) {
    totalCount
    nodes {
      id
      number
      title
      state
      signBy
      resolveBy
      availableActions {
        action
        available
        reason { message }
      }
    }
  }
}`,
    variables: { unit: '340103-04' },
  },
  {
    role: 'AUDITOR',
    title: { zh: '办件全过程', en: 'Cases from intake to evaluation' },
    query: `query FollowCases($filter: CaseFilter) {
  cases(filter: $filter, first: 5) {
    totalCount
    nodes {
      number
      state
      community { name }
      timeline(first: 20) { nodes { seq at level action from to role note } }
    }
  }
}`,
    variables: { filter: { area: '340103' } },
  },
  {
    role: 'INTEGRATOR',
    title: { zh: '12345 热线工单入库', en: 'Bring in a call to the 12345 hotline' },
    query: submitCase('BringInCall'),
    variables: {
      input: {
        kind: 'DEMAND',
        demandType: 'REQUEST',
        channel: 'HOTLINE',
        category: '城乡建设/城市建设和市政管理/自来水供应',
        title: '自来水压力不足',
        detail: '六楼住户早晚高峰无水,希望尽快处理。',
        community: '340103001002',
        reporter: { name: '李女士' },
        sourceId: '12345-20260302-000187',
      },
    },
  },
  {
    role: 'DISTRICT_OFFICER',
    title: { zh: '上级必答事项,及其案件', en: 'What superiors must answer, and the cases behind it' },
    query: `query MyConcerns {
  concerns(states: [OPEN], first: 10) {
    totalCount
    nodes {
      id
      version
      class
      areaCode
      category
      caseCount
      reporterCount
      communityCount
      answerBy
      late
      cases(first: 5) { nodes { number title state } }
      availableActions { action available }
    }
  }
}`,
  },
];
