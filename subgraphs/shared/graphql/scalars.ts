import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { DateTimeISOResolver, LocalDateResolver } from 'graphql-scalars';
import { levelOfCode } from '../domain/areaCode.js';
import { bilingual } from '../domain/result.js';

/** A string that must have one form; anything else is refused with what it should look like. */
function patternScalar(
  name: string,
  accepts: (text: string) => boolean,
  zh: string,
  en: string,
): GraphQLScalarType<string, string> {
  const isSound = (value: unknown): value is string => typeof value === 'string' && accepts(value);
  const parse = (value: unknown): string => {
    if (isSound(value)) return value;
    throw new GraphQLError(bilingual(zh, en), { extensions: { code: 'BAD_USER_INPUT' } });
  };
  return new GraphQLScalarType({
    name,
    serialize(value) {
      // Not the caller's fault, and the value may be somebody's number.
      if (!isSound(value)) throw new TypeError(`What is stored is no ${name}.`);
      return value;
    },
    parseValue: parse,
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : undefined),
  });
}

export const scalars = {
  DateTime: DateTimeISOResolver,
  Date: LocalDateResolver,
  AreaCode: patternScalar(
    'AreaCode', (text) => levelOfCode(text) !== null,
    '区划代码为 4(市)、6(区)、9(街道)、12(社区)或 15(网格)位数字。',
    'An area code has 4 (city), 6 (district), 9 (street), 12 (community) or 15 (grid) digits.',
  ),
  UnitCode: patternScalar(
    'UnitCode', (text) => /^\d{4,12}-\d{2}$/.test(text) && levelOfCode(text.split('-')[0] ?? '') !== null,
    '部门或单位代码形如 340103-04。', 'A unit code looks like 340103-04.',
  ),
  PhoneNumber: patternScalar(
    'PhoneNumber', (text) => /^(\+?\d{5,15}|0\d{2,3}-\d{7,8}|\d{3}\*{4}\d{4}|\*+\d{2})$/.test(text),
    '电话号码为 5–15 位数字,可带 + 或区号。', 'A phone number has 5–15 digits, with + or an area code if needed.',
  ),
  Month: patternScalar(
    'Month', (text) => /^\d{4}-(0[1-9]|1[0-2])$/.test(text), '月份形如 2026-11。', 'A month looks like 2026-11.',
  ),
};
