import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestRefused } from './errors.js';
import type { Metrics } from './metrics.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isLocal({ ip, headers }: FastifyRequest): boolean {
  // Behind a proxy on this machine everyone comes from it.
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined);
  return !isForwarded && isIP(ip) !== 0 && /^(127\.|::1$|::ffff:127\.)/.test(ip);
}

/** `/metrics`: with a token for who has it, without one for this machine alone. */
export function serveMetrics(app: FastifyInstance, metrics: Metrics, token: string | null): void {
  const wanted = token === null ? null : digest(`Bearer ${token}`);
  const may = (request: FastifyRequest): boolean =>
    (wanted ? timingSafeEqual(digest(request.headers.authorization ?? ''), wanted) : isLocal(request));
  app.get('/metrics', async (request, reply) => {
    if (!may(request)) {
      throw new RequestRefused(403, 'FORBIDDEN', {
        zh: '指标只供本机,或以 METRICS_TOKEN 为 Bearer 令牌读取。', en: 'Metrics are for this machine, or for METRICS_TOKEN as the bearer token.',
      });
    }
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
