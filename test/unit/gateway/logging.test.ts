import { describeError, withoutPersonalNumbers } from '../../../gateway/logging.js';

it.each([
  ['a mobile number', '来电 13812345678。', '来电 ***。'],
  ['an identity card', 'id=34010319900101123X;', 'id=***;'],
  ['nothing in a longer number', '0113812345678901234567', '0113812345678901234567'],
  ['nothing in an area code', '340103001001', '340103001001'],
])('hides %s', (_name, text, shown) => {
  expect(withoutPersonalNumbers(text)).toBe(shown);
});

it('describes an error by its words and stack, without personal numbers', () => {
  const { error, stack } = describeError(new Error('no place for 13812345678'));
  expect([error, stack]).toEqual(['no place for ***', expect.stringMatching(/^Error: no place for \*\*\*\n +at /)]);
});

it('describes what is thrown but no error', () => {
  expect(describeError('13812345678')).toEqual({ error: '***' });
});
