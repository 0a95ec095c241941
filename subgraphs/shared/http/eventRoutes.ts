import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { SubgraphName } from '../../../schema/events.js';
import { batchSchema } from '../events/envelope.js';
import type { Receiver } from '../events/receiver.js';
import { runInScope, traceIdOf } from '../events/trace.js';
import { eventPatienceMs } from './graphqlRoute.js';
import { headerOf, type RequestNote } from './requestLog.js';

const mediaType = 'application/cloudevents-batch+json';
const retryShape = z.object({ id: z.string().min(1) });

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function countBy(list: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of list) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

/** POST /events takes events of other levels in; POST /events/retry takes a kept one in again, for this level's key. */
export function addEventRoutes(server: FastifyInstance, options: {
  readonly me: SubgraphName;
  readonly receiver: Receiver;
  /** The service that signed these bytes for `me`. */
  readonly signerOf: (authorization: string | undefined, body: Uint8Array) => Promise<string | null>;
  readonly isConnected: () => boolean;
  readonly noteOf: (request: FastifyRequest) => RequestNote;
  readonly log: Logger;
}): void {
  const { me, receiver, signerOf, isConnected, noteOf, log } = options;
  server.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  /** The signed body, or an answer that says why not. */
  async function read(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly sender: string; readonly body: unknown } | null> {
    if (!Buffer.isBuffer(request.body)) {
      await reply.code(415).send({ error: `Send ${mediaType}.` });
      return null;
    }
    const sender = await signerOf(headerOf(request, 'authorization'), request.body);
    if (sender === null) {
      await reply.code(401).send({ error: 'The signature does not hold.' });
      return null;
    }
    // A driver would look for the database for many seconds, and the sender's events would pile up here.
    if (!isConnected()) {
      await reply.code(503).send({ error: 'The database cannot be reached; try again later.' });
      return null;
    }
    return { sender, body: parse(request.body) };
  }

  server.post('/events', async (request, reply) => {
    const note = noteOf(request);
    const read_ = await read(request, reply);
    if (!read_) return reply;
    const { sender, body } = read_;
    note.details = { sender };
    const batch = batchSchema.safeParse(body);
    if (!batch.success || batch.data.some(({ source }) => source !== sender)) {
      const reason = batch.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
      log.error({ sender, reason: reason ?? 'another source', traceId: traceIdOf(note.traceparent) }, 'batch refused');
      return reply.code(400).send({ error: 'Not a batch of CloudEvents from this sender.' });
    }
    const waitUntil = Math.min(Number(headerOf(request, 'x-wait-until')) || 0, Date.now() + eventPatienceMs);
    const { traceparent } = note;
    const receipts = await runInScope({ traceparent, waitUntil }, () => receiver.receive(batch.data));
    const traces = batch.data.flatMap((event) => event.traceparent ?? []).map(traceIdOf);
    note.details = { sender, events: countBy(receipts), causedBy: [...new Set(traces)] };
    return reply.send({ receipts });
  });

  server.post('/events/retry', async (request, reply) => {
    const read_ = await read(request, reply);
    if (!read_) return reply;
    if (read_.sender !== me) return reply.code(401).send({ error: `Only ${me} may have its events tried again.` });
    const wanted = retryShape.safeParse(read_.body);
    if (!wanted.success) return reply.code(400).send({ error: 'Send {"id": "…"}, the id of an event.' });
    const receipt = await receiver.retry(wanted.data.id);
    if (receipt === null) return reply.code(404).send({ error: 'There is no such event.' });
    noteOf(request).details = { event: wanted.data.id, receipt };
    return reply.send({ receipt });
  });
}
