// What may be known of a resident, and asked for by a service item's conditions.
import type { Named } from './actor.js';
import type { LocalDate } from './calendar.js';

export const factTypes = ['BOOL', 'INT', 'DECIMAL', 'DATE', 'ENUM'] as const;
export type FactType = (typeof factTypes)[number];

export interface FactValueName {
  readonly value: string;
  readonly name: Named;
}

interface FactOfAnyType {
  readonly code: string;
  readonly name: Named;
  /** Where it is found; whoever writes it down looks there. */
  readonly source: Named;
  /** Made of this other fact on the day of asking; nobody writes it down. */
  readonly madeOf?: string;
}

export type Fact = FactOfAnyType & (
  | { readonly type: 'BOOL' }
  | { readonly type: 'INT' | 'DECIMAL'; readonly min: number; readonly max: number }
  | { readonly type: 'DATE'; readonly mayBeAhead: boolean }
  | { readonly type: 'ENUM'; readonly values: readonly FactValueName[] }
);

/** By type: a truth, a number, a number, `2026-03-02`, one of the values. */
export type FactValue = boolean | number | string;
/** By code; what is not in it is not known. */
export type FactValues = Readonly<Record<string, FactValue>>;

const population = { zh: '人口登记', en: 'population register' };
const disability = { zh: '残疾人证', en: 'disability certificate' };
const civil = { zh: '民政救助台账', en: 'relief register of civil affairs' };
const visit = { zh: '入户走访', en: 'visit at home' };
const labour = { zh: '就业与社保登记', en: 'register of work and social insurance' };
const health = { zh: '卫生健康登记', en: 'health register' };
const veterans = { zh: '退役军人登记', en: "veterans' register" };
const school = { zh: '学籍登记', en: "pupils' register" };

const of = (value: string, zh: string, en: string): FactValueName => ({ value, name: { zh, en } });
const yes = (code: string, zh: string, en: string, source: Named): Fact => ({ code, type: 'BOOL', name: { zh, en }, source });
const whole = (code: string, zh: string, en: string, source: Named, min: number, max: number): Fact =>
  ({ code, type: 'INT', name: { zh, en }, source, min, max });

// prettier-ignore
export const facts: readonly Fact[] = [
  { code: 'birthDate', type: 'DATE', mayBeAhead: false, name: { zh: '出生日期', en: 'date of birth' }, source: population },
  { ...whole('age', '年龄(周岁)', 'age in full years', population, 0, 150), madeOf: 'birthDate' },
  { ...whole('ageMonths', '年龄(足月)', 'age in full months', population, 0, 1_800), madeOf: 'birthDate' },
  { code: 'sex', type: 'ENUM', name: { zh: '性别', en: 'sex' }, source: population, values: [of('MALE', '男', 'male'), of('FEMALE', '女', 'female')] },
  yes('localHousehold', '本市户籍', 'household register of this city', population),
  yes('permitHolder', '持有本市居住证', 'holds a residence permit of this city', population),
  yes('livesAlone', '独居', 'lives alone', visit),
  { code: 'careNeed', type: 'ENUM', name: { zh: '照护需求', en: 'need of care' }, source: visit,
    values: [of('NONE', '能自理', 'none'), of('PARTIAL', '半失能', 'in part'), of('FULL', '失能', 'in full')] },
  whole('disabilityLevel', '残疾等级(0 为无)', 'level of disability, 0 for none', disability, 0, 4),
  { code: 'disabilityKind', type: 'ENUM', name: { zh: '残疾类别', en: 'kind of disability' }, source: disability,
    values: [of('NONE', '无', 'none'), of('VISION', '视力', 'sight'), of('HEARING', '听力', 'hearing'), of('SPEECH', '言语', 'speech'), of('LIMB', '肢体', 'limbs'),
      of('INTELLECTUAL', '智力', 'intellect'), of('MENTAL', '精神', 'mind'), of('MULTIPLE', '多重', 'several')] },
  yes('minimumLivingAllowance', '享受低保', 'draws the subsistence allowance', civil),
  yes('extremePoverty', '特困供养', 'supported as destitute', civil),
  yes('orphan', '孤儿或事实无人抚养', 'an orphan, or without care', civil),
  whole('householdIncomeFenPerMonth', '家庭月收入(分)', "household's income a month in fen", civil, 0, 1_000_000_000),
  whole('householdSize', '家庭人口', 'people in the household', population, 1, 30),
  { code: 'housingAreaM2', type: 'DECIMAL', min: 0, max: 10_000, name: { zh: '住房面积(平方米)', en: 'living space in m²' }, source: visit },
  yes('ownsHousing', '有自有住房', 'owns a dwelling', visit),
  { code: 'employment', type: 'ENUM', name: { zh: '就业状况', en: 'work' }, source: labour,
    values: [of('EMPLOYED', '在职', 'employed'), of('SELF_EMPLOYED', '灵活就业', 'self-employed'), of('UNEMPLOYED', '失业', 'unemployed'),
      of('RETIRED', '退休', 'retired'), of('STUDENT', '在读', 'pupil or student'), of('NONE', '其他', 'other')] },
  { code: 'unemployedSince', type: 'DATE', mayBeAhead: false, name: { zh: '失业日期', en: 'unemployed since' }, source: labour },
  { code: 'graduatedOn', type: 'DATE', mayBeAhead: true, name: { zh: '高校毕业日期', en: 'graduated on' }, source: labour },
  yes('employeePension', '参加职工养老保险', "in the employees' pension scheme", labour),
  yes('residentPension', '参加居民养老保险', "in the residents' pension scheme", labour),
  whole('pensionYears', '养老保险缴费年限', 'years paid into the pension', labour, 0, 60),
  yes('employeeMedical', '参加职工医保', "in the employees' health insurance", labour),
  yes('pregnant', '怀孕', 'pregnant', health),
  yes('seriousIllness', '重病', 'seriously ill', health),
  yes('severeMentalIllnessCarer', '严重精神障碍患者监护人', 'carer of somebody severely mentally ill', health),
  yes('onlyChildCertificate', '持有独生子女父母光荣证', "holds a certificate as an only child's parent", health),
  yes('lostOnlyChild', '独生子女伤残或死亡', 'the only child is disabled or dead', health),
  yes('veteran', '退役军人', 'veteran', veterans),
  { code: 'schoolStage', type: 'ENUM', name: { zh: '就读阶段', en: 'stage of school' }, source: school,
    values: [of('NONE', '不在读', 'none'), of('KINDERGARTEN', '幼儿园', 'kindergarten'), of('COMPULSORY', '义务教育', 'primary or middle school'),
      of('HIGH', '高中', 'high school'), of('COLLEGE', '高校', 'college')] },
];

const byCode = new Map(facts.map((fact) => [fact.code, fact]));
export const factOf = (code: string): Fact | null => byCode.get(code) ?? null;

const datePattern = /^(19|20|21)\d\d-\d\d-\d\d$/;

/** A day that there is: not the 30th of February. */
export const isDay = (text: string): boolean => datePattern.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

const monthsOf = (date: LocalDate): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));

/** Full months from one day to a later one, negative to an earlier one. A month without the 31st counts as full on its last day. */
export function fullMonths(from: LocalDate, to: LocalDate): number {
  if (to < from) return -fullMonths(to, from);
  const lastOfMonth = new Date(Date.UTC(Number(to.slice(0, 4)), Number(to.slice(5, 7)), 0)).toJSON().slice(0, 10);
  const reached = to.slice(8) >= from.slice(8) || to === lastOfMonth;
  return monthsOf(to) - monthsOf(from) - (reached ? 0 : 1);
}

export const fullYears = (from: LocalDate, to: LocalDate): number => Math.trunc(fullMonths(from, to) / 12);

const made: Readonly<Record<string, (from: LocalDate, today: LocalDate) => number>> = { age: fullYears, ageMonths: fullMonths };

/** As written down, or as it follows on the day from what was; undefined when it is not known. */
export function valueOn(fact: Fact, written: FactValues, today: LocalDate): FactValue | undefined {
  if (fact.madeOf === undefined) return written[fact.code];
  const from = written[fact.madeOf];
  return typeof from === 'string' ? made[fact.code]?.(from, today) : undefined;
}

/** Why the fact cannot have this value; null when it can. */
export function factFault(fact: Fact, value: FactValue, today: LocalDate): Named | null {
  switch (fact.type) {
    case 'BOOL':
      return typeof value === 'boolean' ? null : { zh: '须为是或否', en: 'is true or false' };
    case 'INT':
    case 'DECIMAL': {
      const fits = typeof value === 'number' && Number.isFinite(value) && value >= fact.min && value <= fact.max && (fact.type === 'DECIMAL' || Number.isInteger(value));
      const [zh, en] = fact.type === 'INT' ? ['整数', 'a whole number'] : ['数', 'a number'];
      return fits ? null : { zh: `须为 ${fact.min}–${fact.max} 的${zh}`, en: `is ${en} from ${fact.min} to ${fact.max}` };
    }
    case 'DATE':
      if (typeof value !== 'string' || !isDay(value)) return { zh: '须为日期,如 1950-03-02', en: 'is a date such as 1950-03-02' };
      return fact.mayBeAhead || value <= today ? null : { zh: '不得晚于今天', en: 'is not after today' };
    case 'ENUM': {
      const values = fact.values.map((one) => one.value);
      return typeof value === 'string' && values.includes(value) ? null : { zh: `须为 ${values.join('、')} 之一`, en: `is one of ${values.join(', ')}` };
    }
  }
}
