// What happens to one case in `bench:loop`: up to the city and down again, rated, for one in five reworked once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';

export interface Cast {
  readonly resident: string;
  readonly community: string;
  readonly street: string;
  readonly district: string;
  readonly city: string;
}

type Record_ = 'case' | 'dispatch' | 'coordination' | 'receipt';
export interface Step {
  readonly by: keyof Cast;
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

/** What case number `i` goes through: every fifth is reworked; with the full mix each detour is met every fourth time. */
export function scriptOf(i: number, mix: 'plain' | 'full'): readonly Step[] {
  const detour = (n: number, steps: readonly Step[]): readonly Step[] => (mix === 'full' && i % 4 === n ? steps : []);
  const last = upAndDown.length - 1;
  return [
    ...upAndDown.slice(0, 2),
    ...detour(0, returned),
    ...upAndDown.slice(2, last),
    ...detour(1, moreTime),
    ...detour(2, suspended),
    ...upAndDown.slice(last),
    ...(i % 5 === 0 ? rework : []),
    ...close,
    ...(detour(3, [...reopened, ...close])),
  ];
}

const payloadOf: Readonly<Record<Record_, string>> = { case: 'case', dispatch: 'dispatch', coordination: 'coordination', receipt: 'receipt' };
const inputType = (mutation: string): string => `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
const inAMonth = (): string => new Date(Date.now() + 30 * 86_400_000).toISOString();
const waitMs = 10;
const patienceMs = 60_000;

interface Standing {
  readonly state: string;
  readonly version: number;
}

async function standing(client: Client, token: string, on: Record_, id: string): Promise<Standing | null> {
  const selection = '{ state version }';
  if (on === 'case') return (await client.run<{ case: Standing | null }>(token, `query Standing($id: ID!) { case(id: $id) ${selection} }`, { id })).case;
  return (await client.run<Record<string, Standing | null>>(token, `query Standing($id: ID!) { ${on}(caseId: $id) ${selection} }`, { id }))[on] ?? null;
}

/** Waits until the record has come to `from`, then acts; a version that is old by then is read again. */
async function take(client: Client, cast: Cast, id: string, key: string, { by, on, from, mutation, input }: Step): Promise<void> {
  const token = cast[by];
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    const at = await standing(client, token, on, id);
    if (at?.state !== from) {
      await sleep(waitMs);
      continue;
    }
    const answer = await client.run<Record<string, { userErrors: { code: string; message: string }[] }>>(
      token,
      `mutation Step($input: ${inputType(mutation)}!) { ${mutation}(input: $input) { ${payloadOf[on]} { state } userErrors { code message } } }`,
      { input: { caseId: id, expectedVersion: at.version, idempotencyKey: `${key}:${at.version}`, ...input, ...(mutation === 'caseRequestSuspension' && { reviewAt: inAMonth() }) } },
    );
    const [error] = answer[mutation]?.userErrors ?? [];
    if (!error) return;
    if (error.code !== 'STALE_VERSION') throw new Error(`${mutation}: ${error.code} ${error.message}`);
  }
  throw new Error(`${mutation}: ${on} ${id} did not come to ${from} within ${patienceMs / 1_000} s.`);
}

/** One case from its submission to its end; answers the number of mutations. */
export async function playCase(
  client: Client,
  cast: Cast,
  { title, community, steps }: { readonly title: string; readonly community: string; readonly steps: readonly Step[] },
): Promise<number> {
  const submitted = await client.run<{ caseSubmit: { case: { id: string } | null; userErrors: { message: string }[] } }>(
    cast.resident,
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
  for (const [i, step] of steps.entries()) await take(client, cast, id, `${title}:${i}`, step);
  return steps.length + 1;
}
