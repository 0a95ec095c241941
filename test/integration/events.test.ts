import { mongo } from 'mongoose';
import { pino } from 'pino';
import type { SubgraphName } from '../../schema/events.js';
import { RaceLost } from '../../subgraphs/shared/domain/raceLost.js';
import type { Envelope, Outgoing, Receipt } from '../../subgraphs/shared/events/envelope.js';
import { createRelay, type Post } from '../../subgraphs/shared/events/relay.js';
import { continueTrace, runInScope } from '../../subgraphs/shared/events/trace.js';
import { envelope, numbered, openWorld, type Fault, type PostOffice, type World } from '../kit/events.js';

let world: World;
let community: PostOffice;
let street: PostOffice;
let district: PostOffice;
beforeAll(async () => {
  world = await openWorld('events');
  ({ community, street, district } = world.offices);
});
afterAll(() => world.end());
beforeEach(() => {
  world.faults.length = 0;
  world.posts.length = 0;
  world.failing.clear();
});

/** The numbers that took effect at the community, in order. */
const seen = async (subject: string, source: SubgraphName = 'street'): Promise<number[]> =>
  (await world.effects())[`${source}:${subject}`] ?? [];
const kept = (subject: string) =>
  community.events.inbox
    .find({ subject }, { projection: { _id: 0, sequence: 1, status: 1, error: 1 } })
    .sort({ sequence: 1 })
    .toArray();
/** As it goes over the wire, about a subject of one's own. */
function step(subject: string, sequence: number, over: Partial<Envelope> = {}): Envelope {
  const data = { ...envelope('', sequence).data, caseId: subject, ...over.data };
  return envelope(`${subject}-${sequence}`, sequence, { subject, ...over, data });
}
const take = (...batch: Envelope[]): Promise<Receipt[]> => community.receiver.receive(batch);

describe('an event', () => {
  it('takes effect on the other level before the commit is answered', async () => {
    await street.emit('prompt', 1);

    expect(await seen('prompt')).toEqual([1]);
    expect(await community.events.inbox.findOne({ subject: 'prompt' })).toMatchObject({
      source: 'street', type: 'dispatch.signed', sequence: 1, status: 'APPLIED',
      envelope: null, appliedAt: expect.any(Date),
    });
  });

  it('is marked delivered, and then never sent again', async () => {
    await street.emitAndDie('marked', 1);
    const { relay } = street.twin();
    world.clock.now += 1_000;
    await relay.sweep('community');
    await relay.stop();

    expect(await street.events.outbox.find({ subject: 'marked' }).toArray()).toEqual([
      expect.objectContaining({ status: 'DELIVERED', attempts: 0, deliveredAt: new Date(world.clock.now) }),
    ]);
    world.clock.now += 60_000;
    await street.relay.sweep('community');
    expect(world.posts.filter(({ batch }) => batch.some(({ subject }) => subject === 'marked'))).toHaveLength(1);
  });

  it('keeps the order of its subject when several are committed at once', async () => {
    await street.emit('several', 1, 2, 3);
    await street.emit('several', 4);
    expect(await seen('several')).toEqual([1, 2, 3, 4]);
  });

  it('is numbered by receiver: what goes elsewhere leaves no gap', async () => {
    const targets = ['street', 'district', 'street', 'city'] as const;
    await community.commit(...targets.map((target, i) => ({ ...numbered('community', 'elsewhere', i), target })));
    const sent = await community.events.outbox.find({ subject: 'elsewhere' }).sort({ _id: 1 }).toArray();
    expect(sent.map(({ target, envelope: { sequence } }) => `${target} ${sequence}`))
      .toEqual(['street 1', 'district 1', 'street 2', 'city 1']);
  });
});

describe('exactly once in effect, and in order', () => {
  it.each<[string, Fault[]]>([
    ['the POST is lost', ['lost']],
    ['the answer is lost', ['answer lost']],
    ['the POST comes twice at the same time', ['twice']],
    ['one batch arrives back to front', ['turned round']],
    ['everything goes wrong in turn', ['answer lost', 'lost', 'twice', 'turned round', 'answer lost']],
  ])('although %s', async (what, faults) => {
    world.faults.push(...faults);
    await street.emit(what, 1, 2, 3);
    await street.emit(what, 4);
    await world.settle();

    expect(await seen(what)).toEqual([1, 2, 3, 4]);
    expect((await kept(what)).map(({ status }) => status)).toEqual(['APPLIED', 'APPLIED', 'APPLIED', 'APPLIED']);
  });

  it('when a later one arrives first: it waits, and follows as soon as the earlier one is there', async () => {
    expect(await take(step('late', 3))).toEqual(['WAITING']);
    expect(await take(step('late', 2))).toEqual(['WAITING']);
    expect(await seen('late')).toEqual([]);

    expect(await take(step('late', 1))).toEqual(['APPLIED']);
    expect(await seen('late')).toEqual([1, 2, 3]);
  });

  it('when the sender is killed between its commit and the delivery', async () => {
    await street.emitAndDie('killed', 1, 2);
    await street.emit('killed', 3);
    expect(await seen('killed')).toEqual([]);
    expect(await kept('killed')).toEqual([{ sequence: 3, status: 'WAITING', error: null }]);

    world.clock.now += 1_000;
    await street.twin().relay.sweep('community');
    expect(await seen('killed')).toEqual([1, 2, 3]);
  });

  it('when the receiver is killed between an effect and the release of the one that waited for it', async () => {
    await take(step('unreleased', 2));
    const killed = new mongo.MongoNetworkError('killed');
    const inbox = new Proxy(community.events.inbox, {
      get: (target, name) => (name === 'findOne' ? () => Promise.reject(killed) : Reflect.get(target, name, target)),
    });
    await expect(community.twin({ inbox }).receiver.receive([step('unreleased', 1)])).rejects.toBe(killed);
    expect(await seen('unreleased')).toEqual([1]);

    expect(await community.twin().receiver.sweep()).toBe(1);
    expect(await seen('unreleased')).toEqual([1, 2]);
    expect(await community.receiver.sweep()).toBe(0);
  });

  it('when two processes take in the same events at the same time', async () => {
    const batch = [1, 2, 3, 4, 5].map((sequence) => step('two receivers', sequence));
    const receivers = [community.receiver, community.twin().receiver];
    const answers = await Promise.all(receivers.map((receiver) => receiver.receive(batch)));
    await community.receiver.sweep();

    expect(await seen('two receivers')).toEqual([1, 2, 3, 4, 5]);
    expect(answers.flat().filter((answer) => answer === 'PARKED')).toEqual([]);
  });

  it('when two relays of one level send the same at the same time', async () => {
    await street.emitAndDie('two relays', 1, 2, 3);
    world.clock.now += 1_000;
    await Promise.all([street.twin(), street.twin()].map(({ relay }) => relay.sweep('community')));
    await world.settle();

    expect(await seen('two relays')).toEqual([1, 2, 3]);
  });

  it('by sender and subject: levels that speak of the same case do not wait for one another', async () => {
    await street.emitAndDie('shared', 1);
    await street.emit('shared', 2);
    await district.emit('shared', 1);
    expect([await seen('shared'), await seen('shared', 'district')]).toEqual([[], [1]]);

    await world.settle();
    expect(await seen('shared')).toEqual([1, 2]);
  });

  it('when the effect loses races for the record: it is tried again', async () => {
    const failure = { error: new RaceLost('somebody was faster'), times: 3 };
    world.failing.set(501, failure);
    expect(await take(step('race', 1, { data: { note: '501' } }))).toEqual(['APPLIED']);
    expect(failure.times).toBeLessThanOrEqual(0);
    expect(await seen('race')).toEqual([501]);
  });

  it('when the effect loses every race: it waits for the next sweep', async () => {
    world.failing.set(502, { error: new RaceLost('somebody was always faster') });
    expect(await take(step('races', 1, { data: { note: '502' } }))).toEqual(['WAITING']);
    expect(await kept('races')).toEqual([
      { sequence: 1, status: 'WAITING', error: expect.stringContaining('somebody was always faster') },
    ]);

    world.failing.clear();
    expect(await community.receiver.sweep()).toBe(1);
    expect(await seen('races')).toEqual([502]);
  });
});

describe('a database that is away', () => {
  it('parks nothing: the sender tries again', async () => {
    world.failing.set(601, { error: new mongo.MongoNetworkError('connection 5 closed'), times: 1 });
    await street.emit('away', 601, 2);
    expect(await seen('away')).toEqual([]);

    await world.settle();
    expect(await seen('away')).toEqual([601, 2]);
  });
});

describe('a receiver that cannot be reached', () => {
  it('is not waited for, nor even tried, until its gate opens within a second', async () => {
    world.faults.push('lost', 'lost', 'lost', 'lost', 'lost', 'lost');
    for (let number = 1; number <= 6; number += 1) {
      await street.emit('down', number);
      world.clock.now += 1_000;
    }
    expect(world.posts).toHaveLength(6);
    world.faults.push('lost');
    await street.emit('down', 7);
    world.posts.length = 0;
    await street.emit('down', 8);
    world.clock.now += 999;
    await street.emit('down', 9);
    expect(world.posts).toEqual([]);

    world.clock.now += 1;
    await street.emit('down', 10);
    expect(world.posts).toHaveLength(1);
    expect(await seen('down')).toEqual([]);
    await world.settle();
    expect(await seen('down')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('is noted once, with what failed, and once more when it is back', async () => {
    const from = street.lines.length;
    world.faults.push('lost', 'lost');
    await street.emit('noted', 1);
    world.clock.now += 1_000;
    await street.emit('noted', 2);
    const [failed] = await street.events.outbox.find({ subject: 'noted' }).sort({ _id: 1 }).toArray();
    expect(failed).toMatchObject({ status: 'PENDING', attempts: 1, lastError: 'Error: connect ECONNREFUSED' });

    await world.settle();
    expect(street.lines.slice(from).map(({ msg, target }) => [msg, target])).toEqual([
      ['level cannot be reached; events wait', 'community'], ['level can be reached again', 'community'],
    ]);
  });

  it('takes in what has gathered in batches of at most 200, in order', async () => {
    const numbers = Array.from({ length: 450 }, (_, i) => i + 1);
    await street.emitAndDie('many', ...numbers);
    await world.settle();

    expect(world.posts.map(({ batch }) => batch.length)).toEqual([200, 200, 50]);
    expect(await seen('many')).toEqual(numbers);
  });
});
describe('a receiver that does not answer', () => {
  it('is waited for as long as the request may wait, and then not at all', async () => {
    let answer: ((receipts: Receipt[]) => void) | undefined;
    const posts: unknown[] = [];
    const post: Post = (_to, batch) => {
      posts.push(batch);
      return new Promise((resolve) => (answer = resolve));
    };
    const { clock } = world;
    const log = pino({ level: 'silent' });
    const relay = createRelay({ events: street.events, targets: ['community'], post, log, now: () => clock.now });
    await street.emitAndDie('silent', 1);
    const messages = await street.events.outbox.find({ subject: 'silent' }).toArray();
    const deliver = (waitUntil: number): Promise<void> =>
      runInScope({ traceparent: continueTrace(undefined), waitUntil }, () => relay.deliver(messages));

    await deliver(clock.now + 20);
    expect(posts).toHaveLength(1);
    clock.now += 1_000;
    await deliver(clock.now + 60_000);
    expect(posts).toHaveLength(1);

    answer?.(['APPLIED']);
    await relay.stop();
    expect(await street.events.outbox.findOne({ subject: 'silent' })).toMatchObject({ status: 'DELIVERED' });
  });
});

describe('a batch that the receiver refuses', () => {
  it('is taken apart: only the event that is to blame stays behind, and is tried less and less often', async () => {
    world.refused = ({ subject }) => subject === 'poison';
    await street.emitAndDie('poison', 1);
    for (const subject of ['sound-1', 'sound-2', 'sound-3']) await street.emitAndDie(subject, 1);
    world.clock.now += 1_000;
    await street.twin().relay.sweep('community');
    for (const subject of ['sound-1', 'sound-2', 'sound-3']) expect(await seen(subject)).toEqual([1]);
    expect(await seen('poison')).toEqual([]);

    const dueIn = async (): Promise<number> =>
      ((await street.events.outbox.findOne({ subject: 'poison' }))?.availableAt.getTime() ?? 0) - world.clock.now;
    expect(await street.events.outbox.findOne({ subject: 'poison' })).toMatchObject({
      status: 'PENDING', attempts: 1, lastError: 'PostRefused: community answered 400: not a batch',
    });
    expect(await dueIn()).toBe(1_000);
    world.clock.now += 1_000;
    await street.twin().relay.sweep('community');
    expect(await dueIn()).toBe(2_000);

    world.refused = () => false;
    await world.settle();
    expect(await seen('poison')).toEqual([1]);
  });

  it('is never as large as a receiver may refuse', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => i + 1);
    const large = (subject: string) => numbers.map((number) => {
      const event = numbered('street', subject, number);
      return { ...event, data: { ...event.data, note: String(number).padEnd(20_000) } };
    });
    await street.commit(...large('large'));
    world.faults.push('lost');
    await street.commit(...large('large and late'));
    await world.settle();

    expect([await seen('large'), await seen('large and late')]).toEqual([numbers, numbers]);
    const sizes = world.posts.map(({ batch }) => Buffer.byteLength(JSON.stringify(batch)));
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('an event that cannot be taken in', () => {
  it('is parked with its error; later ones of its subject wait, others do not', async () => {
    world.failing.set(701, { error: new Error('No case parked.') });
    await street.emit('parked', 1, 701, 3);
    await street.emit('parked', 4);
    await street.emit('beside', 1);

    expect(await seen('parked')).toEqual([1]);
    expect(await seen('beside')).toEqual([1]);
    expect(await kept('parked')).toEqual([
      { sequence: 1, status: 'APPLIED', error: null },
      { sequence: 2, status: 'PARKED', error: 'No case parked.' },
      { sequence: 3, status: 'WAITING', error: null },
      { sequence: 4, status: 'WAITING', error: null },
    ]);
    expect(await community.receiver.sweep()).toBe(0);
  });

  it('is tried again when a person says so: in vain it stays parked, once mended all follow in order', async () => {
    world.failing.set(702, { error: new Error('not yet') });
    await street.emit('mended', 702, 2, 3);
    const parked = await community.events.inbox.findOne({ subject: 'mended', status: 'PARKED' });
    const id = parked?._id ?? '';

    world.failing.set(702, { error: new Error('still not') });
    expect(await community.receiver.retry(id)).toBe('PARKED');
    expect(await community.events.inbox.findOne({ _id: id }))
      .toMatchObject({ error: 'still not', receivedAt: parked?.receivedAt });

    world.failing.clear();
    expect(await community.receiver.retry(id)).toBe('APPLIED');
    expect(await seen('mended')).toEqual([702, 2, 3]);
    expect(await community.receiver.retry(id)).toBe('DUPLICATE');
    expect(await community.receiver.retry('no such event')).toBeNull();
  });

  it('is mended as well by the sender sending it once more', async () => {
    world.failing.set(703, { error: new Error('not yet') });
    expect(await take(step('again', 1, { data: { note: '703' } }))).toEqual(['PARKED']);
    world.failing.clear();
    expect(await take(step('again', 1, { data: { note: '703' } }))).toEqual(['APPLIED']);
    expect(await seen('again')).toEqual([703]);
  });

  it.each<[string, Partial<Envelope>, string]>([
    ['of an unknown type', { type: 'dispatch.praised' }, 'unknown event type dispatch.praised'],
    ['of an unknown type, unordered', { type: 'weather.changed', sequence: 0 }, 'unknown event type weather.changed'],
    ['from a level that may not send it', { source: 'city' }, 'city may not send dispatch.signed'],
    ['for another level', { type: 'case.changed', source: 'community' }, 'case.changed is not for community'],
    ['without the number it must have', { sequence: 0 }, 'dispatch.signed may not have sequence 0'],
    ['with data of another form', { data: { rung: 0, at: 'yesterday' } }, 'data of dispatch.signed: rung '],
  ])('is parked with a reason when it is %s', async (what, over, reason) => {
    const subject = `wrong ${what}`;
    const before = Object.keys(await world.effects());
    expect(await take(step(subject, 1, over))).toEqual(['PARKED']);

    const { sequence = 1 } = over;
    expect(await kept(subject)).toEqual([{ sequence, status: 'PARKED', error: expect.stringContaining(reason) }]);
    expect(Object.keys(await world.effects())).toEqual(before);
    expect(community.lines.at(-1))
      .toMatchObject({ level: 50, msg: 'event parked', reason: expect.stringContaining(reason) });
  });

  it('is parked when another event had its number, as after a sender was set back to an old copy', async () => {
    await take(step('set back', 1), step('set back', 2));
    expect(await take(step('set back', 1), step('set back', 2, { id: 'another' }))).toEqual(['DUPLICATE', 'PARKED']);
    expect(await take(step('set back', 1, { id: 'yet another' }))).toEqual(['PARKED']);

    expect(await community.events.inbox.findOne({ _id: 'another' }))
      .toMatchObject({ error: expect.stringContaining('number 2 of street:set back') });
    expect(await seen('set back')).toEqual([1, 2]);
  });
});

describe('events that need no order', () => {
  const moved = (id: string, submitted: unknown) => envelope(id, 0, {
    type: 'counts.moved', source: 'community', subject: 'counts:340103001',
    data: { area: '340103001', month: '2026-03', counts: { submitted } },
  });
  const total = async (): Promise<number> => {
    const documents = await street.database.connection.collection<{ seen: number[] }>('effects').find().toArray();
    return documents.flatMap((document) => document.seen).reduce((sum, n) => sum + n, 0);
  };

  it('take effect together, each once, however often they come', async () => {
    const batch = [moved('u1', 1), moved('u2', 2), moved('u2', 2), moved('u3', 4)];
    expect(await street.receiver.receive([moved('u1', 1)])).toEqual(['APPLIED']);
    expect(await street.receiver.receive(batch)).toEqual(['DUPLICATE', 'APPLIED', 'DUPLICATE', 'APPLIED']);
    const more = [moved('u4', 8), moved('u5', 16)];
    await Promise.all([street.receiver, street.twin().receiver].map((receiver) => receiver.receive(more)));
    expect(new Set(await street.receiver.receive([...batch, ...more]))).toEqual(new Set(['DUPLICATE']));
    expect(await total()).toBe(31);
  });

  it('do not suffer from a bad one among them: that alone is parked, and taken in once it is mended', async () => {
    const before = await total();
    world.failing.set(-7, { error: new Error('a count below zero') });
    expect(await street.receiver.receive([moved('b1', 1), moved('b2', -7), moved('b3', 'many'), moved('b4', 4)]))
      .toEqual(['APPLIED', 'PARKED', 'PARKED', 'APPLIED']);
    expect(await total()).toBe(before + 5);

    world.failing.clear();
    expect(await street.receiver.retry('b2')).toBe('APPLIED');
    expect(await total()).toBe(before - 2);
  });
});

describe('the trace of the request that caused an event', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

  it('goes with it, and into the log where it is parked', async () => {
    world.failing.set(801, { error: new Error('unknown case') });
    await runInScope({ traceparent, waitUntil: 0 }, () => street.emitAndDie('traced', 801));
    await world.settle();

    const [sent] = await street.events.outbox.find({ subject: 'traced' }).toArray();
    expect(sent?.envelope.traceparent).toBe(traceparent);
    expect(community.lines.filter(({ traceId: id }) => id === traceId)).toEqual([
      expect.objectContaining({ msg: 'event parked', event: sent?._id }),
    ]);
  });

  it('goes on to what the event causes in its turn', async () => {
    const { receiver } = community.twin({}, {
      'dispatch.signed': async (_events, unit) => unit.emit(numbered('community', 'caused', 1)),
      'receipt.signed': async (_events, unit) => unit.emit(numbered('community', 'untraced', 1)),
    });
    await receiver.receive([step('causes', 1, { traceparent })]);
    await receiver.receive([step('causes not', 1, { source: 'city', type: 'receipt.signed' })]);

    const traceOf = async (subject: string): Promise<string | undefined> =>
      (await community.events.outbox.findOne({ subject }))?.envelope.traceparent;
    expect(await traceOf('caused')).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(await traceOf('untraced')).toMatch(new RegExp(`^00-(?!${traceId})[0-9a-f]{32}-[0-9a-f]{16}-01$`));
  });
});

describe('what may be emitted', () => {
  it.each<[string, Partial<Outgoing>, RegExp]>([
    ['an unknown type', { type: 'dispatch.praised' }, /not in schema\/events\.ts/],
    ['an event to a level it does not go to', { target: 'city' }, /does not go to city/],
    ['data of another form', { data: { rung: 0 } }, /rung/],
    ['no subject', { subject: '' }, /subject/],
    ['a subject that is too long', { subject: 'x'.repeat(101) }, /subject/],
  ])('is not %s: the whole transaction is refused', async (_what, over, reason) => {
    const good = numbered('street', 'refused', 1);
    const emitted = street.transactions.run(async (unit) => unit.emit(good, { ...good, ...over }));
    await expect(emitted).rejects.toThrow(reason);
    expect(await street.events.outbox.countDocuments({ subject: 'refused' })).toBe(0);
  });
});

