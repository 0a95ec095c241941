import type { FastifyInstance } from 'fastify';
import type { Apollo } from '../apollo.js';
import type { Bilingual } from '../claims.js';
import { goneSignal, identifyBefore, type IdentityOptions } from '../caller.js';
import { bilingual, RequestRefused, withTraceId } from '../errors.js';
import type { Exchange } from '../exchange.js';
import { csvOf } from './csv.js';
import { formats, reportNames, type Format, type Report, type ReportData, type ReportName, type Request } from './model.js';
import { dataOf, operationOf, type AnswerData } from './operation.js';
import { readParameters } from './parameters.js';
import type { Renderer } from './renderer.js';
import { reports } from './reports.js';

export interface ReportsOptions extends IdentityOptions {
  readonly apollo: Apollo;
  readonly renderer: Renderer;
  readonly now?: () => Date;
  /** Reports under way at once, 8 by default; the next is asked to come again. */
  readonly maxReports?: number;
}

const defaultMaxReports = 8;
const retryAfterSeconds = 2;

const contentTypes: Readonly<Record<Format, string>> = {
  svg: 'image/svg+xml; charset=utf-8', png: 'image/png', csv: 'text/csv; charset=utf-8; header=present',
};
// A picture opened by itself runs nothing and fetches nothing.
const contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/** `/reports/<name>.svg|png|csv`: what a caller may see of the dashboards, asked for as the caller. */
export function serveReports(app: FastifyInstance, options: ReportsOptions): void {
  const { apollo, renderer, verifyCaller, now = () => new Date(), maxReports = defaultMaxReports } = options;
  let underWay = 0;
  identifyBefore(app, options);

  app.get<{ Params: { file: string } }>('/reports/:file', async (request, reply) => {
    const { exchange } = request;
    const [, name, format] = fileName.exec(request.params.file) as unknown as [string, ReportName, Format] | null ?? [];
    if (name === undefined || format === undefined) throw refusal('NOT_FOUND');
    if (!verifyCaller) throw refusal('NO_REPORTS');
    const at = inShanghai(now());
    const parameters = readParameters(name, request.query, at.slice(0, 7));
    if (!parameters.ok) {
      exchange.outcome.errorCodes = ['BAD_USER_INPUT'];
      return reply.code(400).send({
        errors: parameters.problems.map(({ parameter, text }) =>
          withTraceId({ message: bilingual(text), extensions: { code: 'BAD_USER_INPUT', parameter } }, exchange.trace.traceId)),
      });
    }
    if (underWay >= maxReports) {
      reply.header('retry-after', retryAfterSeconds);
      throw refusal('BUSY');
    }
    underWay += 1;
    try {
      exchange.asker = { ...exchange.asker, signal: goneSignal(reply) };
      const data = await ask(apollo, parameters.request, exchange);
      const report: Report = { request: parameters.request, data, madeAt: at };
      const body = format === 'csv' ? csvOf(reports[name].table(report)) : await renderer.draw(report, format);
      return await reply
        .type(contentTypes[format])
        .headers({
          'content-disposition': `${format === 'csv' ? 'attachment' : 'inline'}; filename="${downloadName(parameters.request, format)}"`,
          'content-security-policy': contentSecurityPolicy,
          'cache-control': 'private, no-store',
        })
        .send(typeof body === 'string' ? body : Buffer.from(body));
    } finally {
      underWay -= 1;
    }
  });
}

const fileName = new RegExp(`^(${reportNames.join('|')})\\.(${formats.join('|')})$`);
const downloadName = ({ report, area, from, to }: Request, format: Format): string => `${report}-${area}-${from}-${to}.${format}`;
const inShanghai = (at: Date): string => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');

/** The data as the caller may have them: the same operation, rights and errors as by `/graphql`. */
async function ask(apollo: Apollo, request: Request, exchange: Exchange): Promise<ReportData> {
  const { body } = await apollo.executeOperation<AnswerData>(operationOf(request), { contextValue: exchange });
  if (body.kind !== 'single') throw refusal('DOWNSTREAM');
  const { data, errors = [] } = body.singleResult;
  const codes = errors.map(({ extensions }) => String(extensions?.['code']));
  const code = errorOrder.find((one) => codes.includes(one)) ?? codes[0];
  // A picture of a part of the numbers would be a wrong one.
  if (code !== undefined) {
    const [status, own] = answers[code] ?? [502, texts.DOWNSTREAM];
    const said = errors.find(({ extensions }) => extensions?.['code'] === code)?.message;
    throw new RequestRefused(status, code, own, said);
  }
  const found = data && dataOf(request, data);
  if (!found) throw refusal(exchange.caller ? 'NOT_FOUND_OR_HIDDEN' : 'UNAUTHENTICATED');
  return found;
}

const errorOrder = ['UNAUTHENTICATED', 'FORBIDDEN', 'GRAPHQL_VALIDATION_FAILED', 'LEVEL_UNAVAILABLE'];

const texts = {
  NOT_FOUND: {
    zh: `没有这份报表;有 ${reportNames.join('、')},格式 ${formats.join('、')},如 /reports/trend.svg。`,
    en: `There is no such report; there are ${reportNames.join(', ')} as ${formats.join(', ')}, e.g. /reports/trend.svg.`,
  },
  NO_REPORTS: {
    zh: '此处没有报表:网关未启用登录,或所载的 supergraph 没有看板。',
    en: 'There are no reports here: nobody signs in at this gateway, or its supergraph has no dashboards.',
  },
  NOT_FOUND_OR_HIDDEN: {
    zh: '没有可供您查看的这一区划;请核对 area,或换用有权查看的身份。',
    en: 'There is no such area that you may look at; check area, or sign in as someone who may.',
  },
  UNAUTHENTICATED: { zh: '请先登录:报表只向有权查看的人员开放。', en: 'Sign in first: reports are for those who may see the numbers.' },
  FORBIDDEN: { zh: '您无权查看这份报表。', en: 'You may not see this report.' },
  BAD_USER_INPUT: { zh: '所问的范围无效,请核对参数。', en: 'What was asked for is not valid; check the parameters.' },
  LEVEL_UNAVAILABLE: {
    zh: '有一级暂时无法访问,数字不全,因此不出图;请稍后再试。',
    en: 'A level cannot be reached, so the numbers would not be complete and no picture is made; try again later.',
  },
  DOWNSTREAM: {
    zh: '数字未能取全,因此不出图;请稍后再试。', en: 'The numbers could not all be had, so no picture is made; try again later.',
  },
  BUSY: { zh: '同时生成的报表过多,请稍候再试。', en: 'Too many reports are being made at once; try again in a moment.' },
} satisfies Record<string, Bilingual>;

const answers: Readonly<Record<string, readonly [status: number, text: Bilingual]>> = {
  UNAUTHENTICATED: [401, texts.UNAUTHENTICATED],
  FORBIDDEN: [403, texts.FORBIDDEN],
  BAD_USER_INPUT: [400, texts.BAD_USER_INPUT],
  GRAPHQL_VALIDATION_FAILED: [404, texts.NO_REPORTS],
  LEVEL_UNAVAILABLE: [503, texts.LEVEL_UNAVAILABLE],
};

const refusals: Readonly<Record<string, readonly [status: number, code: string]>> = {
  NO_REPORTS: [404, 'NOT_FOUND'], NOT_FOUND: [404, 'NOT_FOUND'], NOT_FOUND_OR_HIDDEN: [404, 'NOT_FOUND'],
  UNAUTHENTICATED: [401, 'UNAUTHENTICATED'], BUSY: [503, 'BUSY'], DOWNSTREAM: [502, 'DOWNSTREAM_SERVICE_ERROR'],
};
function refusal(why: 'NOT_FOUND' | 'NO_REPORTS' | 'NOT_FOUND_OR_HIDDEN' | 'UNAUTHENTICATED' | 'BUSY' | 'DOWNSTREAM'): RequestRefused {
  const [status, code] = refusals[why] ?? [500, why];
  return new RequestRefused(status, code, texts[why]);
}
