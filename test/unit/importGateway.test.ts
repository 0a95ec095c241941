import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { backOffMs, connectGateway, type GatewayOptions } from '../../scripts/import/gateway.js';
import type { CaseInput, Message } from '../../scripts/import/message.js';
import { Interrupted } from '../../scripts/import/stops.js';
import { submitter } from '../../scripts/import/submit.js';

interface Said {
  readonly status?: number;
  readonly body?: unknown;
}

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map(async (server) => {
  server.closeAllConnections();
  await once(server.close(), 'close');
})));

/** A gateway that says this, one after the other and the last for ever; null cuts the line. */
async function saying(answers: readonly (Said | null)[], options: Partial<GatewayOptions> = {}) {
  const seen = { bodies: [] as string[], waits: [] as number[], tokens: [] as (string | undefined)[] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const said = answers[Math.min(seen.bodies.length, answers.length - 1)];
      seen.bodies.push(Buffer.concat(chunks).toString());
      seen.tokens.push(request.headers.authorization);
      if (!said) return void request.socket.destroy();
      const { status = 200, body = {} } = said;
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const gateway = connectGateway({
    url, token: 't0ken', signal: new AbortController().signal, tries: 4, random: () => 1,
    wait: async (ms) => void seen.waits.push(ms), ...options,
  });
  return { gateway, seen, url };
}

const failing = (code: string, status = 200): Said =>
  ({ status, body: { data: null, errors: [{ message: `about ${code}`, extensions: { code, traceId: 'f00' } }] } });
const fine: Said = { body: { data: { ok: true } } };
function submitted(...codes: string[]): Said {
  const userErrors = codes.map((code) => ({ code, message: `about ${code}`, field: ['input', 'title'] }));
  return { body: { data: { caseSubmit: { userErrors } } } };
}

describe('the gateway', () => {
  it('gets the token with each request and gives the data', async () => {
    const { gateway, seen } = await saying([fine]);

    expect(await gateway.ask('{ ok }', { a: 1 })).toEqual({ ok: true });
    expect(seen).toEqual({
      bodies: ['{"query":"{ ok }","variables":{"a":1}}'], tokens: ['Bearer t0ken'], waits: [],
    });
  });

  it.each<[string, Said | null]>([
    ['a level is not there', failing('LEVEL_UNAVAILABLE')],
    ['it failed', failing('INTERNAL_SERVER_ERROR', 500)],
    ['an error has no code', { body: { errors: [{ message: 'x' }] } }],
    ['a proxy answers for it', { status: 502, body: '<html>' }],
    ['it has too much to do', { status: 429, body: failing('RATE_LIMITED').body }],
    ['the line was cut', null],
  ])('is tried again, later each time, when %s', async (_what, answer) => {
    const { gateway, seen } = await saying([fine, answer, answer, answer, fine]);
    await gateway.ask('{ ok }');

    expect(await gateway.ask('{ ok }')).toEqual({ ok: true });
    expect(seen.waits).toEqual([250, 500, 1000]);
    expect(new Set(seen.bodies).size).toBe(1);
  });

  it.each<[string, Said | null, string | RegExp]>([
    ['the token is refused', failing('UNAUTHENTICATED', 401),
      'The gateway refuses the token (UNAUTHENTICATED): about UNAUTHENTICATED'],
    ['the holder may not', failing('FORBIDDEN'), 'The gateway refuses the token (FORBIDDEN): about FORBIDDEN'],
    ['it is another address of the gateway', { status: 404, body: '{"errors":[{"message":"Nothing is here.","extensions":{"code":"NOT_FOUND"}}]}' },
      ': Nothing is here. Start the platform with npm start, or name its address'],
    ['it is something else', { status: 404, body: '<html>' },
      ': it answers 404, and not as a GraphQL gateway does. Start the platform with npm start, or name its address'],
    ['it says nothing at all', null, /No gateway at .*: \S+\. Start the platform with npm start/],
  ])('is not tried again when %s', async (_what, answer, message) => {
    const { gateway, seen } = await saying([answer]);

    await expect(gateway.ask('{ ok }')).rejects.toThrow(message);
    expect(seen.waits).toEqual([]);
  });

  it('that refuses the request is not tried again', async () => {
    const { gateway, seen } = await saying([failing('BAD_USER_INPUT', 400)]);

    await expect(gateway.ask('{ ok }')).rejects
      .toMatchObject({ name: 'Refused', code: 'BAD_USER_INPUT', message: 'about BAD_USER_INPUT' });
    expect(seen.bodies).toHaveLength(1);
  });

  it('that is away for good ends the run, and one that fails on a request only gives up on it', async () => {
    const away = await saying([failing('LEVEL_UNAVAILABLE')]);
    await expect(away.gateway.ask('{ ok }')).rejects.toMatchObject({
      name: 'ImportStopped',
      message: 'The platform was not there at 4 tries (LEVEL_UNAVAILABLE): about LEVEL_UNAVAILABLE (trace f00)',
    });
    const broken = await saying([failing('INTERNAL_SERVER_ERROR')]);
    await expect(broken.gateway.ask('{ ok }')).rejects.toMatchObject({
      name: 'Failed', message: 'INTERNAL_SERVER_ERROR at each of 4 tries: about INTERNAL_SERVER_ERROR (trace f00)',
    });
  });

  it('is not waited for when the run is asked to end', async () => {
    const ending = new AbortController();
    const { gateway, seen } = await saying([failing('LEVEL_UNAVAILABLE')], {
      signal: ending.signal, wait: async () => ending.abort(),
    });

    await expect(gateway.ask('{ ok }')).rejects.toBeInstanceOf(Interrupted);
    expect(seen.bodies).toHaveLength(1);
  });

  it('is waited for longer each time, up to ten seconds, and by each caller a little differently', () => {
    expect([1, 2, 3, 6, 7, 20].map((tried) => backOffMs(tried, 1))).toEqual([250, 500, 1000, 8000, 10_000, 10_000]);
    expect(backOffMs(3, 0)).toBe(500);
  });
});

describe('a submission', () => {
  const input = { title: '路灯', sourceId: 'hotline:7' } as CaseInput;
  const message: Message = { category: '城乡建设', isPlaced: true, input: { value: input } };
  const keyOf = (body: string): string =>
    (JSON.parse(body) as { variables: { input: { idempotencyKey: string } } }).variables.input.idempotencyKey;

  it.each<[string, Said, unknown]>([
    ['is taken in is new', submitted(), { kind: 'NEW' }],
    ['the platform has already is known', submitted('DUPLICATE'), { kind: 'KNOWN' }],
    ['breaks a rule is rejected with each reason', submitted('OUT_OF_SCOPE', 'DENIED'),
      { kind: 'REJECTED', reason: 'OUT_OF_SCOPE: title: about OUT_OF_SCOPE DENIED: title: about DENIED' }],
    ['is no valid request is rejected', failing('BAD_USER_INPUT', 400),
      { kind: 'REJECTED', reason: 'BAD_USER_INPUT: about BAD_USER_INPUT' }],
  ])('that %s', async (_what, answer, outcome) => {
    const { gateway } = await saying([answer]);

    expect(await submitter(gateway, 'run')(message, 2)).toEqual(outcome);
  });

  it('has one key for the row in the run, however often it is sent, and others for other rows and runs', async () => {
    const { gateway, seen } = await saying([submitted()]);
    const sent = [['a', 2], ['a', 2], ['a', 3], ['b', 2]] as const;
    for (const [run, line] of sent) await submitter(gateway, run)(message, line);

    const [first, again, other, later] = seen.bodies.map(keyOf);

    expect(again).toBe(first);
    expect(new Set([first, other, later]).size).toBe(3);
  });

  it('without what it needs is rejected unsent', async () => {
    const { gateway, seen } = await saying([submitted()]);

    const outcome = await submitter(gateway, 'run')({ ...message, input: { problem: 'No id.' } }, 2);

    expect(outcome).toEqual({ kind: 'REJECTED', reason: 'No id.' });
    expect(seen.bodies).toEqual([]);
  });

  it('by somebody who may not ends the run', async () => {
    const { gateway } = await saying([submitted('ROLE_NOT_ALLOWED')]);

    await expect(submitter(gateway, 'run')(message, 2)).rejects.toThrow(/^The token's holder may not submit cases: /);
  });

  it('on which the platform fails is rejected, and the third in a row ends the run', async () => {
    const broken = failing('INTERNAL_SERVER_ERROR');
    const { gateway } = await saying([broken, broken, submitted(), broken], { tries: 1 });
    const submit = submitter(gateway, 'run');
    const outcomes = [];
    for (const line of [2, 3, 4, 5, 6]) outcomes.push((await submit(message, line)).kind);

    expect(outcomes).toEqual(['REJECTED', 'REJECTED', 'NEW', 'REJECTED', 'REJECTED']);
    await expect(submit(message, 7)).rejects.toThrow(
      'The platform failed on 3 rows in a row, the last at line 7: INTERNAL_SERVER_ERROR at each of 1 tries: about',
    );
  });
});
