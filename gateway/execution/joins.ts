import {
  Kind, parse,
  type ConstDirectiveNode, type DocumentNode, type EnumTypeDefinitionNode, type FieldDefinitionNode, type InterfaceTypeDefinitionNode, type ObjectTypeDefinitionNode,
} from 'graphql';

/** Which subgraph has what, as the supergraph says. */
export interface Joins {
  /** By which plain fields a subgraph can be asked for an entity of a type; none when it cannot. */
  keysOf(subgraph: string, type: string): readonly (readonly string[])[];
  /** Whether a subgraph gives a field of every such object that it comes upon, whatever the way there, and needs nothing for it. */
  gives(subgraph: string, type: string, field: string): boolean;
}

interface TypeJoin {
  readonly keys: Map<string, string[][]>;
  /** Null for what all have that have the type. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string> | null>;
}

export function joinsOf(supergraphSdl: string): Joins {
  const document = parse(supergraphSdl, { noLocation: true });
  const names = subgraphNames(document);
  const types = new Map(document.definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? [[definition.name.value, joinOf(definition, names)] as const] : [])));
  return {
    keysOf: (subgraph, type) => types.get(type)?.keys.get(subgraph) ?? [],
    gives(subgraph, type, field) {
      const join = types.get(type);
      if (!join?.keys.has(subgraph)) return false;
      const givers = join.fields.get(field);
      return givers === null || givers?.has(subgraph) === true;
    },
  };
}

/** By the name of the enum value. */
function subgraphNames({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const graphs = definitions.find((definition): definition is EnumTypeDefinitionNode =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph');
  return new Map((graphs?.values ?? []).map(({ name, directives = [] }) =>
    [name.value, textIn(directives.find((directive) => directive.name.value === 'join__graph'), 'name') ?? name.value]));
}

function joinOf({ directives = [], fields = [] }: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, names: ReadonlyMap<string, string>): TypeJoin {
  const keys: TypeJoin['keys'] = new Map();
  for (const directive of directives.filter(({ name }) => name.value === 'join__type')) {
    const subgraph = graphOf(directive, names);
    if (subgraph === undefined) continue;
    const own = keys.get(subgraph) ?? [];
    keys.set(subgraph, own);
    const key = textIn(directive, 'key');
    const isUsable = key !== undefined && plainFields.test(key) && !isSaid(directive, 'resolvable', false) && !isSaid(directive, 'isInterfaceObject', true);
    if (isUsable) own.push(key.trim().split(/\s+/));
  }
  return { keys, fields: new Map(fields.map((field) => [field.name.value, giversOf(field, names)])) };
}

const plainFields = /^\s*\w+(\s+\w+)*\s*$/;
// A field that is external, has needs, or is another's under some label is there on some ways only.
const conditional: readonly string[] = ['requires', 'override', 'overrideLabel', 'contextArguments'];

function giversOf({ directives = [] }: FieldDefinitionNode, names: ReadonlyMap<string, string>): ReadonlySet<string> | null {
  const joins = directives.filter(({ name }) => name.value === 'join__field');
  if (joins.length === 0) return null;
  return new Set(joins.flatMap((join) => {
    const isAlways = !isSaid(join, 'external', true) && !isSaid(join, 'usedOverridden', true)
      && conditional.every((name) => !join.arguments?.some((argument) => argument.name.value === name));
    return isAlways ? graphOf(join, names) ?? [] : [];
  }));
}

function graphOf({ arguments: given = [] }: ConstDirectiveNode, names: ReadonlyMap<string, string>): string | undefined {
  const value = given.find(({ name }) => name.value === 'graph')?.value;
  return value?.kind === Kind.ENUM ? names.get(value.value) : undefined;
}

function textIn(directive: ConstDirectiveNode | undefined, argument: string): string | undefined {
  const value = directive?.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

const isSaid = ({ arguments: given = [] }: ConstDirectiveNode, argument: string, wanted: boolean): boolean =>
  given.some(({ name, value }) => name.value === argument && value.kind === Kind.BOOLEAN && value.value === wanted);
