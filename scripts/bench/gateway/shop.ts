// The four benchmark subgraphs: a shop, as in the public gateway benchmarks, so that their queries can be put to it.
export const subgraphNames = ['accounts', 'inventory', 'products', 'reviews'] as const;
export type ShopSubgraph = (typeof subgraphNames)[number];

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])';

/** `nonce` makes each request another one; its beginning says of which town. */
export const shopSdl: Readonly<Record<ShopSubgraph, string>> = {
  accounts: `${link}
    type Query { me(nonce: String): User users(nonce: String): [User] }
    type User @key(fields: "id") { id: ID! name: String username: String birthday: Int }`,
  inventory: `${link}
    type Product @key(fields: "upc") {
      upc: String! weight: Int @external price: Int @external inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }`,
  products: `${link}
    type Query { topProducts(first: Int = 5, nonce: String): [Product] }
    type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
  reviews: `${link}
    type Review { id: ID! body: String author: User product: Product }
    type User @key(fields: "id") { id: ID! reviews: [Review] }
    type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
};

const names = ['王芳', '李伟', '张敏', '刘洋', '陈静', '杨帆'];

/** As many towns have a shop of their own, all alike but for what things are called. */
export const towns = 2_000;

/** Four digits, with which all that a town has begins; the nonce of a request begins with it, too. */
export const townName = (town: number): string => String(town).padStart(4, '0');
const townIn = (text = ''): string => (/^\d{4}-/.test(text) ? text.slice(0, 4) : townName(0));
const numberIn = (id: string): number => Number(id.slice(6));

const userOf = (town: string, index: number) =>
  ({ id: `${town}-u${index + 1}`, name: names[index], username: `user${index + 1}`, birthday: 1980 + index });
const productOf = (town: string, index: number) =>
  ({ upc: `${town}-p${index + 1}`, name: `商品 ${index + 1} · Product ${town}-${index + 1}`, price: 100 + index * 137, weight: 10 + index * 31 });
const [productCount, reviewCount, reviewers] = [9, 11, 4];
const bodyOf = (index: number): string => `第 ${index + 1} 条评价:好用,送得快,还会再来。 Works well, arrived early.`;

/** Of one user or product of a town, by its number. */
const reviewsOf = (town: string, number: number) =>
  Array.from({ length: reviewCount }, (_, index) => index).filter((index) => (index % reviewers) + 1 === number).map((index) => ({
    id: `${town}-r${index + 1}`, body: bodyOf(index),
    author: { id: `${town}-u${number}` }, product: { upc: `${town}-p${number}` },
  }));

interface ById { readonly id: string }
interface ByUpc { readonly upc: string }
interface Nonce { readonly nonce?: string }

export const shopResolvers = {
  accounts: {
    Query: {
      me: (_: unknown, { nonce }: Nonce) => userOf(townIn(nonce), 0),
      users: (_: unknown, { nonce }: Nonce) => names.map((_name, index) => userOf(townIn(nonce), index)),
    },
    User: { __resolveReference: ({ id }: ById) => userOf(townIn(id), numberIn(id) - 1) },
  },
  inventory: {
    Product: {
      __resolveReference: (reference: ByUpc) => ({ ...reference, inStock: numberIn(reference.upc) % 3 !== 0 }),
      shippingEstimate: ({ price, weight }: { price: number; weight: number }) => (price > 1_000 ? 0 : Math.round(weight / 2)),
    },
  },
  products: {
    Query: {
      topProducts: (_: unknown, { first, nonce }: Nonce & { first: number }) =>
        Array.from({ length: Math.min(first, productCount) }, (_product, index) => productOf(townIn(nonce), index)),
    },
    Product: { __resolveReference: ({ upc }: ByUpc) => productOf(townIn(upc), numberIn(upc) - 1) },
  },
  reviews: {
    User: { __resolveReference: ({ id }: ById) => ({ id }), reviews: ({ id }: ById) => reviewsOf(townIn(id), numberIn(id)) },
    Product: { __resolveReference: ({ upc }: ByUpc) => ({ upc }), reviews: ({ upc }: ByUpc) => reviewsOf(townIn(upc), numberIn(upc)) },
  },
};

const user = 'id username name';
const review = 'id body';
const product = 'inStock name price shippingEstimate upc weight';

export const shopQueries = {
  deep: `query Deep($nonce: String) {
    users(nonce: $nonce) { ${user} reviews { ${review} product { ${product} reviews { ${review} author { ${user} reviews { ${review} product { ${product} } } } } } } }
    topProducts(nonce: $nonce) { ${product} reviews { ${review} author { ${user} reviews { ${review} product { ${product} } } } } }
  }`,
  small: 'query Small($nonce: String) { me(nonce: $nonce) { name reviews { body product { name inStock } } } }',
} as const;
export type ShopQuery = keyof typeof shopQueries;
