import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

const offers = ['upgrade', 'http2-settings'];

/**
 * Serves a request that offers to go on by a protocol we do not speak, such as the h2c of Java's client, by the one that it came
 * in. Node hands over the bare connection once anybody takes WebSockets, so it is read again without the offer.
 */
export function serveAsItCame(server: Server, request: IncomingMessage, connection: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = pairsOf(rawHeaders).filter(([name]) => !offers.includes(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${name.toLowerCase() === 'connection' ? withoutOffers(value) : value}\r\n`);
  connection.unshift(Buffer.concat([Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${lines.join('')}\r\n`, 'latin1'), head]));
  server.emit('connection', connection);
}

const pairsOf = (raw: readonly string[]): [name: string, value: string][] =>
  raw.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, raw[i + 1] ?? '']] : []));

const withoutOffers = (value: string): string =>
  value.split(',').map((token) => token.trim()).filter((token) => !offers.includes(token.toLowerCase())).join(', ');
