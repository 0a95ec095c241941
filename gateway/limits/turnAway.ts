import type { RequestListener } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { refusalOf, withTraceId, type RequestRefused } from '../errors.js';
import { traceOf, type Trace } from '../trace.js';

export interface TurnAwayOptions {
  /** The path of requests that may have to be turned away. */
  readonly path: string;
  readonly isFull: () => boolean;
  readonly refusal: RequestRefused;
  readonly headers: Readonly<Record<string, string>>;
  readonly onTurnedAway: (trace: Trace, status: number) => void;
}

/**
 * Tells whom there is no room for before anything else is done: where very many ask, saying no by the usual way would take more
 * of the machine than it leaves to those who are answered.
 */
export function turnAway({ path, isFull, refusal, headers, onTurnedAway }: TurnAwayOptions, otherwise: RequestListener): RequestListener {
  const { status, error } = refusalOf(refusal);
  const all: Readonly<Record<string, string | number>> = {
    ...headers, 'content-type': 'application/json; charset=utf-8',
    ...(refusal.retryAfterSeconds !== undefined && { 'retry-after': refusal.retryAfterSeconds }),
  };
  const textFor = textOf(error);
  return (request, response) => {
    const { url = '' } = request;
    if (!url.startsWith(path) || (url.length > path.length && url[path.length] !== '?') || !isFull()) {
      otherwise(request, response);
      return;
    }
    const { traceparent } = request.headers;
    const trace = traceOf(typeof traceparent === 'string' ? traceparent : undefined);
    const text = textFor(trace.traceId);
    response.writeHead(status, { ...all, 'content-length': Buffer.byteLength(text) }).end(text);
    onTurnedAway(trace, status);
  };
}

/** Written once, but for the trace. */
function textOf(error: GraphQLFormattedError): (traceId: string) => string {
  const place = 'TRACE';
  const [before = '', after = ''] = JSON.stringify({ errors: [withTraceId(error, place)] }).split(`"${place}"`);
  return (traceId) => `${before}"${traceId}"${after}`;
}
