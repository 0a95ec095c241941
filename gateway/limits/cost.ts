import {
  getNamedType, getNullableType, isCompositeType, isListType, Kind, OperationTypeNode, valueFromASTUntyped,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLCompositeType, type GraphQLField,
  type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode,
} from 'graphql';

export type Variables = Readonly<Record<string, unknown>>;
/** How many objects an operation asks for, at most: it may depend on the variables that a page's size comes in. */
export type Cost = (variables: Variables) => number;

/** What a list holds that does not say. */
export const assumedSize = 10;
/** What a connection gives that is not told how many: the platform's page. */
const assumedPage = 20;
/** A write costs so much, whatever is read of it. */
const writeCost = 10;
const sizeArguments = ['first', 'last', 'limit'];

type Price = number | Cost;

interface Pricing {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly defaults: Variables;
  /** Fragments may stand in one another very often: each is gone through once for each size. */
  readonly known: Map<string, Map<Price | null, Price>>;
}

/** One for each object, a list's as often as it is long. The document must be valid. */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, rootFields: number): Cost {
  const type = schema.getRootType(operation.operation);
  if (!type) return () => 0;
  const pricing: Pricing = {
    schema, fragments: fragmentsOf(document), defaults: defaultsOf(operation), known: new Map(),
  };
  const price = priceOfAll(pricing, operation.selectionSet, type, null);
  const writes = operation.operation === OperationTypeNode.MUTATION ? writeCost * rootFields : 0;
  return typeof price === 'number' ? () => price + writes : (variables) => price(variables) + writes;
}

export const fragmentsOf = ({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [])));

const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): Variables =>
  Object.fromEntries(variableDefinitions.flatMap(({ variable, defaultValue }) =>
    (defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [])));

/** `page`: how many the connection gives whose fields these are. */
function priceOfAll(pricing: Pricing, { selections }: SelectionSetNode, type: GraphQLCompositeType, page: Price | null): Price {
  return sum(selections.map((selection): Price => {
    if (selection.kind === Kind.FIELD) return priceOfField(pricing, selection, type, page);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return priceOfFragment(pricing, selection.name.value, page);
    return priceOfAll(pricing, selection.selectionSet, narrowed(pricing, selection.typeCondition?.name.value, type), page);
  }));
}

function priceOfFragment(pricing: Pricing, name: string, page: Price | null): Price {
  const fragment = pricing.fragments.get(name);
  const type = pricing.schema.getType(fragment?.typeCondition.name.value ?? '');
  if (!fragment || !isCompositeType(type)) return 0;
  const known = pricing.known.get(name) ?? new Map<Price | null, Price>();
  pricing.known.set(name, known);
  const price = known.get(page) ?? priceOfAll(pricing, fragment.selectionSet, type, page);
  known.set(page, price);
  return price;
}

function narrowed({ schema }: Pricing, name: string | undefined, type: GraphQLCompositeType): GraphQLCompositeType {
  const condition = name === undefined ? undefined : schema.getType(name);
  return isCompositeType(condition) ? condition : type;
}

function priceOfField(pricing: Pricing, node: FieldNode, parent: GraphQLCompositeType, page: Price | null): Price {
  const field = 'getFields' in parent ? parent.getFields()[node.name.value] : undefined;
  const type = field && getNamedType(field.type);
  if (!field || !node.selectionSet || !isCompositeType(type)) return 0;
  const isList = isListType(getNullableType(field.type));
  const own = sizeOf(pricing, node, field, isList ? assumedSize : assumedPage);
  const size = isList ? own ?? page ?? assumedSize : 1;
  return times(size, sum([1, priceOfAll(pricing, node.selectionSet, type, isList ? null : own)]));
}

/** What a field is told of how many to give; null where it has no argument for it. */
function sizeOf({ defaults }: Pricing, node: FieldNode, field: GraphQLField<unknown, unknown>, assumed: number): Price | null {
  const sized = field.args.filter(({ name }) => sizeArguments.includes(name));
  if (sized.length === 0) return null;
  const given = node.arguments?.find(({ name }) => sizeArguments.includes(name.value));
  const usual = sized.map(({ defaultValue }) => defaultValue).find((value) => value !== undefined && value !== null);
  if (!given) return count(usual, assumed);
  const { value } = given;
  if (value.kind !== Kind.VARIABLE) return count(valueFromASTUntyped(value), assumed);
  const name = value.name.value;
  return (variables) => count(variables[name] ?? defaults[name], assumed);
}

const count = (value: unknown, assumed: number): number =>
  (typeof value === 'number' && value >= 0 ? value : assumed);

function sum(prices: readonly Price[]): Price {
  const fixed = prices.reduce<number>((total, price) => (typeof price === 'number' ? total + price : total), 0);
  const open = prices.filter((price) => typeof price !== 'number');
  if (open.length === 0) return fixed;
  return (variables) => open.reduce((total, price) => total + price(variables), fixed);
}

function times(size: Price, price: Price): Price {
  if (typeof size === 'number' && typeof price === 'number') return size * price;
  return (variables) => resolved(size, variables) * resolved(price, variables);
}

const resolved = (price: Price, variables: Variables): number => (typeof price === 'number' ? price : price(variables));
