import {
  getArgumentValues, getVariableValues, GraphQLError, Kind, OperationTypeNode, parse, print, valueFromASTUntyped, visit,
  type DocumentNode, type EnumValueDefinitionNode, type FieldNode, type FragmentDefinitionNode, type GraphQLSchema, type ObjectTypeDefinitionNode,
  type OperationDefinitionNode, type SelectionSetNode,
} from 'graphql';
import { bilingual } from '../errors.js';
import { usedFragments } from '../execution/operation.js';

/** A subscription as it is run: a query of the field of the same name, each time that something has changed. */
export interface LiveOperation {
  /** Its only field. */
  readonly field: string;
  /** What the answer calls it. */
  readonly key: string;
  readonly name: string | null;
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What a subgraph is asked for the topics with, before anything else; its answer is at `field`. */
  readonly topics: { readonly text: string; readonly variables: Readonly<Record<string, unknown>> };
  readonly after: string | null;
  /** What the answer calls the fields that only the gateway can fill in. */
  readonly filled: { readonly eventId: readonly string[]; readonly at: readonly string[] };
}

/** A valid document's subscription. */
export interface Subscribed {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

const resume = 'after';

/** @throws GraphQLError when it cannot be run as a query, or its variables are wrong. */
export function liveOperationOf({ schema, document, operation }: Subscribed, given: Readonly<Record<string, unknown>>): LiveOperation {
  const [node, ...others] = operation.selectionSet.selections;
  if (node?.kind !== Kind.FIELD || others.length > 0 || (node.directives ?? []).length > 0) throw badInput(texts.onlyField);
  const field = schema.getSubscriptionType()?.getFields()[node.name.value];
  if (!field) throw badInput(texts.onlyField);
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
  if (errors) throw badInput({ zh: `变量不合类型:${errors[0]?.message}`, en: `A variable is not of its type: ${errors[0]?.message}` });
  const { [resume]: after, ...values } = getArgumentValues(field, node, coerced);
  const args = field.args.filter(({ name }) => values[name] !== undefined);

  const fragments = usedFragments(document, operation);
  const query = { ...node, arguments: (node.arguments ?? []).filter(({ name }) => name.value !== resume) };
  const used = variablesIn([query, ...fragments.values()]);
  const definition: OperationDefinitionNode = {
    ...operation,
    operation: OperationTypeNode.QUERY,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value)),
    selectionSet: { kind: Kind.SELECTION_SET, selections: [query] },
  };
  const declared = args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = args.map(({ name }) => `${name}: $${name}`).join(', ');
  return {
    field: field.name,
    key: (node.alias ?? node.name).value,
    name: operation.name?.value ?? null,
    text: print({ kind: Kind.DOCUMENT, definitions: [definition, ...fragments.values()] }),
    variables: Object.fromEntries(Object.entries(given).filter(([name]) => used.has(name))),
    topics: {
      text: `query${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} { topics } }`,
      variables: Object.fromEntries(args.map(({ name }) => [name, values[name]])),
    },
    after: typeof after === 'string' ? after : null,
    filled: { eventId: keysOf('eventId', node.selectionSet, fragments), at: keysOf('at', node.selectionSet, fragments) },
  };
}

function variablesIn(nodes: readonly (FieldNode | FragmentDefinitionNode)[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

/** What the answer calls a field of the payload itself. */
function keysOf(field: string, set: SelectionSetNode | undefined, fragments: ReadonlyMap<string, FragmentDefinitionNode>): string[] {
  const found = (set?.selections ?? []).flatMap((selection): string[] => {
    if (selection.kind === Kind.FIELD) return selection.name.value === field ? [(selection.alias ?? selection.name).value] : [];
    return keysOf(field, selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)?.selectionSet : selection.selectionSet, fragments);
  });
  return [...new Set(found)];
}

const badInput = (text: Parameters<typeof bilingual>[0]): GraphQLError => new GraphQLError(bilingual(text), { extensions: { code: 'BAD_USER_INPUT' } });

const texts = {
  onlyField: {
    zh: '订阅只写一个字段,不加别的字段、片段或指令。', en: 'A subscription has one field, with no other, no fragment around it and no directive on it.',
  },
};

/** The subgraph that each field of a supergraph's Subscription is from. */
export function liveFieldsOf(supergraphSdl: string): ReadonlyMap<string, string> {
  if (!/\bsubscription:/.test(supergraphSdl)) return new Map();
  const { definitions } = parse(supergraphSdl, { noLocation: true });
  const schema = definitions.find((one) => one.kind === Kind.SCHEMA_DEFINITION);
  const root = schema?.operationTypes.find(({ operation }) => operation === OperationTypeNode.SUBSCRIPTION)?.type.name.value;
  const type = definitions.find((one): one is ObjectTypeDefinitionNode => one.kind === Kind.OBJECT_TYPE_DEFINITION && one.name.value === root);
  const graphs = definitions.find((one) => one.kind === Kind.ENUM_TYPE_DEFINITION && one.name.value === 'join__Graph');
  const names = new Map((graphs && 'values' in graphs ? graphs.values as readonly EnumValueDefinitionNode[] : []).map((value) =>
    [value.name.value, argumentOf(value, 'join__graph', 'name') ?? value.name.value]));
  const own = type && argumentOf(type, 'join__type', 'graph');
  return new Map((type?.fields ?? []).flatMap((field) => {
    const graph = argumentOf(field, 'join__field', 'graph') ?? own;
    const subgraph = graph === undefined ? undefined : names.get(graph);
    return subgraph === undefined ? [] : [[field.name.value, subgraph]];
  }));
}

function argumentOf({ directives = [] }: Pick<FieldNode, 'directives'>, directive: string, argument: string): string | undefined {
  const given = directives.find(({ name }) => name.value === directive)?.arguments?.find(({ name }) => name.value === argument);
  return given && String(valueFromASTUntyped(given.value));
}
