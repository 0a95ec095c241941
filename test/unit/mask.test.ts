import fc from 'fast-check';
import { maskIdNumber, maskName, maskPhone } from '../../subgraphs/shared/domain/mask.js';

it.each([
  ['13812345678', '138****5678'],
  ['0551-12345678', '055****5678'],
  ['12345', '***45'],
  ['10010', '***10'],
])('shows the phone number %s as %s', (phone, shown) => {
  expect(maskPhone(phone)).toBe(shown);
});

it.each([
  ['王小明', '王**'], ['王', '王*'], ['欧阳小明', '欧***'], ['𠮷田', '𠮷*'], ['', '*'],
])('shows the name %p as %p', (name, shown) => {
  expect(maskName(name)).toBe(shown);
});

it.each([
  ['340103199001011234', '3401**********1234'],
  ['34010319900101123X', '3401**********123X'],
  ['12345678', '********'],
  ['', '*'],
])('shows the identity card %p as %p', (idNumber, shown) => {
  expect(maskIdNumber(idNumber)).toBe(shown);
});

it('hides at least three digits of any phone number, and never shows more than seven', () => {
  const digits = fc.stringMatching(/^\d{5,15}$/);
  fc.assert(fc.property(digits, (phone) => {
    const shown = maskPhone(phone).replaceAll('*', '').length;
    expect(shown).toBeLessThanOrEqual(Math.min(7, phone.length - 3));
  }));
});
