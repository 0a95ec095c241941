import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusalOf, withTraceId } from './errors.js';
import { traceOf } from './trace.js';

const statuses: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** What is not HTTP, or does not come whole in time, is refused in the form of all refusals, though it is no request yet. */
export function refuseUnreadable(cause: Error & { readonly code?: string }, socket: Duplex): void {
  if (cause.code === 'ECONNRESET' || socket.destroyed) return;
  // In the middle of an answer it would be taken for a part of it.
  if (answering(socket)) {
    socket.destroy(cause);
    return;
  }
  const { status, error } = refusalOf({ statusCode: statuses[cause.code ?? ''] ?? 400 });
  const text = JSON.stringify({ errors: [withTraceId(error, traceOf(undefined).traceId)] });
  if (socket.writable) {
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n`
      + `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }
  socket.destroy(cause);
}

// Node has no other way to tell: its own handler looks there, too.
const answering = (socket: Duplex & { readonly _httpMessage?: ServerResponse | null }): boolean => socket._httpMessage?.headersSent === true;
