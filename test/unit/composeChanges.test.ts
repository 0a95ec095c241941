import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BreakingChangeType, buildSchema, DangerousChangeType, parse } from 'graphql';
import { brokenIn, changesBetween, reportLines, usedBy } from '../../scripts/compose/changes.js';

const before = `
  directive @tag(name: String, old: Int) repeatable on FIELD | QUERY
  directive @gone on FIELD
  interface Named { name: String! }
  type Case implements Named { name: String! state: State note: String }
  type Dispatch { id: ID! kind: Kind }
  scalar Kind
  scalar Spare
  enum State { OPEN CLOSED }
  union Found = Case | Dispatch
  input CaseInput { title: String state: State }
  type Query { cases(state: State = OPEN, first: Int, after: String): [Case!]! found: Found named: Named }
  type Mutation { submit(input: CaseInput!): Case! }
`;
const altered = (...changes: readonly (readonly [string, string])[]): string => changes.reduce((sdl, [from, to]) => {
  if (!sdl.includes(from)) throw new Error(`There is no ${from}.`);
  return sdl.replace(from, to);
}, before);
const changes = (after: string, operations: Parameters<typeof changesBetween>[2] = []) => changesBetween(buildSchema(before), buildSchema(after), operations);

const operations = [
  { name: 'Cases', body: 'query Cases { cases(first: 5) { name state } }' },
  { name: 'Found', body: 'query Found { found { ... on Dispatch { id } } }' },
  { name: 'Named', body: 'query Named { named { name } }' },
  { name: 'Submit', body: 'mutation Submit($input: CaseInput!) { submit(input: $input) { note } }' },
];

describe('changes for callers', () => {
  const breaking: [keyof typeof BreakingChangeType, readonly (readonly [string, string])[], string][] = [
    ['TYPE_REMOVED', [['scalar Spare', '']], '类型 Spare 被删除。'],
    ['TYPE_CHANGED_KIND', [['scalar Kind', 'enum Kind { A }']], '类型 Kind 从 a Scalar type 变为 an Enum type。'],
    ['TYPE_REMOVED_FROM_UNION', [['Case | Dispatch', 'Case']], '联合类型 Found 不再包含 Dispatch。'],
    ['VALUE_REMOVED_FROM_ENUM', [['OPEN CLOSED', 'OPEN']], '枚举 State 的值 CLOSED 被删除。'],
    ['REQUIRED_INPUT_FIELD_ADDED', [['title: String', 'title: String area: ID!']], '输入 CaseInput 多了必填的 area。'],
    ['IMPLEMENTED_INTERFACE_REMOVED', [['Case implements Named', 'Case']], 'Case 不再实现接口 Named。'],
    ['FIELD_REMOVED', [[' note: String', '']], '字段 Case.note 被删除。'],
    ['FIELD_CHANGED_KIND', [['note: String', 'note: [String]']], '字段 Case.note 的类型从 String 变为 [String]。'],
    ['REQUIRED_ARG_ADDED', [['first: Int', 'first: Int area: ID!']], '字段 Query.cases 多了必填的参数 area。'],
    ['ARG_REMOVED', [[', after: String', '']], '字段 Query.cases 的参数 after 被删除。'],
    ['ARG_CHANGED_KIND', [['first: Int', 'first: Int!']], '字段 Query.cases 的参数 first 的类型从 Int 变为 Int!。'],
    ['DIRECTIVE_REMOVED', [['directive @gone on FIELD', '']], '指令 @gone 被删除。'],
    ['DIRECTIVE_ARG_REMOVED', [[', old: Int', '']], '指令 @tag 的参数 old 被删除。'],
    ['REQUIRED_DIRECTIVE_ARG_ADDED', [['old: Int', 'old: Int, must: Int!']], '指令 @tag 多了必填的参数 must。'],
    ['DIRECTIVE_REPEATABLE_REMOVED', [[' repeatable', '']], '指令 @tag 不再可重复。'],
    ['DIRECTIVE_LOCATION_REMOVED', [['FIELD | QUERY', 'FIELD']], '指令 @tag 不再可用于 QUERY。'],
  ];
  it.each(breaking)('are breaking, and said in both languages: %s', (_type, edits, zh) => {
    const found = changes(altered(...edits)).filter(({ level }) => level === 'BREAKING');
    expect(found.map((change) => change.zh)).toEqual([zh]);
  });

  const dangerous: [keyof typeof DangerousChangeType, readonly (readonly [string, string])[], string][] = [
    ['VALUE_ADDED_TO_ENUM', [['OPEN CLOSED', 'OPEN CLOSED PARKED']], '枚举 State 多了值 PARKED。'],
    ['TYPE_ADDED_TO_UNION', [['scalar Spare', 'type Extra { id: ID }'], ['Case | Dispatch', 'Case | Dispatch | Extra']], '联合类型 Found 多了 Extra。'],
    ['OPTIONAL_INPUT_FIELD_ADDED', [['title: String', 'title: String area: ID']], '输入 CaseInput 多了可选的 area。'],
    ['OPTIONAL_ARG_ADDED', [['first: Int', 'first: Int area: ID']], '字段 Query.cases 多了可选的参数 area。'],
    ['IMPLEMENTED_INTERFACE_ADDED', [['type Dispatch {', 'type Dispatch implements Named { name: String!']], 'Dispatch 多实现了接口 Named。'],
    ['ARG_DEFAULT_VALUE_CHANGE', [['= OPEN', '= CLOSED']], '字段 Query.cases 的参数 state 的缺省值变了。'],
    ['ARG_DEFAULT_VALUE_CHANGE', [[' = OPEN', '']], '字段 Query.cases 的参数 state 的缺省值变了。'],
  ];
  it.each(dangerous)('may be a danger, and are no reason to fail: %s', (_type, edits, zh) => {
    const found = changes(altered(...edits));
    expect(found.filter(({ level }) => level === 'DANGEROUS').map((change) => change.zh)).toEqual([zh]);
  });

  it('are of all kinds that graphql tells apart', () => {
    expect(new Set(breaking.map(([type]) => type))).toEqual(new Set(Object.keys(BreakingChangeType)));
    expect(new Set(dangerous.map(([type]) => type))).toEqual(new Set(Object.keys(DangerousChangeType)));
  });

  it('are safe where something is added or deprecated', () => {
    expect(changes(altered(['note: String', 'note: String @deprecated(reason: "用 name。") more: Int'], ['scalar Spare', 'scalar Spare scalar Other']))).toEqual([
      { level: 'SAFE', zh: '字段 Case.note 不宜再用:用 name。', en: 'Case.note is deprecated: 用 name。', operations: [] },
      { level: 'SAFE', zh: '多了字段 Case.more。', en: 'Case.more was added.', operations: [] },
      { level: 'SAFE', zh: '多了类型 Other。', en: 'Other was added.', operations: [] },
    ]);
    expect(changes(before)).toEqual([]);
  });

  it.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    ['a field', [[' note: String', '']], ['Submit']],
    ['an argument that some give', [['first: Int, ', '']], ['Cases']],
    ['an argument that nobody gives', [[', after: String', '']], []],
    ['a type of a union', [['Case | Dispatch', 'Case']], ['Found']],
    ['a value of what comes in a variable or goes out', [['OPEN CLOSED', 'OPEN']], ['Cases', 'Submit']],
    ['an input', [['title: String', 'title: String area: ID!']], ['Submit']],
    ['what an interface promises', [['interface Named { name: String! }', 'interface Named { name: String }'], ['Named { name: String! state', 'Named { name: String state']], ['Named', 'Cases']],
  ])('name the persisted operations that use %s', (_what, edits, names) => {
    const found = changes(altered(...edits), operations).filter(({ level }) => level === 'BREAKING');
    expect([...new Set(found.flatMap((change) => change.operations))]).toEqual(names);
  });

  it('are found in what an operation writes out', () => {
    const used = usedBy(buildSchema(before), parse('mutation { submit(input: { state: OPEN }) { name @gone } }'));
    expect([...used]).toEqual(expect.arrayContaining(['CaseInput', 'CaseInput.state', 'State', 'Mutation.submit.input', 'Case.name', '@gone']));
    expect(used.has('CaseInput.title')).toBe(false);
  });
});

it('tells which persisted operations are no longer valid, and why', () => {
  const after = buildSchema(altered([' note: String', '']));
  const broken = brokenIn(after, [...operations, { name: 'Garbled', body: 'query Garbled {' }]);
  expect(broken).toEqual([
    { operation: 'Submit', reasons: ['Cannot query field "note" on type "Case". Did you mean "name"?'] },
    { operation: 'Garbled', reasons: ['Syntax Error: Expected Name, found <EOF>.'] },
  ]);
  expect(reportLines(changes(altered([' note: String', ''], ['state: State', 'state: State more: Int']), operations), broken.slice(0, 1))).toEqual([
    'BREAKING 字段 Case.note 被删除。 / Case.note was removed. 登记操作用到 / used by persisted operations: Submit',
    'SAFE 另有 1 处增添或标记弃用。 / 1 additions and deprecations besides.',
    'BREAKING 登记操作 Submit 不再有效。 / The persisted operation Submit is no longer valid: Cannot query field "note" on type "Case". Did you mean "name"?',
  ]);
});

describe('npm run compose -- --check', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'changes-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const released = join(folder, 'released.graphql');
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/compose.ts', '--check', ...args], { cwd: root })
    .then(({ stderr }) => ({ code: 0, stderr }), ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }));

  it('fails for what was released and is gone, unless that is allowed', async () => {
    const current = readFileSync(join(root, 'schema/supergraph.graphql'), 'utf8');
    const gone = current.replace(/^type Query\n[^{]*\{\n/m, (head) => `${head}  formerly: String @join__field(graph: CITY)\n`);
    expect(gone).not.toBe(current);
    writeFileSync(released, gone);
    const refused = await run('--against', released);
    expect([refused.code, refused.stderr.split('\n')[0]]).toEqual([1, 'BREAKING 字段 Query.formerly 被删除。 / Query.formerly was removed.']);
    expect(await run('--against', released, '--allow-breaking')).toMatchObject({ code: 0 });
  });

  it('says in a sentence that it cannot read what to compare with', async () => {
    expect(await run('--against', join(folder, 'none.graphql'))).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read') as string });
  });
});
