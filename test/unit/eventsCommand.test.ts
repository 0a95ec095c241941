import { readArguments } from '../../scripts/events/arguments.js';
import type { OpenEvent, Overview } from '../../scripts/events/overview.js';
import { age, filtered, reportLines } from '../../scripts/events/report.js';

describe('the command line', () => {
  it.each<[string, object]>([
    ['', { command: 'list', level: null, status: null, json: false }],
    ['list --level street --status parked --json', { command: 'list', level: 'street', status: 'parked', json: true }],
    ['--json', { command: 'list', level: null, status: null, json: true }],
    ['retry e1 --level city', { command: 'retry', id: 'e1', level: 'city' }],
    ['retry --all', { command: 'retry all', level: null }],
    ['retry --all --level district', { command: 'retry all', level: 'district' }],
    ['--help', { command: 'help' }],
    ['retry -h', { command: 'help' }],
  ])('is understood: %s', (line, wanted) => {
    expect(readArguments(line.split(' ').filter(Boolean))).toEqual(wanted);
  });

  it.each([
    ['discard e1 --level street', /no command discard/],
    ['list e1', /neither an event id nor --all/],
    ['list --all', /neither an event id nor --all/],
    ['list --level village', /--level .*city, district, street, community/],
    ['list --status lost', /--status .*pending, waiting, parked/],
    ['retry', /either an event id or --all/],
    ['retry e1 --all --level street', /either an event id or --all/],
    ['retry e1', /needs --level/],
    ['retry e1 e2 --level street', /too many/],
    ['retry --all --status parked', /neither --status nor --json/],
    ['retry --all --json', /neither --status nor --json/],
    ['list --verbose', /--verbose/],
  ])('is refused with what to put right: %s', (line, reason) => {
    expect(() => readArguments(line.split(' '))).toThrow(reason);
  });
});

const now = new Date('2026-03-02T12:00:00Z');
const event = (over: Partial<OpenEvent>): OpenEvent => ({
  level: 'community', status: 'parked', id: 'e1', type: 'dispatch.signed', subject: 'case-1', other: 'street',
  since: new Date('2026-03-02T09:00:00Z'), error: 'No case case-1.', ...over,
});
const overview: Overview = {
  lags: [{ level: 'street', target: 'community', pending: 2, lagMs: 90_000 }],
  counts: [
    { level: 'street', status: 'pending', count: 2 }, { level: 'street', status: 'waiting', count: 0 },
    { level: 'street', status: 'parked', count: 0 }, { level: 'community', status: 'pending', count: 0 },
    { level: 'community', status: 'waiting', count: 1 }, { level: 'community', status: 'parked', count: 1 },
  ],
  events: [
    event({ level: 'street', status: 'pending', id: 'p1', other: 'community', error: 'Error: connect ECONNREFUSED' }),
    event({ level: 'street', status: 'pending', id: 'p2', other: 'community', error: null }),
    event({}), event({ status: 'waiting', id: 'w1', error: null }),
  ],
};

describe('the report', () => {
  it('says for each level what is under way, then each event with its reason', () => {
    expect(reportLines(overview, now)).toEqual([
      'street: 待发 / pending 2, 等待 / waiting 0, 搁置 / parked 0',
      '  → community: 2, 最早 / oldest 90 s',
      'community: 待发 / pending 0, 等待 / waiting 1, 搁置 / parked 1',
      '', 'pending  dispatch.signed  street → community  2026-03-02T09:00:00.000Z (3 h)', '  id p1  subject case-1',
      '  Error: connect ECONNREFUSED',
      '', 'pending  dispatch.signed  street → community  2026-03-02T09:00:00.000Z (3 h)', '  id p2  subject case-1',
      '', 'parked  dispatch.signed  street → community  2026-03-02T09:00:00.000Z (3 h)', '  id e1  subject case-1',
      '  No case case-1.',
      '', 'waiting  dispatch.signed  street → community  2026-03-02T09:00:00.000Z (3 h)', '  id w1  subject case-1',
    ]);
  });

  it('says that all is well when it is', () => {
    const counts = overview.counts.map((count) => ({ ...count, count: 0 }));
    expect(reportLines({ lags: [], counts, events: [] }, now).at(-1)).toMatch(/Every event has taken effect/);
  });

  it('says when there are more than it shows', () => {
    expect(reportLines({ ...overview, events: overview.events.slice(0, 1) }, now).at(-1)).toMatch(/1 of 4/);
  });

  it.each([
    [{ level: 'street', status: null }, ['p1', 'p2'], 1, 3],
    [{ level: null, status: 'parked' }, ['e1'], 0, 2],
    [{ level: 'community', status: 'waiting' }, ['w1'], 0, 1],
    [{ level: 'city', status: null }, [], 0, 0],
  ] as const)('keeps to what is asked for: %p', (filter, ids, lags, counts) => {
    const part = filtered(overview, filter);
    expect(part.events.map(({ id }) => id)).toEqual(ids);
    expect([part.lags.length, part.counts.length]).toEqual([lags, counts]);
  });

  it.each([
    [-5, '0 s'], [0, '0 s'], [119_999, '119 s'], [120_000, '2 min'], [7_199_999, '119 min'], [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('gives an age of %d ms as %s', (ms, text) => {
    expect(age(ms)).toBe(text);
  });
});
