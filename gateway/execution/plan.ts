import type { OperationTypeNode } from 'graphql';
import type { Requires } from './representations.js';
import type { Rewrite } from './rewrites.js';

/** Response keys, `@` for every element of a list, and `... on A|B` for those of these types only. */
export type PlanPath = readonly string[];

export const onTypes = '... on ';

/** One operation that a plan sends to one subgraph; the same object each time the plan is run. */
export interface Fetch {
  readonly kind: 'fetch';
  readonly subgraph: string;
  readonly operation: OperationText;
  /** The caller's variables that the operation uses. */
  readonly variables: readonly string[];
  /** Where in the answer the result belongs; an empty path is the root. */
  readonly paths: readonly PlanPath[];
  /** Null for a fetch of root fields. */
  readonly entities: {
    readonly requires: Requires;
    readonly inputRewrites: readonly Rewrite[];
    /** Whether objects that stand for the same entity may share what was fetched for it. */
    readonly shared: boolean;
    /** Whether what it asks for could have been had with the entities themselves: each then has to be there, and sound. */
    readonly isUnfolded: boolean;
    /** One for all fetches of a plan that ask for the same of entities; null for a fetch that is alone. */
    readonly twins: object | null;
  } | null;
  readonly outputRewrites: readonly Rewrite[];
}

export interface OperationText {
  readonly type: OperationTypeNode;
  readonly name: string | null;
  readonly text: string;
  /** `"query":…,"operationName":…` as it goes over the wire. */
  readonly json: string;
  /** Whether every field it selects is the same for everyone. */
  readonly isPublic: boolean;
  /** For how many seconds its answer may be kept; by default not at all. */
  readonly maxAge?: number;
  /** The types of which it selects something, and the root fields, as `Query.field`; of what may be kept. */
  readonly shows?: readonly string[];
}

/** An operation for its asker alone. */
export const operationText = (type: OperationTypeNode, name: string | null, text: string): OperationText => ({
  type, name, text, isPublic: false,
  json: `"query":${JSON.stringify(text)}${name === null ? '' : `,"operationName":${JSON.stringify(name)}`}`,
});

/** A plan in the form that runs, whichever planner made it. */
export type Step =
  | Fetch
  | { readonly kind: 'sequence' | 'parallel'; readonly steps: readonly Step[] };

/** Every fetch of a plan. */
export const fetchesOf = (step: Step): readonly Fetch[] => (step.kind === 'fetch' ? [step] : step.steps.flatMap(fetchesOf));

/** What a fetch says on the wire. `variables` is JSON's inside, without braces. */
export interface Call {
  readonly operation: OperationText;
  readonly variables: string;
  /** Each as JSON. */
  readonly representations: readonly string[] | null;
}

/** The JSON members of a call's operation and variables. */
export function callBody({ operation, variables, representations }: Call): string {
  const members = representations === null ? variables
    : `${variables}${variables === '' ? '' : ','}"representations":[${representations.join(',')}]`;
  return `${operation.json},"variables":{${members}}`;
}
