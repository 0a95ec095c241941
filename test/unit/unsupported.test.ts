import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { createPlanner } from '../../gateway/execution/planner.js';
import { operationOf } from '../../gateway/execution/operation.js';
import { withoutSecurityPurpose } from '../../gateway/supergraph.js';
import { unsupported } from '../../scripts/unsupported.js';

const link = (...names: readonly string[]): string => `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: [${names.map((name) => `"${name}"`).join(', ')}])`;

function composed(a: string, b: string): string {
  const { supergraphSdl, errors } = composeServices([['a', a], ['b', b]].map(([name = '', sdl = '']) => ({ name, url: `http://127.0.0.1/${name}`, typeDefs: parse(sdl) })));
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

const user = 'type User @key(fields: "id") { id: ID! name: String }';
const plain = composed(`${link('@key')} type Query { user: User } ${user}`, `${link('@key')} type User @key(fields: "id") { id: ID! age: Int }`);
const context = composed(
  `${link('@key', '@context', '@fromContext')} type Query { user: User }
   type User @key(fields: "id") @context(name: "user") { id: ID! name: String currency: String! wallet: Wallet! }
   type Wallet @key(fields: "id") { id: ID! amount(currency: String @fromContext(field: "$user { currency }")): Int! }`,
  `${link('@key')} type Query { b: Int } type Wallet @key(fields: "id") { id: ID! }`,
);
const label = composed(
  `${link('@key')} type Query { user: User } ${user}`,
  `${link('@key', '@override')} type User @key(fields: "id") { id: ID! name: String @override(from: "a", label: "percent(50)") }`,
);

it('names what composes and the gateway does not carry out', () => {
  expect(unsupported(plain)).toEqual([]);
  expect(unsupported(context).map(({ en }) => en)).toEqual([expect.stringContaining('@fromContext')]);
  expect(unsupported(label).map(({ zh }) => zh)).toEqual([expect.stringContaining('label')]);
});

it.each(['best', 'hive', 'apollo'] as const)('refuses an operation that needs @fromContext, whichever planner is chosen: %s', async (planner) => {
  const { plan } = await createPlanner(withoutSecurityPurpose(context), { planner });
  expect(() => plan(operationOf(parse('{ user { wallet { amount } } }'), null), {})).toThrow('@fromContext');
  expect(plan(operationOf(parse('{ user { name } }'), null), {})).not.toBeNull();
});
