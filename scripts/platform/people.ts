// One actor of each role, in real places of Hefei: for `npm start`, GraphiQL and the benches.
import type { Caller } from '../../gateway/claims.js';
import { signToken } from '../token.js';
import type { DevelopmentKeys } from '../keys.js';

export const people: readonly Caller[] = [
  { role: 'RESIDENT', id: 'resident-1' },
  { role: 'GRID_WORKER', id: 'grid-worker-1', area: '340103001001001' },
  { role: 'COMMUNITY_CLERK', id: 'community-clerk-1', area: '340103001001' },
  { role: 'STREET_CLERK', id: 'street-clerk-1', area: '340103001' },
  { role: 'DISTRICT_OFFICER', id: 'district-officer-1', area: '340103' },
  { role: 'CITY_OFFICER', id: 'city-officer-1', area: '3401' },
  { role: 'DEPARTMENT_OFFICER', id: 'department-officer-1', department: '340103-04' },
  { role: 'AUDITOR', id: 'auditor-1', area: '3401' },
  { role: 'INTEGRATOR', id: 'hotline-12345', area: '3401' },
];

export async function tokensOf(keys: DevelopmentKeys, hours = 12): Promise<Record<string, string>> {
  const signed = await Promise.all(
    people.map(async (caller) => [caller.role, await signToken(caller, { issuerPrivateJwk: keys.issuerPrivateJwk, hours })] as const),
  );
  return Object.fromEntries(signed);
}
