import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { goneSignal, identifyBefore, type IdentityOptions } from '../caller.js';
import type { Bilingual } from '../claims.js';
import { RequestRefused, withTraceId } from '../errors.js';
import type { TraceTransfer } from '../tracing/transfers.js';
import { keeper, type Carrier, type Delivered, type Load } from './carrier.js';

export interface MaterialsOptions extends IdentityOptions {
  readonly carrier: Pick<Carrier, 'carry'>;
  /** Uploads and downloads under way at once, 16 by default; the next is asked to come again. */
  readonly maxTransfers?: number;
  /** Follows each to its last byte. */
  readonly traceTransfer?: TraceTransfer | undefined;
}

const defaultMaxTransfers = 16;
const maxOwnTransfers = 4;
const maxTransferMs = 300_000;
const retryAfterSeconds = 2;
/** The largest document; the level counts, too, and to what was announced. */
const maxBytes = 10 * 1024 * 1024;
const maxRefusalBytes = 16 * 1024;

// All that passes in either direction beside the bytes.
const sentHeaders = ['upload-offset', 'content-length'];
const receivedHeaders = ['upload-offset', 'upload-length', 'content-type', 'content-length', 'content-disposition'];
// A document opened by itself runs nothing and fetches nothing.
const contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** `/materials/uploads/<id>` takes the bytes of a document, `/materials/<id>` gives them: at the community, as the caller. */
export function serveMaterials(app: FastifyInstance, options: MaterialsOptions): void {
  const { carrier, verifyCaller, maxTransfers = defaultMaxTransfers, traceTransfer } = options;
  /** By caller. */
  const underWay = new Map<string, number>();
  let all = 0;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  identifyBefore(app, options);

  async function forward(request: FastifyRequest, reply: FastifyReply, load: Pick<Load, 'method' | 'path' | 'body'>): Promise<FastifyReply> {
    const { exchange } = request;
    if (!verifyCaller || !exchange.caller) throw refusal('UNAUTHENTICATED');
    // It may have gone while it was found out who it is: nothing would say so again.
    if (reply.raw.destroyed) return reply.hijack();
    const { id: who } = exchange.caller;
    const own = underWay.get(who) ?? 0;
    if (own >= maxOwnTransfers || all >= maxTransfers) {
      reply.header('retry-after', retryAfterSeconds);
      throw refusal('BUSY');
    }
    all += 1;
    underWay.set(who, own + 1);
    // One who does not take the bytes must not keep the place.
    const late = setTimeout(() => void reply.raw.destroy(), maxTransferMs);
    reply.raw.once('close', () => {
      clearTimeout(late);
      all -= 1;
      const left = (underWay.get(who) ?? 1) - 1;
      if (left > 0) underWay.set(who, left);
      else underWay.delete(who);
    });
    const { identityFor } = exchange.asker;
    const identity = identityFor?.(keeper) ?? null;
    const trace = traceTransfer?.(load.method, exchange.asker.traceparent);
    const traceparent = trace?.traceparent ?? exchange.asker.traceparent;
    reply.raw.once('close', () => trace?.end(reply.raw.writableFinished ? exchange.outcome.errorCodes[0] ?? null : 'aborted'));
    const delivered = await carrier.carry({
      ...load,
      signal: goneSignal(reply),
      headers: {
        ...pick(request.headers, load.method === 'PUT' ? sentHeaders : []),
        ...(traceparent !== null && { traceparent }),
        ...(identity !== null && { authorization: `Bearer ${identity}` }),
      },
    }).catch((cause: unknown) => {
      if (reply.raw.destroyed) return null;
      throw cause instanceof RequestRefused ? cause : refusal('LEVEL_UNAVAILABLE', cause);
    });
    if (!delivered) return reply.hijack();
    trace?.answered(delivered.status);
    reply.code(delivered.status).headers(pick(delivered.headers, receivedHeaders)).header('content-security-policy', contentSecurityPolicy);
    // A refusal of HEAD has no words.
    return delivered.status < 400 || load.method === 'HEAD' ? reply.send(delivered.body) : sendRefusal(delivered, request, reply);
  }

  app.route<{ Params: { id: string } }>({
    method: ['GET', 'HEAD'],
    url: '/materials/uploads/:id',
    handler: (request, reply) => forward(request, reply, { method: request.method as 'GET' | 'HEAD', path: uploadPath(request.params.id), body: null }),
  });
  app.put<{ Params: { id: string } }>('/materials/uploads/:id', (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw refusal('PAYLOAD_TOO_LARGE');
    const body = request.body instanceof Readable ? Readable.from(counted(request.body), { objectMode: false, highWaterMark: 1 }) : null;
    return forward(request, reply, { method: 'PUT', path: uploadPath(request.params.id), body });
  });
  app.get<{ Params: { id: string } }>('/materials/:id', { exposeHeadRoute: false }, (request, reply) => {
    const { search } = new URL(request.url, 'http://gateway');
    return forward(request, reply, { method: 'GET', path: `/materials/${encodeURIComponent(request.params.id)}${search}`, body: null });
  });
}

const uploadPath = (id: string): string => `/materials/uploads/${encodeURIComponent(id)}`;

function pick(headers: Readonly<Record<string, string | string[] | undefined>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  }));
}

/** Cuts off what says nothing of its length and does not end. */
async function* counted(bytes: Readable): AsyncGenerator<Uint8Array> {
  let count = 0;
  try {
    for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > maxBytes) throw refusal('PAYLOAD_TOO_LARGE');
      yield chunk;
    }
  } finally {
    // What was refused before its end is read to its end: the next request on the connection comes behind it.
    bytes.resume();
  }
}

/** What the level says, in the form of all refusals; an answer of another form is nobody's to read. */
async function sendRefusal({ status, body }: Delivered, { exchange }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const said = refusalIn((await body.text()).slice(0, maxRefusalBytes));
  if (!said) throw refusal('LEVEL_UNAVAILABLE', new Error(`The community answered ${status} without a reason.`));
  exchange.outcome.errorCodes = [said.code];
  reply.removeHeader('content-length').type('application/json; charset=utf-8');
  if (status === 503) reply.header('retry-after', retryAfterSeconds);
  return reply.send({ errors: [withTraceId({ message: said.message, extensions: { code: said.code } }, exchange.trace.traceId)] });
}

function refusalIn(text: string): { readonly code: string; readonly message: string } | null {
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
    return typeof code === 'string' && typeof message === 'string' ? { code, message } : null;
  } catch {
    return null;
  }
}

const texts = {
  UNAUTHENTICATED: { zh: '请先登录。', en: 'Sign in first.' },
  PAYLOAD_TOO_LARGE: { zh: '一份资料至多 10 MiB。', en: 'A document has at most 10 MiB.' },
  BUSY: { zh: '同时传送的资料过多,请稍候再试。', en: 'Too many documents are on their way at once; try again in a moment.' },
  LEVEL_UNAVAILABLE: { zh: '社区(community)暂时无法访问;已收到的字节仍在,请稍后续传。', en: 'The community level cannot be reached right now; the bytes that it has are safe, go on later.' },
} satisfies Record<string, Bilingual>;

const statuses = { UNAUTHENTICATED: 401, PAYLOAD_TOO_LARGE: 413, BUSY: 503, LEVEL_UNAVAILABLE: 503 } as const;

const refusal = (code: keyof typeof texts, cause?: unknown): RequestRefused => new RequestRefused(statuses[code], code, texts[code], cause);
