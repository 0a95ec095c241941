// What is the same for everyone is kept by gateways until a level says that the types which show it have changed.
import { buildASTSchema, getNamedType, isAbstractType, isObjectType, type GraphQLObjectType } from 'graphql';
import { shown } from '../../subgraphs/city/domain/shown.js';
import { catalogueTypes } from '../../subgraphs/shared/domain/catalogue.js';
import { publicTopic, publicTopics } from '../../subgraphs/shared/domain/topics.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { publicTypesIn } from '../../gateway/live/publicNews.js';
import { fieldsOf, isMarked } from '../kit/marks.js';

const told: Readonly<Record<string, readonly string[]>> = {
  city: Object.values(shown).flat(), district: catalogueTypes, street: catalogueTypes, community: catalogueTypes,
};
const names = Object.keys(told);
const schemaOf = (name: string) => buildASTSchema(readSdl(name as 'city'), { assumeValidSDL: true });
const isEntity = ({ astNode, extensionASTNodes }: GraphQLObjectType): boolean =>
  [astNode, ...extensionASTNodes].some((node) => node?.directives?.some(({ name }) => name.value === 'key'));

/** What marked fields show on ways that pass by none of the types told. */
function shownBeside(name: string): string[] {
  const schema = schemaOf(name);
  const beside = new Set<string>();
  const known = new Set<string>(told[name]);
  const roots = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && isEntity(type) && !known.has(type.name));
  const waiting = [schema.getQueryType() as GraphQLObjectType, ...roots];
  for (const type of waiting) {
    if (known.has(type.name)) continue;
    known.add(type.name);
    for (const field of fieldsOf(type).filter(isMarked)) {
      const target = getNamedType(field.type);
      const isRoot = type === schema.getQueryType();
      if (isObjectType(target)) waiting.push(target);
      else if (!isRoot) beside.add(type.name);
      else if (!known.has(`Query.${field.name}`)) beside.add(`Query.${field.name}`);
    }
  }
  return [...beside].toSorted();
}

it('is told in words that gateways read', () => {
  expect(publicTypesIn(new Set(publicTopics(catalogueTypes)))).toEqual(catalogueTypes);
  expect(publicTypesIn(new Set([publicTopic]))).toBeNull();
});

it.each(names)('is told by types and fields that %s has, and that are public', (name) => {
  const schema = schemaOf(name);
  for (const one of told[name] ?? []) {
    const [type = '', field] = one.split('.');
    const found = schema.getType(type);
    const fields = isObjectType(found) ? fieldsOf(found) : [];
    expect([one, fields.some((each) => isMarked(each) && (field === undefined || each.name === field))]).toEqual([one, true]);
  }
});

it.each(names)('is of no interface or union in %s, in whose place any of several types may be', (name) => {
  const fields = Object.values(schemaOf(name).getTypeMap()).filter(isObjectType).flatMap(fieldsOf);
  expect(fields.filter((field) => isMarked(field) && isAbstractType(getNamedType(field.type)))).toEqual([]);
});

// Areas are told of whole, since much is reckoned from them; the rest comes with the program.
it('is told of whole, or never changes, where no type that is told leads to it', () => {
  expect(Object.fromEntries(names.map((name) => [name, shownBeside(name).join(' ')]))).toMatchInlineSnapshot(`
{
  "city": "AreaSuccession City Community District Grid OpennessCode Street Unit",
  "community": "CaseCategory Community CommunityConnection CommunityEdge Grid MaterialType PageInfo ResidentFact ResidentFactValue Street Unit",
  "district": "City District ScoringScheme Street Unit",
  "street": "Community District Street Unit",
}
`);
});
