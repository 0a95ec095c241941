import { setTimeout as pause } from 'node:timers/promises';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import type { Platform } from './gateway.js';
import { actor } from './identity.js';
import type { Subgraphs } from './subgraphs.js';

// Cases as the API has them: one branch of the city with its people, and short words for what they do.

export const places = {
  community: '340103001001', grid: '340103001001001', sibling: '340103001002', street: '340103001',
  otherCommunity: '340103002001', otherStreet: '340103002', district: '340103', otherDistrict: '340104', city: '3401',
} as const;

export const units = {
  community: `${places.community}-02`,
  street: `${places.street}-03`,
  district: `${places.district}-02`,
  city: `${places.city}-02`,
} as const;

export const people = {
  resident: actor('RESIDENT'),
  gridWorker: actor('GRID_WORKER', places.grid),
  clerk: actor('COMMUNITY_CLERK', places.community),
  street: actor('STREET_CLERK', places.street),
  district: actor('DISTRICT_OFFICER', places.district),
  city: actor('CITY_OFFICER', places.city),
  communityUnit: actor('DEPARTMENT_OFFICER', units.community),
  streetUnit: actor('DEPARTMENT_OFFICER', units.street),
  districtUnit: actor('DEPARTMENT_OFFICER', units.district),
  cityUnit: actor('DEPARTMENT_OFFICER', units.city),
  auditor: actor('AUDITOR', places.city),
  integrator: actor('INTEGRATOR', places.city),
} as const;

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[] | null;
}

export interface Entity {
  readonly id: string;
  readonly version: number;
  readonly state: string;
}

export interface Payload {
  readonly entity: Entity | null;
  readonly userErrors: readonly UserError[];
}

type Fields = Readonly<Record<string, unknown>>;
/** Who does which mutation, with what beside id and version. */
export type Step = readonly [Actor, string, Fields?];

type Segment = 'case' | 'dispatch' | 'coordination' | 'receipt';
const segmentOf = (mutation: string): Segment =>
  (mutation === 'patrolReport' || mutation.startsWith('application') ? 'case' : /^[a-z]+/.exec(mutation)?.[0] ?? '') as Segment;
const inputOf = (mutation: string): string => `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;

export const mutationText = (mutation: string, selection = 'id version state'): string => /* GraphQL */ `
  mutation ($input: ${inputOf(mutation)}!) {
    ${mutation}(input: $input) {
      ${segmentOf(mutation)} { ${selection} }
      userErrors { code message field }
    }
  }
`;

export const demand = {
  channel: 'WEB', demandType: 'COMPLAINT', category: '城乡建设/安全生产/安全隐患', title: '路灯不亮', detail: '东门三盏路灯一周不亮',
  community: places.community,
} as const;
/** Of a patrol. */
export const finding = { domain: 'OVERSIGHT', title: '井盖松动', detail: '北门窨井盖松动,有坠落危险', address: '蒙城北路 1 号北门' } as const;
export const satisfied = { responded: true, solved: true, satisfaction: 5 } as const;
export const unsatisfied = { responded: true, solved: false, satisfaction: 1, comment: '仍未解决' } as const;
export const solved = { outcome: 'SOLVED', note: '已更换灯泡' } as const;
const because = { note: '说明' } as const;

/** How a new demand of the resident's comes to a state; STREET_… are those in which the street has it. */
export const pathTo = (() => {
  const { resident, clerk, street } = people;
  const accepted: readonly Step[] = [[clerk, 'caseAccept']];
  const handled: readonly Step[] = [...accepted, [clerk, 'caseHandle']];
  const resolved: readonly Step[] = [...handled, [clerk, 'caseResolve', solved]];
  const offered: readonly Step[] = [...accepted, [clerk, 'caseForward']];
  const signed: readonly Step[] = [...offered, [street, 'dispatchSign']];
  const streetResolved: readonly Step[] = [...signed, [street, 'dispatchResolve', solved]];
  return {
    SUBMITTED: [] as readonly Step[],
    ACCEPTED: accepted,
    DECLINED: [[clerk, 'caseDecline', { note: '不属社区职责', otherWay: '请拨打 12345' }]] as readonly Step[],
    NEEDS_INFO: [...handled, [clerk, 'caseRequestInfo', because]] as readonly Step[],
    IN_PROGRESS: handled,
    RESOLVED: resolved,
    CLOSED: [...resolved, [resident, 'caseRate', satisfied]] as readonly Step[],
    REWORK: [...resolved, [resident, 'caseRate', unsatisfied]] as readonly Step[],
    WITHDRAWN: [[resident, 'caseWithdraw']] as readonly Step[],
    STREET_OFFERED: offered,
    STREET_RETURNED: [...offered, [street, 'dispatchReturn', because]] as readonly Step[],
    STREET_IN_PROGRESS: signed,
    STREET_NEEDS_INFO: [...signed, [street, 'dispatchRequestInfo', because]] as readonly Step[],
    STREET_RESOLVED: streetResolved,
    STREET_REWORK: [...streetResolved, [resident, 'caseRate', unsatisfied]] as readonly Step[],
  };
})();
export type Stage = keyof typeof pathTo;
export const stages = Object.keys(pathTo) as Stage[];

const everything = /* GraphQL */ `
  query ($id: ID!) {
    case(id: $id) {
      version state returns round holder { level area unit } chain { rung signedAt holder { level area unit } }
      evaluations { round } nextDueAt timeline(first: 100) { totalCount nodes { seq action superseded } }
      dispatch { version state } coordination { version state } receipt { version state }
    }
  }
`;

/** A case with its part on every level, as the city's auditor sees it. */
export interface Look extends Pick<Entity, 'version' | 'state'> {
  readonly returns: number;
  readonly round: number;
  readonly holder: { readonly level: string; readonly area: string; readonly unit: string | null };
  readonly chain: readonly {
    readonly rung: number;
    readonly signedAt: string | null;
    readonly holder: Look['holder'];
  }[];
  readonly nextDueAt: string | null;
  readonly timeline: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly seq: number; readonly action: string; readonly superseded: boolean }[];
  };
  readonly dispatch: Pick<Entity, 'version' | 'state'> | null;
  readonly coordination: Pick<Entity, 'version' | 'state'> | null;
  readonly receipt: Pick<Entity, 'version' | 'state'> | null;
}

export interface Cases {
  /** Throws when refused; gives the id. */
  submit(who?: Actor, more?: Fields): Promise<string>;
  trySubmit(who: Actor, more?: Fields): Promise<Payload>;
  /** With the version as it stands, unless `more` has another. */
  act(...step: readonly [Actor, string, string, Fields?]): Promise<Payload>;
  /** All steps in order, each once the one before has taken effect on all levels; throws at the first refusal. */
  walk(id: string, steps: readonly Step[]): Promise<void>;
  tryReport(who: Actor, more?: Fields): Promise<Payload>;
  /** A patrol finding, the grid worker's by default. */
  report(who?: Actor, more?: Fields): Promise<string>;
  /** A new application of the resident's, for an item of the city's that asks for no material. */
  apply(code: string): Promise<string>;
  /** A new demand, the resident's by default, brought there. */
  bring(stage: Stage, more?: Fields, who?: Actor): Promise<string>;
  look(id: string): Promise<Look>;
}

export function casesOf(platform: Platform): Cases {
  const send = async (who: Actor, mutation: string, input: Fields): Promise<Payload> => {
    type Data = Record<string, { userErrors: UserError[] } & Record<Segment, Entity | null>>;
    const data = await platform.as(who).run<Data>(mutationText(mutation), { input });
    const payload = data[mutation];
    return { entity: payload?.[segmentOf(mutation)] ?? null, userErrors: payload?.userErrors ?? [] };
  };
  const created = ({ entity, userErrors }: Payload): string => {
    if (!entity) throw new Error(`Not submitted: ${JSON.stringify(userErrors)}`);
    return entity.id;
  };
  const cases: Cases = {
    trySubmit: (who, more = {}) => {
      const channel = { RESIDENT: 'WEB', GRID_WORKER: 'GRID_WORKER' }[who.role as string] ?? 'HOTLINE';
      return send(who, 'caseSubmit', { ...demand, channel, ...more });
    },
    async submit(who = people.resident, more) {
      return created(await cases.trySubmit(who, more));
    },
    tryReport: (who, more = {}) => send(who, 'patrolReport', { ...finding, ...more }),
    async report(who = people.gridWorker, more) {
      return created(await cases.tryReport(who, more));
    },
    async act(who, mutation, caseId, more = {}) {
      const standing = await cases.look(caseId);
      const segment = segmentOf(mutation);
      const { version = 1 } = (segment === 'case' ? standing : standing[segment]) ?? {};
      return send(who, mutation, { caseId, expectedVersion: version, ...more });
    },
    async walk(id, steps) {
      for (const [who, mutation, more] of steps) {
        const { userErrors } = await cases.act(who, mutation, id, more);
        if (userErrors.length > 0) throw new Error(`${mutation} by ${who.id}: ${JSON.stringify(userErrors)}`);
        await settled(platform.subgraphs);
      }
    },
    async apply(code) {
      const input = { item: `${places.city}:${code}`, community: places.community, channel: 'WEB', applicant: { name: '王小明' } };
      return created(await send(people.resident, 'applicationSubmit', input));
    },
    async bring(stage, more, who) {
      const id = await cases.submit(who, more);
      await cases.walk(id, pathTo[stage]);
      return id;
    },
    async look(id) {
      const data = await platform.as(people.auditor).run<{ case: Look | null }>(everything, { id });
      if (!data.case) throw new Error(`There is no case ${id}.`);
      return data.case;
    },
  };
  return cases;
}

/**
 * Until no event is on its way between the levels. An event on its way may bring forth others, so it is over only when
 * none is pending and none has been added since the last look.
 */
export async function settled(subgraphs: Subgraphs): Promise<void> {
  const names = Object.keys(subgraphs.urls) as (keyof Subgraphs['urls'])[];
  const count = async (): Promise<readonly [pending: number, all: number]> => {
    const counts = await Promise.all(names.map(async (name) => {
      const outbox = subgraphs.running(name).connection.collection('outbox');
      return [await outbox.countDocuments({ status: 'PENDING' }), await outbox.countDocuments({})] as const;
    }));
    return counts.reduce(([pending, all], [p, a]) => [pending + p, all + a] as const, [0, 0] as const);
  };
  const deadline = Date.now() + 20_000;
  for (let last = -1; ;) {
    const [pending, all] = await count();
    if (pending === 0 && all === last) return;
    if (Date.now() > deadline) throw new Error(`${pending} events are still on their way after 20 s.`);
    last = pending === 0 ? all : -1;
    await pause(pending === 0 ? 0 : 10);
  }
}
