import { bilingual, fail, ok, refuse, userErrorCodes } from '../../subgraphs/shared/domain/result.js';

it('is a value, or an error that says what to do and where', () => {
  expect(ok(7)).toEqual({ ok: true, value: 7 });
  expect(fail('NOT_FOUND', '没有。 / None.')).toEqual({ ok: false, error: { code: 'NOT_FOUND', message: '没有。 / None.' } });
  expect(fail('INVALID_INPUT', 'x', ['input', 'note'])).toEqual({
    ok: false, error: { code: 'INVALID_INPUT', message: 'x', field: ['input', 'note'] },
  });
  const { error } = fail('DUPLICATE', 'x') as { error: Parameters<typeof refuse>[0] };
  expect(refuse(error)).toEqual({ ok: false, error });
});

it('has no field where none is to blame, rather than an undefined one', () => {
  expect(Object.keys((fail('NOT_FOUND', 'x') as { error: object }).error)).toEqual(['code', 'message']);
});

it('puts both languages into one text', () => {
  expect(bilingual('请先登录。', 'Sign in first.')).toBe('请先登录。 / Sign in first.');
});

it('has each code once', () => {
  expect(new Set(userErrorCodes).size).toBe(userErrorCodes.length);
});
