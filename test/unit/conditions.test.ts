// The conditions for having a service item: what may be written, and what it says of a resident.
import { readSeedData } from '../../scripts/seedData.js';
import { findingsFor } from '../../subgraphs/community/domain/outreach/outreach.js';
import { checkExpression, evaluateConditions } from '../../subgraphs/shared/conditions/expressions.js';
import { conditionsFault, verdictOf, type Condition, type Verdict } from '../../subgraphs/shared/domain/condition.js';
import { factFault, factOf, facts, factTypes, fullMonths, fullYears, isDay, valueOn, type Fact, type FactValue, type FactValues } from '../../subgraphs/shared/domain/fact.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';

const today = '2026-03-02';
const condition = (expression: string): Condition => ({ expression, says: { zh: '如此', en: 'so' } });
const of = (expression: string, known: FactValues): Verdict | undefined => evaluateConditions([condition(expression)], known, today)[0]?.verdict;

describe('an expression', () => {
  it.each([
    'age >= 80', 'age >= 80 && localHousehold', '!(pregnant || veteran)', 'disabilityLevel in [1, 2]', 'careNeed != "NONE"', 'sex in ["MALE", "FEMALE"]',
    'age >= (sex == "MALE" ? 50 : 40)', 'householdIncomeFenPerMonth / householdSize < 80000', 'housingAreaM2 / double(householdSize) < 15.0',
    'birthDate < date("1946-01-01")', 'months(unemployedSince, today) >= 12', 'days(unemployedSince, today) > -3', '"MALE" == sex', '80 <= age',
  ])('may be %s', (expression) => expect(checkExpression(expression)).toBeNull());

  it.each<[string, number, RegExp]>([
    ['agee >= 80', 1, /agee/], ['age >= 80 && foo', 14, /foo/], ['age >= "80"', 8, /no text/], ['age == pregnant', 1, /int == bool/], ['age', 1, /true or false/], ['age + 1', 1, /it is int/],
    ['age >=', 7, /EOF/], ['age >= 80 &&& pregnant', 13, /&/], ['', 1, /EOF/], ['true', 1, /at least one fact/], ['date("2026-01-01") < today', 1, /at least one fact/],
    ['sex == "male"', 8, /MALE, FEMALE/], ['sex < "MALE"', 1, /only compared/], ['sex == sex', 8, /the values of sex/], ['careNeed in ["SOME"]', 14, /PARTIAL/],
    ['birthDate < date("2026-02-30")', 18, /such as date/], ['birthDate < date(sex)', 18, /such as date/], ['age in householdSize', 8, /list of values/], ['age in [age]', 8, /list of values/],
    ['years(birthDate) > 3', 1, /years/], ['now() > today', 1, /no function "now"/], ['housingAreaM2 / householdSize < 1.0', 1, /double \/ int/], ['int > 3', 1, /no fact "int"/],
    ['constructor == 1', 1, /constructor/], ['__proto__ == 1', 1, /__proto__/],
  ])('may not be %j: character %i', (expression, character, why) => {
    expect(checkExpression(expression)).toEqual({ character, why: { zh: expect.stringMatching(/./), en: expect.stringMatching(why) } });
  });

  it.each([
    ['a pattern that never ends', 'sex.matches("(a+)+$")'], ['a list gone through', '[1, 2, 3].all(x, x > age)'], ['lists within lists', '[[1, 2].map(x, x)].map(y, y).size() > age'],
    ['a type that is not known', 'dyn(age) > 3'], ['the inside of a value', 'sex.size() > 3'], ['a map', '{"a": age}.a > 3'], ['a name bound', 'cel.bind(x, age, x > 3)'], ['text put together', 'sex + sex == "MALEMALE"'],
    ['brackets without end', `${'('.repeat(200)}age > 1${')'.repeat(200)}`], ['more brackets open than closed', '('.repeat(499)], ['a tower of nots', `${'!'.repeat(490)}pregnant`], ['a long sum', `age > ${Array.from({ length: 200 }, () => '1').join('+')}`],
    ['a list without end', `age in [${Array.from({ length: 200 }, () => '1').join(',')}]`], ['more than the limit', `${' '.repeat(500)}age > 1`],
  ])('is refused within a moment for %s', (_what, expression) => {
    const before = performance.now();
    expect(checkExpression(expression)).toMatchObject({ why: { en: expect.stringMatching(/./) } });
    expect(performance.now() - before).toBeLessThan(200);
  });

  it('is evaluated within a moment when it is as long as it may be', () => {
    const longest = Array.from({ length: 18 }, () => '(age * age % 7 >= 0)').join(' && ');
    expect(checkExpression(longest)).toBeNull();
    expect(of(longest, { birthDate: '1940-01-01' })).toBe('MET');
    const before = performance.now();
    for (let i = 0; i < 1_000; i += 1) of(longest, { birthDate: '1940-01-01' });
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

describe('a condition', () => {
  it.each<[string, FactValues, Verdict]>([
    ['age >= 80', { birthDate: '1946-03-02' }, 'MET'], ['age >= 80', { birthDate: '1946-03-03' }, 'NOT_MET'], ['age >= 80', {}, 'UNKNOWN'],
    ['disabilityLevel in [1, 2]', { disabilityLevel: 2 }, 'MET'], ['disabilityLevel in [1, 2]', { disabilityLevel: 3 }, 'NOT_MET'],
    ['careNeed != "NONE" || livesAlone', { livesAlone: true }, 'MET'], ['careNeed != "NONE" || livesAlone', { livesAlone: false }, 'UNKNOWN'],
    ['pregnant && age > 20', { pregnant: false }, 'NOT_MET'], ['pregnant && age > 20', { pregnant: true }, 'UNKNOWN'],
    ['householdIncomeFenPerMonth / householdSize < 80000', { householdIncomeFenPerMonth: 239_999, householdSize: 3 }, 'MET'],
    ['housingAreaM2 / double(householdSize) < 15.0', { housingAreaM2: 44.9, householdSize: 3 }, 'MET'],
    ['months(unemployedSince, today) >= 12', { unemployedSince: '2025-03-02' }, 'MET'], ['months(unemployedSince, today) >= 12', { unemployedSince: '2025-03-03' }, 'NOT_MET'],
    ['age >= (sex == "MALE" ? 50 : 40)', { birthDate: '1980-01-01', sex: 'FEMALE' }, 'MET'], ['age >= (sex == "MALE" ? 50 : 40)', { birthDate: '1980-01-01', sex: 'MALE' }, 'NOT_MET'],
    ['age / (age - age) > 1', { birthDate: '1980-01-01' }, 'UNKNOWN'], ['age * 9223372036854775807 > 1', { birthDate: '1980-01-01' }, 'UNKNOWN'],
  ])('%s of %j is %s', (expression, known, verdict) => expect(of(expression, known)).toBe(verdict));

  it('names what would have to be written down', () => {
    const [answer] = evaluateConditions([condition('age >= 80 && (livesAlone || careNeed == "FULL")')], { livesAlone: false }, today);
    expect(answer).toMatchObject({ verdict: 'UNKNOWN', missing: ['birthDate', 'careNeed'] });
    expect(evaluateConditions([condition('age / 0 > 1')], { birthDate: '1980-01-01' }, today)[0]?.missing).toEqual([]);
  });

  it('that asks for a fact which is no longer in the vocabulary is not known of anybody', () => {
    expect(evaluateConditions([condition('favouriteColour == 1')], { birthDate: '1980-01-01' }, today)).toMatchObject([{ verdict: 'UNKNOWN', missing: [] }]);
  });

  it.each<[readonly Verdict[], Verdict]>([
    [['MET', 'MET'], 'MET'], [['MET', 'UNKNOWN'], 'UNKNOWN'], [['UNKNOWN', 'NOT_MET'], 'NOT_MET'], [['MET', 'NOT_MET'], 'NOT_MET'],
  ])('%j come to %s', (all, whole) => expect(verdictOf(all.map((verdict) => ({ verdict })))).toBe(whole));

  it.each<[string, readonly Condition[], readonly string[]]>([
    ['eleven', Array.from({ length: 11 }, () => condition('age > 1')), ['input', 'conditions']],
    ['one without words', [{ expression: 'age > 1', says: { zh: '如此', en: ' ' } }], ['input', 'conditions', '0', 'says']],
    ['a second one without an expression', [condition('age > 1'), condition(' ')], ['input', 'conditions', '1', 'expression']],
    ['one that is too long', [condition(`age > ${'1'.repeat(500)}`)], ['input', 'conditions', '0', 'expression']],
    ['one that names no fact', [condition('agee > 1')], ['input', 'conditions', '0', 'expression']],
  ])('is refused: %s', (_what, conditions, field) => {
    expect(conditionsFault(conditions, checkExpression)).toMatchObject({ code: 'INVALID_INPUT', field, message: expect.stringContaining(' / ') });
  });

  it('may stand ten times', () => expect(conditionsFault(Array.from({ length: 10 }, () => condition('age > 1')), checkExpression)).toBeNull());
});

describe('the facts', () => {
  it('have the types of the SDL enum FactType', () => {
    const found = readSdl('community').definitions.find((node) => node.kind === 'EnumTypeDefinition' && node.name.value === 'FactType');
    expect(found?.kind === 'EnumTypeDefinition' && found.values?.map((value) => value.name.value)).toEqual([...factTypes]);
  });

  it('have a code each, and what is made of another is made of one that is written down', () => {
    expect(new Set(facts.map(({ code }) => code)).size).toBe(facts.length);
    for (const { madeOf } of facts) if (madeOf !== undefined) expect(factOf(madeOf)).toMatchObject({ type: 'DATE' });
  });

  it.each([
    ['1946-03-02', '2026-03-01', 79, 959], ['1946-03-02', '2026-03-02', 80, 960], ['2026-01-31', '2026-02-27', 0, 0], ['2026-01-31', '2026-02-28', 0, 1], ['2024-02-29', '2025-02-28', 1, 12],
    ['2026-03-02', '2026-02-01', 0, -1],
  ])('from %s to %s are %i full years and %i full months', (from, to, years, months) => {
    expect([Math.abs(fullYears(from, to)), fullMonths(from, to)]).toEqual([years, months]);
  });

  it('are not made of what is not known', () => expect(valueOn(factOf('age') as Fact, {}, today)).toBeUndefined());

  it.each(['2026-02-30', '2026-13-01', '1899-01-01', '2026-3-2', '今天'])('have no day %s', (text) => expect(isDay(text)).toBe(false));

  it.each<[string, FactValue, boolean]>([
    ['pregnant', true, true], ['pregnant', 'true', false], ['disabilityLevel', 4, true], ['disabilityLevel', 5, false], ['disabilityLevel', 1.5, false], ['disabilityLevel', '1', false],
    ['housingAreaM2', 44.9, true], ['housingAreaM2', Number.NaN, false], ['housingAreaM2', -1, false], ['birthDate', today, true], ['birthDate', '2026-03-03', false], ['birthDate', '1950-02-30', false],
    ['graduatedOn', '2026-07-01', true], ['sex', 'FEMALE', true], ['sex', 'female', false], ['sex', true, false],
  ])('%s may be %j: %s', (code, value, may) => expect(factFault(factOf(code) as Fact, value, today) === null).toBe(may));
});

describe('the residents in data/', () => {
  it('are a few dozen, entitled to at least ten different items, with some who lack a fact', async () => {
    const { items, residents } = await readSeedData();
    const city = items.map((item) => ({ ...item, area: '3401' }));
    const findings = findingsFor(residents, city, evaluateConditions, today);
    expect(residents).toHaveLength(36);
    expect(new Set(findings.filter(({ verdict }) => verdict === 'MET').map(({ item }) => item.code)).size).toBeGreaterThanOrEqual(10);
    expect(findings.filter(({ verdict }) => verdict === 'UNKNOWN').length).toBeGreaterThan(0);
  });
});

describe('the conditions in data/', () => {
  it('are there for twenty-three items, each an expression that may be', async () => {
    const { items } = await readSeedData();
    const withConditions = items.filter(({ conditions }) => conditions.length > 0);
    expect(withConditions).toHaveLength(23);
    expect(withConditions.map(({ code, conditions }) => [code, conditionsFault(conditions, checkExpression)])).toEqual(withConditions.map(({ code }) => [code, null]));
  });

  it('find those that the words name', async () => {
    const { items } = await readSeedData();
    const finds = (code: string, known: FactValues) => verdictOf(evaluateConditions(items.find((item) => item.code === code)?.conditions ?? [], known, today));
    expect(finds('05-005', { disabilityLevel: 1, careNeed: 'FULL' })).toBe('MET');
    expect(finds('05-005', { disabilityLevel: 3, careNeed: 'FULL' })).toBe('NOT_MET');
    expect(finds('05-006', { birthDate: '1940-05-01', localHousehold: true })).toBe('MET');
    expect(finds('06-008', { employment: 'UNEMPLOYED', disabilityLevel: 0, minimumLivingAllowance: false, birthDate: '1990-01-01', sex: 'MALE', unemployedSince: '2024-01-01' })).toBe('MET');
    expect(finds('07-003', { birthDate: '2022-09-01', schoolStage: 'NONE' })).toBe('MET');
  });
});
