import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect, type Transport } from '../../../../gateway/execution/transport.js';
import { certificate } from '../../../kit/certificate.js';
import { until } from '../../../kit/host.js';

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

describe('hedging', () => {
  let server: Server;
  let transport: Transport;
  let open: ServerResponse[];
  let closed: number;
  beforeEach(async () => {
    [open, closed] = [[], 0];
    server = createServer((_request, response) => {
      response.on('close', () => { if (!response.writableFinished) closed += 1; });
      open.push(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    transport = connect(`http://127.0.0.1:${portOf(server)}/graphql`, { timeoutMs: 5_000, hedgeMs: 10 });
  });
  afterEach(async () => {
    await transport.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('sends what may be sent twice once more when there is no word, takes what comes first, and lets the other go', async () => {
    const sending = transport.post('{}', {}, true);
    await until(async () => open.length === 2);
    open[1]?.end('second');
    expect((await sending.answer).text).toBe('second');
    await until(async () => closed === 1);
    expect(open).toHaveLength(2);
  });

  it('waits for the other where one of them fails', async () => {
    const sending = transport.post('{}', {}, true);
    await until(async () => open.length === 2);
    open[0]?.destroy();
    await until(async () => closed === 1);
    open[1]?.end('second');
    expect((await sending.answer).text).toBe('second');
  });

  it('fails when both do, and ends both when nobody waits', async () => {
    const failing = transport.post('{}', {}, true);
    await until(async () => open.length === 2);
    for (const response of open) response.destroy();
    await expect(failing.answer).rejects.toThrow();
    const left = transport.post('{}', {}, true);
    await until(async () => open.length === 4);
    left.abort();
    await expect(left.answer).rejects.toThrow('Nobody waits');
    await until(async () => closed === 4);
  });

  it('never sends what may be sent only once a second time', async () => {
    const sending = transport.post('{}', {}, false);
    await until(async () => open.length === 1);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    open[0]?.end('once');
    expect([(await sending.answer).text, open.length]).toEqual(['once', 1]);
  });
});

it('speaks HTTP/2 to a subgraph that has it', async () => {
  const versions: string[] = [];
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    response.setHeader('x-graphql-batch', '7');
    response.end('{"data":{}}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const transport = connect(`https://localhost:${portOf(server)}/graphql`, { timeoutMs: 5_000, hedgeMs: null, ca: certificate.cert });
  try {
    const answers = await Promise.all([1, 2].map(() => transport.post('{}', {}, true).answer));
    expect(answers).toEqual([{ status: 200, text: '{"data":{}}', batch: 7 }, { status: 200, text: '{"data":{}}', batch: 7 }]);
    expect(await transport.healthy()).toBe(true);
    expect(versions).toEqual(['2.0', '2.0', '2.0']);
  } finally {
    await transport.destroy();
    server.close();
  }
});
