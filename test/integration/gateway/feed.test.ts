// How the gateway hears of what changes, with a subgraph of anybody's that has /changes or has not.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { createFeed, type Feed } from '../../../gateway/live/feed.js';
import { bySocket } from '../../kit/live.js';
import { compose, startGateway, startSubgraph, type FakeSubgraph } from './kit.js';

const sdl = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@inaccessible"])
  type Query { paper: Paper }
  type Subscription { paper: Paper }
  type Paper { eventId: ID at: String headline: String! topics: [String!]! @inaccessible }
`;
const resolvers = { Query: { paper: () => ({ headline: '春', topics: ['paper'] }) } };

let subgraph: FakeSubgraph;
beforeEach(async () => {
  subgraph = await startSubgraph('news', sdl, resolvers);
});
afterEach(() => subgraph.stop());

describe('a subgraph that has no /changes', () => {
  let feed: Feed;
  let clock: number;
  const lines: string[] = [];
  const heard: (readonly string[] | null)[] = [];
  let wake: () => void;
  const news = (): Promise<void> => new Promise((resolve) => { wake = resolve; });
  beforeEach(() => {
    clock = Date.parse('2026-03-02T02:00:00Z');
    lines.length = 0;
    heard.length = 0;
    wake = () => undefined;
    feed = createFeed({
      name: 'news', url: subgraph.url, sign: null, absentMs: 1, now: () => clock,
      log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
      onNews(topics) {
        heard.push(topics && [...topics]);
        wake();
      },
    });
  });
  afterEach(() => feed.close());

  it('is said not to be heard of, once, and is heard of when it has', async () => {
    await feed.start();
    // It waits for no subgraph for long, and this one may be slow.
    while (feed.up === null) await nextTurn();
    expect(feed.up).toBe(false);
    const coming = news();
    subgraph.change('paper');
    await coming;
    await feed.start();
    expect([heard, feed.lastOf(['paper'])]).toEqual([[['paper']], 1]);
    expect(lines.filter((line) => line.includes('news has no /changes.'))).toHaveLength(1);
  });

  it('may have changed in anything when it has them after more than an hour only', async () => {
    await feed.start();
    clock += 3_600_001;
    const coming = news();
    subgraph.changes = [];
    await coming;
    expect(heard).toEqual([null]);
  });
});

it('shows in the metrics that a subgraph has no /changes while somebody has subscribed', async () => {
  const gateway = await startGateway(compose([subgraph]));
  try {
    const connection = await bySocket({ url: gateway.url, headers: async () => ({}) }, null);
    const watching = connection.watch('subscription { paper { headline } }', {});
    expect((await watching.next())?.data).toEqual({ paper: { headline: '春' } });
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/^gateway_live_feed_up\{subgraph="news"\} 0$/m);
    await watching.stop();
  } finally {
    await gateway.stop();
  }
});
