// What to ask an integrator's `_entities`, made up from its SDL alone.
import { Kind, type DocumentNode, type FieldDefinitionNode } from 'graphql';
import { isRoot, keysOf, namedType, typesOf, type TypeInfo } from './types.js';

export type KeyValues = Readonly<Record<string, string | number>>;

export interface Entity {
  readonly name: string;
  /** Fields of its first resolvable key. */
  readonly key: readonly string[];
  /** False where it adds fields to an entity of the platform, and may answer for any key. */
  readonly isOwn: boolean;
  /** Its plain fields, and those of what it leads to, one step far. */
  readonly selection: string;
  /** As many different keys as asked for that nobody has; null where none can be made up. */
  unknownKeys(count: number): KeyValues[] | null;
}

const madeUp: Readonly<Record<string, (index: number) => string | number>> = {
  ID: (index) => `integrate-nobody-${index}`,
  String: (index) => `integrate-nobody-${index}`,
  Int: (index) => 2_000_000_000 + index,
  AreaCode: (index) => `${999_999_000_000 + index}`,
  UnitCode: (index) => `999999-${String(index % 100).padStart(2, '0')}`,
};

const mostFields = 30;

const isAskable = ({ arguments: inputs = [] }: FieldDefinitionNode): boolean =>
  inputs.every(({ type, defaultValue }) => type.kind !== Kind.NON_NULL_TYPE || defaultValue !== undefined);

export function entitiesOf(sdl: DocumentNode, platformTypes: ReadonlySet<string>): Entity[] {
  const types = typesOf(sdl);
  const isLeaf = (name: string): boolean => !['OBJECT', 'INTERFACE', 'UNION'].includes(types.get(name)?.kind ?? 'SCALAR');

  const plainFields = (type: TypeInfo): string[] => type.fields
    .filter((field) => isAskable(field) && isLeaf(namedType(field.type))).slice(0, mostFields).map(({ name }) => name.value);
  const selectionOf = (type: TypeInfo): string => [
    ...plainFields(type),
    ...type.fields.filter((field) => isAskable(field) && !isLeaf(namedType(field.type))).slice(0, mostFields).map(({ name, type: of }) => {
      const target = types.get(namedType(of));
      return `${name.value} { __typename ${target?.kind === 'OBJECT' ? plainFields(target).join(' ') : ''} }`;
    }),
  ].join(' ');

  return [...types.values()].filter((type) => type.kind === 'OBJECT' && !isRoot(type)).flatMap((type) => {
    const key = keysOf(type).find(({ fields, resolvable }) => resolvable && !fields.includes('{'))?.fields.split(' ');
    if (!key) return [];
    const makers = key.map((name) => madeUp[namedType(type.fields.find((field) => field.name.value === name)?.type ?? unknownType)]);
    return [{
      name: type.name,
      key,
      isOwn: !platformTypes.has(type.name),
      selection: selectionOf(type),
      unknownKeys: (count: number) => (makers.every((maker) => maker !== undefined)
        ? Array.from({ length: count }, (_, index) => Object.fromEntries(key.map((name, at) => [name, makers[at]?.(index) ?? ''])))
        : null),
    }];
  });
}

const unknownType = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: '' } } as const;
