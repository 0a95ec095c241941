import { GraphQLError } from 'graphql';
import type { Context } from './context.js';
import type { Actor } from './identity.js';
import type { BureauDepartment } from './store.js';

interface Input {
  readonly id: string;
  readonly expectedVersion: number;
}

interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

const maxIdLength = 64;
const maxFirst = 100;

const refusals = {
  NOT_FOUND: '没有这个部门,请核对编号。 / There is no such department; check the id.',
  ROLE_NOT_ALLOWED: '由所属单位的经办人(DEPARTMENT_OFFICER)进行。 / An officer of its bureau (DEPARTMENT_OFFICER) does this.',
  OUT_OF_SCOPE: '该部门不属于您的单位,请由所属单位进行。 / The department is not your bureau\'s; let its own bureau do it.',
  STALE_VERSION: '已有改动,请重新读取。 / It has changed; read it again.',
  TRANSITION_NOT_ALLOWED: '它已是这个状态,不必再改。 / It is so already; there is nothing to do.',
} as const;
type Refusal = keyof typeof refusals;

const fields: Partial<Record<Refusal, readonly string[]>> = {
  NOT_FOUND: ['input', 'id'], OUT_OF_SCOPE: ['input', 'id'], STALE_VERSION: ['input', 'expectedVersion'],
};

const badInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** The directive `@authenticated` only says so; to refuse is the subgraph's part. */
function signedIn({ actor }: Context): Actor {
  if (actor) return actor;
  throw new GraphQLError('请先登录。 / Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } });
}

const find = async (id: string, { departments }: Context): Promise<BureauDepartment | null> =>
  (id.length > maxIdLength ? null : departments.load(id));

const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

function idOf(cursor: string): string {
  const id = Buffer.from(cursor.slice(0, 4 * maxIdLength), 'base64url').toString();
  if (id !== '' && cursorOf(id) === cursor) return id;
  throw badInput('游标无效,请使用上一页返回的 endCursor。 / Not a cursor of this list; use the endCursor of the page before.');
}

async function pageOf({ first, after }: PageArguments, { store, onLookup, counted }: Context) {
  const limit = first ?? 20;
  if (limit < 1 || limit > maxFirst) throw badInput(`first 须为 1–${maxFirst},当前为 ${limit}。 / first must be 1–${maxFirst}; it is ${limit}.`);
  const from = after == null ? null : idOf(after);
  onLookup();
  const found = await store.page(from, limit + 1);
  const nodes = counted(found.slice(0, limit));
  const last = nodes.at(-1);
  return { nodes, pageInfo: { hasNextPage: found.length > limit, endCursor: last ? cursorOf(last.id) : null } };
}

function refusalOf(actor: Actor, department: BureauDepartment | null, expectedVersion: number, isOpen: boolean): Refusal | null {
  if (actor.role !== 'DEPARTMENT_OFFICER') return 'ROLE_NOT_ALLOWED';
  if (!department) return 'NOT_FOUND';
  if (actor.department !== department.bureau) return 'OUT_OF_SCOPE';
  if (department.version !== expectedVersion) return 'STALE_VERSION';
  return department.isOpen === isOpen ? 'TRANSITION_NOT_ALLOWED' : null;
}

const refused = (code: Refusal) =>
  ({ bureauDepartment: null, userErrors: [{ code, message: refusals[code], field: fields[code] ?? null }] });

async function change({ id, expectedVersion }: Input, isOpen: boolean, context: Context) {
  const actor = signedIn(context);
  const department = await find(id, context);
  const refusal = refusalOf(actor, department, expectedVersion, isOpen);
  if (refusal !== null || !department) return refused(refusal ?? 'NOT_FOUND');
  const changed = { ...department, isOpen, version: department.version + 1 };
  if (!(await context.store.replace(changed))) return refused('STALE_VERSION');
  context.departments.clear(id).prime(id, changed);
  context.departmentsOf.clearAll();
  return { bureauDepartment: changed, userErrors: [] };
}

export const resolvers = {
  Query: {
    bureauDepartment: (_: unknown, { id }: { id: string }, context: Context) => find(id, context),
    bureauDepartments: (_: unknown, page: PageArguments, context: Context) => pageOf(page, context),
  },
  Mutation: {
    bureauDepartmentOpen: (_: unknown, { input }: { input: Input }, context: Context) => change(input, true, context),
    bureauDepartmentClose: (_: unknown, { input }: { input: Input }, context: Context) => change(input, false, context),
  },
  BureauDepartment: {
    // Null for a key that is not there: the gateway counts on as many answers as it asked for, in their order.
    __resolveReference: ({ id }: { id: string }, context: Context) => find(id, context),
    internalPhone({ internalPhone }: BureauDepartment, _: unknown, context: Context) {
      signedIn(context);
      return internalPhone;
    },
    street: ({ street }: BureauDepartment) => ({ code: street }),
  },
  Street: {
    __resolveReference: ({ code }: { code: string }) => ({ code }),
    bureauDepartments: async ({ code }: { code: string }, _: unknown, { departmentsOf, counted }: Context) => counted(await departmentsOf.load(code)),
  },
};
