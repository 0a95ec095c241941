// 考评 through the gateway: a scheme, a round over real cases, feedback, publication, rectification, and the next round.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, satisfied, settled, solved, unsatisfied, type Cases, type Step, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, resident, district, city, auditor, clerk } = people;
const otherStreet = actor('STREET_CLERK', places.otherStreet);
const otherClerk = actor('COMMUNITY_CLERK', places.otherCommunity);
const neighbour = actor('DISTRICT_OFFICER', places.otherDistrict);
const [march, april, may] = ['2026-03-10T02:00:00Z', '2026-04-02T02:00:00Z', '2026-05-06T02:00:00Z'].map((text) => new Date(text)) as [Date, Date, Date];
let now = march;
let platform: Platform;
let cases: Cases;

type Fields = Readonly<Record<string, unknown>>;

/** The number as the cases have it. */
interface Behind {
  readonly id: string;
  readonly total?: number;
}
interface Indicator {
  readonly id: string; readonly group: string; readonly weight: number; readonly cap: number | null; readonly numerator: number;
  readonly denominator: number | null; readonly points: number;
  readonly numeratorOf: readonly { readonly measure: string; readonly count: number; readonly behind: Behind | null }[];
  readonly denominatorOf: Indicator['numeratorOf'];
  readonly special: { readonly points: number; readonly evidence: object | null; readonly corrections: readonly object[] } | null;
}
interface Score {
  readonly code: string; readonly kind: string; readonly standing: string; readonly rank: number | null; readonly award: number | null;
  readonly points: number; readonly score: string; readonly rated: number; readonly indicators: readonly Indicator[];
  readonly street: { readonly name: string } | null;
  readonly previous: {
    readonly round: { readonly id: string }; readonly change: number; readonly rankChange: number | null;
    readonly indicators: readonly { readonly id: string; readonly change: number | null }[];
    readonly rectifications: readonly { readonly problem: string; readonly state: string }[];
  } | null;
}
interface Round {
  readonly id: string; readonly version: number; readonly state: string; readonly schemeVersion: string; readonly owesCompute: boolean;
  readonly scheme: { readonly minimumRated: number } | null;
  readonly units: readonly { readonly code: string; readonly kind: string }[];
  readonly scores: readonly Score[] | null;
  readonly objections: readonly { readonly number: number; readonly unit: string; readonly state: string; readonly answer: string | null }[] | null;
  readonly rectifications: readonly {
    readonly number: number; readonly unit: string; readonly state: string; readonly owner: string | null; readonly overdue: boolean;
    readonly submissions: readonly { readonly accepted: boolean | null; readonly note: string | null }[] | null;
  }[];
  readonly computations: readonly { readonly changes: readonly { readonly unit: string; readonly from: number | null; readonly to: number }[] }[];
  readonly availableActions: readonly { readonly action: string; readonly available: boolean; readonly reason: UserError | null }[];
}
const scoreViewOf = (behind: string): string => `code kind standing rank award points score rated street { name } indicators { id group weight cap numerator denominator points
    numeratorOf { measure count behind ${behind} } denominatorOf { measure count behind ${behind} } special { points evidence { text } corrections { from to objection } } }
  previous { round { id } change rankChange indicators { id change } rectifications { problem state } }`;
const view = `id version state schemeVersion owesCompute scheme { minimumRated } units { code kind } scores { ${scoreViewOf('{ id }')} }
  objections { number unit state answer } rectifications { number unit state owner overdue submissions { accepted note } }
  computations { at changes { unit from to } } availableActions { action available reason { code } }`;

interface Done { readonly round: Round | null; readonly errors: readonly UserError[] }
async function send(who: Actor, mutation: string, input: Fields): Promise<Done> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { round: Round | null; userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { round { ${view} } userErrors { code message field } } }`, { input },
  );
  return { round: data[mutation]?.round ?? null, errors: data[mutation]?.userErrors ?? [] };
}
async function does(who: Actor, mutation: string, input: Fields): Promise<Round> {
  const { round, errors } = await send(who, mutation, input);
  expect(errors).toEqual([]);
  if (!round) throw new Error(`${mutation} gave no round.`);
  return round;
}
const on = ({ id, version }: Round, more: Fields = {}): Fields => ({ roundId: id, expectedVersion: version, ...more });
const read = async (id: string, who: Actor | null): Promise<Round | null> =>
  (await platform.as(who).run<{ assessmentRound: Round | null }>(`query ($id: ID!) { assessmentRound(id: $id) { ${view} } }`, { id })).assessmentRound;
const scoreOf = (round: Round | null, unit: string): Score => {
  const found = round?.scores?.find(({ code }) => code === unit);
  if (!found) throw new Error(`${unit} has no score.`);
  return found;
};

const evidence = { text: '便民夜市,惠及 1200 人', links: [{ url: 'https://www.example.org/report.pdf', sha256: 'ab'.repeat(32) }] };
const rate = (id: string, numerator: string, weight: number) => ({ id, nameZh: id, nameEn: id, numerator, denominator: ['RATED'], weight });
const scheme = {
  positive: [rate('responded', 'RESPONDED', 3_000), rate('solved', 'SOLVED', 3_500), rate('satisfied', 'SATISFIED', 3_500)],
  negative: [
    { id: 'reworked', nameZh: '重办', nameEn: 'reworked', numerator: 'REWORKED', denominator: ['RESOLVED'], weight: 1_000, cap: 1_000 },
    { id: 'returned', nameZh: '退单', nameEn: 'returned', numerator: 'RETURNED', weight: 50, cap: 500 },
  ],
  special: [{ id: 'innovation', nameZh: '特色', nameEn: 'special', maxPoints: 500, evidenceZh: '佐证', evidenceEn: 'proof' }],
  minimumRated: 2, sourceZh: '市考评办法', sourceEn: "the city's rules",
};
const publishScheme = async (version: string, more: Fields = {}, who: Actor = city) =>
  (await platform.as(who).run<{ scoringSchemePublish: { scheme: object | null; userErrors: UserError[] } }>(
    `mutation ($input: ScoringSchemePublishInput!) { scoringSchemePublish(input: $input) {
      scheme { version number isInForce awards positive { id numerator denominator weight } } userErrors { code field } } }`,
    { input: { version, ...scheme, ...more } },
  )).scoringSchemePublish;

async function bring(community: string, by: Actor, ratings: readonly Fields[]): Promise<readonly string[]> {
  const done: readonly Step[] = [[by, 'caseAccept'], [by, 'caseHandle'], [by, 'caseResolve', solved]];
  const ids: string[] = [];
  for (const rating of ratings) {
    const id = await cases.submit(resident, { community });
    await cases.walk(id, [...done, [resident, 'caseRate', rating]]);
    ids.push(id);
  }
  return ids;
}
const lukewarm = { responded: true, solved: true, satisfaction: 3, comment: '一般' };

let round: Round;
let leftOutCase: string;

beforeAll(async () => {
  platform = await startPlatform({ name: 'assessment', seed: true, now: () => now });
  cases = casesOf(platform);
  await publishScheme('city-1');
  await settled(platform.subgraphs);
  await bring(places.community, clerk, [satisfied, satisfied, lukewarm]);
  await bring(places.otherCommunity, otherClerk, [satisfied, unsatisfied]);
  const third = actor('COMMUNITY_CLERK', '340103003001');
  [leftOutCase = ''] = (await bring('340103003001', third, [satisfied, lukewarm])).slice(1);
  await cases.walk(leftOutCase, [
    [third, 'caseRequestLeavingOut', { note: '居民误点' }], [actor('STREET_CLERK', '340103003'), 'caseDecideLeavingOut', { granted: true }],
  ]);
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

describe('a round', () => {
  it('is opened once, under the scheme in force, with all streets of the district', async () => {
    const input = { name: '2026 年 3 月', from: '2026-03', to: '2026-03', idempotencyKey: 'open-march' };
    round = await does(district, 'roundOpen', input);
    expect(round).toMatchObject({ state: 'OPEN', version: 1, schemeVersion: 'city-1', scheme: { minimumRated: 2 }, scores: null });
    expect(round.units).toHaveLength(11);
    expect((await does(district, 'roundOpen', input)).id).toBe(round.id);
    const { errors } = await send(district, 'roundOpen', { ...input, idempotencyKey: null });
    expect(errors.map(({ code }) => code)).toEqual(['DUPLICATE']);
  });

  it('is scored by the counters of the district, once its months are over', async () => {
    round = await does(district, 'roundFill', on(round, { unit: places.otherStreet, indicator: 'innovation', points: 100, evidence }));
    expect((await send(district, 'roundCompute', on(round))).errors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
    now = april;
    round = await does(district, 'roundCompute', on(round));
    expect(round.state).toBe('COMPUTED');
    // 30 + 35 + 35 × 2/3 = 88.33333
    expect(scoreOf(round, places.street)).toMatchObject({
      kind: 'STREET', rated: 3, standing: 'RANKED', rank: 1, award: 50_000_000, points: 8_833_333, score: '88.33333', street: { name: '亳州路街道' },
    });
    // 30 + 17.5 + 17.5 − 10 × 1/2 + 1 = 61
    expect(scoreOf(round, places.otherStreet)).toMatchObject({ rated: 2, rank: 2, award: 40_000_000, points: 6_100_000, score: '61.00000' });
    expect(scoreOf(round, '340103003')).toMatchObject({ rated: 1, standing: 'INSUFFICIENT', rank: null, award: null });
    expect(round.scores).toHaveLength(11);
  });

  it('can be scored again from its explanation, to the last digit', async () => {
    for (const { code, points } of round.scores ?? []) {
      const { scoreExplain } = await platform.as(auditor).run<{ scoreExplain: Score }>(
        `query ($round: ID!, $unit: AreaCode!) { scoreExplain(roundId: $round, unit: $unit) { ${scoreViewOf('{ id total }')} } }`, { round: round.id, unit: code },
      );
      const again = scoreExplain.indicators.map((one) => {
        const [numerator, denominator] = [one.numeratorOf, one.denominatorOf].map((counts) => counts.reduce((n, { count }) => n + count, 0)) as [number, number];
        for (const { count, behind } of [...one.numeratorOf, ...one.denominatorOf]) expect(behind?.total).toBe(count);
        if (one.group !== 'SPECIAL') expect([numerator, one.denominatorOf.length === 0 ? null : denominator]).toEqual([one.numerator, one.denominator]);
        const divisor = BigInt(one.denominator ?? 1);
        const full = BigInt(one.group === 'SPECIAL' ? 1_000 : one.weight * 1_000) * BigInt(one.numerator);
        const share = divisor === 0n ? 0 : Number((2n * full + divisor) / (2n * divisor));
        return one.group === 'NEGATIVE' ? -Math.min(share, (one.cap ?? 0) * 1_000) : share;
      });
      expect(again.reduce((sum, n) => sum + n, 0)).toBe(points);
      expect(scoreExplain.points).toBe(points);
    }
    expect(scoreOf(round, places.street).indicators[1]?.numeratorOf).toEqual([
      { measure: 'SOLVED', count: 3, behind: { id: `${places.street}|solved|2026-03|2026-03|${april.toISOString()}` } },
    ]);
  });

  it('leads to the cases counted and to the ratings left out, with who asked and who granted it', async () => {
    const text = `query ($round: ID!, $unit: AreaCode!) { scoreExplain(roundId: $round, unit: $unit) {
      indicators { id numeratorOf { behind { steps { nodes { case { id } } } } } }
      leftOut { measure count behind { total steps { nodes { case { id evaluations { leftOut { reason by { area } decided { granted by { area } } } } } } } } } } }`;
    interface Explained {
      readonly indicators: readonly { readonly id: string; readonly numeratorOf: readonly { readonly behind: { readonly steps: Steps } }[] }[];
      readonly leftOut: { readonly measure: string; readonly count: number; readonly behind: { readonly total: number; readonly steps: Steps } };
    }
    interface Steps { readonly nodes: readonly { readonly case: { readonly id: string; readonly evaluations?: readonly object[] } }[] }
    const explain = async (unit: string): Promise<Explained> =>
      (await platform.as(auditor).run<{ scoreExplain: Explained }>(text, { round: round.id, unit })).scoreExplain;
    const { leftOut } = await explain('340103003');
    expect(leftOut).toMatchObject({ measure: 'LEFT_OUT', count: 1, behind: { total: 1, steps: { nodes: [{ case: {
      id: leftOutCase,
      evaluations: [{ leftOut: { reason: '居民误点', by: { area: '340103003001' }, decided: { granted: true, by: { area: '340103003' } } } }],
    } }] } } });
    const satisfiedOf = (await explain(places.street)).indicators.find(({ id }) => id === 'satisfied')?.numeratorOf[0]?.behind.steps.nodes;
    expect(new Set(satisfiedOf?.map((step) => step.case.id)).size).toBe(2);
  });

  it('shows what other weights would do, and refuses weights that are none of a scheme', async () => {
    interface Row { readonly code: string; readonly pointsThen: number; readonly rank: number | null; readonly rankThen: number | null; readonly moved: number | null }
    const text = `query ($round: ID!, $weights: [IndicatorWeightInput!]!) {
      scoreWhatIf(roundId: $round, weights: $weights) { code points pointsThen rank rankThen moved } }`;
    const ask = (weights: readonly Fields[], who: Actor | null = district) =>
      platform.as(who).attempt<{ scoreWhatIf: readonly Row[] | null }>(text, { round: round.id, weights });
    const only = [{ indicator: 'responded', weight: 9_998 }, { indicator: 'solved', weight: 1 }, { indicator: 'satisfied', weight: 1 }, { indicator: 'reworked', weight: 1 }];
    const { data } = await ask(only);
    const rows = new Map(data?.scoreWhatIf?.map((row) => [row.code, row]));
    expect(rows.get(places.street)).toMatchObject({ rank: 1, rankThen: 2, moved: -1, pointsThen: 9_999_667 });
    expect(rows.get(places.otherStreet)).toMatchObject({ rank: 2, rankThen: 1, moved: 1 });
    expect(await read(round.id, district)).toEqual(round);
    for (const weights of [[{ indicator: 'responded', weight: 1 }], [{ indicator: 'beauty', weight: 1 }], [...only, ...only]]) {
      expect((await ask(weights)).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
    }
    for (const who of [null, street, neighbour]) expect((await ask(only, who)).data?.scoreWhatIf).toBeNull();
  });

  it('is hidden from the public, and each street sees its own score in the feedback', async () => {
    expect((await read(round.id, street))?.scores).toBeNull();
    round = await does(district, 'roundOpenFeedback', on(round));
    expect((await read(round.id, street))?.scores?.map(({ code }) => code)).toEqual([places.street]);
    expect((await read(round.id, auditor))?.scores).toHaveLength(11);
    for (const who of [null, resident, neighbour]) expect(await read(round.id, who)).toBeNull();
  });

  it('hears a street, corrects what it accepts, and is computed again', async () => {
    const objected = await does(street, 'roundObject', on(round, { indicator: 'innovation', text: '夜市未计入' }));
    expect(objected.objections).toMatchObject([{ number: 1, unit: places.street, state: 'OPEN' }]);
    expect((await read(round.id, otherStreet))?.objections).toEqual([]);
    const other = await does(otherStreet, 'roundObject', on(objected, { indicator: 'solved', text: '有一件已解决' }));
    expect((await send(district, 'roundPublish', on(other))).errors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
    const rejected = await does(district, 'roundAnswer', on(other, { objection: 2, accepted: false, answer: '以评价为准' }));
    const accepted = await does(district, 'roundAnswer', on(rejected, { objection: 1, accepted: true, answer: '补记', points: 250 }));
    expect(accepted.owesCompute).toBe(true);
    expect(scoreOf(accepted, places.street).points).toBe(8_833_333);
    round = await does(district, 'roundCompute', on(accepted));
    expect(round).toMatchObject({ state: 'FEEDBACK', owesCompute: false });
    expect(scoreOf(round, places.street)).toMatchObject({ points: 9_083_333 });
    expect(round.computations.at(-1)?.changes).toEqual([{ unit: places.street, from: 8_833_333, to: 9_083_333 }]);
    expect(scoreOf(round, places.street).indicators.at(-1)?.special?.corrections).toEqual([{ from: 0, to: 250, objection: 1 }]);
  });

  it('is published: everybody reads scores, ranks, awards and rectifications, and nothing that is between district and street', async () => {
    round = await does(district, 'roundPublish', on(round));
    round = await does(district, 'rectificationOrder', on(round, {
      unit: places.otherStreet, problem: '解决率偏低', measures: '逐件回访', owner: '张主任', dueOn: '2026-04-20',
    }));
    const seen = await read(round.id, null);
    expect(seen).toMatchObject({ state: 'RECTIFYING', objections: null, availableActions: [], rectifications: [{ state: 'ORDERED', owner: null, submissions: null }] });
    expect(seen?.scores?.map(({ code, rank, award, points }) => [code, rank, award, points])).toEqual(
      round.scores?.map(({ code, rank, award, points }) => [code, rank, award, points]),
    );
    expect(scoreOf(seen, places.otherStreet).indicators.at(-1)?.special).toMatchObject({ points: 100, evidence: null });
    const { assessmentRounds, district: own } = await platform.as(null).run<Record<string, { totalCount: number; assessmentRounds: { totalCount: number } }>>(
      '{ assessmentRounds { totalCount } district(code: "340103") { assessmentRounds { totalCount nodes { state } } } }',
    );
    expect([assessmentRounds?.totalCount, own?.assessmentRounds.totalCount]).toEqual([1, 1]);
  });

  it('is made public with it, once, in the name of the district', async () => {
    await settled(platform.subgraphs);
    const { openness } = await platform.as(null).run<{ openness: { nodes: unknown[] } }>(
      '{ openness(code: "91") { nodes { title publisher { level area } subject { kind assessmentRound { id name state } } } } }',
    );
    expect(openness.nodes).toEqual([{
      title: '考评结果:2026 年 3 月', publisher: { level: 'DISTRICT', area: places.district },
      subject: { kind: 'ASSESSMENT_ROUND', assessmentRound: { id: round.id, name: '2026 年 3 月', state: 'RECTIFYING' } },
    }]);
  });

  it('has set right what was found, and is closed when that is accepted', async () => {
    const submitted = await does(otherStreet, 'rectificationSubmit', on(round, { rectification: 1, evidence }));
    const back = await does(district, 'rectificationDecide', on(submitted, { rectification: 1, accepted: false, note: '缺回访记录' }));
    expect((await send(district, 'roundClose', on(back))).errors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
    now = new Date('2026-04-21T02:00:00Z');
    expect((await read(round.id, null))?.rectifications[0]?.overdue).toBe(true);
    const again = await does(otherStreet, 'rectificationSubmit', on(back, { rectification: 1, evidence }));
    const accepted = await does(district, 'rectificationDecide', on(again, { rectification: 1, accepted: true }));
    round = await does(district, 'roundClose', on(accepted));
    expect(round).toMatchObject({ state: 'CLOSED', rectifications: [{ state: 'ACCEPTED', submissions: [{ accepted: false, note: '缺回访记录' }, { accepted: true }] }] });
  });

  it('is what the next round is compared with', async () => {
    now = new Date('2026-04-25T02:00:00Z');
    await bring(places.otherCommunity, otherClerk, [satisfied, satisfied]);
    await settled(platform.subgraphs);
    const opened = await does(district, 'roundOpen', { name: '2026 年 4 月', from: '2026-04', to: '2026-04' });
    now = may;
    const next = await does(district, 'roundCompute', on(opened));
    expect(scoreOf(next, places.otherStreet)).toMatchObject({
      points: 10_000_000, rank: 1,
      previous: { round: { id: round.id }, change: 3_900_000, rankChange: 1, rectifications: [{ problem: '解决率偏低', state: 'ACCEPTED' }] },
    });
    expect(scoreOf(next, places.otherStreet).previous?.indicators.find(({ id }) => id === 'solved')?.change).toBe(1_750_000);
    expect(scoreOf(next, places.street)).toMatchObject({ standing: 'INSUFFICIENT', previous: { rankChange: null, rectifications: [] } });
    expect(scoreOf(round, places.street).previous).toBeNull();
    await does(district, 'roundDiscard', on(next, { note: '只为比较' }));
    expect(await read(next.id, null)).toBeNull();
  });

  it('counts a street for the months in which it existed, under its own code', async () => {
    const { reorganisationDecide } = await platform.as(city).run<{ reorganisationDecide: { userErrors: UserError[] } }>(
      'mutation ($input: ReorganisationDecideInput!) { reorganisationDecide(input: $input) { userErrors { code message field } } }',
      { input: { from: ['340103005', '340103006'], to: [{ name: '合并街道' }], on: '2026-06-01', reason: '规模过小' } },
    );
    expect(reorganisationDecide.userErrors).toEqual([]);
    await settled(platform.subgraphs);
    const unitsOf = async (from: string, to: string): Promise<readonly (readonly [string, string, string])[]> => {
      const opened = await does(district, 'roundOpen', { name: `${from} 至 ${to}`, from, to });
      await does(district, 'roundDiscard', on(opened, { note: '只为查看' }));
      const { assessmentRound } = await platform.as(district).run<{ assessmentRound: { units: { code: string; name: string; from: string; to: string }[] } }>(
        'query ($id: ID!) { assessmentRound(id: $id) { units { code name from to } } }', { id: opened.id },
      );
      return assessmentRound.units.filter(({ code, name }) => code === '340103005' || name === '合并街道')
        .map((unit) => [unit.name, unit.from, unit.to] as const);
    };
    expect(await unitsOf('2026-05', '2026-07')).toEqual([['杏花村街道', '2026-05', '2026-05'], ['合并街道', '2026-06', '2026-07']]);
    expect(await unitsOf('2026-06', '2026-07')).toEqual([['合并街道', '2026-06', '2026-07']]);
  });
});

describe('refusals', () => {
  let open: Round;
  const own = '340104001';
  beforeAll(async () => {
    now = april;
    const opened = await does(neighbour, 'roundOpen', { name: '2026 年 3 月', from: '2026-03', to: '2026-03' });
    const computed = await does(neighbour, 'roundCompute', on(opened));
    const feedback = await does(neighbour, 'roundOpenFeedback', on(computed));
    await does(actor('STREET_CLERK', own), 'roundObject', on(feedback, { indicator: 'solved', text: '有误' }));
    open = await read(feedback.id, neighbour) as Round;
  });

  it.each<[string, Actor, string, Fields, string]>([
    ['another district computes it', district, 'roundCompute', {}, 'NOT_FOUND'],
    ['a street of another district objects', street, 'roundObject', { indicator: 'solved', text: 'x' }, 'NOT_FOUND'],
    ['a resident publishes it', resident, 'roundPublish', {}, 'NOT_FOUND'],
    ['the city publishes it', city, 'roundPublish', {}, 'ROLE_NOT_ALLOWED'],
    ['an auditor answers', auditor, 'roundAnswer', { objection: 1, accepted: false, answer: 'x' }, 'ROLE_NOT_ALLOWED'],
    ['a street computes it', actor('STREET_CLERK', own), 'roundCompute', {}, 'ROLE_NOT_ALLOWED'],
    ['it is published with an objection open', neighbour, 'roundPublish', {}, 'TRANSITION_NOT_ALLOWED'],
    ['it is computed again for no reason', neighbour, 'roundCompute', {}, 'TRANSITION_NOT_ALLOWED'],
    ['special points come too late', neighbour, 'roundFill', { unit: own, indicator: 'innovation', points: 1, evidence }, 'TRANSITION_NOT_ALLOWED'],
    ['something is ordered before it is published', neighbour, 'rectificationOrder', { unit: own, problem: 'x', measures: 'x', owner: 'x', dueOn: '2026-05-01' }, 'TRANSITION_NOT_ALLOWED'],
    ['a street objects twice to one indicator', actor('STREET_CLERK', own), 'roundObject', { indicator: 'solved', text: 'x' }, 'DUPLICATE'],
    ['an objection has no reason', actor('STREET_CLERK', own), 'roundObject', { indicator: 'satisfied', text: ' ' }, 'INVALID_INPUT'],
    ['counts are to be edited', neighbour, 'roundAnswer', { objection: 1, accepted: true, answer: 'x', points: 9 }, 'INVALID_INPUT'],
    ['there is no such objection', neighbour, 'roundAnswer', { objection: 7, accepted: true, answer: 'x' }, 'INVALID_INPUT'],
    ['it is discarded for no reason', neighbour, 'roundDiscard', { note: '' }, 'INVALID_INPUT'],
    ['the version is old', neighbour, 'roundDiscard', { expectedVersion: 1, note: 'x' }, 'STALE_VERSION'],
  ])('changes nothing when %s', async (_what, who, mutation, more, code) => {
    expect((await send(who, mutation, on(open, more))).errors.map((error) => error.code)).toEqual([code]);
    expect(await read(open.id, neighbour)).toEqual(open);
  });

  it('lists to each exactly what each may read', async () => {
    const all = (await platform.subgraphs.running('district').connection.collection<{ _id: string }>('assessmentRounds').find().toArray()).map(({ _id }) => _id);
    expect(all.length).toBeGreaterThan(3);
    const seen: number[] = [];
    for (const who of [null, resident, street, actor('STREET_CLERK', own), district, neighbour, city, auditor, actor('AUDITOR', places.district)]) {
      const { assessmentRounds } = await platform.as(who).run<{ assessmentRounds: { totalCount: number; nodes: { id: string }[] } }>(
        '{ assessmentRounds(first: 100) { totalCount nodes { id } } }',
      );
      const readable = (await Promise.all(all.map((id) => read(id, who)))).flatMap((one) => one?.id ?? []);
      expect(assessmentRounds.nodes.map(({ id }) => id).toSorted()).toEqual(readable.toSorted());
      expect(assessmentRounds.totalCount).toBe(readable.length);
      seen.push(readable.length);
    }
    // The published one for all; a street its round in the feedback besides; officers their district's, discarded ones too.
    expect(seen).toEqual([1, 1, 1, 2, all.length - 1, 2, all.length, all.length, all.length - 1]);
  });

  it('opens one of two rounds that are opened at once', async () => {
    const at = actor('DISTRICT_OFFICER', '340111');
    const done = await Promise.all(['甲', '乙'].map((name) => send(at, 'roundOpen', { name, from: '2026-03', to: '2026-03' })));
    expect(done.map(({ round: one, errors }) => one?.state ?? errors[0]?.code).toSorted()).toEqual(['DUPLICATE', 'OPEN']);
  });

  it.each<[string, Actor, Fields, string]>([
    ['a street opens one', street, {}, 'ROLE_NOT_ALLOWED'],
    ['the city opens one', city, {}, 'ROLE_NOT_ALLOWED'],
    ['its months are upside down', district, { to: '2026-02' }, 'INVALID_INPUT'],
    ['it has no name', district, { name: '' }, 'INVALID_INPUT'],
  ])('opens no round when %s', async (_what, who, more, code) => {
    const { round: none, errors } = await send(who, 'roundOpen', { name: 'x', from: '2026-03', to: '2026-03', ...more });
    expect([none, errors.map((error) => error.code)]).toEqual([null, [code]]);
  });

  it.each<[string, Fields, string, string[] | null, Actor?]>([
    ['by a district', {}, 'ROLE_NOT_ALLOWED', null, district],
    ['under a name that is taken', { version: 'city-1' }, 'DUPLICATE', ['input', 'version']],
    ['with weights that do not sum up', { positive: [rate('solved', 'SOLVED', 9_999)] }, 'INVALID_INPUT', ['input', 'positive']],
    ['with awards the wrong way round', { awards: [1, 2] }, 'INVALID_INPUT', ['input', 'awards']],
  ])('publishes no scheme %s', async (_what, more, code, field, who = city) => {
    const { scheme: none, userErrors } = await publishScheme('city-2', more, who);
    expect([none, userErrors]).toEqual([null, [{ code, field }]]);
    const { scoringScheme } = await platform.as(null).run<{ scoringScheme: { version: string } }>('{ scoringScheme { version } }');
    expect(scoringScheme.version).toBe('city-1');
  });

  it('asks who has not signed in to sign in before anything is written', async () => {
    const { errors } = await platform.as(null).attempt(
      'mutation ($input: RoundPublishInput!) { roundPublish(input: $input) { userErrors { code } } }', { input: on(open) },
    );
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
  });
});
