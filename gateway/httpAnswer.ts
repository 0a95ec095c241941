import { HeaderMap, type ApolloServer, type HTTPGraphQLResponse } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import type { IncomingHttpHeaders } from 'node:http';
import type { Exchange } from './exchange.js';
import type { Passed } from './passed.js';

export interface HttpAsked {
  readonly method: string;
  /** With its `?`; empty without one. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HTTPGraphQLResponse['body'];
}

export type AnswerHttp = (asked: HttpAsked, exchange: Exchange) => Promise<HttpAnswer>;

// All that content negotiation and CSRF prevention look at.
const headersForApollo = ['accept', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'];
const maxAccepts = 100;

/** Answers what has passed before, and lets Apollo answer all else. */
export function httpAnswers(server: Pick<ApolloServer<Exchange>, 'executeHTTPGraphQLRequest'>, passed: Passed): AnswerHttp {
  // What Apollo gives to an Accept header.
  const contentTypes = new LRUCache<string, string>({ max: maxAccepts });

  return async (asked, exchange) => {
    const { method, search, headers: { accept = '' }, body } = asked;
    const known = method === 'POST' ? contentTypes.get(accept) : undefined;
    if (known !== undefined) {
      const string = await passed.answer(body, exchange);
      if (string !== null) return { status: 200, headers: { 'content-type': known }, body: { kind: 'complete', string } };
    }
    // By its text: the hash that was sent may be forgotten by now, and what has been done must not be denied.
    const given = exchange.ran ? { ...(body as object), query: exchange.ran.text, extensions: null } : body;
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, search, headers: headerMap(asked), body: given }, context: async () => exchange,
    });
    const { status = 200 } = answer;
    const headers = Object.fromEntries(answer.headers);
    if (status === 200 && answer.body.kind === 'complete' && headers['content-type'] !== undefined) contentTypes.set(accept, headers['content-type']);
    return { status, headers, body: answer.body };
  };
}

const headerMap = ({ headers }: HttpAsked): HeaderMap => new HeaderMap(headersForApollo.flatMap((name): [string, string][] => {
  const value = headers[name];
  return value === undefined ? [] : [[name, String(value)]];
}));
