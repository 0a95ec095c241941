import fc from 'fast-check';
import { eventRoutes } from '../../schema/events.js';
import { ancestorAt, levelAbove, levelOfCode, levels, type Level } from '../../subgraphs/shared/domain/areaCode.js';
import {
  counterId, departmentOf, entriesOf, increments, kinds, maxRows, measures, summed, upwardOf, type CountRow, type CountsMoved,
} from '../../subgraphs/shared/domain/counts.js';
import { partsOf } from '../../subgraphs/shared/graphql/counts.js';
import { ratesFields } from '../../subgraphs/shared/graphql/dashboard.js';

const shape = eventRoutes['counts.moved'].data;

/** A tree of one city, as random as its numbers. */
const community = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }))
  .map(([district, street, own]) => `34010${district}00${street}00${own}`);

const row = fc.record({
  period: fc.constantFrom('2026-02-28', '2026-03-01', '2026-03-02'),
  kind: fc.constantFrom(...kinds),
  category: fc.constantFrom('城乡建设', '环境保护'),
  unit: fc.constantFrom(null, '01', '02'),
  hour: fc.constantFrom(undefined, null, 0, 23),
  counts: fc.dictionary(fc.constantFrom(...measures), fc.integer({ min: -2, max: 3 }), { minKeys: 1, maxKeys: 3 }),
});

/** One action: a community's own, or counted for a level above it. */
const action = fc.record({ community, level: fc.constantFrom(...levels), row }).map(({ community: code, level, row: { hour, ...one } }): CountsMoved => {
  const area = ancestorAt(code, level);
  const unit = one.unit === null ? null : `${area}-${one.unit}`;
  return { area, rows: [{ ...one, unit, department: departmentOf(level, unit), ...(hour !== undefined && { hour }) }] };
});

type Counters = Map<string, Map<string, number>>;

function add(counters: Counters, level: Level, moved: readonly CountsMoved[]): void {
  for (const entry of entriesOf(level, moved)) {
    const counter = counters.get(counterId(entry)) ?? new Map<string, number>();
    counters.set(counterId(entry), counter);
    for (const [path, n] of increments(entry)) counter.set(path, (counter.get(path) ?? 0) + n);
  }
}

/** Four levels in memory: post in any order and more than once, an inbox that knows what it has taken in. */
function world() {
  const counters: Counters = new Map();
  const post: { id: number; level: Level; moved: CountsMoved }[] = [];
  const known = new Set<number>();
  let last = 0;
  const send = (level: Level, moved: readonly CountsMoved[]): void =>
    moved.forEach((one) => void post.push({ id: (last += 1), level, moved: shape.parse(JSON.parse(JSON.stringify(one))) as CountsMoved }));
  const rollUp = (level: Level, moved: readonly CountsMoved[]): void => {
    add(counters, level, moved);
    const above = levelAbove(level);
    if (above) send(above, upwardOf(level, moved));
  };
  return {
    counters,
    act(moved: CountsMoved): void {
      const level = levelOfCode(moved.area) as Level;
      if (level === 'COMMUNITY') rollUp(level, [moved]);
      else send(level, [moved]);
    },
    /** A batch of what lies there for one level, from any place in the pile; some of it stays, as if it had not been acknowledged. */
    deliver(chance: number): boolean {
      const first = post[chance % Math.max(post.length, 1)];
      if (!first) return false;
      const batch = post.filter(({ level, id }) => level === first.level && (id === first.id || (id * 7 + chance) % 3 === 0));
      for (const one of batch) if (known.has(one.id) || chance % 4 !== 0) post.splice(post.indexOf(one), 1);
      const fresh = batch.filter(({ id }) => !known.has(id));
      fresh.forEach(({ id }) => known.add(id));
      if (fresh.length > 0) rollUp(first.level, fresh.map(({ moved }) => moved));
      return true;
    },
  };
}

const totals = (counter: Map<string, number>, part: string): Map<string, number> => {
  const found = new Map<string, number>();
  for (const [path, n] of counter) {
    const name = path.split('.').filter((step) => step !== 'own' && step !== 'children').join('.');
    if (path.split('.').includes(part) || part === 'total') found.set(name, (found.get(name) ?? 0) + n);
  }
  return new Map([...found].filter(([, n]) => n !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
};

it('makes every total its own and the sum of its children, in any order, with duplicates, over any tree', () => {
  fc.assert(fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), fc.array(fc.nat(1_000), { minLength: 1 }), (actions, chances) => {
    const { counters, act, deliver } = world();
    actions.forEach((one, i) => {
      act(one);
      if (i % 3 === 0) deliver(chances[i % chances.length] ?? 0);
    });
    for (let i = 0; deliver((chances[i % chances.length] ?? 0) + i); i += 1);

    for (const [id, counter] of counters) {
      const [area = '', period = '', key] = id.split(':');
      const level = levelOfCode(area) as Level;
      const isChild = (other: string): boolean => levelAbove(levelOfCode(other) as Level) === level && other.startsWith(area);
      const children = [...counters].filter(([other]) => {
        const [otherArea = '', otherPeriod, otherKey] = other.split(':');
        return isChild(otherArea) && otherPeriod === period && otherKey === key;
      });
      const sum = new Map<string, number>();
      for (const [, child] of children) for (const [path, n] of totals(child, 'total')) sum.set(path, (sum.get(path) ?? 0) + n);
      // A provider of the area's is nobody's further down.
      if (key !== undefined && !/^([A-Z]|\d-\d{2}$)/.test(key)) continue;
      expect([id, totals(counter, 'children')]).toEqual([id, totals(new Map([...sum].map(([path, n]) => [`children.${path}`, n])), 'children')]);
    }
    // Nothing is lost on the way: the city has what everybody did.
    const done = new Map<string, number>();
    for (const { rows } of actions) for (const { period, counts } of rows) {
      for (const [measure, n] of Object.entries(counts)) done.set(`${period.slice(0, 7)} ${measure}`, (done.get(`${period.slice(0, 7)} ${measure}`) ?? 0) + n);
    }
    for (const [name, n] of done) {
      const [month = '', measure = ''] = name.split(' ');
      expect([name, totals(counters.get(`3401:${month}`) ?? new Map(), 'total').get(measure) ?? 0]).toEqual([name, n]);
    }
  }), { numRuns: 100, seed: 20_261_127 });
});

const one: CountRow = { period: '2026-03-01', kind: 'DEMAND', category: '城乡建设', unit: null, department: 'COMMUNITY', counts: { submitted: 1 } };
const community1 = '340103001001';

it('adds what a unit did to its month, its day, itself and its department', () => {
  const unit = '340103-02';
  const rows = [{ ...one, unit, department: departmentOf('DISTRICT', unit), counts: { resolved: 1 } }];
  expect(entriesOf('DISTRICT', [{ area: '340103', rows }]).map(counterId)).toEqual([
    '340103:2026-03', '340103:2026-03-01', '340103:2026-03:340103-02', '340103:2026-03:DISTRICT-02',
  ]);
});

it('keeps what has an hour by the weekday and hour of the month, and sums none that differ in it', () => {
  const rows = [{ ...one, hour: 9 }, { ...one, hour: 9 }, { ...one, hour: 23 }, one];
  const [moved] = upwardOf('COMMUNITY', [{ area: community1, rows }]);
  expect(moved?.rows.map(({ hour, counts }) => [hour, counts])).toEqual([[9, { submitted: 2 }], [23, { submitted: 1 }], [undefined, { submitted: 1 }]]);
  // 1 March 2026 is a Sunday.
  const hours = entriesOf('STREET', moved ? [moved] : []).filter(({ slice }) => slice === 'HOUR');
  expect(hours.map((entry) => [counterId(entry), increments(entry)[0]])).toEqual([
    ['340103001:2026-03:7-09', ['children.submitted', 2]],
    ['340103001:2026-03:7-23', ['children.submitted', 1]],
  ]);
});

it('keeps what comes from below under the area it comes from, whoever did it there', () => {
  const [, , provider] = entriesOf('STREET', upwardOf('COMMUNITY', [{ area: community1, rows: [{ ...one, unit: `${community1}-02` }] }]));
  expect(provider).toMatchObject({ area: '340103001', slice: 'PROVIDER', key: community1, part: 'children' });
});

it('sums rows that differ in nothing else, and sends none that came to nothing', () => {
  expect(summed([one, one, { ...one, counts: { submitted: 1, accepted: 1 } }])).toEqual([{ ...one, counts: { submitted: 3, accepted: 1 } }]);
  expect(upwardOf('COMMUNITY', [{ area: community1, rows: [one, { ...one, counts: { submitted: -1 } }] }])).toEqual([]);
  expect(upwardOf('CITY', [{ area: '3401', rows: [one] }])).toEqual([]);
});

it('sends what fits into an event, and the rest in the next', () => {
  const rows = Array.from({ length: maxRows + 1 }, (_, i) => ({ ...one, category: `分类${i}` }));
  const sent = upwardOf('COMMUNITY', [{ area: community1, rows }]);
  expect(sent.map((event) => event.rows.length)).toEqual([maxRows, 1]);
  for (const event of sent) expect(shape.safeParse(event).success).toBe(true);
});

it('takes in what older versions counted, by the month alone', () => {
  const moved = shape.parse({ area: community1, month: '2026-03', counts: { submitted: 2 } }) as CountsMoved;
  expect(entriesOf('STREET', [moved]).map((entry) => [counterId(entry), increments(entry)])).toEqual([
    ['340103001:2026-03', [['children.submitted', 2]]],
    ['340103001:2026-03:340103001001', [['children.submitted', 2]]],
  ]);
});

it.each([
  ['a category that would be two fields', { category: '城乡.建设' }],
  ['a category that would be an operator', { category: '$inc' }],
  ['half a case', { counts: { submitted: 0.5 } }],
  ['a measure nobody knows', { counts: { liked: 1 } }],
  ['a day that is none', { period: '2026-02-30' }],
  ['an hour that is none', { hour: 24 }],
])('refuses an event with %s', (_what, wrong) => {
  expect(shape.safeParse({ area: community1, rows: [{ ...one, ...wrong }] }).success).toBe(false);
});

it('has no rate of nothing, and makes rates of counts', () => {
  const none = partsOf([]).total;
  expect(Object.values(ratesFields).map((rate) => rate(none))).toEqual(Object.values(ratesFields).map(() => null));
  const { total } = partsOf([
    { own: { submitted: 3, accepted: 4, rated: 1, solved: 1 }, children: { submitted: 5, accepted: 2, overdue: 3, rated: 3, unrated: 4, responded: 2, satisfied: 1 } },
  ]);
  expect(Object.fromEntries(Object.entries(ratesFields).map(([name, rate]) => [name, rate(total)]))).toEqual({
    accepted: 6 / 8, overdue: 3 / 6, reworked: null, rated: 4 / 8, responded: 2 / 4, solved: 1 / 4, satisfied: 1 / 4,
  });
});
