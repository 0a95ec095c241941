// What an integrator's SDL alone shows. The platform's own SDL is the measure, never a list of names kept here.
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import {
  DangerousChangeType, findBreakingChanges, findDangerousChanges, Kind, print, visit,
  type ConstDirectiveNode, type DocumentNode, type GraphQLSchema,
} from 'graphql';
import { undescribed } from '../descriptions.js';
import type { Service } from '../services.js';
import { unsupported } from '../unsupported.js';
import { judged, untold, words, type Bilingual, type Check } from './check.js';
import { has, isRoot, keysOf, namedType, typesOf, typesOfServices, type TypeInfo } from './types.js';

type Types = ReadonlyMap<string, TypeInfo>;

export interface Composed {
  readonly checks: readonly Check[];
  /** Ours with theirs; null when they do not compose. */
  readonly supergraphSdl: string | null;
}

/** Composes theirs with the platform's services and holds the outcome against the platform's own supergraph. */
export function checkComposition(theirs: Service, ours: readonly Service[], ourSupergraph: string): Composed {
  const { supergraphSdl, errors = [] } = composeServices([...ours, theirs]);
  return {
    supergraphSdl: supergraphSdl ?? null,
    checks: [
      judged('composes', titles.composes, [...errors.map(({ message }) => words(`须改正:${message}`, `Mend: ${message}`)), ...unsupported(supergraphSdl ?? '')]),
      checkUnchanged(ourSupergraph, supergraphSdl),
    ],
  };
}

/** What composition lets pass and the platform does not. */
export function checkDefinitions(sdl: DocumentNode, ours: readonly Service[]): Check[] {
  const own = typesOf(sdl);
  const platform = typesOfServices(ours);
  return [
    judged('ownership', titles.ownership, ownershipFaults(sdl, own, platform, ours)),
    judged('nullable', titles.nullable, nullabilityFaults(own, platform)),
    judged('keys', titles.keys, keyFaults(own, platform)),
    judged('mutations', titles.mutations, mutationFaults(own, platform)),
    judged('descriptions', titles.descriptions, undescribed(sdl).map((path) => words(
      `${path}:须有说明“中文。 / English.”`, `${path} needs a description "中文。 / English."`,
    ))),
  ];
}

const titles = {
  composes: words('与四级合成', 'composes with the four levels'),
  unchanged: words('合成后平台原有的一切不变', 'leaves everything that the platform has as it was'),
  ownership: words('不接管、不限制平台的类型与字段', 'takes over and restricts none of the platform\'s types and fields'),
  nullable: words('查询与跨子图的字段可空', 'queries and fields across subgraphs are nullable'),
  keys: words('实体有键,可解析', 'entities have keys and can be resolved'),
  mutations: words('操作属于自己的类型,形状合约定', 'mutations are of types of its own and have the agreed shape'),
  descriptions: words('说明为中英两种文字', 'is described in both languages'),
};

const apiOf = (supergraphSdl: string): GraphQLSchema => Supergraph.build(supergraphSdl, { supportedFeatures: null, validateSupergraph: false }).apiSchema().toGraphQLJSSchema();

// A value more is a case that our clients do not know; a member more likewise.
const dangers: readonly DangerousChangeType[] = [
  DangerousChangeType.VALUE_ADDED_TO_ENUM, DangerousChangeType.TYPE_ADDED_TO_UNION, DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
];

/** Composition intersects inputs and arguments and unites enums, without a word. */
function checkUnchanged(ourSupergraph: string, supergraphSdl: string | undefined): Check {
  if (supergraphSdl === undefined) {
    return untold('unchanged', titles.unchanged, words('合成之后才能比较。', 'Can be compared only once it composes.'));
  }
  const [before, after] = [apiOf(ourSupergraph), apiOf(supergraphSdl)];
  const changes = [
    ...findBreakingChanges(before, after),
    ...findDangerousChanges(before, after).filter(({ type }) => dangers.includes(type)),
  ];
  return judged('unchanged', titles.unchanged, changes.map(({ description }) => words(
    `平台的定义变了:${description}请删去或改名。`, `A definition of the platform would change: ${description} Remove or rename yours.`,
  )));
}

const harmless = ['key', 'shareable', 'external', 'provides', 'requires'];

const schemaDirectives = (sdl: DocumentNode): ConstDirectiveNode[] => sdl.definitions
  .flatMap((node) => (node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.SCHEMA_DEFINITION ? node.directives ?? [] : []));

const textArgument = ({ arguments: given = [] }: ConstDirectiveNode, name: string): string => {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : '';
};

const imports = ({ arguments: given = [] }: ConstDirectiveNode, name: string): boolean => {
  const value = given.find((argument) => argument.name.value === 'import')?.value;
  return value?.kind === Kind.LIST && value.values.some((one) => one.kind === Kind.STRING && one.value === name);
};

/** Each directive that an SDL has composed, `@name`, with all that makes it: where it is linked from, and its definitions. */
function composedDirectives(sdl: DocumentNode): ReadonlyMap<string, string> {
  const atSchema = schemaDirectives(sdl);
  const plain = visit(sdl, { StringValue: (_node, key) => (key === 'description' ? null : undefined) });
  return new Map(atSchema.filter(({ name }) => name.value === 'composeDirective').map((composed) => {
    const name = textArgument(composed, 'name');
    const links = atSchema.filter((directive) => directive.name.value === 'link' && imports(directive, name)).map((link) => textArgument(link, 'url'));
    const definitions = plain.definitions.filter((node) => 'name' in node && node.name !== undefined
      && (node.kind === Kind.DIRECTIVE_DEFINITION ? `@${node.name.value}` === name : node.name.value.startsWith(`${name.slice(1)}__`)));
    return [name, [...links, ...definitions.map(print)].toSorted().join('\n')];
  }));
}

/** One that the platform has is fine, as the platform has it: another version or definition of it would hold for the platform's own fields. */
function composedFaults(sdl: DocumentNode, ours: readonly Service[]): Bilingual[] {
  const platforms = new Map(ours.flatMap(({ typeDefs }) => [...composedDirectives(typeDefs)]));
  return [...composedDirectives(sdl)].filter(([name, made]) => platforms.get(name) !== made).map(([name]) => (platforms.has(name)
    ? words(
        `@composeDirective(name: "${name}"):其 @link 与定义须与平台的逐字相同,见 schema/shared.graphql。`,
        `@composeDirective(name: "${name}"): its @link and definitions must be the platform's word for word, see schema/shared.graphql.`,
      )
    : words(`@composeDirective(name: "${name}"):平台没有这个指令;请删去。`, `@composeDirective(name: "${name}"): the platform has no such directive; remove it.`)));
}

function ownershipFaults(sdl: DocumentNode, own: Types, platform: Types, ours: readonly Service[]): Bilingual[] {
  const overrides = [...own.values()].flatMap((type) =>
    type.fields.filter(({ directives }) => has(directives, 'override')).map(({ name }) => words(
      `${type.name}.${name.value} 带 @override;平台的字段不得接管,请删去。`,
      `${type.name}.${name.value} has @override; fields of the platform may not be taken over, remove it.`,
    )));
  const marked = [...own.values()].flatMap((type) => {
    const known = platform.get(type.name);
    if (!known) return [];
    const isOurs = (name: string): boolean => known.fields.some((field) => field.name.value === name);
    const nodes = [
      { path: type.name, directives: type.directives },
      ...type.fields.filter(({ name }) => isOurs(name.value)).map(({ name, directives = [] }) => ({ path: `${type.name}.${name.value}`, directives })),
    ];
    return nodes.flatMap(({ path, directives }) => directives.map(({ name }) => name.value)
      .filter((name) => !harmless.includes(name))
      .map((name) => words(
        `${path} 属平台,不得加 @${name};请删去。`, `${path} is the platform's and may not get @${name}; remove it.`,
      )));
  });
  const repeated = [...own.values()].flatMap((type) => {
    const known = platform.get(type.name);
    if (!known) return [];
    if (known.kind !== type.kind) {
      return [words(`${type.name} 与平台的同名类型种类不同,请改名。`, `${type.name} is another kind of type on the platform; rename yours.`)];
    }
    const keys = keysOf(known).flatMap(({ fields }) => fields.split(' '));
    return type.fields
      .filter(({ name, directives }) => !keys.includes(name.value) && !has(directives, 'external') && !has(directives, 'override'))
      .filter(({ name }) => known.fields.some((field) => field.name.value === name.value && !has([...known.directives, ...(field.directives ?? [])] as never, 'shareable')))
      .map(({ name }) => words(
        `${type.name}.${name.value} 平台已有;请删去,或改名。`, `${type.name}.${name.value} is there on the platform already; remove or rename yours.`,
      ));
  });
  return [...overrides, ...marked, ...repeated, ...composedFaults(sdl, ours)];
}

function nullabilityFaults(own: Types, platform: Types): Bilingual[] {
  return [...own.values()].filter(({ kind }) => kind === 'OBJECT').flatMap((type) => {
    const known = platform.get(type.name);
    const isAway = (name: string, typeName: string): boolean => {
      const addsToOurs = type.name === 'Query' || (known !== undefined && !isRoot(type) && !known.fields.some((field) => field.name.value === name));
      const target = platform.get(typeName);
      return addsToOurs || (target !== undefined && keysOf(target).length > 0);
    };
    return type.fields
      .filter((field) => field.type.kind === Kind.NON_NULL_TYPE && isAway(field.name.value, namedType(field.type)))
      .map(({ name }) => words(
        `${type.name}.${name.value} 须可空:一方不通时,不应连累另一方。`,
        `${type.name}.${name.value} must be nullable: one side's absence must not cost the other its answer.`,
      ));
  });
}

function keyFaults(own: Types, platform: Types): Bilingual[] {
  const returned = new Set([...own.values()].filter(({ kind }) => kind === 'OBJECT').flatMap(({ fields }) => fields.map(({ type }) => namedType(type))));
  return [...own.values()].filter((type) => type.kind === 'OBJECT' && !isRoot(type)).flatMap((type) => {
    const keys = keysOf(type);
    const known = platform.get(type.name);
    if (known && keysOf(known).length > 0) {
      const ours = keysOf(known).map(({ fields }) => fields);
      const strange = keys.filter(({ fields }) => !ours.includes(fields)).map(({ fields }) => words(
        `${type.name} 的键是 ${ours.join('、')},不是 ${fields}。`, `The key of ${type.name} is ${ours.join(', ')}, not ${fields}.`,
      ));
      const lacking = keys.length > 0 ? [] : [words(
        `${type.name} 是平台的实体,占位须带 @key(fields: "${ours[0]}")。`, `${type.name} is an entity of the platform; a stub needs @key(fields: "${ours[0]}").`,
      )];
      const adds = type.fields.some(({ name, directives }) => !known.fields.some((field) => field.name.value === name.value) && !has(directives, 'external'));
      const closed = adds && keys.length > 0 && !keys.some(({ resolvable }) => resolvable) ? [words(
        `${type.name} 加了字段,就要能解析:去掉 resolvable: false。`, `${type.name} gets fields, so it must be resolvable: leave resolvable: false out.`,
      )] : [];
      return [...strange, ...lacking, ...closed];
    }
    if (known) return [];
    if (keys.length > 0 && !keys.some(({ resolvable }) => resolvable)) {
      return [words(`${type.name} 没有别处可解析,去掉 resolvable: false。`, `Nobody else resolves ${type.name}; leave resolvable: false out.`)];
    }
    const looksLikeOne = type.fields.some(({ name, type: of }) => name.value === 'id' && of.kind === Kind.NON_NULL_TYPE);
    return keys.length === 0 && looksLikeOne && returned.has(type.name)
      ? [words(`${type.name} 有 id,须带 @key(fields: "id")。`, `${type.name} has an id and needs @key(fields: "id").`)] : [];
  });
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const upperFirst = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function mutationFaults(own: Types, platform: Types): Bilingual[] {
  const entities = [...own.values()].filter((type) => keysOf(type).length > 0 && !platform.has(type.name)).map(({ name }) => name);
  const theirs = [...platform.values()].filter((type) => type.kind === 'OBJECT' && !isRoot(type)).map(({ name }) => name);
  const nounOf = (mutation: string): string | undefined => [...entities, ...theirs]
    .filter((name) => new RegExp(`^${lowerFirst(name)}[A-Z]`).test(mutation)).toSorted((a, b) => b.length - a.length)[0];

  return (own.get('Mutation')?.fields ?? []).flatMap(({ name: { value: name }, arguments: inputs = [], type, directives }) => {
    const noun = nounOf(name);
    const payload = own.get(namedType(type));
    const errors = payload?.fields.find((field) => field.name.value === 'userErrors');
    const inputName = inputs[0] && namedType(inputs[0].type);
    return [
      noun === undefined && words(
        `${name}:先名词后动词,名词是自己的实体,如 ${lowerFirst(entities[0] ?? 'Inspection')}Open。`,
        `${name}: noun first, the noun an entity of yours, such as ${lowerFirst(entities[0] ?? 'Inspection')}Open.`,
      ),
      noun !== undefined && !entities.includes(noun) && words(
        `${name}:${noun} 是平台的,其操作只归那一级。`, `${name}: ${noun} is the platform's, and only its level acts on it.`,
      ),
      !has(directives, 'authenticated') && words(`${name} 须带 @authenticated。`, `${name} needs @authenticated.`),
      (inputs.length !== 1 || inputs[0]?.name.value !== 'input' || inputName !== `${upperFirst(name)}Input`) && words(
        `${name} 须只有一个参数 input: ${upperFirst(name)}Input!。`, `${name} takes one argument, input: ${upperFirst(name)}Input!.`,
      ),
      (!namedType(type).endsWith('Payload') || errors === undefined || namedType(errors.type) !== 'UserError') && words(
        `${name} 须返回 …Payload,内有 userErrors: [UserError!]!。`, `${name} returns a …Payload with userErrors: [UserError!]!.`,
      ),
    ].filter((fault) => fault !== false);
  });
}
