import {
  Kind, parse, print, TypeInfo, visit, visitWithTypeInfo, getNamedType, isAbstractType, isCompositeType, isEnumType, isInterfaceType, isNonNullType, isObjectType,
  type GraphQLArgument, type GraphQLCompositeType, type GraphQLField, type GraphQLInputType, type GraphQLSchema,
} from 'graphql';

/** A number from 0 below `n`, the next of a stream of choices. */
type Choose = (n: number) => number;

const maxDepth = 4;
// Fragments on abstract types in each other, on what one subgraph has as an object only, neither planner understands in all cases.
const maxFragments = 1;

/** A valid query of a schema that the choices make; always the same for the same ones, and short when they run out. */
export function randomQuery(schema: GraphQLSchema, choices: readonly number[]): string {
  let next = 0;
  const choose: Choose = (n) => (choices[next++] ?? 0) % n;
  const query = schema.getQueryType();
  if (!query) throw new Error('The schema has no query type.');
  return `query ($yes: Boolean! = true, $no: Boolean! = false) ${selectionOf({ schema, choose }, query, 0)}
    fragment Unused on ${query.name} { __typename @include(if: $yes) @skip(if: $no) }`
    .replace(/\{ /, '{ ...Unused ');
}

/** The same, asking for the id of everything that has one, too. */
export function withIds(schema: GraphQLSchema, query: string): string {
  const typeInfo = new TypeInfo(schema);
  return print(visit(parse(query), visitWithTypeInfo(typeInfo, {
    SelectionSet(node) {
      const type = typeInfo.getParentType();
      const has = (isObjectType(type) || isInterfaceType(type)) && type.getFields()['id'];
      return has ? { ...node, selections: [...node.selections, { kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'id' } }] } : undefined;
    },
  })));
}

interface Source {
  readonly schema: GraphQLSchema;
  readonly choose: Choose;
}

function selectionOf(source: Source, type: GraphQLCompositeType, depth: number, fragments = 0): string {
  const { choose } = source;
  const count = 1 + choose(depth === 0 ? 2 : 4);
  const parts = Array.from({ length: count }, () => partOf(source, type, depth, fragments));
  return `{ ${parts.join(' ')} }`;
}

function partOf(source: Source, type: GraphQLCompositeType, depth: number, within: number): string {
  const { schema, choose } = source;
  const fragments = fragmentTypes(schema, type);
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  const usable = fields.filter((field) => depth < maxDepth || !isCompositeType(getNamedType(field.type)));
  const pick = choose(10);
  if (depth > 0 && fragments.length > 0 && (pick < 3 || usable.length === 0) && within < maxFragments) {
    const condition = fragments[choose(fragments.length)] as GraphQLCompositeType;
    return `... on ${condition.name}${directiveOf(choose)} ${selectionOf(source, condition, depth, within + 1)}`;
  }
  if (pick === 9 || usable.length === 0) return choose(2) === 0 ? '__typename' : 'kind: __typename';
  return fieldText(source, usable[choose(usable.length)] as GraphQLField<unknown, unknown>, depth);
}

function fieldText(source: Source, field: GraphQLField<unknown, unknown>, depth: number): string {
  const { choose } = source;
  const type = getNamedType(field.type);
  const given = field.args.filter((argument) => isNonNullType(argument.type) || choose(2) === 0);
  const args = given.length === 0 ? '' : `(${given.map((argument) => argumentText(choose, argument)).join(', ')})`;
  // Aliases by field, type and arguments, so that no two that are not alike get one key.
  const alias = choose(4) === 0 || args !== '' ? `${field.name}_${String(field.type).replace(/\W/g, '_')}${args.replace(/\W/g, '_')}: ` : '';
  const isSafe = alias !== '' || isCompositeType(type);
  const key = isSafe ? alias : `${field.name}_${String(field.type).replace(/\W/g, '_')}: `;
  const selection = isCompositeType(type) ? ` ${selectionOf(source, type, depth + 1)}` : '';
  return `${choose(3) === 0 ? alias : key}${field.name}${args}${directiveOf(choose)}${selection}`;
}

function argumentText(choose: Choose, { name, type }: GraphQLArgument): string {
  return `${name}: ${valueText(choose, type)}`;
}

function valueText(choose: Choose, type: GraphQLInputType): string {
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[choose(named.getValues().length)]?.name ?? 'null';
  if (named.name === 'Int') return String(choose(5));
  if (named.name === 'Boolean') return choose(2) === 0 ? 'true' : 'false';
  return `"${['b1', 'f1', 'p1', 'none'][choose(4)]}"`;
}

const directiveOf = (choose: Choose): string =>
  ['', '', '', '', '', ' @include(if: $yes)', ' @include(if: $no)', ' @skip(if: $no)', ' @skip(if: $yes)'][choose(9)] ?? '';

function fragmentTypes(schema: GraphQLSchema, type: GraphQLCompositeType): GraphQLCompositeType[] {
  const possible = new Set(isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name]);
  return Object.values(schema.getTypeMap()).filter((candidate): candidate is GraphQLCompositeType =>
    candidate === type || (isObjectType(candidate) && possible.has(candidate.name)));
}
