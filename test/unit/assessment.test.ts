import fc from 'fast-check';
import { buildASTSchema, isEnumType } from 'graphql';
import { eventRoutes } from '../../schema/events.js';
import { checkEvidence } from '../../subgraphs/district/domain/assessment/evidence.js';
import { actOnRectification, orderRectification, rectificationMachine } from '../../subgraphs/district/domain/assessment/rectification.js';
import {
  answerObjection, computeRound, endRound, fillSpecial, objectionMachine, openFeedback, openRound, publishRound, raiseObjection, roundMachine,
  seesRound, seesScore, unitsIn, type Round, type StreetPlace,
} from '../../subgraphs/district/domain/assessment/round.js';
import {
  objectionActionNames, objectionActions, objectionStateNames, objectionStates, objectionTransitions, publicStates, rectificationActionNames,
  rectificationActions, rectificationStateNames, rectificationStates, rectificationTransitions, roundActionNames, roundActions,
  roundStateNames, roundStates, roundTransitions, unpublishedStates,
} from '../../subgraphs/district/domain/assessment/round.transitions.js';
import {
  changesOf, indicatorGroups, ranked, reweighted, scored, scoreOf, type Rankable,
} from '../../subgraphs/district/domain/assessment/score.js';
import { measures, type Counts } from '../../subgraphs/shared/domain/counts.js';
import type { Result } from '../../subgraphs/shared/domain/result.js';
import { defaultScheme, platformScheme, schemeFault, type ScoringScheme } from '../../subgraphs/shared/domain/scoringScheme.js';
import { unreachableStates, type Transition } from '../../subgraphs/shared/domain/stateMachine.js';
import { measureOfName, nameOfMeasure } from '../../subgraphs/shared/graphql/measureNames.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { actor } from '../kit/identity.js';

const march = new Date('2026-03-02T02:00:00Z');
const april = new Date('2026-04-02T02:00:00Z');
const district = actor('DISTRICT_OFFICER', '340103');
const street = actor('STREET_CLERK', '340103001');
const otherStreet = actor('STREET_CLERK', '340103002');

const place = (code: string, more: Partial<StreetPlace> = {}): StreetPlace =>
  ({ code, parent: '340103', name: `街道 ${code}`, kind: 'STREET', validFrom: '2000-01-01', validTo: null, ...more });
const streets = [place('340103001'), place('340103002'), place('340103100', { kind: 'TOWN' })];
const evidence = { text: '见附件', links: [{ url: 'https://example.org/a.pdf', sha256: 'a'.repeat(64) }] };

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};
const code = (result: Result<unknown>): string => (result.ok ? 'OK' : result.error.code);

const counts: Counts = { accepted: 100, resolved: 90, rated: 60, responded: 57, solved: 50, satisfied: 41, overdue: 7, returned: 3, reworked: 11 };

const opened = value(openRound({ id: 'round-1', name: '2026 年 3 月', from: '2026-03', to: '2026-03' }, streets, platformScheme, district, march));
const compute = (current: Round, of: (unit: string) => Counts = () => counts): Result<Round> =>
  computeRound(current, unitsIn(streets, '2026-03', '2026-03'), ({ code: unit }) => of(unit), district, april);
const computed = value(compute(opened));
const inFeedback = value(openFeedback(computed, district, april));
const objected = value(raiseObjection(inFeedback, { indicator: 'innovation', text: '我街道有创新' }, street, april));
const published = value(publishRound(inFeedback, district, april));
const order = { unit: street.area ?? '', problem: '满意率偏低', measures: '逐件回访', owner: '街道主任', dueOn: '2026-04-30' };
const rectifying = value(orderRectification(published, order, district, april));

const tables: readonly (readonly [string, readonly Transition<string, string>[], readonly string[], readonly string[], readonly string[]])[] = [
  ['round', roundTransitions, roundStates, roundActions, ['CLOSED', 'DISCARDED']],
  ['objection', objectionTransitions, objectionStates, objectionActions, ['ACCEPTED', 'REJECTED']],
  ['rectification', rectificationTransitions, rectificationStates, rectificationActions, ['ACCEPTED', 'DROPPED']],
];

describe.each(tables)('the table of a %s', (_name, table, states, actions, final) => {
  it('reaches every state, and leaves none but the final ones without a way out', () => {
    expect(unreachableStates(table, states, states[0] ?? '')).toEqual([]);
    expect(states.filter((state) => !table.some(({ from, to }) => from === state && to !== state))).toEqual(final);
  });

  it('has one row for a state, an action and an outcome, and a row for every action', () => {
    const keys = table.map(({ from, action, outcome }) => `${from} ${action} ${outcome ?? ''}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(actions.filter((action) => !table.some((row) => row.action === action))).toEqual([]);
  });
});

it('has a rule for every action, and each state is public, unpublished or discarded', () => {
  expect(Object.keys(roundMachine.rules)).toEqual([...roundActions]);
  expect(Object.keys(objectionMachine.rules)).toEqual([...objectionActions]);
  expect(Object.keys(rectificationMachine.rules)).toEqual([...rectificationActions]);
  expect([...unpublishedStates, ...publicStates, 'DISCARDED']).toEqual([...roundStates]);
});

const enumOf = (name: string): readonly string[] => {
  const type = buildASTSchema(readSdl('district'), { assumeValidSDL: true }).getType(name);
  return isEnumType(type) ? type.getValues().map((one) => one.name) : [];
};

it.each([
  ['RoundState', roundStates, roundStateNames],
  ['RoundAction', roundActions, roundActionNames],
  ['ObjectionState', objectionStates, objectionStateNames],
  ['ObjectionAction', objectionActions, objectionActionNames],
  ['RectificationState', rectificationStates, rectificationStateNames],
  ['RectificationAction', rectificationActions, rectificationActionNames],
])('has the values and names of the code in the SDL enum %s', (name, values, names) => {
  expect(enumOf(name)).toEqual([...values]);
  expect(Object.keys(names)).toEqual([...values]);
});

it('has every measure in the SDL, there and back', () => {
  expect(enumOf('CountedMeasure')).toEqual(measures.map(nameOfMeasure));
  expect(measures.map(nameOfMeasure).map(measureOfName)).toEqual([...measures]);
  expect(enumOf('IndicatorGroup')).toEqual([...indicatorGroups]);
});

describe('a score', () => {
  it('is what the indicators come to, rounded half up once each', () => {
    const { indicators, points } = scoreOf(defaultScheme, counts, { innovation: 120 });
    expect(indicators.map(({ id, numerator, denominator, points: own }) => [id, numerator, denominator, own])).toEqual([
      // 30 × 57/60, 35 × 50/60 = 29.1666…, 35 × 41/60 = 23.91666…
      ['responded', 57, 60, 2_850_000],
      ['solved', 50, 60, 2_916_667],
      ['satisfied', 41, 60, 2_391_667],
      // 20 × 7/100, 0.1 × 3, 20 × 11/90 = 2.4444…
      ['overdue', 7, 100, -140_000],
      ['returned', 3, null, -30_000],
      ['reworked', 11, 90, -244_444],
      ['innovation', 120, null, 120_000],
    ]);
    expect(points).toBe(2_850_000 + 2_916_667 + 2_391_667 - 140_000 - 30_000 - 244_444 + 120_000);
  });

  it('gives nothing where there is nothing to divide by, and caps what is taken off', () => {
    expect(scoreOf(defaultScheme, {}, {}).points).toBe(0);
    const bad = scoreOf(defaultScheme, { accepted: 1, overdue: 9, returned: 1_000, resolved: 1, reworked: 3 }, {});
    expect(bad.indicators.filter(({ group }) => group === 'NEGATIVE').map(({ points }) => points)).toEqual([-1_000_000, -500_000, -1_000_000]);
  });

  it('lies between −25 and 105 points by the default scheme, is whole, and does not depend on the order of anything', () => {
    const some = fc.record(Object.fromEntries(measures.map((measure) => [measure, fc.nat(1_000_000)])) as Record<string, fc.Arbitrary<number>>);
    fc.assert(fc.property(some, fc.nat(500), (given, innovation) => {
      const { indicators, points } = scoreOf(defaultScheme, given, { innovation });
      expect(indicators.every((one) => Number.isSafeInteger(one.points))).toBe(true);
      expect(points).toBeGreaterThanOrEqual(-2_500_000);
      expect(points).toBeLessThanOrEqual(10_500_000);
      const turned = { ...defaultScheme, positive: defaultScheme.positive.toReversed(), negative: defaultScheme.negative.toReversed() };
      expect(scoreOf(turned, given, { innovation }).points).toBe(points);
    }));
  });

  it('is never further from the exact quotient than half a hundred-thousandth of a point', () => {
    fc.assert(fc.property(fc.nat(10_000_000), fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 10_000 }), (n, d, weight) => {
      const scheme: ScoringScheme = { ...defaultScheme, negative: [{ ...(defaultScheme.negative[0] as never as object), weight, cap: 10_000 } as never] };
      const [overdue] = scoreOf(scheme, { overdue: Math.min(n, d), accepted: d }, {}).indicators.filter(({ id }) => id === 'overdue');
      const twice = 2n * BigInt(-(overdue?.points ?? 0)) * BigInt(d) - 2n * BigInt(weight * 1_000) * BigInt(Math.min(n, d));
      expect(twice > -BigInt(d) && twice <= BigInt(d)).toBe(true);
    }));
  });
});

describe('ranks', () => {
  const awards = [500, 400, 300];
  const of = (...points: readonly number[]): Rankable[] => points.map((n, i) => ({ code: `s${i}`, kind: 'STREET', rated: 30, points: n }));

  it('are 1, 2, 2, 4 on ties, with the award of the rank, and none where too few have rated', () => {
    const units = [...of(90, 80, 80, 70), { code: 'few', kind: 'STREET', rated: 29, points: 99 }, { code: 'town', kind: 'TOWN', rated: 30, points: 1 }] as const;
    expect([...ranked(units, { minimumRated: 30, awards }).values()]).toEqual([
      { rank: 1, award: 500 }, { rank: 2, award: 400 }, { rank: 2, award: 400 }, { rank: 4, award: null },
      { rank: null, award: null }, { rank: 1, award: 500 },
    ]);
  });

  const unit = fc.record({
    kind: fc.constantFrom('STREET', 'TOWN', 'TOWNSHIP', 'COMMUNITY_CENTRE'), rated: fc.nat(60), points: fc.integer({ min: -5, max: 5 }),
  });
  it('agree with the points within every peer group, whatever the units', () => {
    fc.assert(fc.property(fc.array(unit, { maxLength: 24 }), (given) => {
      const units = given.map((one, i) => ({ ...one, code: String(i) })) as Rankable[];
      const standings = ranked(units, { minimumRated: 30, awards });
      const rankOf = ({ code: own }: Rankable): number | null => standings.get(own)?.rank ?? null;
      for (const one of units) {
        expect(rankOf(one) === null).toBe(one.rated < 30);
        expect(standings.get(one.code)?.award ?? null).toBe(awards[(rankOf(one) ?? 99) - 1] ?? null);
        const better = units.filter((other) => other.kind === one.kind && other.rated >= 30 && other.points > one.points);
        if (rankOf(one) !== null) expect(rankOf(one)).toBe(better.length + 1);
      }
    }));
  });
});

describe('a scheme', () => {
  it('may be the default', () => expect(schemeFault(defaultScheme)).toBeNull());

  const [responded, ...rest] = defaultScheme.positive;
  it.each<[string, Partial<ScoringScheme>, string]>([
    ['has no positive indicator', { positive: [] }, 'positive'],
    ['has weights that do not sum to 10,000', { positive: rest }, 'positive'],
    ['has a weight that is not whole', { positive: [{ ...responded, weight: 2_999.5 } as never, ...rest] }, 'positive.0.weight'],
    ['divides by nothing', { positive: [{ ...responded, denominator: [] } as never, ...rest] }, 'positive.0.denominator'],
    ['counts what is not counted', { positive: [{ ...responded, numerator: 'praised' } as never, ...rest] }, 'positive.0.denominator'],
    ['has a cap of 0', { negative: [{ ...defaultScheme.negative[0], cap: 0 } as never] }, 'negative.0.cap'],
    ['has an id twice', { special: [{ ...defaultScheme.special[0], id: 'solved' } as never] }, 'positive'],
    ['has an id that is none', { special: [{ ...defaultScheme.special[0], id: '$x' } as never] }, 'special.0.id'],
    ['gives more than 100 special points', { special: [{ ...defaultScheme.special[0], maxPoints: 10_001 } as never] }, 'special.0.maxPoints'],
    ['ranks without evaluations', { minimumRated: 0 }, 'minimumRated'],
    ['awards the second more than the first', { awards: [1, 2] }, 'awards'],
    ['awards parts of a fen', { awards: [0.5] }, 'awards'],
    ['says nothing of its source', { source: { zh: '', en: 'x' } }, 'sourceZh'],
  ])('is none when it %s', (_what, more, field) => {
    expect(schemeFault({ ...defaultScheme, ...more })?.field.join('.')).toBe(field);
  });

  it('is in the contract as it is in the code', () => {
    const data = { version: 'v', number: 1, scheme: defaultScheme };
    expect(eventRoutes['scoringScheme.published'].data.parse(JSON.parse(JSON.stringify(data)))).toEqual(data);
  });

  it('can be weighed otherwise, and is then checked like any', () => {
    const other = reweighted(defaultScheme, [{ indicator: 'responded', weight: 1_000 }, { indicator: 'satisfied', weight: 5_500 }]);
    expect(other).toMatchObject({ fault: null, unknown: [] });
    expect(other.scheme.positive.map(({ weight }) => weight)).toEqual([1_000, 3_500, 5_500]);
    expect(reweighted(defaultScheme, [{ indicator: 'responded', weight: 1 }]).fault?.field).toEqual(['positive']);
    expect(reweighted(defaultScheme, [{ indicator: 'innovation', weight: 1 }]).unknown).toEqual(['innovation']);
  });
});

describe('the units of a round', () => {
  it('are the streets that existed on any day of its months, each with its own months', () => {
    const found = unitsIn([
      place('340103001'),
      place('340103002', { validTo: '2026-03-01' }),
      place('340103003', { validTo: '2026-03-02' }),
      place('340103004', { validFrom: '2026-04-15' }),
      place('340103005', { validFrom: '2026-05-31', validTo: null }),
      place('340103006', { validFrom: '2026-06-01' }),
      place('340103009', { validTo: '2026-05-01' }),
    ], '2026-03', '2026-05');
    expect(found.map(({ code: own, from, to }) => [own, from, to])).toEqual([
      ['340103001', '2026-03', '2026-05'], ['340103003', '2026-03', '2026-03'], ['340103004', '2026-04', '2026-05'],
      ['340103005', '2026-05', '2026-05'], ['340103009', '2026-03', '2026-04'],
    ]);
  });
});

describe('a round', () => {
  it('goes from the opening to the close; what it scored can be scored again from what it kept', () => {
    const filled = value(fillSpecial(opened, { unit: '340103002', indicator: 'innovation', points: 300, evidence }, district, march));
    const scores = value(compute(filled)).results ?? [];
    expect(scores.map(({ code: own, rank, special }) => [own, rank, special])).toEqual([
      ['340103001', 2, {}], ['340103002', 1, { innovation: 300 }], ['340103100', 1, {}],
    ]);
    expect(scored(filled.scheme.scheme, scores)).toEqual(scores);
    const submitted = value(actOnRectification(rectifying, 'SUBMIT', { rectification: 1, evidence, accepted: false, note: null }, street, april));
    const accepted = value(actOnRectification(submitted, 'DECIDE', { rectification: 1, evidence: null, accepted: true, note: null }, district, april));
    expect(value(endRound(accepted, 'CLOSE', null, district, april))).toMatchObject({ state: 'CLOSED', endedAt: april });
  });

  it('drops what it had computed when special points change, and is open again', () => {
    const filled = fillSpecial(computed, { unit: '340103001', indicator: 'innovation', points: 1, evidence }, district, april);
    expect(value(filled)).toMatchObject({ state: 'OPEN', results: null, computedAt: null });
  });

  it('records how an accepted objection corrected special points, and owes a computation before it is published', () => {
    const answered = value(answerObjection(objected, { objection: 1, accepted: true, answer: '属实', points: 200 }, district, april));
    expect(answered).toMatchObject({
      owesCompute: true, special: [{ unit: '340103001', points: 200, corrections: [{ from: 0, to: 200, objection: 1, by: district.id }] }],
    });
    expect(code(publishRound(answered, district, april))).toBe('TRANSITION_NOT_ALLOWED');
    const again = value(compute(answered));
    const before = inFeedback.results?.[0]?.points ?? 0;
    expect(again).toMatchObject({ state: 'FEEDBACK', owesCompute: false });
    expect(again.computations.at(-1)).toEqual({ at: april, by: district.id, changes: [{ unit: '340103001', from: before, to: before + 200_000 }] });
    expect(value(publishRound(again, district, april)).publishedAt).toEqual(april);
  });

  it.each<[string, () => Result<unknown>, string]>([
    ['is opened by a street', () => openRound({ id: 'r', name: 'x', from: '2026-03', to: '2026-03' }, streets, platformScheme, street, march), 'ROLE_NOT_ALLOWED'],
    ['has no name', () => openRound({ id: 'r', name: ' ', from: '2026-03', to: '2026-03' }, streets, platformScheme, district, march), 'INVALID_INPUT'],
    ['ends before it begins', () => openRound({ id: 'r', name: 'x', from: '2026-03', to: '2026-02' }, streets, platformScheme, district, march), 'INVALID_INPUT'],
    ['covers 13 months', () => openRound({ id: 'r', name: 'x', from: '2025-03', to: '2026-03' }, streets, platformScheme, district, march), 'INVALID_INPUT'],
    ['lies years ahead', () => openRound({ id: 'r', name: 'x', from: '2028-03', to: '2028-03' }, streets, platformScheme, district, march), 'INVALID_INPUT'],
    ['has no streets', () => openRound({ id: 'r', name: 'x', from: '2026-03', to: '2026-03' }, [], platformScheme, district, march), 'INVALID_INPUT'],
    ['is computed before its months are over', () => computeRound(opened, opened.units, () => counts, district, march), 'TRANSITION_NOT_ALLOWED'],
    ['is computed by another district', () => computeRound(opened, [], () => counts, actor('DISTRICT_OFFICER', '340104'), april), 'ROLE_NOT_ALLOWED'],
    ['is computed anew in the feedback for no reason', () => compute(inFeedback), 'TRANSITION_NOT_ALLOWED'],
    ['has more special points than there are', () => fillSpecial(opened, { unit: '340103001', indicator: 'innovation', points: 501, evidence }, district, march), 'INVALID_INPUT'],
    ['has special points of a rate', () => fillSpecial(opened, { unit: '340103001', indicator: 'solved', points: 1, evidence }, district, march), 'INVALID_INPUT'],
    ['has special points of a stranger', () => fillSpecial(opened, { unit: '340104001', indicator: 'innovation', points: 1, evidence }, district, march), 'INVALID_INPUT'],
    ['has an objection before the feedback', () => raiseObjection(computed, { indicator: 'solved', text: 'x' }, street, april), 'TRANSITION_NOT_ALLOWED'],
    ['has an objection of a street of another district', () => raiseObjection(inFeedback, { indicator: 'solved', text: 'x' }, actor('STREET_CLERK', '340104001'), april), 'ROLE_NOT_ALLOWED'],
    ['has an objection to what is no indicator', () => raiseObjection(inFeedback, { indicator: 'beauty', text: 'x' }, street, april), 'INVALID_INPUT'],
    ['has an objection that says nothing', () => raiseObjection(inFeedback, { indicator: 'solved', text: ' ' }, street, april), 'INVALID_INPUT'],
    ['has two open objections to one indicator', () => raiseObjection(objected, { indicator: 'innovation', text: 'x' }, street, april), 'DUPLICATE'],
    ['is published with an objection open', () => publishRound(objected, district, april), 'TRANSITION_NOT_ALLOWED'],
    ['has an objection answered that there is not', () => answerObjection(objected, { objection: 2, accepted: false, answer: 'x', points: null }, district, april), 'INVALID_INPUT'],
    ['has an objection accepted without corrected points', () => answerObjection(objected, { objection: 1, accepted: true, answer: 'x', points: null }, district, april), 'INVALID_INPUT'],
    ['has points corrected to what they were', () => answerObjection(objected, { objection: 1, accepted: true, answer: 'x', points: 0 }, district, april), 'INVALID_INPUT'],
    ['has points given with a rejection', () => answerObjection(objected, { objection: 1, accepted: false, answer: 'x', points: 1 }, district, april), 'INVALID_INPUT'],
    ['has something set right that is due today', () => orderRectification(published, { ...order, dueOn: '2026-04-02' }, district, april), 'INVALID_INPUT'],
    ['has nobody to answer for a rectification', () => orderRectification(published, { ...order, owner: '' }, district, april), 'INVALID_INPUT'],
    ['has a rectification submitted by another street', () => actOnRectification(rectifying, 'SUBMIT', { rectification: 1, evidence, accepted: false, note: null }, otherStreet, april), 'ROLE_NOT_ALLOWED'],
    ['has a rectification submitted with nothing to show', () => actOnRectification(rectifying, 'SUBMIT', { rectification: 1, evidence: null, accepted: false, note: null }, street, april), 'INVALID_INPUT'],
    ['has a rectification dropped for no reason', () => actOnRectification(rectifying, 'DROP', { rectification: 1, evidence: null, accepted: false, note: null }, district, april), 'INVALID_INPUT'],
    ['is closed with something still to be set right', () => endRound(rectifying, 'CLOSE', 'x', district, april), 'TRANSITION_NOT_ALLOWED'],
    ['is closed with nothing set right and no word on it', () => endRound(published, 'CLOSE', null, district, april), 'INVALID_INPUT'],
    ['is discarded once it is published', () => endRound(published, 'DISCARD', 'x', district, april), 'TRANSITION_NOT_ALLOWED'],
  ])('refuses to go on when it %s', (_what, act, wanted) => {
    expect(code(act())).toBe(wanted);
  });

  it.each([
    ['a script', 'javascript:alert(1)'], ['a file', 'file:///etc/passwd'], ['credentials', 'https://a:b@example.org'], ['no address', 'x'],
  ])('takes no link to %s for evidence', (_what, url) => {
    expect(checkEvidence({ text: 'x', links: [{ url, sha256: null }] })?.code).toBe('INVALID_INPUT');
  });

  it('is for its district, city and auditors at any time, for its streets, and for everybody once published', () => {
    const [auditor, otherDistrict] = [actor('AUDITOR', '3401'), actor('DISTRICT_OFFICER', '340104')];
    const viewers = [null, district, otherDistrict, street, actor('STREET_CLERK', '340104001'), actor('CITY_OFFICER', '3401'), auditor, actor('RESIDENT')];
    const sees = (round: Round): boolean[] => viewers.map((viewer) => seesRound(round, viewer));
    expect(sees(opened)).toEqual([false, true, false, true, false, true, true, false]);
    expect(sees({ ...opened, state: 'DISCARDED' })).toEqual([false, true, false, false, false, true, true, false]);
    expect(sees(published)).toEqual(viewers.map(() => true));
    const scores = (round: Round): boolean[] => [street, otherStreet, null, district].map((viewer) => seesScore(round, '340103001', viewer));
    expect(scores(computed)).toEqual([false, false, false, true]);
    expect(scores(inFeedback)).toEqual([true, false, false, true]);
    expect(scores(published)).toEqual([true, true, true, true]);
  });
});

it('says indicator by indicator what changed since the round before', () => {
  const [then, now] = [scoreOf(defaultScheme, counts, {}), scoreOf(defaultScheme, { ...counts, solved: 60 }, {})];
  expect(changesOf(now, { ...then, indicators: then.indicators.slice(1) }).slice(0, 2)).toEqual([
    { id: 'responded', points: 2_850_000, before: null, change: null },
    { id: 'solved', points: 3_500_000, before: 2_916_667, change: 583_333 },
  ]);
});
