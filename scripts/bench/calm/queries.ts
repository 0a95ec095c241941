import { shopQueries, type ShopSubgraph } from '../gateway/shop.js';

export const everyLevel = shopQueries.small;

const times = (count: number, field: string): string => Array.from({ length: count }, (_, index) => `f${index}: ${field}`).join(' ');

/**
 * So much of one level's work that the level, and neither the gateway nor who asks, is what cannot keep up. Those that have no
 * field at the root are told by another, in one small fetch, which keys they are asked for.
 */
export const ofLevel: Readonly<Record<ShopSubgraph, string>> = {
  accounts: `query OfAccounts($nonce: String) { ${times(16, 'users(nonce: $nonce) { id name username birthday }')} }`,
  inventory: `query OfInventory($nonce: String) { topProducts(first: 9, nonce: $nonce) { upc ${times(40, 'inStock')} } }`,
  products: `query OfProducts($nonce: String) { ${times(16, 'topProducts(nonce: $nonce) { upc name price weight }')} }`,
  reviews: `query OfReviews($nonce: String) { users(nonce: $nonce) { ${times(16, 'reviews { id }')} } }`,
};

/** Needs one other level only. */
export const withoutLevel = (level: ShopSubgraph): string =>
  level === 'accounts'
    ? 'query WithoutAccounts($nonce: String) { topProducts(nonce: $nonce) { name price } }'
    : 'query OfAccountsAlone($nonce: String) { me(nonce: $nonce) { name birthday } }';
