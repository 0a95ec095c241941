import { pino, stdTimeFunctions, type Logger } from 'pino';
import type { Exchange } from './exchange.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const createLog = (level: LogLevel): Logger =>
  pino({ level, base: { service: 'gateway' }, timestamp: stdTimeFunctions.isoTime });

/** Hides mobile numbers and identity cards in text that others wrote. */
export const withoutPersonalNumbers = (text: string): string =>
  text.replace(/(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx])(?!\d)/g, '***');

/** The one line per request. No variables, no query text, no tokens. */
export function logExchange(
  log: Logger,
  exchange: Exchange,
  http: { readonly status: number; readonly path: string },
): void {
  const { trace, caller, startedAt, outcome: { operationName, errorCodes } } = exchange;
  const line = {
    traceId: trace.traceId,
    path: http.path,
    status: http.status,
    ms: Math.round((performance.now() - startedAt) * 10) / 10,
    actor: caller && { id: withoutPersonalNumbers(caller.id), role: caller.role },
    ...(operationName !== null && { operationName: withoutPersonalNumbers(operationName).slice(0, 100) }),
    ...(errorCodes.length > 0 && { errorCodes }),
  };
  if (http.path === '/graphql' || http.status >= 400) log.info(line, 'request');
  else log.debug(line, 'request');
}

/** An error's own words and stack, for the log only. */
export function describeError(error: unknown): { error: string; stack?: string } {
  if (!(error instanceof Error)) return { error: withoutPersonalNumbers(String(error)) };
  return {
    error: withoutPersonalNumbers(error.message),
    ...(error.stack !== undefined && { stack: withoutPersonalNumbers(error.stack) }),
  };
}
