// What an SDL says of its types, extensions and repeated definitions taken together.
import { Kind, type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, type InputValueDefinitionNode, type TypeNode } from 'graphql';

export interface TypeInfo {
  readonly name: string;
  readonly kind: 'OBJECT' | 'INTERFACE' | 'UNION' | 'ENUM' | 'INPUT' | 'SCALAR';
  readonly directives: readonly ConstDirectiveNode[];
  readonly fields: readonly FieldDefinitionNode[];
  readonly inputs: readonly InputValueDefinitionNode[];
}

const kinds: Readonly<Partial<Record<Kind, TypeInfo['kind']>>> = {
  [Kind.OBJECT_TYPE_DEFINITION]: 'OBJECT', [Kind.OBJECT_TYPE_EXTENSION]: 'OBJECT',
  [Kind.INTERFACE_TYPE_DEFINITION]: 'INTERFACE', [Kind.INTERFACE_TYPE_EXTENSION]: 'INTERFACE',
  [Kind.UNION_TYPE_DEFINITION]: 'UNION', [Kind.UNION_TYPE_EXTENSION]: 'UNION',
  [Kind.ENUM_TYPE_DEFINITION]: 'ENUM', [Kind.ENUM_TYPE_EXTENSION]: 'ENUM',
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: 'INPUT', [Kind.INPUT_OBJECT_TYPE_EXTENSION]: 'INPUT',
  [Kind.SCALAR_TYPE_DEFINITION]: 'SCALAR', [Kind.SCALAR_TYPE_EXTENSION]: 'SCALAR',
};

const rootNames = ['Query', 'Mutation', 'Subscription'];
export const isRoot = ({ name }: Pick<TypeInfo, 'name'>): boolean => rootNames.includes(name);

export function typesOf(sdl: DocumentNode): ReadonlyMap<string, TypeInfo> {
  const found = new Map<string, TypeInfo>();
  for (const node of sdl.definitions) {
    const kind = kinds[node.kind];
    if (kind === undefined || !('name' in node) || node.name === undefined) continue;
    const name = node.name.value;
    const known = found.get(name);
    const isInput = node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || node.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION;
    found.set(name, {
      name,
      kind: known?.kind ?? kind,
      directives: [...(known?.directives ?? []), ...((node.directives ?? []) as readonly ConstDirectiveNode[])],
      fields: [...(known?.fields ?? []), ...(!isInput && 'fields' in node ? ((node.fields ?? []) as readonly FieldDefinitionNode[]) : [])],
      inputs: [...(known?.inputs ?? []), ...(isInput ? (node.fields ?? []) : [])],
    });
  }
  return found;
}

/** Of several services together. */
export const typesOfServices = (services: readonly { readonly typeDefs: DocumentNode }[]): ReadonlyMap<string, TypeInfo> =>
  typesOf({ kind: Kind.DOCUMENT, definitions: services.flatMap(({ typeDefs }) => typeDefs.definitions) });

export const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));

export const has = (directives: readonly ConstDirectiveNode[] | undefined, name: string): boolean =>
  (directives ?? []).some((directive) => directive.name.value === name);

export interface Key {
  readonly fields: string;
  readonly resolvable: boolean;
}

export const keysOf = ({ directives }: TypeInfo): Key[] => directives.filter(({ name }) => name.value === 'key').map((key) => {
  const argument = (name: string) => key.arguments?.find((candidate) => candidate.name.value === name)?.value;
  const fields = argument('fields');
  const resolvable = argument('resolvable');
  return {
    fields: fields?.kind === Kind.STRING ? fields.value.trim().replace(/\s+/g, ' ') : '',
    resolvable: !(resolvable?.kind === Kind.BOOLEAN && !resolvable.value),
  };
});
