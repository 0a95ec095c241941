// The four benchmark subgraphs: a shop, as in the public gateway benchmarks, so that their queries can be put to it.
export const subgraphNames = ['accounts', 'inventory', 'products', 'reviews'] as const;
export type ShopSubgraph = (typeof subgraphNames)[number];

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])';

/** `nonce` makes each request another one, and is not looked at. */
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
const users = names.map((name, index) => ({ id: `u${index + 1}`, name, username: `user${index + 1}`, birthday: 1980 + index }));
const products = Array.from({ length: 9 }, (_, index) => ({
  upc: `p${index + 1}`, name: `商品 ${index + 1} · Product ${index + 1}`, price: 100 + index * 137, weight: 10 + index * 31,
}));
const reviews = Array.from({ length: 11 }, (_, index) => ({
  id: `r${index + 1}`, body: `第 ${index + 1} 条评价:好用,送得快,还会再来。 Works well, arrived early.`,
  author: { id: `u${(index % 4) + 1}` }, product: { upc: `p${(index % 4) + 1}` },
}));

interface ById { readonly id: string }
interface ByUpc { readonly upc: string }

export const shopResolvers = {
  accounts: {
    Query: { me: () => users[0], users: () => users },
    User: { __resolveReference: ({ id }: ById) => users.find((user) => user.id === id) },
  },
  inventory: {
    Product: {
      __resolveReference: (reference: ByUpc) => ({ ...reference, inStock: Number(reference.upc.slice(1)) % 3 !== 0 }),
      shippingEstimate: ({ price, weight }: { price: number; weight: number }) => (price > 1_000 ? 0 : Math.round(weight / 2)),
    },
  },
  products: {
    Query: { topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first) },
    Product: { __resolveReference: ({ upc }: ByUpc) => products.find((product) => product.upc === upc) },
  },
  reviews: {
    User: {
      __resolveReference: ({ id }: ById) => ({ id }),
      reviews: ({ id }: ById) => reviews.filter(({ author }) => author.id === id),
    },
    Product: {
      __resolveReference: ({ upc }: ByUpc) => ({ upc }),
      reviews: ({ upc }: ByUpc) => reviews.filter(({ product }) => product.upc === upc),
    },
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
