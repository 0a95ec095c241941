import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Apollo } from '../apollo.js';
import { departureOf, identifyBefore, queueBefore, type IdentityOptions } from '../caller.js';
import type { Bilingual } from '../claims.js';
import { RequestRefused } from '../errors.js';
import type { Exchange } from '../exchange.js';
import type { RequestQueue } from '../limits/queue.js';
import { bodyOf, contentTypes, formats, type FeedEntry, type Format } from './feed.js';

export interface OpennessOptions extends IdentityOptions {
  readonly apollo: Apollo;
  readonly queue: RequestQueue;
}

const newest = 50;
const keptSeconds = 300;

const shape = z.strictObject({
  area: z.string().regex(/^(\d{4}|\d{6}|\d{9}|\d{12})$/).optional(),
  code: z.string().regex(/^\d\d(\.\d\d){0,2}$/).optional(),
});

const query = /* GraphQL */ `
  query OpennessFeed($area: AreaCode, $code: String, $first: Int!) {
    openness(area: $area, code: $code, first: $first) {
      nodes { id version title summary text code { code title } publisher { area } publishedAt updatedAt }
    }
    opennessUpdatedAt(area: $area, code: $code)
  }
`;
interface AnswerData {
  readonly openness: { readonly nodes: readonly FeedEntry[] };
  readonly opennessUpdatedAt: string | null;
}

/** `/openness/feed.json|xml`: what everybody may read, asked for as nobody, whoever asks. */
export function serveOpenness(app: FastifyInstance, { apollo, queue, ...identity }: OpennessOptions): void {
  identifyBefore(app, { ...identity, verifyCaller: null });
  queueBefore(app, queue);

  for (const format of formats) {
    app.get(`/openness/feed.${format}`, async (request, reply) => {
      const { exchange } = request;
      const parsed = shape.safeParse(request.query);
      if (!parsed.success) throw refusal('BAD_USER_INPUT');
      exchange.asker = { ...exchange.asker, signal: departureOf(reply) };
      const { openness, opennessUpdatedAt } = await ask(apollo, parsed.data, exchange);
      const { area = null, code = null } = parsed.data;
      const body = bodyOf[format]({ url: urlOf(request, format, parsed.data), area, code, entries: openness.nodes });
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      // Withdrawals change the feed too, and are in this instant.
      const modified = opennessUpdatedAt === null ? null : new Date(opennessUpdatedAt);
      reply.headers({
        etag, 'cache-control': `public, max-age=${keptSeconds}`, 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin',
        ...(modified && { 'last-modified': modified.toUTCString() }),
      });
      if (isKnown(request, etag)) return reply.code(304).send();
      return reply.type(contentTypes[format]).send(body);
    });
  }
}

function urlOf({ protocol, host }: FastifyRequest, format: Format, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
  const search = new URLSearchParams(given).toString();
  return `${protocol}://${host}/openness/feed.${format}${search && `?${search}`}`;
}

/** By the ETag alone: an entry that moves to another code leaves a feed without anything newer in it. */
const isKnown = ({ headers: { 'if-none-match': match = '' } }: FastifyRequest, etag: string): boolean =>
  match.trim() === '*' || match.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);

async function ask(apollo: Apollo, parameters: Readonly<Record<string, string | undefined>>, exchange: Exchange): Promise<AnswerData> {
  const { body } = await apollo.executeOperation<AnswerData>({ query, variables: { ...parameters, first: newest } }, { contextValue: exchange });
  const { data = null, errors = [] } = body.kind === 'single' ? body.singleResult : {};
  const codes = errors.map(({ extensions }) => String(extensions?.['code']));
  const known = (Object.keys(texts) as (keyof typeof texts)[]).find((code) => codes.includes(code));
  if (known) throw refusal(known);
  // A part of what was published would be a wrong feed.
  if (codes.length > 0 || !data?.openness) throw refusal('DOWNSTREAM_SERVICE_ERROR');
  return data;
}

const texts = {
  GRAPHQL_VALIDATION_FAILED: { zh: '此处没有政务公开。', en: 'There is no openness here.' },
  BAD_USER_INPUT: {
    zh: '参数只有 area(4、6、9 或 12 位区划代码)与 code(目录编码,如 19 或 19.01,见 opennessCatalogue)。',
    en: 'The parameters are area (an area code of 4, 6, 9 or 12 digits) and code (of the catalogue, such as 19 or 19.01; see opennessCatalogue).',
  },
  LEVEL_UNAVAILABLE: { zh: '市级暂时无法访问,请稍后再试。', en: 'The city level cannot be reached; try again later.' },
  DOWNSTREAM_SERVICE_ERROR: { zh: '未能取得公开的内容,请稍后再试。', en: 'What was published could not be had; try again later.' },
} satisfies Record<string, Bilingual>;

const statuses: Readonly<Record<keyof typeof texts, readonly [status: number, code: string]>> = {
  GRAPHQL_VALIDATION_FAILED: [404, 'NOT_FOUND'], BAD_USER_INPUT: [400, 'BAD_USER_INPUT'], LEVEL_UNAVAILABLE: [503, 'LEVEL_UNAVAILABLE'],
  DOWNSTREAM_SERVICE_ERROR: [502, 'DOWNSTREAM_SERVICE_ERROR'],
};

function refusal(why: keyof typeof texts): RequestRefused {
  const [status, code] = statuses[why];
  return new RequestRefused(status, code, texts[why]);
}
