// What happens to one case in `bench:loop`: up to the city and down again, rated, for one in five reworked once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';

export interface Cast {
  readonly resident: string;
  /** Reports the same matter, where two cases are merged. */
  readonly neighbour: string;
  readonly community: string;
  readonly street: string;
  readonly district: string;
  readonly city: string;
  readonly department: string;
  /** The department's code. */
  readonly unit: string;
}

type Record_ = 'case' | 'dispatch' | 'coordination' | 'receipt' | 'whistle';
export interface Step {
  readonly by: Exclude<keyof Cast, 'unit'>;
  /** Of the neighbour's case; by default of the resident's. */
  readonly of?: 'member';
  readonly on: Record_;
  /** The record must have come to this state first. */
  readonly from: string;
  readonly mutation: string;
  readonly input?: Readonly<Record<string, unknown>>;
}

const note = { note: '已现场核实并处理完毕' };

// prettier-ignore
const upAndDown: readonly Step[] = [
  { by: 'community', on: 'case',         from: 'SUBMITTED',   mutation: 'caseAccept' },
  { by: 'community', on: 'case',         from: 'ACCEPTED',    mutation: 'caseForward', input: { note: '超出社区职责' } },
  { by: 'street',    on: 'dispatch',     from: 'OFFERED',     mutation: 'dispatchSign' },
  { by: 'street',    on: 'dispatch',     from: 'IN_PROGRESS', mutation: 'dispatchForward', input: { note: '需区级协调' } },
  { by: 'district',  on: 'coordination', from: 'OFFERED',     mutation: 'coordinationSign' },
  { by: 'district',  on: 'coordination', from: 'IN_PROGRESS', mutation: 'coordinationForward', input: { note: '需市级明确' } },
  { by: 'city',      on: 'receipt',      from: 'OFFERED',     mutation: 'receiptSign' },
  { by: 'city',      on: 'receipt',      from: 'IN_PROGRESS', mutation: 'receiptAssign', input: { note: '请区级牵头' } },
  { by: 'district',  on: 'coordination', from: 'OFFERED',     mutation: 'coordinationSign' },
  { by: 'district',  on: 'coordination', from: 'IN_PROGRESS', mutation: 'coordinationAssign', input: { note: '请街道办理' } },
  { by: 'street',    on: 'dispatch',     from: 'OFFERED',     mutation: 'dispatchSign' },
  { by: 'street',    on: 'dispatch',     from: 'IN_PROGRESS', mutation: 'dispatchResolve', input: { outcome: 'SOLVED', ...note } },
];
const rework: readonly Step[] = [
  { by: 'resident',  on: 'case',         from: 'RESOLVED',    mutation: 'caseRate', input: { responded: true, solved: false, satisfaction: 1, comment: '没有解决' } },
  { by: 'street',    on: 'dispatch',     from: 'REWORK',      mutation: 'dispatchRestart' },
  { by: 'street',    on: 'dispatch',     from: 'IN_PROGRESS', mutation: 'dispatchResolve', input: { outcome: 'SOLVED', ...note } },
];
const close: readonly Step[] = [
  { by: 'resident',  on: 'case',         from: 'RESOLVED',    mutation: 'caseRate', input: { responded: true, solved: true, satisfaction: 5 } },
];

// prettier-ignore
const returned: readonly Step[] = [
  { by: 'street',    on: 'dispatch',     from: 'OFFERED',     mutation: 'dispatchReturn', input: { note: '属社区职责', proposedOwner: '社区' } },
  { by: 'community', on: 'case',         from: 'RETURNED',    mutation: 'caseRedispatch', input: { upward: true, note: '已核实,仍需街道' } },
];
// prettier-ignore
const moreTime: readonly Step[] = [
  { by: 'street',    on: 'case',         from: 'IN_PROGRESS', mutation: 'caseRequestExtension', input: { workDays: 3, note: '等待配件' } },
  { by: 'district',  on: 'case',         from: 'IN_PROGRESS', mutation: 'caseDecideExtension', input: { granted: true } },
];
// prettier-ignore
const suspended: readonly Step[] = [
  { by: 'street',    on: 'case',         from: 'IN_PROGRESS', mutation: 'caseRequestSuspension', input: { note: '待征收完成' } },
  { by: 'district',  on: 'case',         from: 'IN_PROGRESS', mutation: 'caseDecideSuspension', input: { granted: true } },
  { by: 'district',  on: 'case',         from: 'SUSPENDED',   mutation: 'caseResume' },
];
// prettier-ignore
const reopened: readonly Step[] = [
  { by: 'resident',  on: 'case',         from: 'CLOSED',      mutation: 'caseReopen', input: { note: '又坏了' } },
  { by: 'street',    on: 'dispatch',     from: 'REWORK',      mutation: 'dispatchRestart' },
  { by: 'street',    on: 'dispatch',     from: 'IN_PROGRESS', mutation: 'dispatchResolve', input: { outcome: 'SOLVED', ...note } },
];

// prettier-ignore
const whistle: readonly Step[] = [
  { by: 'street',     on: 'dispatch', from: 'IN_PROGRESS', mutation: 'whistleBlow', input: { reason: '需联合处置', place: '小区东门', urgent: true } },
  { by: 'department', on: 'whistle',  from: 'OPEN',        mutation: 'whistleArrive' },
  { by: 'street',     on: 'whistle',  from: 'OPEN',        mutation: 'whistleConfirm', input: { came: true } },
];
const whistleEnds: readonly Step[] = [{ by: 'street', on: 'whistle', from: 'OPEN', mutation: 'whistleEnd', input: { result: '已处置' } }];

const joins: readonly Step[] = [{ by: 'street', of: 'member', on: 'case', from: 'SUBMITTED', mutation: 'caseMerge', input: { note: '同一处塌陷' } }];
// prettier-ignore
const leaves: readonly Step[] = [
  { by: 'street',    of: 'member', on: 'case',     from: 'MERGED',      mutation: 'caseUnmerge', input: { note: '不是同一处' } },
  { by: 'community', of: 'member', on: 'case',     from: 'ACCEPTED',    mutation: 'caseHandle' },
  { by: 'community', of: 'member', on: 'case',     from: 'IN_PROGRESS', mutation: 'caseResolve', input: { outcome: 'SOLVED', ...note } },
];
// prettier-ignore
const followsAndIsReworked: readonly Step[] = [
  { by: 'neighbour', of: 'member', on: 'case',     from: 'RESOLVED',    mutation: 'caseRate', input: { responded: true, solved: false, satisfaction: 2 } },
  { by: 'street',    of: 'member', on: 'dispatch', from: 'REWORK',      mutation: 'dispatchRestart' },
  { by: 'street',    of: 'member', on: 'dispatch', from: 'IN_PROGRESS', mutation: 'dispatchResolve', input: { outcome: 'SOLVED', ...note } },
];
const closesMember: readonly Step[] = [
  { by: 'neighbour', of: 'member', on: 'case', from: 'RESOLVED', mutation: 'caseRate', input: { responded: true, solved: true, satisfaction: 4 } },
];

/** With the full mix the neighbour of every third reports the same matter. */
export const hasMember = (i: number, mix: 'plain' | 'full'): boolean => mix === 'full' && i % 3 === 0;

/**
 * What case number `i` goes through: every fifth is reworked; with the full mix each detour is met every fourth time, a
 * whistle every third, and of every third two cases are merged, and unmerged or resolved together.
 */
export function scriptOf(i: number, mix: 'plain' | 'full'): readonly Step[] {
  const detour = (n: number, steps: readonly Step[]): readonly Step[] => (mix === 'full' && i % 4 === n ? steps : []);
  const last = upAndDown.length - 1;
  const [merged, blown, odd] = [hasMember(i, mix), mix === 'full' && i % 3 === 1, i % 2 === 1];
  const resolution = upAndDown.slice(last);
  return [
    ...upAndDown.slice(0, 2),
    ...detour(0, returned),
    ...upAndDown.slice(2, last),
    ...(merged ? joins : []),
    ...detour(1, moreTime),
    ...detour(2, suspended),
    ...(merged && odd ? [...leaves, ...closesMember] : []),
    ...(blown ? [...whistle, ...(odd ? whistleEnds : [])] : []),
    ...(blown && !odd ? resolution.map((step): Step => ({ ...step, from: 'COORDINATING' })) : resolution),
    ...(merged && !odd ? [...(i % 4 === 0 ? followsAndIsReworked : []), ...closesMember] : []),
    ...(i % 5 === 0 ? rework : []),
    ...close,
    ...(detour(3, [...reopened, ...close])),
  ];
}

const payloadOf = (mutation: string): string => /^[a-z]+/.exec(mutation)?.[0] ?? '';
const inputType = (mutation: string): string => `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
const inAMonth = (): string => new Date(Date.now() + 30 * 86_400_000).toISOString();
const waitMs = 10;
const patienceMs = 60_000;

interface Standing {
  readonly id?: string;
  readonly state: string;
  readonly version: number;
}

interface Cases {
  readonly lead: string;
  readonly member: string | null;
}

async function standing(client: Client, token: string, on: Record_, id: string): Promise<Standing | null> {
  if (on === 'whistle') {
    const query = 'query Standing($id: ID!) { dispatch(caseId: $id) { whistles { id state version } } }';
    return (await client.run<{ dispatch: { whistles: Standing[] } | null }>(token, query, { id })).dispatch?.whistles[0] ?? null;
  }
  const selection = '{ state version }';
  if (on === 'case') return (await client.run<{ case: Standing | null }>(token, `query Standing($id: ID!) { case(id: $id) ${selection} }`, { id })).case;
  return (await client.run<Record<string, Standing | null>>(token, `query Standing($id: ID!) { ${on}(caseId: $id) ${selection} }`, { id }))[on] ?? null;
}

/** Waits until the record has come to `from`, then acts; a version that is old by then is read again. */
async function take(client: Client, cast: Cast, { lead, member }: Cases, key: string, step: Step): Promise<void> {
  const { by, of, on, from, mutation, input } = step;
  const id = of === 'member' ? member ?? '' : lead;
  const token = cast[by];
  // A department sees the whistle that names it, and not the case.
  const reader = on === 'whistle' ? cast.street : token;
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    const at = await standing(client, reader, on, id);
    if (at?.state !== from) {
      await sleep(waitMs);
      continue;
    }
    const answer = await client.run<Record<string, { userErrors: { code: string; message: string }[] }>>(
      token,
      `mutation Step($input: ${inputType(mutation)}!) { ${mutation}(input: $input) { ${payloadOf(mutation)} { state } userErrors { code message } } }`,
      {
        input: {
          ...(on === 'whistle' ? { whistleId: at.id } : { caseId: id }),
          expectedVersion: at.version, idempotencyKey: `${key}:${at.version}`, ...input,
          ...(mutation === 'caseRequestSuspension' && { reviewAt: inAMonth() }),
          ...(mutation === 'caseMerge' && { into: lead }),
          ...(mutation === 'whistleBlow' && { units: [cast.unit] }),
          ...(mutation === 'whistleConfirm' && { unit: cast.unit }),
        },
      },
    );
    const [error] = answer[mutation]?.userErrors ?? [];
    if (!error) return;
    if (error.code !== 'STALE_VERSION') throw new Error(`${mutation}: ${error.code} ${error.message}`);
  }
  throw new Error(`${mutation}: ${on} ${id} did not come to ${from} within ${patienceMs / 1_000} s.`);
}

async function submit(client: Client, token: string, title: string, community: string): Promise<string> {
  const submitted = await client.run<{ caseSubmit: { case: { id: string } | null; userErrors: { message: string }[] } }>(
    token,
    'mutation Submit($input: CaseSubmitInput!) { caseSubmit(input: $input) { case { id } userErrors { code message } } }',
    {
      input: {
        idempotencyKey: title, title, community, demandType: 'COMPLAINT', channel: 'WEB',
        category: '城乡建设/安全生产/安全隐患', detail: '路面塌陷,夜间无照明,请尽快处理。', reporter: { name: '王小明', phone: '13800001234' },
      },
    },
  );
  const id = submitted.caseSubmit.case?.id;
  if (id === undefined) throw new Error(`caseSubmit: ${JSON.stringify(submitted.caseSubmit.userErrors)}`);
  return id;
}

/** One case, and the one merged into it, from submission to the end; answers the number of mutations. */
export async function playCase(
  client: Client,
  cast: Cast,
  { title, community, withMember, steps }: {
    readonly title: string; readonly community: string; readonly withMember: boolean; readonly steps: readonly Step[];
  },
): Promise<number> {
  const lead = await submit(client, cast.resident, title, community);
  const member = withMember ? await submit(client, cast.neighbour, `${title}-member`, community) : null;
  for (const [i, step] of steps.entries()) await take(client, cast, { lead, member }, `${title}:${i}`, step);
  return steps.length + (withMember ? 2 : 1);
}
