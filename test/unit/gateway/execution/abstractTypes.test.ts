import { federate, same, type Federation } from './kit.js';

let federation: Federation;

beforeAll(async () => {
  federation = await federate({
    items: {
      sdl: `
        type Query { media: [Media!]! nodes: [Node] anything: [Anything] product: Product odd: Node colours: [Colour] tint: Colour! inner: Inner }
        interface Node { id: ID! }
        interface Media @key(fields: "id") { id: ID! title: String! tags: [Tag!] }
        type Book implements Media & Node @key(fields: "id") { id: ID! title: String! tags: [Tag!] pages: Int author: Author @provides(fields: "name") }
        type Film implements Media & Node @key(fields: "id") { id: ID! title: String! tags: [Tag!] minutes: Int }
        type Song implements Node @key(fields: "id") { id: ID! length: Int }
        type Hidden implements Node @inaccessible { id: ID! }
        type Tag @shareable { name: String! }
        union Anything = Book | Film | Song | Tag
        type Author @key(fields: "id") { id: ID! name: String @external }
        type Product @key(fields: "sku { maker code }") @key(fields: "id") { id: ID! sku: Sku size: Size old: String }
        type Sku @shareable { maker: String code: Int }
        interface Size { unit: String }
        type Box implements Size @shareable { unit: String w: Int }
        type Ball implements Size @shareable { unit: String r: Int }
        enum Colour { RED GREEN SECRET @inaccessible }
        type Inner { needed: Needed! list: [Needed!] }
        type Needed { value: String! }
      `,
      resolvers: {
        Query: {
          media: () => media, nodes: () => [...media, null, { __typename: 'Song', id: 's1', length: 3 }],
          anything: () => [media[1], { __typename: 'Tag', name: 'loose' }, null, { __typename: 'Song', id: 's1', length: 3 }],
          product: () => ({ id: 'p1', sku: { maker: 'm', code: 7 }, size: { __typename: 'Box', unit: 'cm', w: 3 }, old: 'items' }),
          odd: () => ({ __typename: 'Hidden', id: 'h1' }), colours: () => ['RED', 'SECRET', 'GREEN'], tint: () => 'SECRET',
          inner: () => ({ needed: { value: 'v' }, list: [{ value: 'v' }] }),
        },
        Author: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'from items' }) },
        Product: { __resolveReference: () => ({ id: 'p1', sku: { maker: 'm', code: 7 }, size: { __typename: 'Ball', unit: 'cm', r: 2 }, old: 'items' }) },
        Book: { __resolveReference: ({ id }: { id: string }) => media.find((one) => one.id === id) },
        Film: { __resolveReference: ({ id }: { id: string }) => media.find((one) => one.id === id) },
        Media: { __resolveReference: ({ id }: { id: string }) => media.find((one) => one.id === id) },
        Song: { __resolveReference: ({ id }: { id: string }) => ({ id, length: 3 }) },
      } as never,
    },
    reviews: {
      sdl: `
        type Query { best: Media latest: [Review!] }
        type Media @key(fields: "id") @interfaceObject { id: ID! title: String! @external score: Int praise: String @requires(fields: "title") reviews: [Review!] }
        type Review { text: String about: Media }
        type Author @key(fields: "id") { id: ID! name: String @shareable books: Int }
        type Song @key(fields: "id") { id: ID! plays: Int }
      `,
      resolvers: {
        Query: { best: () => ({ id: 'f1' }), latest: () => [{ text: 't1', about: { id: 'b1' } }, { text: 't2', about: { id: 'f1' } }, { text: 't3', about: { id: 'gone' } }] },
        Media: {
          __resolveReference: (reference: { id: string; title?: string }) => reference,
          score: ({ id }: { id: string }) => id.charCodeAt(0),
          praise: ({ title }: { title?: string }) => (title === undefined ? null : `${title}!`),
          reviews: ({ id }: { id: string }) => [{ text: `on ${id}`, about: { id } }],
        },
        Author: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'from reviews', books: 2 }) },
        Song: { __resolveReference: ({ id }: { id: string }) => ({ id, plays: 99 }) },
      },
    },
    stock: {
      sdl: `
        type Query { fallback: Product }
        type Product @key(fields: "sku { maker code }") {
          sku: Sku size: Size @external left: Int
          fits: String @requires(fields: "size { __typename unit ... on Box { w } ... on Ball { r } }")
          ships: String @requires(fields: "fits2")
          fits2: String @external
          old: String @override(from: "items")
        }
        type Sku @shareable { maker: String code: Int }
        interface Size { unit: String }
        type Box implements Size @shareable { unit: String w: Int }
        type Ball implements Size @shareable { unit: String r: Int }
      `,
      resolvers: {
        Query: { fallback: () => ({ sku: { maker: 'm', code: 7 } }) },
        Product: {
          __resolveReference: (reference: object) => ({ ...reference, left: 5 }),
          fits: ({ size }: { size: unknown }) => JSON.stringify(size),
          ships: ({ fits2 }: { fits2: string }) => `ships ${fits2}`,
          old: () => 'stock',
        },
      },
    },
    sizes: {
      sdl: `
        type Product @key(fields: "id") { id: ID! fits2: String }
      `,
      resolvers: { Product: { __resolveReference: ({ id }: { id: string }) => ({ id, fits2: `2 of ${id}` }) } },
    },
  });
});

const media = [
  { __typename: 'Book', id: 'b1', title: '书一', tags: [{ name: 'a' }, { name: 'b' }], pages: 10, author: { id: 'a1', name: 'provided' } },
  { __typename: 'Film', id: 'f1', title: '影一', tags: null, minutes: 90 },
];

it.each([
  ['an interface\'s own fields', '{ media { id title } }'],
  ['fields by type', '{ media { __typename id ... on Book { pages tags { name } } ... on Film { minutes } } }'],
  ['an interface in an interface', '{ nodes { __typename ... on Media { title } ... on Node { id } ... on Song { length plays } } }'],
  ['a union', '{ anything { __typename ... on Media { id title } ... on Tag { name } ... on Song { plays } } }'],
  ['a union of which nothing applies', '{ anything { ... on Book { pages } } }'],
  ['a field that an interface object adds', '{ media { score reviews { text } } }'],
  ['that field on one type only', '{ media { ... on Book { score praise } ... on Film { minutes } } }'],
  ['a field of an interface object that needs another\'s', '{ media { praise } }'],
  ['an interface object\'s true type', '{ best { __typename id title score ... on Film { minutes } } }'],
  ['interface objects by their own fields alone', '{ latest { text about { id score } } }'],
  ['what one subgraph provides for another', '{ media { ... on Book { author { name } } } }'],
  ['what it does not provide', '{ media { ... on Book { author { id name books } } } }'],
  ['a nested key', '{ product { sku { code } left } fallback { id left sku { maker } } }'],
  ['a field that needs an abstract one', '{ product { fits } fallback { fits } }'],
  ['a field that needs what a third subgraph has', '{ product { ships } fallback { ships old } }'],
  ['an overridden field', '{ product { old } }'],
  ['two parts of one object', '{ inner { needed { value } ... { list { value } needed { v: value } } } }'],
  ['aliases that differ by type', '{ nodes { ... on Book { x: title y: pages } ... on Song { y: length } ... on Film { x: title y: minutes } } }'],
])('answers as the stock executor: %s', async (_name, query) => {
  const { data, errors } = await same(federation, query);
  expect(data).not.toBeNull();
  expect(errors).toEqual([]);
});

it('answers null for an enum value that callers may not know of', async () => {
  const { data, broken } = await same(federation, '{ colours }');
  expect([data, broken]).toEqual([{ colours: ['RED', null, 'GREEN'] }, ['colours.1']]);
});

it('makes its parent null where the schema forbids that', async () => {
  const { data, broken } = await same(federation, '{ colours tint }');
  expect([data, broken]).toEqual([null, ['colours.1', 'tint']]);
});

it('answers null for a type that callers may not know of', async () => {
  const { data, broken } = await same(federation, '{ odd { id } }');
  expect([data, broken]).toEqual([{ odd: null }, ['odd']]);
});

it('leaves null an interface object that the subgraph which knows its type has not', async () => {
  const { data, errors } = await same(federation, '{ latest { text about { __typename id title } } }');
  expect(data).toMatchObject({ latest: [{ about: { __typename: 'Book' } }, { about: { __typename: 'Film' } }, { about: null }] });
  expect(errors.map(([path]) => path)).toEqual(['latest.2.about']);
});

it('tells the types that apply to what is there', async () => {
  const { data } = await same(federation, '{ media { __typename kind: __typename } best { __typename } }');
  expect(data).toEqual({
    media: [{ __typename: 'Book', kind: 'Book' }, { __typename: 'Film', kind: 'Film' }], best: { __typename: 'Film' },
  });
});
