// One world, cut into four subgraphs: whatever is asked of the whole, the pieces together must answer.
import { execute, GraphQLError, type DocumentNode, type ExecutionResult, type FieldNode, type GraphQLSchema } from 'graphql';
import type { SubgraphSource } from './kit.js';

type Thing = Readonly<Record<string, unknown>> & { readonly __typename: string };

const tag = (name: string): Thing => ({ __typename: 'Tag', name });
const author = (id: string, boss: string | null): Thing => ({
  __typename: 'Author', id, name: `作者 ${id}`, boss: () => (boss === null ? null : found('Author', 'id', boss)), books: id.length + 1,
  wrote: () => all('Book').concat(all('Film')).filter((one) => (one['by'] as string | null) === id), motto: null,
});
const media = (__typename: string, id: string, by: string | null, more: object): Thing => ({
  __typename, id, title: `题 ${id}`, by, tags: id === 'f2' ? null : [tag('甲'), tag(`乙${id}`)], score: id.charCodeAt(1) % 7,
  author: () => (by === null ? null : found('Author', 'id', by)), praise: `题 ${id}!`,
  reviews: () => all('Review').filter((one) => one['of'] === id), related: () => [found('Media', 'id', 'b1'), null, found('Media', 'id', 'f1')], ...more,
});

const things: readonly Thing[] = [
  author('a1', null), author('a2', 'a1'), author('a3', 'a2'),
  media('Book', 'b1', 'a1', { pages: 10, isbn: { __typename: 'Isbn', group: 7, code: 'x1' }, blurb: 'x1: 题 b1, 10' }),
  media('Book', 'b2', 'a3', { pages: null, isbn: { __typename: 'Isbn', group: 7, code: 'x2' }, blurb: 'x2: 题 b2, null' }),
  media('Film', 'f1', 'a2', { minutes: 90, rating: () => ({ __typename: 'Stars', of: 5, count: 4 }), advice: '4 of 5', hours: '1 h' }),
  media('Film', 'f2', null, { minutes: 7, rating: () => ({ __typename: 'Age', from: 12 }), advice: 'from 12', hours: '0 h' }),
  { __typename: 'Song', id: 's1', length: 3, plays: 99, playsPerLength: '99/3', singer: () => found('Author', 'id', 'a2') },
  { __typename: 'Review', id: 'r1', of: 'b1', text: '好', stars: 5, about: () => found('Media', 'id', 'b1'), by: () => found('Author', 'id', 'a2') },
  { __typename: 'Review', id: 'r2', of: 'f1', text: '一般', stars: 3, about: () => found('Media', 'id', 'f1'), by: () => null },
  { __typename: 'Review', id: 'r3', of: 'b1', text: null, stars: null, about: () => found('Media', 'id', 'b1'), by: () => found('Author', 'id', 'a1') },
];

const is = (type: string, { __typename }: Thing): boolean => __typename === type || (type === 'Media' && ['Book', 'Film'].includes(__typename));
const all = (type: string): Thing[] => things.filter((one) => is(type, one));
const found = (type: string, key: string, value: unknown): Thing | null => all(type).find((one) => one[key] === value) ?? null;

/** What the reference said beside what is known of it: a need is met from the reference alone. */
const referred = (type: string, key = 'id') => (reference: Readonly<Record<string, unknown>>): object | null => {
  const thing = found(type, key, reference[key]);
  return thing && { ...thing, reference };
};
const need = <T>(write: (reference: T) => string) => ({ reference }: { reference?: T }): string | null => (reference ? write(reference) : null);

const roots = {
  media: () => all('Media'), node: ({ id }: { id: string }) => things.find((one) => one['id'] === id && one.__typename !== 'Review') ?? null,
  anything: () => [all('Book')[0], tag('散'), null, all('Song')[0], all('Author')[0]],
  shelves: () => [[all('Book')[0], null], [], [all('Film')[1]]],
  authors: () => all('Author'), best: () => found('Media', 'id', 'f1'), latest: () => all('Review'), song: () => all('Song')[0],
  shared: () => all('Author')[1], byIsbn: () => all('Book')[1], pick: ({ n = 1 }: { n?: number }) => [all('Film')[0], tag('签'), all('Book')[0]][n % 3],
};
type Root = keyof typeof roots;
const query = (...names: Root[]): Record<string, (parent: unknown, args: never) => unknown> =>
  Object.fromEntries(names.map((name) => [name, (_: unknown, args: never) => roots[name](args)]));

export const worldSources: Readonly<Record<string, SubgraphSource>> = {
  library: {
    sdl: `
      type Query { media: [Media!]! node(id: ID!): Node anything: [Anything] shelves: [[Book]!] shared: Author @shareable pick(n: Int = 1): Pick }
      interface Node { id: ID! }
      interface Media @key(fields: "id") { id: ID! title: String! tags: [Tag!] author: Author }
      type Book implements Media & Node @key(fields: "id") @key(fields: "isbn { group code }") {
        id: ID! title: String! tags: [Tag!] pages: Int isbn: Isbn author: Author @provides(fields: "name")
      }
      type Film implements Media & Node @key(fields: "id") { id: ID! title: String! tags: [Tag!] minutes(unit: Unit = MINUTE): Int author: Author }
      type Song implements Node @key(fields: "id") { id: ID! length: Int }
      type Author implements Node @key(fields: "id") { id: ID! name: String @external motto: String @shareable }
      type Tag @shareable { name: String! }
      type Isbn @shareable { group: Int code: String }
      enum Unit { MINUTE HOUR }
      union Anything = Book | Film | Song | Tag | Author
      union Pick = Film | Tag
    `,
    resolvers: {
      Query: {
        ...query('media', 'anything', 'shared'), node: (_: unknown, args: { id: string }) => roots.node(args),
        shelves: () => [[all('Book')[0], null], [], [null]], pick: (_: unknown, args: { n: number }) => roots.pick({ n: args.n % 2 }),
      },
      Book: { __resolveReference: (r: { id?: string; isbn?: { code: string } }) =>
        (r.id === undefined ? all('Book').find((one) => (one['isbn'] as { code: string }).code === r.isbn?.code) : found('Book', 'id', r.id)) },
      Film: { __resolveReference: referred('Film'), minutes: ({ minutes }: { minutes: number }, { unit }: { unit: string }) => (unit === 'HOUR' ? Math.floor(minutes / 60) : minutes) },
      Media: { __resolveReference: referred('Media') },
      Song: { __resolveReference: referred('Song') },
      Author: { __resolveReference: referred('Author') },
    } as never,
  },
  people: {
    sdl: `
      type Query { authors: [Author!] shared: Author @shareable }
      type Author @key(fields: "id") { id: ID! name: String @shareable boss: Author books: Int! motto: String @shareable }
    `,
    resolvers: { Query: query('authors', 'shared'), Author: { __resolveReference: referred('Author') } } as never,
  },
  reviews: {
    sdl: `
      type Query { best: Media latest: [Review!] }
      type Media @key(fields: "id") @interfaceObject {
        id: ID! title: String! @external score: Int praise: String @requires(fields: "title") reviews: [Review!] related: [Media]
      }
      type Review @key(fields: "id") { id: ID! text: String stars: Int about: Media by: Author @provides(fields: "name") }
      type Author @key(fields: "id") { id: ID! name: String @external }
      type Song @key(fields: "id") { id: ID! plays: Int length: Int @external playsPerLength: String @requires(fields: "length") }
    `,
    resolvers: {
      Query: query('best', 'latest'),
      Media: { __resolveReference: referred('Media'), praise: need<{ title: string }>(({ title }) => `${title}!`) },
      Review: { __resolveReference: referred('Review') },
      Author: { __resolveReference: referred('Author') },
      Song: { __resolveReference: referred('Song'), playsPerLength: need<{ length: number }>(({ length }) => `99/${length}`) },
    } as never,
  },
  shop: {
    sdl: `
      type Query { byIsbn: Book song: Song pickTag: Tag }
      type Book @key(fields: "isbn { group code }") {
        isbn: Isbn title: String! @external pages: Int @external blurb: String @requires(fields: "title pages")
      }
      type Film @key(fields: "id") { id: ID! rating: Rating hours: String @requires(fields: "minutes(unit: HOUR)") minutes(unit: Unit = MINUTE): Int @external advice: String @requires(fields: "signal { ... on Stars { of count } ... on Age { from } }") signal: Rating @external }
      type Isbn @shareable { group: Int code: String }
      type Tag @shareable { name: String! }
      type Song @key(fields: "id") { id: ID! singer: Author }
      type Author @key(fields: "id") { id: ID! }
      enum Unit { MINUTE HOUR }
      union Rating = Stars | Age
      type Stars @shareable { of: Int count: Int }
      type Age @shareable { from: Int }
    `,
    resolvers: {
      Query: { ...query('byIsbn', 'song'), pickTag: () => tag('签') },
      Book: {
        __resolveReference: (reference: { isbn: { code: string } }) => ({ ...all('Book').find((one) => (one['isbn'] as { code: string }).code === reference.isbn.code), reference }),
        blurb: need<{ isbn: { code: string }; title: string; pages: number | null }>(({ isbn, title, pages }) => `${isbn.code}: ${title}, ${pages}`),
      },
      Film: {
        __resolveReference: referred('Film'),
        hours: need<{ minutes: number }>(({ minutes }) => `${minutes} h`),
        advice: need<{ signal: { __typename: string; of?: number; count?: number; from?: number } }>(({ signal }) =>
          (signal.__typename === 'Stars' ? `${signal.count} of ${signal.of}` : `from ${signal.from}`)),
      },
      Author: { __resolveReference: referred('Author') },
      Song: { __resolveReference: referred('Song') },
    } as never,
  },
  signals: {
    sdl: `
      type Film @key(fields: "id") { id: ID! signal: Rating }
      union Rating = Stars | Age
      type Stars @shareable { of: Int count: Int }
      type Age @shareable { from: Int }
    `,
    resolvers: { Film: { __resolveReference: referred('Film'), signal: ({ rating }: { rating: () => object }) => rating() } },
  },
};

/** The same with a subgraph that has the interface as what it is. */
export const worldWithoutInterfaceObjects: typeof worldSources = {
  ...worldSources,
  reviews: {
    sdl: (worldSources['reviews']?.sdl ?? '').replace(/type Media @key\(fields: "id"\) @interfaceObject \{([^}]*)\}/, (_, fields: string) => `
      interface Media @key(fields: "id") {${fields.replace(/ @external| @requires\([^)]*\)/g, '')}}
      type Book implements Media @key(fields: "id") {${fields}}
      type Film implements Media @key(fields: "id") {${fields}}`),
    resolvers: {
      ...worldSources['reviews']?.resolvers,
      ...Object.fromEntries(['Media', 'Book', 'Film'].map((type) =>
        [type, { __resolveReference: referred(type), ...(type !== 'Media' && { praise: need<{ title: string }>(({ title }) => `${title}!`) }) }])),
    } as never,
  },
};

const wholeRoots: Readonly<Record<string, unknown>> = {
  ...roots, shelves: () => [[all('Book')[0], null], [], [null]], pick: ({ n }: { n: number }) => roots.pick({ n: n % 2 }), pickTag: () => tag('签'),
};

/** The answer of the world uncut, and where it says no: to fields that are denied. */
export function wholeAnswer(
  apiSchema: GraphQLSchema,
  document: DocumentNode,
  isDenied: (asked: readonly FieldNode[]) => boolean = () => false,
): { readonly data: unknown; readonly places: readonly string[] } {
  const { data, errors = [] } = execute({
    schema: apiSchema, document, rootValue: wholeRoots,
    fieldResolver(source: Record<string, unknown>, args: Record<string, unknown>, _context, { fieldName, fieldNodes }) {
      if (isDenied(fieldNodes)) throw new GraphQLError('denied');
      if (fieldName === 'minutes' && args['unit'] === 'HOUR') return Math.floor((source['minutes'] as number) / 60);
      const name = fieldName === 'signal' ? 'rating' : fieldName;
      const value = source[name];
      return typeof value === 'function' ? (value as (given: unknown) => unknown)(args) : value;
    },
  }) as ExecutionResult;
  const wrong = errors.filter(({ message }) => message !== 'denied');
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('\n'));
  return { data: JSON.parse(JSON.stringify(data)) as unknown, places: errors.map(({ path = [] }) => path.join('.')) };
}
