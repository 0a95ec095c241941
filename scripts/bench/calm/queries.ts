import { shopQueries, type ShopSubgraph } from '../gateway/shop.js';

export const everyLevel = shopQueries.small;

const many = (field: (alias: string) => string): string => Array.from({ length: 8 }, (_, index) => field(`f${index}`)).join(' ');

/** Much of one level's work; those that have no field at the root are told by another, in one small fetch, which keys they are asked for. */
export const ofLevel: Readonly<Record<ShopSubgraph, string>> = {
  accounts: `query OfAccounts($nonce: String) { ${many((alias) => `${alias}: users(nonce: $nonce) { id name username birthday }`)} }`,
  inventory: `query OfInventory($nonce: String) { topProducts(first: 9, nonce: $nonce) { ${many((alias) => `${alias}: inStock`)} } }`,
  products: `query OfProducts($nonce: String) { ${many((alias) => `${alias}: topProducts(nonce: $nonce) { upc name price weight }`)} }`,
  reviews: `query OfReviews($nonce: String) { users(nonce: $nonce) { ${many((alias) => `${alias}: reviews { id body }`)} } }`,
};

/** Needs one other level only. */
export const withoutLevel = (level: ShopSubgraph): string =>
  level === 'accounts'
    ? 'query WithoutAccounts($nonce: String) { topProducts(nonce: $nonce) { name price } }'
    : 'query OfAccountsAlone($nonce: String) { me(nonce: $nonce) { name birthday } }';
