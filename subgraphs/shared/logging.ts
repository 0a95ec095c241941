import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

/** Mobile and landline numbers and identity cards, in text that others wrote; not parts of longer ids. */
const personalNumbers = /(?<![\w-])(?:(?:\+?86-?)?1[3-9]\d{9}|0\d{2,3}-\d{7,8}|\d{17}[\dXx])(?![\w-])/g;

export const withoutPersonalNumbers = (text: string): string => text.replace(personalNumbers, '***');

/** What an error says of itself, without the values it was about: those of a case are somebody's name and number. */
function withoutValues(error: Error): string {
  const { name, message } = error;
  if (name === 'ValidationError' || name === 'CastError') {
    const { errors, path } = error as { errors?: Record<string, unknown>; path?: string };
    return `${name} at ${Object.keys(errors ?? {}).join(', ') || path || 'an unknown path'}`;
  }
  if ((error as { code?: unknown }).code === 11_000) return message.replace(/\s*dup key:.*$/s, '');
  return message;
}

export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** An error for the log: no properties of its own beside the code, for drivers put there what was written. */
export function describeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, stack, cause, code } = error as Error & { code?: unknown };
  // The stack repeats the message in front of the first frame.
  const frames = stack?.slice(Math.max(stack.search(/^ {4}at /m), 0));
  return {
    type: name,
    message: withoutValues(error),
    ...(code !== undefined && { code }),
    ...(frames?.startsWith('    at ') && { stack: frames }),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

/** JSON lines on stdout; what could name a person is cut should it ever get into one. */
export const createLogger = (name: string, level: string, destination?: DestinationStream): Logger =>
  pino({
    name,
    level,
    redact: { paths: ['*.phone', '*.idNumber', '*.reporter', 'req.headers', 'authorization'], remove: true },
    serializers: { ...stdSerializers, err: describeError },
    hooks: { streamWrite: withoutPersonalNumbers },
  }, destination ?? pino.destination(1));
