import {
  BreakingChangeType, DangerousChangeType, findBreakingChanges, findDangerousChanges, getNamedType, GraphQLError, isEnumType,
  isInputObjectType, isInterfaceType, isObjectType, parse, TypeInfo, typeFromAST, validate, visit, visitWithTypeInfo,
  type DocumentNode, type GraphQLInputType, type GraphQLSchema,
} from 'graphql';

/** A persisted operation. */
export interface Operation {
  readonly name: string;
  readonly body: string;
}

export type Level = 'BREAKING' | 'DANGEROUS' | 'SAFE';

export interface Change {
  readonly level: Level;
  readonly zh: string;
  readonly en: string;
  /** Persisted operations that use what changes, by name. */
  readonly operations: readonly string[];
}

/** An operation that the new schema does not take. */
export interface Broken {
  readonly operation: string;
  readonly reasons: readonly string[];
}

/** How graphql words a change, the same in Chinese, and what of the schema it is about: `Type`, `Type.field`, `Type.field.arg`, `@directive`. */
type Wording = readonly [says: RegExp, zh: string, of: string];

// prettier-ignore
const wordings: Readonly<Record<BreakingChangeType | DangerousChangeType, Wording>> = {
  TYPE_REMOVED:                 [/^(?:Standard scalar )?(\w+) was removed.*$/, '类型 $1 被删除。', '$1'],
  TYPE_CHANGED_KIND:            [/^(\w+) changed from (.+) to (.+)\.$/, '类型 $1 从 $2 变为 $3。', '$1'],
  TYPE_REMOVED_FROM_UNION:      [/^(\w+) was removed from union type (\w+)\.$/, '联合类型 $2 不再包含 $1。', '$2'],
  VALUE_REMOVED_FROM_ENUM:      [/^(\w+) was removed from enum type (\w+)\.$/, '枚举 $2 的值 $1 被删除。', '$2'],
  REQUIRED_INPUT_FIELD_ADDED:   [/^A required field (\w+) on input type (\w+) was added\.$/, '输入 $2 多了必填的 $1。', '$2'],
  IMPLEMENTED_INTERFACE_REMOVED: [/^(\w+) no longer implements interface (\w+)\.$/, '$1 不再实现接口 $2。', '$1'],
  FIELD_REMOVED:                [/^(\w+)\.(\w+) was removed\.$/, '字段 $1.$2 被删除。', '$1.$2'],
  FIELD_CHANGED_KIND:           [/^(\w+)\.(\w+) changed type from (.+) to (.+)\.$/, '字段 $1.$2 的类型从 $3 变为 $4。', '$1.$2'],
  REQUIRED_ARG_ADDED:           [/^A required arg (\w+) on (\w+)\.(\w+) was added\.$/, '字段 $2.$3 多了必填的参数 $1。', '$2.$3'],
  ARG_REMOVED:                  [/^(\w+)\.(\w+) arg (\w+) was removed\.$/, '字段 $1.$2 的参数 $3 被删除。', '$1.$2.$3'],
  ARG_CHANGED_KIND:             [/^(\w+)\.(\w+) arg (\w+) has changed type from (.+) to (.+)\.$/, '字段 $1.$2 的参数 $3 的类型从 $4 变为 $5。', '$1.$2.$3'],
  DIRECTIVE_REMOVED:            [/^(\w+) was removed\.$/, '指令 @$1 被删除。', '@$1'],
  DIRECTIVE_ARG_REMOVED:        [/^(\w+) was removed from (\w+)\.$/, '指令 @$2 的参数 $1 被删除。', '@$2'],
  REQUIRED_DIRECTIVE_ARG_ADDED: [/^A required arg (\w+) on directive (\w+) was added\.$/, '指令 @$2 多了必填的参数 $1。', '@$2'],
  DIRECTIVE_REPEATABLE_REMOVED: [/^Repeatable flag was removed from (\w+)\.$/, '指令 @$1 不再可重复。', '@$1'],
  DIRECTIVE_LOCATION_REMOVED:   [/^(\w+) was removed from (\w+)\.$/, '指令 @$2 不再可用于 $1。', '@$2'],
  VALUE_ADDED_TO_ENUM:          [/^(\w+) was added to enum type (\w+)\.$/, '枚举 $2 多了值 $1。', '$2'],
  TYPE_ADDED_TO_UNION:          [/^(\w+) was added to union type (\w+)\.$/, '联合类型 $2 多了 $1。', '$2'],
  OPTIONAL_INPUT_FIELD_ADDED:   [/^An optional field (\w+) on input type (\w+) was added\.$/, '输入 $2 多了可选的 $1。', '$2'],
  OPTIONAL_ARG_ADDED:           [/^An optional arg (\w+) on (\w+)\.(\w+) was added\.$/, '字段 $2.$3 多了可选的参数 $1。', '$2.$3'],
  IMPLEMENTED_INTERFACE_ADDED:  [/^(\w+) added to interfaces implemented by (\w+)\.$/, '$2 多实现了接口 $1。', '$2'],
  ARG_DEFAULT_VALUE_CHANGE:     [/^(\w+)\.(\w+) arg (\w+) (?:has changed defaultValue from (.+) to (.+)|defaultValue was removed)\.$/, '字段 $1.$2 的参数 $3 的缺省值变了。', '$1.$2.$3'],
};

/** What callers would notice between two API schemas, the worst first. */
export function changesBetween(before: GraphQLSchema, after: GraphQLSchema, operations: readonly Operation[]): Change[] {
  const uses = operations.map(({ name, body }) => ({ name, used: usedBy(before, parse(body)) }));
  const change = (level: Level) => ({ type, description }: { type: BreakingChangeType | DangerousChangeType; description: string }): Change => {
    const [says, zh, of] = wordings[type];
    const about = description.replace(says, of);
    return {
      level, zh: description.replace(says, zh), en: description,
      operations: uses.filter(({ used }) => used.has(about)).map(({ name }) => name),
    };
  };
  return [
    ...findBreakingChanges(before, after).map(change('BREAKING')),
    ...findDangerousChanges(before, after).map(change('DANGEROUS')),
    ...additions(before, after),
  ];
}

/** Operations that the schema does not take, with the reasons in the validator's words. */
export function brokenIn(schema: GraphQLSchema, operations: readonly Operation[]): Broken[] {
  return operations
    .map(({ name, body }) => ({ operation: name, reasons: reasonsAgainst(schema, body) }))
    .filter(({ reasons }) => reasons.length > 0);
}

function reasonsAgainst(schema: GraphQLSchema, body: string): string[] {
  try {
    return validate(schema, parse(body)).map(({ message }) => message);
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message];
    throw error;
  }
}

function additions(before: GraphQLSchema, after: GraphQLSchema): Change[] {
  const safe = (zh: string, en: string): Change => ({ level: 'SAFE', zh, en, operations: [] });
  return Object.values(after.getTypeMap()).flatMap((type) => {
    const old = before.getType(type.name);
    if (!old) return [safe(`多了类型 ${type.name}。`, `${type.name} was added.`)];
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const known = isObjectType(old) || isInterfaceType(old) ? old.getFields() : {};
    return Object.values(type.getFields()).flatMap(({ name, deprecationReason }) => {
      const path = `${type.name}.${name}`;
      if (!known[name]) return [safe(`多了字段 ${path}。`, `${path} was added.`)];
      const isNews = typeof deprecationReason === 'string' && typeof known[name].deprecationReason !== 'string';
      return isNews ? [safe(`字段 ${path} 不宜再用:${deprecationReason}`, `${path} is deprecated: ${deprecationReason}`)] : [];
    });
  });
}

/** What of the schema an operation rests on. Of an input that comes in a variable it may be any field. */
export function usedBy(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>();
  const typeInfo = new TypeInfo(schema);
  const addInput = (input: GraphQLInputType): void => {
    const type = getNamedType(input);
    if (used.has(type.name)) return;
    used.add(type.name);
    if (!isInputObjectType(type)) return;
    for (const { name, type: inner } of Object.values(type.getFields())) {
      used.add(`${type.name}.${name}`);
      addInput(inner);
    }
  };
  visit(document, visitWithTypeInfo(typeInfo, {
    VariableDefinition({ type }) {
      const input = typeFromAST(schema, type as Parameters<typeof typeFromAST>[1]);
      if (input) addInput(input as GraphQLInputType);
    },
    Field({ name: { value } }) {
      const parent = typeInfo.getParentType();
      const output = getNamedType(typeInfo.getType());
      if (!parent || !output) return;
      used.add(parent.name).add(`${parent.name}.${value}`).add(output.name);
      // What an interface promises is broken where one of its types breaks it.
      if (isInterfaceType(parent)) for (const { name } of schema.getPossibleTypes(parent)) used.add(`${name}.${value}`);
    },
    InlineFragment() {
      const type = typeInfo.getType();
      if (type) used.add(getNamedType(type).name);
    },
    FragmentDefinition({ typeCondition }) {
      used.add(typeCondition.name.value);
    },
    Argument({ name: { value } }) {
      const parent = typeInfo.getParentType();
      const field = typeInfo.getFieldDef();
      if (parent && field && !typeInfo.getDirective()) used.add(`${parent.name}.${field.name}.${value}`);
    },
    ObjectField({ name: { value } }) {
      const parent = getNamedType(typeInfo.getParentInputType());
      if (parent) used.add(parent.name).add(`${parent.name}.${value}`);
    },
    EnumValue() {
      const type = getNamedType(typeInfo.getInputType());
      if (isEnumType(type)) used.add(type.name);
    },
    Directive({ name: { value } }) {
      used.add(`@${value}`);
    },
  }));
  return used;
}

/** One line for each breaking or dangerous change and each broken operation; the safe ones are counted. */
export function reportLines(changes: readonly Change[], broken: readonly Broken[]): string[] {
  const safe = changes.filter(({ level }) => level === 'SAFE').length;
  return [
    ...changes.filter(({ level }) => level !== 'SAFE').map(({ level, zh, en, operations }) =>
      `${level} ${zh} / ${en}${operations.length === 0 ? '' : ` 登记操作用到 / used by persisted operations: ${operations.join(', ')}`}`),
    ...(safe > 0 ? [`SAFE 另有 ${safe} 处增添或标记弃用。 / ${safe} additions and deprecations besides.`] : []),
    ...broken.map(({ operation, reasons }) =>
      `BREAKING 登记操作 ${operation} 不再有效。 / The persisted operation ${operation} is no longer valid: ${reasons.join(' ')}`),
  ];
}
