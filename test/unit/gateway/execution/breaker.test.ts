import { guard, type GuardedTransport } from '../../../../gateway/execution/breaker.js';
import type { Sent, Transport } from '../../../../gateway/execution/transport.js';

type Reply = { readonly status: number } | { readonly code: string } | { readonly name: string };

let replies: Reply[];
let posted: string[];
let healthy: boolean;
let changes: boolean[];
let changed: (() => void)[];
let guarded: GuardedTransport;

const reset: Reply = { code: 'ECONNRESET' };
const late: Reply = { code: 'TIMEOUT' };

beforeEach(() => {
  [replies, posted, changes, changed, healthy] = [[], [], [], [], false];
  const transport: Transport = {
    post(body) {
      posted.push(body);
      const reply = replies.shift() ?? { status: 200 };
      const answer = 'status' in reply ? Promise.resolve<Sent>({ status: reply.status, text: '{}', batch: 1 })
        : Promise.reject<Sent>(Object.assign(new Error('no answer'), reply));
      return { answer, abort: () => undefined };
    },
    healthy: async () => healthy,
    close: async () => undefined,
    destroy: async () => undefined,
  };
  guarded = guard(transport, {
    failures: 3,
    onChange(up) {
      changes.push(up);
      for (const tell of changed.splice(0)) tell();
    },
  });
});
afterEach(() => guarded.close());

const send = (body = 'q'): Promise<unknown> => guarded.post(body, {}, true).answer.then(({ status }) => status, (error: unknown) => error);
const sendAll = async (all: readonly Reply[]): Promise<void> => {
  replies.push(...all);
  for (const _reply of all) await send();
};
const change = (): Promise<void> => new Promise((resolve) => { changed.push(resolve); });

it.each([
  ['cut connections', [reset, reset, reset]],
  ['silence', [late, late, late]],
  ['a proxy that answers for it', [{ status: 502 }, { status: 503 }, { status: 504 }]],
])('leaves a subgraph alone after three failures in a row: %s', async (_name, failures) => {
  await sendAll(failures);
  const answer = await send('more');
  expect(answer).toMatchObject({ code: 'SUBGRAPH_AWAY' });
  expect([posted.includes('more'), guarded.isUp(), guarded.admits(), changes]).toEqual([false, false, false, [false]]);
});

it.each([
  ['one answer came between', [reset, reset, { status: 200 }, reset, reset]],
  ['the subgraph answered an error', [{ status: 500 }, { status: 400 }, { status: 500 }, { status: 500 }]],
  ['callers went away', [{ name: 'AbortError' }, { name: 'AbortError' }, { name: 'AbortError' }]],
  ['the answers were too large', ['1', '2', '3'].map(() => ({ code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' }))],
])('goes on asking when %s', async (_name, all) => {
  await sendAll(all);
  expect([await send(), guarded.isUp(), changes]).toEqual([200, true, []]);
});

it('asks again within a second after /health answers', async () => {
  await sendAll([reset, reset, reset]);
  const back = change();
  healthy = true;
  const from = performance.now();
  await back;
  expect(performance.now() - from).toBeLessThan(1_000);
  expect([await send(), changes]).toEqual([200, [false, true]]);
});

it('asks again though the clock was set back meanwhile', async () => {
  await sendAll([reset, reset, reset]);
  const { now } = Date;
  Date.now = () => now() - 3_600_000;
  try {
    const back = change();
    healthy = true;
    await back;
    expect(await send()).toBe(200);
  } finally {
    Date.now = now;
  }
});

describe('a subgraph that was silent but answers /health', () => {
  const trialReady = async (): Promise<void> => {
    await sendAll([late, late, late]);
    healthy = true;
    while (!guarded.admits()) await new Promise((resolve) => { setImmediate(resolve); });
    posted.length = 0;
  };

  it('is asked by one, and by all once that one has its answer', async () => {
    await trialReady();
    const [first, second] = await Promise.all([send('first'), send('second')]);
    expect([first, second]).toEqual([200, expect.objectContaining({ code: 'SUBGRAPH_AWAY' })]);
    expect([await send('third'), posted, changes]).toEqual([200, ['first', 'third'], [false, true]]);
  });

  it.each([['is silent again', late], ['nobody waits any more', { name: 'AbortError' }]])('is left alone when to that one it %s', async (_name, reply) => {
    await trialReady();
    await sendAll([reply]);
    expect([await send('second'), posted, guarded.isUp()]).toEqual([expect.objectContaining({ code: 'SUBGRAPH_AWAY' }), ['q'], false]);
  });
});

it('knows when it last had an answer', async () => {
  const before = guarded.answeredAt();
  await sendAll([reset, { status: 502 }]);
  const none = guarded.answeredAt();
  const from = Date.now();
  await send();
  expect([before, none]).toEqual([null, null]);
  expect(guarded.answeredAt()).toBeGreaterThanOrEqual(from);
});
