import { PassThrough } from 'node:stream';
import { buildSchema, Kind, parse, type OperationDefinitionNode } from 'graphql';
import { createPrivateKey } from 'node:crypto';
import type { Caller } from '../../../gateway/claims.js';
import { Departing } from '../../../gateway/execution/departure.js';
import { createEventIds, eventKeyFrom, newEventKey, type Told } from '../../../gateway/live/eventId.js';
import { createListener, type FeedAnswer } from '../../../gateway/live/feed.js';
import { createHub } from '../../../gateway/live/hub.js';
import { defaultLiveLimits, Opened, shareOf } from '../../../gateway/live/live.js';
import { publicTypesIn } from '../../../gateway/live/publicNews.js';
import { liveFieldsOf, liveOperationOf, type Subscribed } from '../../../gateway/live/operation.js';
import { drained } from '../../../gateway/live/stream.js';
import { createQueue } from '../../../gateway/limits/queue.js';

const at = Date.parse('2026-03-02T02:00:00Z');
const hour = 3_600_000;

const schema = buildSchema(`
  type Query { paper(city: String!, page: Int = 1): Paper }
  type Subscription { paper(city: String!, page: Int = 1, after: ID): Paper }
  type Paper { eventId: ID at: String headline(length: Int): String }
`);
function subscribed(text: string): Subscribed {
  const document = parse(text);
  const operation = document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('There is no operation.');
  return { schema, document, operation };
}

describe('an event id', () => {
  const clerk: Caller = { id: 'clerk-1', role: 'COMMUNITY_CLERK', area: '340103001001' };
  const told: Told = { caller: clerk, field: 'caseChanged', args: { id: 'case-1' } };
  const ids = createEventIds(newEventKey());
  const id = { at, positions: { city: 0, community: 1_234 } };
  const written = ids.write(id, told);

  it('says again what was written, to the same caller in the same subscription', () => {
    expect(ids.read(written, told)).toEqual(id);
    expect(ids.read(written, { ...told, caller: { ...clerk, name: '王五', scopes: ['cases'] } })).toEqual(id);
  });

  it('says nothing to anybody else: no number, not how many digits it has, and not whether two are of the same', () => {
    expect(Buffer.from(written, 'base64url').toString('latin1')).not.toContain('community');
    expect(ids.write(id, told)).not.toBe(written);
    const lengths = [0, 9, 1_234, 9_007_199_254_740_991].map((community) => ids.write({ at, positions: { city: 0, community } }, told).length);
    expect(new Set(lengths)).toEqual(new Set([written.length]));
  });

  it.each<[string, string]>([
    ['empty', ''], ['of other letters', 'a b'], ['nonsense', Buffer.from('nonsense').toString('base64url')], ['a tag and no more', 'A'.repeat(38)],
    ['too long', 'A'.repeat(4_001)], ['as it once was', Buffer.from(JSON.stringify([at, { city: 1 }])).toString('base64url')],
    ['cut', written.slice(0, -4)], ['longer', `${written}AAAA`],
    ['of a subgraph below zero', ids.write({ at, positions: { city: -1 } }, told)], ['no whole number', ids.write({ at, positions: { city: 1.5 } }, told)],
    ['of another key', createEventIds(newEventKey()).write(id, told)],
  ])('is none when it is %s', (_what, text) => {
    expect(ids.read(text, told)).toBeNull();
  });

  it('is none when any of its bytes has been changed', () => {
    const bytes = Buffer.from(written, 'base64url');
    for (let place = 0; place < bytes.length; place += 1) {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(ids.read(changed.toString('base64url'), told)).toBeNull();
    }
  });

  it.each<[string, Told]>([
    ['somebody else', { ...told, caller: { ...clerk, id: 'clerk-2' } }], ['nobody', { ...told, caller: null }],
    ['the same person with another role', { ...told, caller: { ...clerk, role: 'AUDITOR' } }],
    ['the same person elsewhere', { ...told, caller: { ...clerk, area: '340103001002' } }],
    ['the same person in a department', { ...told, caller: { ...clerk, department: '340103001001-02' } }],
    ['another field', { ...told, field: 'toDoChanged', args: {} }], ['another case', { ...told, args: { id: 'case-2' } }],
  ])('is none for %s', (_whom, other) => {
    expect(ids.read(written, other)).toBeNull();
  });

  it('is the same for all that have the gateway\'s key, and for nobody without it', () => {
    const keyOf = (seed: string) => createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8',
    });
    const [one, same, other] = ['a', 'a', 'b'].map((seed) => createEventIds(eventKeyFrom(keyOf(seed))));
    const own = one?.write(id, told) ?? '';
    expect([same?.read(own, told), other?.read(own, told)]).toEqual([id, null]);
  });
});

it.each([
  ['one of them may have all', 1, { total: 10_000, perCaller: 100, perAddress: 1_000 }, { total: 10_000, perCaller: 100, perAddress: 1_000 }],
  ['each has a share', 2, { total: 10_000, perCaller: 150, perAddress: 1_000 }, { total: 5_000, perCaller: 75, perAddress: 500 }],
  ['none has too little', 3, { total: 10, perCaller: 301, perAddress: 1 }, { total: 4, perCaller: 101, perAddress: 1 }],
  ['what one connection may have is had in each', 8, { total: 800, perCaller: 100, perAddress: 80 }, { total: 100, perCaller: 50, perAddress: 10 }],
  ['no more is had in one than in all', 8, { total: 800, perCaller: 20, perAddress: 80 }, { total: 100, perCaller: 20, perAddress: 10 }],
])('shares the limits of subscriptions out among processes: %s', (_what, processes, whole, part) => {
  expect(shareOf({ ...defaultLiveLimits, ...whole }, processes)).toEqual({ ...defaultLiveLimits, ...part });
});

describe('what a subgraph tells', () => {
  let clock = at;
  const heard: (string[] | null)[] = [];
  const listening = () => createListener({ onNews: (topics) => void heard.push(topics && [...topics]), now: () => clock });
  const answer = (position: number, ...changes: readonly (readonly [number, ...string[]])[]): FeedAnswer =>
    ({ position, changes: changes.map(([own, ...topics]) => ({ position: own, at: clock, topics })) });
  beforeEach(() => {
    clock = at;
    heard.length = 0;
  });

  it('is passed on in order, and where each topic changed last is remembered', () => {
    const listener = listening();
    listener.hear(answer(3, [1, 'a'], [2, 'b'], [3, 'a', 'c']));
    listener.hear(answer(4, [4, 'b']));
    expect(heard).toEqual([['a', 'b', 'c'], ['b']]);
    expect([['a'], ['b'], ['c'], ['a', 'b'], ['d']].map(listener.lastOf)).toEqual([3, 4, 3, 4, 0]);
    expect([listener.position, listener.isFilled]).toEqual([4, true]);
  });

  it.each<[string, readonly string[] | null, readonly string[] | null]>([
    ['nothing that is the same for everyone', ['case:1', 'publicity:X'], []],
    ['what shows some types', ['case:1', 'public:Area', 'public:Query.seenAt'], ['Area', 'Query.seenAt']],
    ['more than is told', ['public:Area', 'public'], null],
    ['more than was heard of', null, null],
  ])('says whether it is %s', (_what, topics, types) => {
    expect(publicTypesIn(topics && new Set(topics))).toEqual(types);
  });

  it('is whole only when all of the past has been heard', () => {
    const listener = listening();
    listener.hear(answer(4, [1, 'a'], [2, 'b']));
    expect([listener.position, listener.isFilled]).toEqual([2, false]);
    listener.hear(answer(4, [3, 'a'], [4, 'b']));
    expect([listener.position, listener.isFilled]).toEqual([4, true]);
  });

  it('is forgotten after little more than an hour', () => {
    const listener = listening();
    listener.hear(answer(1, [1, 'a']));
    clock += hour;
    listener.hear(answer(2, [2, 'b']));
    expect(listener.lastOf(['a'])).toBe(1);
    clock += hour;
    listener.hear(answer(3, [3, 'c']));
    expect([['a'], ['b'], ['c']].map(listener.lastOf)).toEqual([0, 2, 3]);
  });

  it('starts anywhere, since the past before that is nobody\'s', () => {
    const listener = listening();
    listener.hear(answer(90, [90, 'a']));
    expect(heard).toEqual([['a']]);
  });

  it.each([
    ['some of it is missing', answer(9, [8, 'b'], [9, 'b'])],
    ['all of it is missing', answer(9)],
  ])('may be of anything when %s', (_what, later) => {
    const listener = listening();
    listener.hear(answer(3, [1, 'a'], [2, 'a'], [3, 'a']));
    listener.hear(later);
    expect(heard).toEqual([['a'], null]);
    expect(listener.position).toBe(9);
  });

  it.each([
    ['some of it is missing', answer(9, [8, 'b'], [9, 'b']), 7],
    ['all of it is missing', answer(9), 9],
  ])('may have been of anything for whoever goes on from before, when %s', (_what, later, missing) => {
    const listener = listening();
    listener.hear(answer(3, [1, 'a'], [2, 'a'], [3, 'a']));
    listener.hear(later);
    expect(['a', 'never heard of'].map((topic) => listener.lastOf([topic]))).toEqual([missing, missing]);
    listener.hear(answer(10, [10, 'c']));
    expect([['a'], ['c']].map(listener.lastOf)).toEqual([missing, 10]);
  });

  it('may be of anything when the first that there ever was are missing', () => {
    const listener = listening();
    listener.hear(answer(0));
    listener.hear(answer(3, [3, 'a']));
    expect(heard).toEqual([null]);
    expect(listener.lastOf(['b'])).toBe(2);
  });

  it.each([
    ['an hour', hour, [['a'], ['b']]],
    ['longer', hour + 1, [['a'], null]],
  ])('has been heard of again after %s, when what had no number yet may be forgotten', (_what, ms, told) => {
    const listener = listening();
    listener.begin();
    listener.hear(answer(1, [1, 'a']));
    clock += ms;
    listener.hear(answer(2, [2, 'b']));
    expect(heard).toEqual(told);
  });

  it('may be of anything when it is heard of for the first time long after that was begun', () => {
    const listener = listening();
    listener.begin();
    clock += hour + 1;
    listener.hear(answer(0));
    expect(heard).toEqual([null]);
  });

  it('may be of anything, and is heard anew, when its database was set back', () => {
    const listener = listening();
    listener.hear(answer(9, [9, 'a']));
    listener.hear(answer(2));
    expect([listener.position, listener.isFilled, listener.lastOf(['a'])]).toEqual([0, false, 0]);
    listener.hear(answer(2, [1, 'b'], [2, 'c']));
    expect(heard).toEqual([['a'], null, ['b', 'c']]);
  });
});

it('wakes whom it concerns, all when it may concern anybody, and nobody who has left', () => {
  const hub = createHub();
  const woken: string[] = [];
  const watcher = (name: string, ...topics: string[]) => ({ topics, wake: () => void woken.push(name) });
  const [one, two, three] = [watcher('one', 'a'), watcher('two', 'a', 'b'), watcher('three', 'c')];
  for (const each of [one, two, three]) hub.watch(each);
  hub.news(new Set(['a', 'x']));
  expect(woken.splice(0)).toEqual(['one', 'two']);
  hub.leave(two);
  hub.news(new Set(['a', 'b']));
  expect(woken.splice(0)).toEqual(['one']);
  hub.news(null);
  expect(woken.splice(0)).toEqual(['one', 'three']);
});

describe('what has been opened', () => {
  const later: { readonly run: () => void; readonly ms: number }[] = [];
  const opened = () => new Opened({
    operation: liveOperationOf(subscribed('subscription { paper(city: "wuhu") { headline } }'), {}),
    topics: [], subscriber: { authorization: undefined, address: '', transport: 'ws', gone: new Departing() },
    places: createQueue({ running: 1, waiting: 0 }), isNew: true, later: (run, ms) => void later.push({ run, ms }),
  });
  beforeEach(() => { later.length = 0; });

  it('is read at once, and then not before its rest is over, however often it is woken', async () => {
    const one = opened();
    one.wake();
    expect(one.takeWake()).toBe(true);
    one.begin(1_000);
    one.wake();
    one.wake();
    expect([one.takeWake(), later.map(({ ms }) => ms)]).toEqual([false, [1_000]]);
    const woken = one.woken();
    later[0]?.run();
    await woken;
    expect([one.takeWake(), one.takeWake()]).toEqual([true, false]);
  });

  it('is read with all that woke it before, and is due when it is woken after its rest', () => {
    const one = opened();
    one.wake();
    one.begin(1_000);
    later[0]?.run();
    expect(one.takeWake()).toBe(false);
    one.wake();
    expect(one.takeWake()).toBe(true);
  });

  it('takes the same only once, until there was another', () => {
    const one = opened();
    expect(['a', 'a', 'b', 'b', 'a'].map((digest) => one.takeNew(digest))).toEqual([true, false, true, false, true]);
  });
});

it('leaves nothing behind on a stream that had no room', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const count = (): number => stream.listenerCount('close') + stream.listenerCount('drain');
  const before = count();
  for (let i = 0; i < 3; i += 1) {
    expect(stream.write('more')).toBe(false);
    const settled = drained(stream);
    stream.read();
    await settled;
  }
  expect(count()).toBe(before);
  stream.write('more');
  const settled = drained(stream);
  stream.destroy();
  await settled;
});

describe('a subscription', () => {
  const live = (text: string, variables: Record<string, unknown> = {}) => liveOperationOf(subscribed(text), variables);

  it('becomes a query without where to go on from, and without the variables that said so', () => {
    const found = live(`
      subscription Paper($city: String!, $after: ID, $length: Int) { news: paper(city: $city, after: $after) { ...p at } }
      fragment p on Paper { id: eventId other: eventId headline(length: $length) }
    `, { city: 'hefei', after: 'x', length: 3 });
    expect(found.text.replace(/\s+/g, ' ')).toBe(
      'query Paper($city: String!, $length: Int) { news: paper(city: $city) { ...p at } } fragment p on Paper { id: eventId other: eventId headline(length: $length) }',
    );
    expect(found).toMatchObject({
      field: 'paper', key: 'news', name: 'Paper', after: 'x', variables: { city: 'hefei', length: 3 }, filled: { eventId: ['id', 'other'], at: ['at'] },
      topics: { text: 'query($city: String!, $page: Int) { paper(city: $city, page: $page) { topics } }', variables: { city: 'hefei', page: 1 } },
    });
  });

  it('keeps what stands in it, and needs no variables', () => {
    const found = live('subscription { paper(city: "wuhu", after: "y") { headline } }');
    expect(found.text.replace(/\s+/g, ' ')).toBe('{ paper(city: "wuhu") { headline } }');
    expect([found.after, found.filled]).toEqual(['y', { eventId: [], at: [] }]);
  });

  it('is refused when a variable is not of its type', () => {
    expect(() => live('subscription ($city: String!) { paper(city: $city) { headline } }')).toThrow(/^变量不合类型.*city/);
  });
});

it('knows whose each field is, by the field or else by its type, and of none where there are no subscriptions', () => {
  const supergraph = (fields: string): string => `
    schema { query: Query subscription: Live }
    enum join__Graph { CITY @join__graph(name: "city", url: "") NEWS_1 @join__graph(name: "news-1", url: "") }
    type Query { name: String }
    ${fields}
  `;
  expect([...liveFieldsOf(supergraph('type Live @join__type(graph: NEWS_1) { a: ID b: ID }'))]).toEqual([['a', 'news-1'], ['b', 'news-1']]);
  expect([...liveFieldsOf(supergraph('type Live @join__type(graph: CITY) @join__type(graph: NEWS_1) { a: ID @join__field(graph: CITY) b: ID @join__field(graph: NEWS_1) }'))])
    .toEqual([['a', 'city'], ['b', 'news-1']]);
  expect(liveFieldsOf('schema { query: Query } type Query { a: ID }').size).toBe(0);
});
