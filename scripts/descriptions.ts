import { Kind, visit, type ASTNode, type DocumentNode, type NameNode, type StringValueNode } from 'graphql';

interface Described {
  readonly name: NameNode;
  readonly description?: StringValueNode | undefined;
}

const describable: ReadonlySet<string> = new Set([
  Kind.SCALAR_TYPE_DEFINITION, Kind.OBJECT_TYPE_DEFINITION, Kind.INTERFACE_TYPE_DEFINITION, Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION, Kind.INPUT_OBJECT_TYPE_DEFINITION, Kind.DIRECTIVE_DEFINITION, Kind.FIELD_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION, Kind.ENUM_VALUE_DEFINITION,
]);

const isBilingual = (text: string): boolean => /\p{Script=Han}.* \/ .*[A-Za-z]/su.test(text);

/** Definitions whose description is missing or not `中文。 / English.`, each as its path in the SDL: `Query.districts.at`. */
export function undescribed(sdl: DocumentNode): string[] {
  const found: string[] = [];
  visit(sdl, {
    enter(node, _key, _parent, _path, ancestors) {
      if (!describable.has(node.kind)) return;
      const { description } = node as unknown as Described;
      if (description && isBilingual(description.value)) return;
      found.push([...ancestors, node].filter(isNamed).map(({ name }) => name.value).join('.'));
    },
  });
  return found;
}

const isNamed = (node: ASTNode | readonly ASTNode[]): node is ASTNode & Described =>
  'name' in node && node.name?.kind === Kind.NAME;
