import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Changes } from '../events/changes.js';
import type { Caller } from '../identity/serviceKeys.js';
import { headerOf, type RequestNote } from './requestLog.js';

const longestWaitMs = 20_000;
const shape = z.object({
  after: z.string().regex(/^\d{1,15}$/).transform(Number),
  waitMs: z.string().regex(/^\d{1,5}$/).transform(Number).refine((ms) => ms <= longestWaitMs),
});

/** GET /changes?after=…&waitMs=…: for the gateway on its own account, what changed since; held back until there is something. */
export function addChangesRoute(server: FastifyInstance, { changes, checkCaller, isConnected, noteOf }: {
  readonly changes: Changes;
  readonly checkCaller: (authorization: string | undefined) => Promise<Caller>;
  readonly isConnected: () => boolean;
  readonly noteOf: (request: FastifyRequest) => RequestNote;
}): void {
  server.get('/changes', async (request, reply) => {
    const { kind } = await checkCaller(headerOf(request, 'authorization'));
    noteOf(request).details = { caller: kind };
    if (kind !== 'anonymous') return reply.code(401).send({ error: 'For the gateway alone, in nobody\'s name.' });
    const wanted = shape.safeParse(request.query);
    if (!wanted.success) return reply.code(400).send({ error: `Send after, a position, and waitMs, at most ${longestWaitMs}.` });
    if (!isConnected()) return reply.code(503).send({ error: 'The database cannot be reached; try again later.' });
    const found = await changes.read(wanted.data.after, wanted.data.waitMs);
    noteOf(request).details = { caller: kind, changes: found.changes.length };
    return reply.send(found);
  });
}
