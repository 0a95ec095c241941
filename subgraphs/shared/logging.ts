import { pino, type Logger } from 'pino';

/** JSON lines on stdout; what could name a person is cut should it ever get into a log object. */
export const createLogger = (name: string, level: string): Logger =>
  pino({
    name,
    level,
    redact: { paths: ['*.phone', '*.idNumber', '*.reporter', 'req.headers', 'authorization'], remove: true },
  });
