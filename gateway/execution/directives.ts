import {
  extendSchema, Kind, parse, visit,
  type DirectiveDefinitionNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode,
} from 'graphql';
import type { Operation } from './operation.js';

const places: ReadonlySet<string> = new Set(['QUERY', 'MUTATION', 'FIELD', 'FRAGMENT_DEFINITION', 'FRAGMENT_SPREAD', 'INLINE_FRAGMENT', 'VARIABLE_DEFINITION']);

/**
 * Directives of operations that a supergraph has by `@composeDirective`: Apollo leaves them out of what callers see. A
 * subgraph may not know them, or not so, and they say nothing to a planner.
 */
export function composedDirectives(supergraphSdl: string): {
  /** The schema that callers see, with them. */
  added(apiSchema: GraphQLSchema): GraphQLSchema;
  /** The operation without them. */
  left(operation: Operation): Operation;
} {
  const candidates = parse(supergraphSdl, { noLocation: true }).definitions
    .filter((definition): definition is DirectiveDefinitionNode => definition.kind === Kind.DIRECTIVE_DEFINITION)
    .filter(({ locations }) => locations.some(({ value }) => places.has(value)));
  const names = new Set<string>();

  function bare<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node {
    return visit(node, { Directive: ({ name }) => (names.has(name.value) ? null : undefined) });
  }

  return {
    added(apiSchema) {
      const missing = candidates.filter((one) => !apiSchema.getDirective(one.name.value) && typesOf(one).every((name) => apiSchema.getType(name)));
      for (const { name } of missing) names.add(name.value);
      return missing.length === 0 ? apiSchema : extendSchema(apiSchema, { kind: Kind.DOCUMENT, definitions: missing });
    },
    left(operation) {
      if (names.size === 0) return operation;
      const fragments = new Map([...operation.fragments].map(([name, fragment]) => [name, bare(fragment)] as const));
      return { ...operation, definition: bare(operation.definition), fragments };
    },
  };
}

function typesOf(definition: DirectiveDefinitionNode): string[] {
  const names: string[] = [];
  visit(definition, { NamedType: ({ name }) => void names.push(name.value) });
  return names;
}
