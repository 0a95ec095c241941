// Conditions are written in CEL (https://cel.dev), cut down to what can be read at a glance and costs no more than its length:
// comparing, counting and combining facts. No text is searched, no list gone through, nothing called that is not named here.
import { Environment, type ASTNode, type ParseResult } from '@marcbachmann/cel-js';
import { LRUCache } from 'lru-cache';
import type { Named } from '../domain/actor.js';
import type { LocalDate } from '../domain/calendar.js';
import { maxExpression, type CheckExpression, type Condition, type ConditionVerdict, type EvaluateConditions, type ExpressionFault } from '../domain/condition.js';
import { factOf, facts, fullMonths, fullYears, isDay, valueOn, type Fact, type FactType, type FactValue, type FactValues } from '../domain/fact.js';

const limits = { maxAstNodes: 150, maxDepth: 24, maxListElements: 30, maxMapEntries: 0, maxCallArguments: 2 };
const maxKnown = 2_000;
const msPerDay = 86_400_000;

/** The day on which age and the like are asked for. */
const today = 'today';
const time = 'google.protobuf.Timestamp';
const typeNames: Readonly<Record<FactType, string>> = { BOOL: 'bool', INT: 'int', DECIMAL: 'double', DATE: time, ENUM: 'string' };

const dateOf = (instant: Date): LocalDate => instant.toJSON().slice(0, 10);
const midnight = (date: string): Date => new Date(`${date}T00:00:00Z`);
const between = (count: (from: LocalDate, to: LocalDate) => number) => (from: Date, to: Date): bigint => BigInt(count(dateOf(from), dateOf(to)));

function createEnvironment(): Environment {
  const environment = new Environment({ limits }).registerVariable(today, time);
  for (const { code, type } of facts) environment.registerVariable(code, typeNames[type]);
  return environment
    .registerFunction(`date(string): ${time}`, midnight)
    .registerFunction(`years(${time}, ${time}): int`, between(fullYears))
    .registerFunction(`months(${time}, ${time}): int`, between(fullMonths))
    .registerFunction(`days(${time}, ${time}): int`, (from: Date, to: Date) => BigInt(Math.round((to.getTime() - from.getTime()) / msPerDay)));
}
const environment = createEnvironment();

const counting = ['years', 'months', 'days', 'double'];
const combining = ['||', '&&', '?:'];
const comparing = ['<', '<=', '>', '>='];
const reckoning = ['+', '-', '*', '/', '%'];

class Fault extends Error {
  constructor(readonly node: Pick<ASTNode, 'start'> | undefined, readonly why: Named) {
    super(why.en);
  }
}

const enumOf = ({ op, args }: ASTNode): (Fact & { readonly type: 'ENUM' }) | null => {
  const fact = op === 'id' ? factOf(args as string) : null;
  return fact?.type === 'ENUM' ? fact : null;
};
const isLiteral = ({ op, args }: ASTNode): boolean => op === 'value' || (op === '-_' && (args as ASTNode).op === 'value');
const isString = ({ op, args }: ASTNode): boolean => op === 'value' && typeof args === 'string';

/** Text is compared with the values of a fact, and nothing else is done with it. */
function mustBeValueOf(fact: Fact & { readonly type: 'ENUM' }, node: ASTNode): void {
  const values = fact.values.map(({ value }) => value);
  if (isString(node) && values.includes(node.args as string)) return;
  throw new Fault(node, { zh: `${fact.code} 的值为 ${values.join('、')}`, en: `the values of ${fact.code} are ${values.join(', ')}` });
}

const elements = (list: ASTNode): readonly ASTNode[] => {
  if (list.op === 'list' && list.args.every(isLiteral)) return list.args;
  throw new Fault(list, { zh: 'in 之后须为所列出的值', en: 'after "in" stands a list of values' });
};

/** Throws at the first part that the language here does not have; gives the facts that it asks for. */
function usedBy(node: ASTNode): string[] {
  const { op, args } = node;
  const all = (...parts: readonly ASTNode[]): string[] => parts.flatMap(usedBy);
  if (op === 'id') {
    if (args === today) return [];
    if (factOf(args) === null) throw new Fault(node, { zh: `没有“${args}”这一事实`, en: `there is no fact "${args}"` });
    if (enumOf(node)) throw new Fault(node, { zh: `${args} 只能用 ==、!=、in 与其值比较`, en: `${args} is only compared with its values, by ==, != or in` });
    return [args];
  }
  if (op === 'value') {
    if (typeof args === 'bigint' || typeof args === 'number' || typeof args === 'boolean') return [];
    throw new Fault(node, { zh: '此处不能用文字', en: 'no text goes here' });
  }
  if (op === '==' || op === '!=') {
    const [left, right] = args;
    const [one, other] = enumOf(left) ? [left, right] : [right, left];
    const fact = enumOf(one);
    if (!fact) return all(left, right);
    mustBeValueOf(fact, other);
    return [fact.code];
  }
  if (op === 'in') {
    const [left, right] = args as [ASTNode, ASTNode];
    const fact = enumOf(left);
    const listed = elements(right);
    if (!fact) return all(left, ...listed);
    for (const one of listed) mustBeValueOf(fact, one);
    return [fact.code];
  }
  if (op === 'call') {
    const [name, given] = args as [string, ASTNode[]];
    const [text] = given;
    if (name === 'date' && given.length === 1 && text) {
      if (isString(text) && isDay(text.args as string)) return [];
      throw new Fault(text, { zh: 'date 内须为日期,如 date("2026-03-02")', en: 'inside date stands a day, such as date("2026-03-02")' });
    }
    if (counting.includes(name)) return all(...given);
    throw new Fault(node, { zh: `没有“${name}”这一函数;可用 date、${counting.join('、')}`, en: `there is no function "${name}"; there are date, ${counting.join(', ')}` });
  }
  if (op === '!_' || op === '-_') return usedBy(args as ASTNode);
  if ([...combining, ...comparing, ...reckoning].includes(op)) return all(...(args as ASTNode[]));
  throw new Fault(node, { zh: '条件中不能用这种写法', en: 'a condition does not have this form' });
}

interface Compiled {
  readonly run: ParseResult;
  readonly uses: readonly Fact[];
}

/** What the library says of where and why. */
interface LibraryError extends Error {
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number };
}
const codeNames: Readonly<Record<string, string>> = {
  unknown_variable: '没有这一事实', no_such_overload: '两边的类型不能这样运算', no_matching_overload: '函数的参数不对', limit_exceeded: '过长或嵌套过深',
};

function compile(expression: string): Compiled {
  const run = environment.parse(expression);
  const uses = [...new Set(usedBy(run.ast))].flatMap((code) => factOf(code) ?? []);
  const { valid, type, error } = run.check();
  if (!valid) throw error ?? new Fault(run.ast, { zh: '写法有误', en: 'it is not well formed' });
  if (type !== 'bool') throw new Fault(run.ast, { zh: `结果须为是或否,现为 ${type}`, en: `its result is true or false; it is ${type}` });
  if (uses.length === 0) throw new Fault(run.ast, { zh: '须用到至少一项事实', en: 'it asks for at least one fact' });
  return { run, uses };
}

const known = new LRUCache<string, Compiled | ExpressionFault>({ max: maxKnown });

function faultOf(error: unknown): ExpressionFault {
  if (error instanceof Fault) return { character: (error.node?.start ?? 0) + 1, why: error.why };
  const { code, summary, range } = error as LibraryError;
  // What else it may be is a fault of this program, not of the expression.
  if (typeof code !== 'string' || typeof summary !== 'string') throw error;
  return { character: (range?.start ?? 0) + 1, why: { zh: codeNames[code] ?? '写法有误', en: summary } };
}

function read(expression: string): Compiled | ExpressionFault {
  if (expression.length > maxExpression) return { character: maxExpression + 1, why: { zh: '过长', en: 'too long' } };
  const before = known.get(expression);
  if (before) return before;
  let found: Compiled | ExpressionFault;
  try {
    found = compile(expression);
  } catch (error) {
    found = faultOf(error);
  }
  known.set(expression, found);
  return found;
}

export const checkExpression: CheckExpression = (expression) => {
  const found = read(expression);
  return 'why' in found ? found : null;
};

const toCel = (fact: Fact, value: FactValue): unknown => {
  if (fact.type === 'INT') return BigInt(value as number);
  return fact.type === 'DATE' ? midnight(value as string) : value;
};

function verdictOn(condition: Condition, written: FactValues, day: LocalDate): ConditionVerdict {
  const expression = read(condition.expression);
  // It was one when it was drafted: a fact that it asks for is no longer in the vocabulary.
  if ('why' in expression) return { condition, verdict: 'UNKNOWN', missing: [] };
  const given: Record<string, unknown> = { [today]: midnight(day) };
  const missing: string[] = [];
  for (const fact of expression.uses) {
    const value = valueOn(fact, written, day);
    if (value === undefined) missing.push(fact.madeOf ?? fact.code);
    else given[fact.code] = toCel(fact, value);
  }
  try {
    return { condition, verdict: expression.run(given) === true ? 'MET' : 'NOT_MET', missing: [] };
  } catch (error) {
    // A fact that is wanting, or a sum that cannot be done; what is decided without it CEL has decided.
    if (typeof (error as LibraryError).code !== 'string') throw error;
    return { condition, verdict: 'UNKNOWN', missing: [...new Set(missing)] };
  }
}

export const evaluateConditions: EvaluateConditions = (conditions, written, day) =>
  conditions.map((condition) => verdictOn(condition, written, day));
