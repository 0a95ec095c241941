import type { Role } from '../roles.js';

/** A tab that GraphiQL opens with: something this role does, ready to run. */
export interface Example {
  readonly role: Role;
  readonly title: { readonly zh: string; readonly en: string };
  /** What to know, or to fill in for an …, before it is run. */
  readonly hint?: { readonly zh: string; readonly en: string };
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const fillIn = (tab: string): NonNullable<Example['hint']> => ({
  zh: `把 … 与 1 换成 ${tab} 所答的 id 与 version。`, en: `Put id and version from ${tab} for … and 1.`,
});

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
    role: 'RESIDENT',
    title: { zh: '我的诉求,以及现在能做什么', en: 'My demands, and what may be done now' },
    query: `query MyCases {
  cases(first: 10) {
    totalCount
    nodes {
      id
      number
      version
      state
      title
      holder { level area unit }
      availableActions { action available }
    }
  }
}`,
  },
  {
    role: 'RESIDENT',
    title: { zh: '实时看一件诉求:有变即推送', en: 'Watch a demand live: each change is sent' },
    hint: { zh: '把 … 换成 MyCases 所答的 id;再按一次运行键即停止。', en: 'Put an id from MyCases for …; run again to stop.' },
    query: `subscription WatchCase($id: ID!) {
  caseChanged(id: $id) {
    eventId
    at
    case {
      number
      state
      version
      holder { level area }
      timeline(first: 20) { nodes { seq level action to note } }
    }
  }
}`,
    variables: { id: '…' },
  },
  {
    role: 'RESIDENT',
    title: { zh: '评价办理结果:不满意即退回重办', en: 'Rate the result: a bad rating sends it back' },
    hint: fillIn('MyCases'),
    query: `mutation RateResult($input: CaseRateInput!) {
  caseRate(input: $input) {
    case { state version }
    userErrors { code message field }
  }
}`,
    variables: { input: { caseId: '…', expectedVersion: 1, responded: true, solved: false, satisfaction: 1, comment: '晚上仍在施工' } },
  },
  {
    role: 'RESIDENT',
    title: { zh: '申办之前:还缺什么', en: 'Before applying: what is missing' },
    query: `query CheckApplication($item: ID!, $community: AreaCode!) {
  applicationCheck(item: $item, community: $community) {
    item { title workDays feeFen }
    ready
    materials { material { name required } missing lack }
    findings { wording verdict }
    expectedBy
    provider { level area unit }
  }
}`,
    variables: { item: '3401:06-001', community: '340103001001' },
  },
  {
    role: 'RESIDENT',
    title: { zh: '申办一个服务事项', en: 'Apply for a service item' },
    query: `mutation Apply($input: ApplicationSubmitInput!) {
  applicationSubmit(input: $input) {
    case {
      id
      number
      version
      state
      nextDueAt
    }
    userErrors { code message field }
  }
}`,
    variables: {
      input: {
        item: '3401:02-005',
        community: '340103001001',
        channel: 'WEB',
        applicant: { name: '王小明' },
        statement: '旧沙发一张、床垫一张,周末在家。',
        address: '水西门社区 3 幢 502',
      },
    },
  },
  {
    role: 'RESIDENT',
    title: { zh: '我交过的资料,以及谁看过', en: 'The documents I gave, and who read them' },
    query: `query MyMaterials {
  myMaterials(first: 10) {
    totalCount
    nodes {
      id
      documentType
      name
      validUntil
      state
      reads(first: 5) { nodes { readAt kind role reason } }
    }
  }
}`,
  },
  {
    role: 'RESIDENT',
    title: { zh: '政务公开(不必登录)', en: 'What has been made public (no sign-in needed)' },
    hint: { zh: '也可订阅:/openness/feed.xml', en: 'As a feed, too: /openness/feed.xml' },
    query: `query Openness($area: AreaCode) {
  openness(area: $area, first: 10) {
    totalCount
    nodes {
      title
      summary
      code { code title }
      publisher { level area }
      publishedAt
    }
  }
}`,
    variables: { area: '3401' },
  },
  {
    role: 'GRID_WORKER',
    title: { zh: '上报巡查发现', en: 'Report what a patrol found' },
    query: `mutation ReportPatrol($input: PatrolReportInput!) {
  patrolReport(input: $input) {
    case {
      id
      number
      state
      version
      patrolDomain
      nextDueAt
    }
    userErrors { code message field }
  }
}`,
    variables: {
      input: {
        domain: 'INFORMATION',
        category: '城乡建设/城市建设和市政管理/城市公共设施',
        title: '路灯不亮',
        detail: '巷口第二盏路灯不亮,夜间出行不便。',
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
    title: { zh: '受理一件', en: 'Accept a case' },
    hint: fillIn('MyToDo'),
    query: `mutation AcceptCase($input: CaseAcceptInput!) {
  caseAccept(input: $input) {
    case { state version }
    userErrors { code message field }
  }
}`,
    variables: { input: { caseId: '…', expectedVersion: 1 } },
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '上报街道', en: 'Forward a case to the street' },
    hint: fillIn('MyToDo'),
    query: `mutation ForwardCase($input: CaseForwardInput!) {
  caseForward(input: $input) {
    case { state version }
    userErrors { code message field }
  }
}`,
    variables: { input: { caseId: '…', expectedVersion: 1, note: '工地不归社区管' } },
  },
  {
    role: 'COMMUNITY_CLERK',
    title: { zh: '实时待办', en: 'My to-do list, live' },
    hint: { zh: '再按一次运行键即停止。', en: 'Run again to stop.' },
    query: `subscription WatchToDo {
  toDoChanged {
    eventId
    at
    toDo(first: 5) { totalCount nodes { id number version state title } }
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
    hint: fillIn('MyToDo'),
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
      version
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
    role: 'STREET_CLERK',
    title: { zh: '签收派单', en: 'Sign for a dispatch' },
    hint: fillIn('MyDispatches'),
    query: `mutation SignDispatch($input: DispatchSignInput!) {
  dispatchSign(input: $input) {
    dispatch { state version }
    userErrors { code message field }
  }
}`,
    variables: { input: { caseId: '…', expectedVersion: 1 } },
  },
  {
    role: 'STREET_CLERK',
    title: { zh: '办结派单', en: 'Resolve a dispatch' },
    hint: fillIn('MyDispatches'),
    query: `mutation ResolveDispatch($input: DispatchResolveInput!) {
  dispatchResolve(input: $input) {
    dispatch { state version }
    userErrors { code message field }
  }
}`,
    variables: { input: { caseId: '…', expectedVersion: 1, outcome: 'SOLVED', note: '已责令夜间停工' } },
  },
  {
    role: 'STREET_CLERK',
    title: { zh: '吹哨:请区级部门到场', en: 'Blow the whistle: departments of the district come' },
    hint: fillIn('MyDispatches'),
    query: `mutation BlowWhistle($input: WhistleBlowInput!) {
  whistleBlow(input: $input) {
    whistle {
      id
      version
      state
      arrivals { unit state arriveBy }
    }
    userErrors { code message field }
  }
}`,
    variables: {
      input: { caseId: '…', expectedVersion: 1, units: ['340103-04'], reason: '夜间施工须现场查处', place: '水西门社区北侧工地' },
    },
  },
  {
    role: 'STREET_CLERK',
    title: { zh: '登记一枚公章', en: 'Register a seal' },
    query: `mutation RegisterSeal($input: SealRegisterInput!) {
  sealRegister(input: $input) {
    seal {
      id
      version
      name
      office { level area }
      keeper
    }
    userErrors { code message field }
  }
}`,
    variables: { input: { office: '340103001001', name: '水西门社区便民服务专用章', keeper: 'community-clerk-1' } },
  },
  {
    role: 'DISTRICT_OFFICER',
    title: { zh: '本区的协调,以及每月件数', en: 'What my district coordinates, and its numbers by month' },
    query: `query MyDistrict($code: AreaCode!) {
  coordinations(first: 10) {
    totalCount
    nodes {
      id
      version
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
  {
    role: 'DISTRICT_OFFICER',
    title: { zh: '本区的案件,以及督办', en: 'Cases of my district, and its supervisions' },
    query: `query MySupervisions($filter: CaseFilter) {
  cases(filter: $filter, first: 5) { nodes { id version number state title } }
  supervisions(first: 5) {
    totalCount
    nodes {
      id
      version
      number
      state
      times
      holder { level area unit }
      answerBy
      overdue
    }
  }
}`,
    variables: { filter: { area: '340103' } },
  },
  {
    role: 'DISTRICT_OFFICER',
    title: { zh: '督办:要求承办方答复', en: 'Supervise: who holds the case must answer' },
    hint: fillIn('MySupervisions'),
    query: `mutation OpenSupervision($input: SupervisionOpenInput!) {
  supervisionOpen(input: $input) {
    case { state version }
    userErrors { code message field }
  }
}`,
    variables: { input: { caseId: '…', expectedVersion: 1, note: '请说明为何仍在夜间施工' } },
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
    nodes { id version number title state signBy }
  }
}`,
  },
  {
    role: 'CITY_OFFICER',
    title: { zh: '全市一年的看板', en: 'The dashboard of the city over a year' },
    hint: { zh: '画成图:GET /reports/trend.svg,带同样的令牌。', en: 'As a picture: GET /reports/trend.svg, same token.' },
    query: `query CityYear($from: Month!, $to: Month!) {
  city {
    dashboard(from: $from, to: $to) {
      total {
        total { submitted accepted resolved rated reworked overdue }
        rates { responded solved satisfied }
      }
      byMonth { month counts { total { submitted resolved } } }
      byCategory { category counts { total { submitted } } }
    }
  }
}`,
    variables: { from: '2026-01', to: '2026-12' },
  },
  {
    role: 'CITY_OFFICER',
    title: { zh: '全市件数,实时', en: 'The numbers of the city, live' },
    hint: { zh: '再按一次运行键即停止。', en: 'Run again to stop.' },
    query: `subscription WatchCounts($area: AreaCode!) {
  countsChanged(area: $area) {
    eventId
    at
    area { ... on City { name counts { month total { submitted resolved } } } }
  }
}`,
    variables: { area: '3401' },
  },
  {
    role: 'DEPARTMENT_OFFICER',
    title: { zh: '交给本部门的事项', en: 'What my department was given' },
    query: `query MyDepartment($unit: UnitCode!) {
  coordinations(unit: $unit, first: 10) {
    totalCount
    nodes {
      id
      version
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
    role: 'DEPARTMENT_OFFICER',
    title: { zh: '点名要本部门到场的吹哨', en: 'Whistles that call my department' },
    query: `query MyWhistles {
  whistles(first: 10) {
    totalCount
    nodes {
      id
      version
      number
      title
      place
      street { name }
      arrivals {
        unit
        state
        arriveBy
        availableActions { action available }
      }
    }
  }
}`,
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
    role: 'AUDITOR',
    title: { zh: '各区的考评', en: 'Assessment rounds of the districts' },
    query: `query AssessmentRounds {
  assessmentRounds(first: 5) {
    totalCount
    nodes {
      id
      name
      state
      from
      to
      district { name }
    }
  }
}`,
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
];
