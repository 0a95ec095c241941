import { isEnumType, buildASTSchema } from 'graphql';
import {
  cancelReorganisation, decideReorganisation, previewReorganisation, reorganisationMachine, stateOn, type Reorganisation,
} from '../../subgraphs/city/domain/reorganisation.js';
import { reorganisationStates, reorganisationTransitions } from '../../subgraphs/city/domain/reorganisation.transitions.js';
import type { NewArea, TreeArea } from '../../subgraphs/city/domain/reorganisationPlan.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { people, places } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

const now = new Date('2026-03-31T15:59:59Z');
/** It is the next day in Shanghai. */
const later = new Date('2026-03-31T16:00:00Z');
const on = '2026-04-01';

const community: TreeArea = {
  code: places.community, parent: places.street, name: '甲社区', kind: 'COMMUNITY', isGovernment: false, validFrom: '2000-01-01', validTo: null,
  population: null, households: null, areaKm2: null, figuresSource: null,
  grids: [{ code: places.grid, name: '第1网格', plannedHouseholds: 270, isEstimated: true }],
};
const into: NewArea = { code: null, name: '乙社区', kind: null, population: null, households: null, areaKm2: null, takes: null };
const wish = { from: [community.code], to: [into], on };

function decided(): Reorganisation {
  const result = decideReorganisation({ ...wish, id: 'r-1', reason: ' 规模过大 ' }, [community], people.city, now);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

it('reaches every state, and has the states of the schema', () => {
  expect(unreachableStates(reorganisationTransitions, reorganisationStates, 'DECIDED')).toEqual([]);
  const type = buildASTSchema(readSdl('city'), { assumeValidSDL: true }).getType('ReorganisationState');
  expect(isEnumType(type) && type.getValues().map(({ name }) => name)).toEqual([...reorganisationStates]);
  expect(Object.keys(reorganisationMachine.actions)).toEqual(reorganisationTransitions.map(({ action }) => action));
});

it('is decided by the city and takes effect with its day in Shanghai', () => {
  const one = decided();
  expect(one).toMatchObject({ version: 1, reason: '规模过大', decidedBy: people.city.id, cancelled: null });
  expect([stateOn(one, '2026-03-31'), stateOn(one, on), stateOn(one, '2027-01-01')]).toEqual(['DECIDED', 'EFFECTIVE', 'EFFECTIVE']);
});

it('is cancelled until its day', () => {
  const result = cancelReorganisation(decided(), { reason: '另行研究' }, [{ ...community, validTo: on }], people.city, now);
  expect(result.ok && [result.value.version, stateOn(result.value, on)]).toEqual([2, 'CANCELLED']);
  const late = cancelReorganisation(decided(), { reason: '另行研究' }, [{ ...community, validTo: on }], people.city, later);
  expect(late.ok || late.error.code).toBe('TRANSITION_NOT_ALLOWED');
});

it.each<[Actor, string, string, string]>([
  [people.city, 'OK', 'OK', 'OK'],
  [people.district, 'OK', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.street, 'OK', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.clerk, 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.gridWorker, 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.resident, 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.cityUnit, 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.auditor, 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [people.integrator, 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
  [actor('CITY_OFFICER', '3402'), 'OUT_OF_SCOPE', 'OUT_OF_SCOPE', 'OUT_OF_SCOPE'],
  [actor('STREET_CLERK', places.otherStreet), 'OUT_OF_SCOPE', 'ROLE_NOT_ALLOWED', 'ROLE_NOT_ALLOWED'],
])('%j: preview %s, decide %s, cancel %s', (who, preview, decide, cancel) => {
  const results = [
    previewReorganisation(wish, [community], who, now),
    decideReorganisation({ ...wish, id: 'r-2', reason: '规模过大' }, [community], who, now),
    cancelReorganisation(decided(), { reason: '另行研究' }, [{ ...community, validTo: on }], who, now),
  ];
  expect(results.map((result) => (result.ok ? 'OK' : result.error.code))).toEqual([preview, decide, cancel]);
});
