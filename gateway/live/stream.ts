import { PassThrough, type Writable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { identifyBefore, type IdentityOptions } from '../caller.js';
import { RequestRefused } from '../errors.js';
import { Departing } from '../execution/departure.js';
import type { Live, LiveEvent, Subscription, SubscribeRequest } from './live.js';

export interface Streams {
  /** Says something to each, so that no proxy takes it for dead. */
  beat(): void;
  /** Ends all without saying that there is no more: clients then come again. */
  stop(): void;
}

const nothing = ':\n\n';
const contentType = 'text/event-stream';

const record = z.record(z.string(), z.unknown());
const bodyShape = z.object({
  query: z.string().optional(), operationName: z.string().nullish(), variables: record.nullish(), extensions: record.nullish(),
});
const jsonText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  }
});
const searchShape = z.object({
  query: z.string().optional(), operationName: z.string().optional(),
  variables: jsonText.pipe(record).optional(), extensions: jsonText.pipe(record).optional(),
});

/** `/graphql/stream`: server-sent events as `graphql-sse` has them, one subscription in each request. */
export function serveStreams(app: FastifyInstance, { live, ...identity }: IdentityOptions & { readonly live: Live }): Streams {
  const streams = new Set<PassThrough>();
  identifyBefore(app, identity);

  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    exposeHeadRoute: false,
    async handler(request, reply) {
      const { headers, exchange, ip } = request;
      if (!/text\/event-stream|\*\/\*/.test(headers.accept ?? '')) throw refused(406, notAccepted);
      const gone = new Departing();
      reply.raw.once('close', () => gone.abort());
      if (reply.raw.destroyed) gone.abort();
      const subscription = await live.subscribe(wantedBy(request), {
        authorization: headers.authorization, address: ip, transport: 'sse', traceparent: exchange.trace.traceparent, gone,
      });
      if (reply.raw.destroyed) return reply.hijack();
      if ('errors' in subscription) exchange.outcome.errorCodes = subscription.errors.map(({ extensions }) => String(extensions?.['code']));
      const stream = new PassThrough();
      streams.add(stream);
      reply.raw.once('close', () => {
        streams.delete(stream);
        stream.destroy();
      });
      // It has a connection to itself, which is not used again: what stops need not wait for it.
      reply.headers({ 'x-accel-buffering': 'no', 'connection': 'close' }).type(`${contentType}; charset=utf-8`);
      void write(stream, subscription);
      return reply.send(stream);
    },
  });

  async function write(stream: PassThrough, subscription: Subscription): Promise<void> {
    stream.write(nothing);
    const events = 'events' in subscription ? subscription.events : [{ id: null, result: subscription }];
    for await (const event of events) {
      if (!stream.writable) return;
      // Who reads slowly is told of what is newest then.
      if (!stream.write(textOf(event))) await drained(stream);
    }
    if (streams.has(stream) && stream.writable) stream.end('event: complete\ndata: \n\n');
  }

  return {
    beat() {
      for (const stream of streams) if (!stream.writableNeedDrain) stream.write(nothing);
    },
    stop() {
      for (const stream of streams) {
        streams.delete(stream);
        stream.end();
      }
    },
  };
}

/** Settles when there is room again, or nobody to read. */
export function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    function settle(): void {
      stream.off('drain', settle).off('close', settle);
      resolve();
    }
    stream.on('drain', settle).on('close', settle);
  });
}

const textOf = ({ id, result }: LiveEvent): string =>
  `${id === null ? '' : `id: ${id}\n`}event: next\ndata: ${JSON.stringify(result)}\n\n`;

function wantedBy({ method, body, query: search, headers }: FastifyRequest): SubscribeRequest {
  const parsed = method === 'GET' ? searchShape.safeParse(search) : bodyShape.safeParse(body);
  if (!parsed.success) throw refused(400, notReadable);
  const { query, operationName, variables, extensions } = parsed.data;
  const lastEventId = headers['last-event-id'];
  return {
    query, operationName: operationName ?? undefined, variables: variables ?? undefined, extensions: extensions ?? undefined,
    ...(typeof lastEventId === 'string' && lastEventId !== '' && { lastEventId }),
  };
}

const refused = (status: number, text: ConstructorParameters<typeof RequestRefused>[2]): RequestRefused => new RequestRefused(status, 'BAD_REQUEST', text);

const notAccepted = { zh: '此处答复事件流,请以 Accept: text/event-stream 请求。', en: 'This answers with a stream of events; ask for it with Accept: text/event-stream.' };
const notReadable = {
  zh: '请求无法读取:POST 为 JSON 的 query、variables、operationName;GET 时三者在网址里,variables 为 JSON。',
  en: 'The request cannot be read: by POST query, variables and operationName as JSON; by GET the three in the URL, with variables as JSON.',
};
