import { callerFromClaims, type Caller } from '../../../gateway/claims.js';
import type { Requirement } from '../../../gateway/execution/authorization.js';
import { refusalOf, rightsOf } from '../../../gateway/rights.js';
import { unauthenticated } from '../../../subgraphs/shared/graphql/errors.js';

const caller = (claims: object): Caller => {
  const result = callerFromClaims({ sub: 'u', ...claims });
  if (!result.ok) throw new Error(result.problem.en);
  return result.caller;
};
const clerk = caller({ role: 'STREET_CLERK', area: '340103001', scope: 'stats role:AUDITOR' });
const officer = caller({ role: 'DEPARTMENT_OFFICER', department: '340103-04' });

it('are none for nobody', async () => {
  const { isAuthenticated, scopes, policies } = rightsOf(null);
  expect([isAuthenticated, [...scopes], [...await policies(['within:3401'])]]).toEqual([false, [], []]);
});

it('are the role and the scopes of the token, whatever it says of roles', () => {
  expect([...rightsOf(clerk).scopes]).toEqual(['role:STREET_CLERK', 'stats']);
  expect(rightsOf(clerk)).toBe(rightsOf(clerk));
});

it.each([
  ['within:340103001', clerk, true], ['within:340103', clerk, true], ['within:3401', clerk, true], ['within:340103001001', clerk, false],
  ['within:340104', clerk, false], ['within:', clerk, false], ['within:34', clerk, false], ['within:340103', officer, true],
  ['within:340104', officer, false], ['within:3401', caller({ role: 'RESIDENT' }), false], ['department:340103-04', officer, true],
  ['department:340103-05', officer, false], ['department:340103-04', clerk, false], ['constructor:x', clerk, false], ['within', clerk, false],
])('hold for the policy %s of %j: %s', async (policy, who, holds) => {
  expect((await rightsOf(who).policies([policy])).has(policy)).toBe(holds);
});

describe('a refusal', () => {
  const scopes: Requirement = { kind: 'scopes', anyOf: [['a', 'b'], ['c']] };

  it('asks who has not signed in to do so, in the words of the levels', () => {
    const { message, extensions } = unauthenticated();
    for (const unmet of [{ kind: 'authenticated' } as const, scopes]) expect(refusalOf(unmet, rightsOf(null))).toEqual({ message, code: extensions['code'] });
  });

  it.each<[Requirement, string]>([
    [scopes, 'a 与 b,或 c;请向签发方换取。 / The token lacks a scope: a and b, or c is needed'],
    [{ kind: 'policies', anyOf: [['within:340103']] }, '须满足 within:340103。 / A policy does not hold for you: within:340103 is needed.'],
    [{ kind: 'scopes', anyOf: [] }, 'Nobody may read or do this.'],
  ])('says what is missing: %j', (unmet, words) => {
    expect(refusalOf(unmet, rightsOf(clerk))).toEqual({ code: 'FORBIDDEN', message: expect.stringContaining(words) });
  });
});
