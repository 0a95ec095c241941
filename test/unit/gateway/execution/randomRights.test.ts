// Marks that nobody thought of on a world of several subgraphs: whatever is asked, what is denied is null, and no more than that.
import fc from 'fast-check';
import {
  getNamedType, isInterfaceType, isObjectType, Kind, parse, print, TypeInfo, validate, visit, visitWithTypeInfo,
  type ConstDirectiveNode, type FieldDefinitionNode, type FieldNode, type GraphQLSchema, type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode, type TypeDefinitionNode,
} from 'graphql';
import { federate } from './kit.js';
import { randomQuery } from './randomQuery.js';
import { wholeAnswer, worldSources } from './world.js';

const seed = 20_261_128;

/** What may be marked: types, fields of types and of interfaces, of one subgraph and of several, lists, leaves and entities. */
const places = [
  'Song', 'Review', 'Tag', 'Unit', 'Film', 'Query.media', 'Query.authors', 'Query.best', 'Author.motto', 'Author.books', 'Author.boss', 'Book.title',
  'Film.author', 'Media.score', 'Media.reviews', 'Review.text', 'Review.stars', 'Review.about', 'Song.plays', 'Tag.name', 'Book.blurb', 'Isbn.code',
] as const;
/** Fields that nothing but the operation itself asks for. */
const unneeded = new Map([['Author.motto', 'motto'], ['Author.books', 'books'], ['Review.text', 'text'], ['Review.stars', 'stars'], ['Song.plays', 'plays']]);

const mark: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'authenticated' } };

function marked(sdl: string, chosen: readonly string[]): string {
  const withMark = <Node extends TypeDefinitionNode | FieldDefinitionNode>(node: Node, place: string): Node =>
    (chosen.includes(place) ? { ...node, directives: [...(node.directives ?? []), mark] } : node);
  const withFields = <Node extends ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode>(node: Node): Node => withMark({
    ...node, fields: (node.fields ?? []).map((field) => withMark(field, `${node.name.value}.${field.name.value}`)),
  }, node.name.value);
  const body = visit(parse(sdl), {
    ObjectTypeDefinition: withFields, InterfaceTypeDefinition: withFields, EnumTypeDefinition: (node) => withMark(node, node.name.value),
  });
  return print(body).replace(/(@link\(url: "https:\/\/specs.apollo.dev\/link\/v1.0"\))/, '$1 @link(url: "https://specs.apollo.dev/authenticated/v0.1")')
    .concat('\ndirective @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n');
}

const isDenied = (schema: GraphQLSchema, chosen: readonly string[], parent: string, field: string): boolean => {
  const type = schema.getType(parent);
  const given = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field] : undefined;
  if (!given) return false;
  return [parent, `${parent}.${field}`, getNamedType(given.type).name].some((place) => chosen.includes(place))
    || (isInterfaceType(type) && schema.getPossibleTypes(type).some(({ name }) => isDenied(schema, chosen, name, field)));
};

/** The nodes of a query's fields that are denied where they stand. */
function deniedNodes(schema: GraphQLSchema, query: string, chosen: readonly string[]) {
  const nodes = new Set<FieldNode>();
  const document = parse(query);
  const typeInfo = new TypeInfo(schema);
  visit(document, visitWithTypeInfo(typeInfo, {
    Field(node) {
      if (isDenied(schema, chosen, String(typeInfo.getParentType()?.name), node.name.value)) nodes.add(node);
    },
  }));
  return { document, nodes };
}

const isNullAt = (data: unknown, path: readonly (string | number)[]): boolean => {
  let value = data;
  for (const step of path) {
    if (value === null) return true;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value === null;
};

it('denies just what is marked, and asks for nothing of it', async () => {
  let denials = 0;
  for (let round = 0; round < 8; round += 1) {
    const chosen = places.filter((_, index) => (index * 7 + round * 5) % 11 < 1 + (round % 3));
    const federation = await federate(worldSources, 'best', (sdl) => marked(sdl, chosen));
    const queries = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 150 }).map((choices) => randomQuery(federation.apiSchema, choices));
    await fc.assert(fc.asyncProperty(queries, async (query) => {
      fc.pre(validate(federation.apiSchema, parse(query)).length === 0);
      const { document, nodes } = deniedNodes(federation.apiSchema, query, chosen);
      const whole = wholeAnswer(federation.apiSchema, document, (asked) => asked.some((node) => nodes.has(node)));
      const { data, errors, broken } = await federation.ours(query);
      expect(data).toEqual(whole.data);
      expect(broken).toEqual([]);
      const told = errors.map(([place]) => place);
      // In a list that is null as a whole, the reference looks no further than its first fault.
      if (data !== null || federation.sent.length > 0) expect(told).toEqual(expect.arrayContaining(whole.places));
      else expect(told.length).toBeGreaterThan(0);
      for (const place of told) expect(isNullAt(data, place.split('.'))).toBe(true);
      for (const [place, name] of unneeded) {
        if (chosen.includes(place as never)) for (const sent of federation.sent) expect(namesIn(sent.query)).not.toContain(name);
      }
      denials += told.length;
    }), { numRuns: 25, seed: seed + round });
  }
  expect(denials).toBeGreaterThan(80);
});

function namesIn(query: string): string[] {
  const names: string[] = [];
  visit(parse(query), { Field: ({ name }) => void names.push(name.value) });
  return names;
}

it('gives all to whom all is given', async () => {
  const federation = await federate(worldSources, 'best', (sdl) => marked(sdl, places));
  const signedIn = { isAuthenticated: true, scopes: new Set<string>(), policies: () => new Set<string>() };
  const queries = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 150 }).map((choices) => randomQuery(federation.apiSchema, choices));
  await fc.assert(fc.asyncProperty(queries, async (query) => {
    fc.pre(validate(federation.apiSchema, parse(query)).length === 0);
    expect(await federation.ours(query, {}, signedIn)).toEqual({ data: wholeAnswer(federation.apiSchema, parse(query)).data, errors: [], broken: [] });
  }), { numRuns: 40, seed });
});
