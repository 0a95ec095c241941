import type { PlanNode } from '@apollo/query-planner';
import { OperationTypeNode } from 'graphql';
import { plannedByApollo } from '../../../../gateway/execution/apolloPlanner.js';
import { compilePlan } from '../../../../gateway/execution/compilePlan.js';
import type { Fetch, Step } from '../../../../gateway/execution/plan.js';

const entityFetch = (subgraph: string, selection: string, path: string[]): PlanNode => ({
  kind: 'Flatten', path,
  node: {
    kind: 'Fetch', serviceName: subgraph, operationName: undefined, operationKind: OperationTypeNode.QUERY,
    operation: `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person ${selection} } }`,
    requires: [{ kind: 'InlineFragment', typeCondition: 'Person', selections: [{ kind: 'Field', name: '__typename' }, { kind: 'Field', name: 'id' }] }],
  },
});
const fetches = (step: Step | null): Fetch[] => {
  if (!step) return [];
  if (step.kind === 'fetch') return [step];
  return step.steps.flatMap(fetches);
};
const sharing = (...nodes: PlanNode[]): (boolean | undefined)[] =>
  fetches(compilePlan(plannedByApollo({ kind: 'Sequence', nodes }))).map(({ entities }) => entities?.shared);

it.each([
  ['by itself', [entityFetch('a', '{ boss { name } }', ['cases', '@', 'reporter'])], [true]],
  ['with others of another part', [entityFetch('a', '{ boss { name } }', ['cases', '@', 'reporter']), entityFetch('b', '{ unit { name } }', ['cases', '@', 'reporter'])], [true, true]],
  ['with others below it', [entityFetch('a', '{ boss { name } }', ['cases', '@', 'reporter']), entityFetch('b', '{ age }', ['cases', '@', 'reporter', 'boss'])], [true, true]],
  ['but not with others of the same part', [entityFetch('a', '{ boss { name } }', ['cases', '@', 'reporter']), entityFetch('b', '{ boss { age } }', ['cases', '@', 'reporter'])], [false, false]],
  ['nor with others that reach the same part from above', [entityFetch('a', '{ boss { name } }', ['cases', '@', 'reporter']), entityFetch('b', '{ reporter { ... on Person { boss { age } } } }', ['cases', '@'])], [false, true]],
])('shares what is fetched for one entity %s', (_name, nodes, expected) => {
  expect(sharing(...nodes)).toEqual(expected);
});

it.each<[string, PlanNode | { kind: 'Subscription'; primary: never }, RegExp]>([
  ['deferred parts', { kind: 'Defer', primary: {}, deferred: [] }, /@defer/],
  ['subscriptions', { kind: 'Subscription', primary: undefined as never }, /subscriptions/],
  ['values from a context', {
    ...(entityFetch('a', '{ age }', []) as { node: object }).node, contextRewrites: [{ kind: 'KeyRenamer', path: ['a'], renameKeyTo: 'b' }],
  } as PlanNode, /@fromContext/],
])('refuses %s', (_name, node, message) => {
  expect(() => compilePlan(plannedByApollo(node as PlanNode))).toThrow(message);
});
