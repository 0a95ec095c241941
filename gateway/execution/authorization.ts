import {
  getNamedType, isInterfaceType, isObjectType, Kind, parse, TypeInfo, valueFromASTUntyped, visit, visitWithTypeInfo,
  type ConstDirectiveNode, type FragmentDefinitionNode, type OperationDefinitionNode,
} from 'graphql';
import type { Operation } from './operation.js';
import type { Schemas } from './schemas.js';

/** What `@authenticated`, `@requiresScopes` or `@policy` asks of who asks. */
export type Requirement =
  | { readonly kind: 'authenticated' }
  /** One of the groups, the whole of it; of no groups, nobody has one. */
  | { readonly kind: 'scopes' | 'policies'; readonly anyOf: readonly (readonly string[])[] };

/** Who asks, as far as requirements go. */
export interface Rights {
  readonly isAuthenticated: boolean;
  readonly scopes: ReadonlySet<string>;
  /** Which of these policies hold for this asker. Only asked where the operation needs one. */
  policies(asked: readonly string[]): ReadonlySet<string> | Promise<ReadonlySet<string>>;
}

/** The rights of nobody. */
export const noRights: Rights = { isAuthenticated: false, scopes: new Set(), policies: () => new Set() };

/** What stands in the answer's errors for a field that is not given. */
export interface Refusal {
  readonly message: string;
  readonly code: string;
}

/** The first requirement that is not met of those that a field has; null when it may be read. */
export type Denied = (parent: string, field: string) => Requirement | null;

/** What the fields of a supergraph require, and how it is said that they are not given. */
export interface Guard {
  /** Those of an operation's fields, each once. */
  requirementsOf(operation: Operation): readonly Requirement[];
  denied(unmet: readonly Requirement[]): Denied;
  /** The operation without what is denied. */
  allowed(operation: Operation, denied: Denied): Operation;
  refusalOf(unmet: Requirement, rights: Rights): Refusal;
}

const specs = { authenticated: 'authenticated', requiresScopes: 'scopes', policy: 'policies' } as const;
type Spec = keyof typeof specs;
const specOf = (url: unknown): Spec | undefined =>
  (Object.keys(specs) as Spec[]).find((name) => new RegExp(`^https://specs\\.apollo\\.dev/${name}/v\\d`).test(String(url)));

/**
 * What the marks in a supergraph require. A mark on a type holds for every field that gives the type and for all fields
 * asked of it; a field asked of an interface requires what it does in every type that the interface may be. Marks are ANDed.
 * Null where there are none.
 */
export function createGuard(
  supergraphSdl: string,
  { supergraph, apiSchema }: Schemas,
  refusalOf: Guard['refusalOf'],
): Guard | null {
  const marks = marksIn(supergraphSdl);
  if (marks.size === 0) return null;
  const known = new Map<string, readonly Requirement[]>();

  function requiredFor(parent: string, field: string): readonly Requirement[] {
    const place = `${parent}.${field}`;
    const found = known.get(place) ?? inOrder([...collect(parent, field)]);
    known.set(place, found);
    return found;
  }

  function collect(parent: string, field: string): Set<Requirement> {
    const type = supergraph.getType(parent);
    if (!isObjectType(type) && !isInterfaceType(type)) return new Set();
    const given = type.getFields()[field];
    if (!given) return new Set();
    const inner = isInterfaceType(type) ? supergraph.getPossibleTypes(type).flatMap(({ name }) => [...collect(name, field)]) : [];
    return new Set([parent, `${parent}.${field}`, getNamedType(given.type).name].flatMap((place) => marks.get(place) ?? []).concat(inner));
  }

  return {
    refusalOf,
    requirementsOf({ definition, fragments }) {
      const found = new Set<Requirement>();
      const typeInfo = new TypeInfo(apiSchema);
      for (const node of [definition, ...fragments.values()]) {
        visit(node, visitWithTypeInfo(typeInfo, {
          Field({ name }) {
            for (const one of requiredFor(String(typeInfo.getParentType()?.name), name.value)) found.add(one);
          },
        }));
      }
      return inOrder([...found]);
    },
    denied: (unmet) => (parent, field) => requiredFor(parent, field).find((one) => unmet.includes(one)) ?? null,
    allowed(operation, denied) {
      const typeInfo = new TypeInfo(apiSchema);
      const bare = <Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node =>
        visit(node, visitWithTypeInfo(typeInfo, {
          Field: ({ name }) => (denied(String(typeInfo.getParentType()?.name), name.value) ? null : undefined),
        }));
      const fragments = new Map([...operation.fragments].map(([name, fragment]) => [name, bare(fragment)] as const));
      return { ...operation, definition: bare(operation.definition), fragments };
    },
  };
}

// Who has not signed in is told that first.
const order: readonly Requirement['kind'][] = ['authenticated', 'scopes', 'policies'];
const inOrder = (requirements: readonly Requirement[]): readonly Requirement[] =>
  [...requirements].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));

/** By type, or by type and field; equal requirements are the same object. */
function marksIn(supergraphSdl: string): ReadonlyMap<string, readonly Requirement[]> {
  const marks = new Map<string, readonly Requirement[]>();
  if (!/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\//.test(supergraphSdl)) return marks;
  const { definitions } = parse(supergraphSdl, { noLocation: true });
  const names = new Map(definitions.flatMap((definition) =>
    (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION ? (definition.directives ?? []).flatMap(linked) : [])));
  const same = new Map<string, Requirement>();
  const mark = (place: string, directives: readonly ConstDirectiveNode[] = []): void => {
    const found = directives.flatMap((directive) => {
      const spec = names.get(directive.name.value);
      if (spec === undefined) return [];
      const requirement = requirementOf(spec, directive);
      const key = JSON.stringify(requirement);
      if (!same.has(key)) same.set(key, requirement);
      return same.get(key) as Requirement;
    });
    if (found.length > 0) marks.set(place, [...marks.get(place) ?? [], ...found]);
  };
  for (const definition of definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue;
    const { name: { value: type }, directives } = definition;
    mark(type, directives as readonly ConstDirectiveNode[] | undefined);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) mark(`${type}.${field.name.value}`, field.directives);
  }
  return marks;
}

/** The name that a link gives to the directive of its specification, which may be another than its own. */
function linked(link: ConstDirectiveNode): [string, Spec][] {
  const { url, as, import: imports } = argumentsOf(link);
  const spec = specOf(url);
  if (spec === undefined) return [];
  const renamed = listOf(imports).flatMap((one) => {
    const { name, as: own = name } = (typeof one === 'object' ? one : { name: one }) as { name?: unknown; as?: unknown };
    return name === `@${spec}` ? [String(own).slice(1)] : [];
  });
  return [[renamed[0] ?? (typeof as === 'string' ? as : spec), spec]];
}

function requirementOf(spec: Spec, directive: ConstDirectiveNode): Requirement {
  const kind = specs[spec];
  if (kind === 'authenticated') return { kind };
  return { kind, anyOf: listOf(argumentsOf(directive)[kind]).map((group) => listOf(group).map(String)) };
}

const argumentsOf = ({ arguments: given = [] }: ConstDirectiveNode): Record<string, unknown> =>
  Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

// In GraphQL one alone is a list of one.
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

/** Those that an asker does not meet. */
export function unmetOf(
  requirements: readonly Requirement[],
  rights: Rights,
): readonly Requirement[] | Promise<readonly Requirement[]> {
  const asked = requirements.flatMap((one) => (one.kind === 'policies' ? one.anyOf.flat() : []));
  const unmet = (policies: ReadonlySet<string>): readonly Requirement[] => requirements.filter((one) => {
    if (one.kind === 'authenticated') return !rights.isAuthenticated;
    const held = one.kind === 'scopes' ? rights.scopes : policies;
    return !one.anyOf.some((group) => group.every((name) => held.has(name)));
  });
  if (asked.length === 0) return unmet(noPolicies);
  const policies = rights.policies([...new Set(asked)]);
  return policies instanceof Promise ? policies.then(unmet) : unmet(policies);
}

const noPolicies: ReadonlySet<string> = new Set();
