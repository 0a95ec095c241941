import type { GraphQLFormattedError } from 'graphql';
import type { Bilingual } from './claims.js';

/** A request turned away before GraphQL sees it. The message goes to the caller as it is. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  constructor(readonly status: number, readonly code: string, text: Bilingual, cause?: unknown, readonly retryAfterSeconds?: number) {
    super(bilingual(text), { cause });
  }
}

export const bilingual = ({ zh, en }: Bilingual): string => `${zh} / ${en}`;

const unexpectedCode = 'INTERNAL_SERVER_ERROR';

const unexpectedMessage = bilingual({
  zh: '服务内部错误,请稍后再试;若仍出现,请把 traceId 告知管理员。',
  en: 'Something went wrong on our side; try again later, and if it stays, give the traceId to an administrator.',
});

/** Whether an error is nobody's intended answer: its text stays inside and goes to the log. */
export const isUnexpected = ({ extensions }: Pick<GraphQLFormattedError, 'extensions'>): boolean =>
  (extensions?.['code'] ?? unexpectedCode) === unexpectedCode;

/** What a caller may see of an error: no stack, no subgraph, no URL; `extensions` is cut to `code`. */
export function publicError({ message, locations, path, extensions }: GraphQLFormattedError): GraphQLFormattedError {
  const hidden = isUnexpected({ ...(extensions && { extensions }) });
  return {
    message: hidden ? unexpectedMessage : message,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: hidden ? unexpectedCode : extensions?.['code'] },
  };
}

export const withTraceId = (error: GraphQLFormattedError, traceId: string): GraphQLFormattedError => ({
  ...error,
  extensions: { ...error.extensions, traceId },
});

const bodyRefusals: Readonly<Record<number, { readonly code: string; readonly text: Bilingual }>> = {
  413: {
    code: 'PAYLOAD_TOO_LARGE',
    text: { zh: '请求超过 1 MiB,请减小或分次提交。', en: 'The request is larger than 1 MiB; make it smaller or send it in parts.' },
  },
  408: {
    code: 'BAD_REQUEST',
    text: { zh: '请求没有及时发完,没有处理;请重新发送。', en: 'The request did not come whole in time, and nothing was done; send it again.' },
  },
  431: {
    code: 'BAD_REQUEST',
    text: { zh: '请求头过大,请减小。', en: 'The headers of the request are too large; make them smaller.' },
  },
  400: {
    code: 'BAD_REQUEST',
    text: { zh: '请求无法读取,请以 UTF-8 的 JSON 提交。', en: 'The request cannot be read; send JSON in UTF-8.' },
  },
};

/** The status and GraphQL error of a request that never became an operation. */
export function refusalOf(error: unknown): { readonly status: number; readonly error: GraphQLFormattedError } {
  if (error instanceof RequestRefused) {
    return { status: error.status, error: { message: error.message, extensions: { code: error.code } } };
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  const known = bodyRefusals[status] ?? (status < 500 ? bodyRefusals[400] : undefined);
  return known
    ? { status, error: { message: bilingual(known.text), extensions: { code: known.code } } }
    : { status: 500, error: { message: unexpectedMessage, extensions: { code: unexpectedCode } } };
}
