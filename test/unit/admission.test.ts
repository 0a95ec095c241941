import { admissionMachine, type Admission } from '../../subgraphs/city/domain/admission/admission.js';
import { admissionActions, admissionStates, admissionTransitions } from '../../subgraphs/city/domain/admission/admission.transitions.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import { admissionGates, admissionRefusal } from '../../subgraphs/shared/domain/admission.js';
import { permit, unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { actor } from '../kit/identity.js';
import { places } from '../kit/cases.js';
import { when } from '../kit/matrix.js';

const { street, otherStreet } = places;

it('reaches every state, and ends in REFUSED and LAPSED', () => {
  expect(unreachableStates(admissionTransitions, admissionStates, 'PROPOSED')).toEqual([]);
  expect(admissionStates.filter((state) => !admissionTransitions.some(({ from }) => from === state))).toEqual(['REFUSED', 'LAPSED']);
  const keys = admissionTransitions.map((row) => `${row.action} ${row.from} ${'outcome' in row ? row.outcome : ''}`);
  expect(new Set(keys).size).toBe(keys.length);
});

it.each([['AdmissionState', admissionStates], ['AdmissionAction', admissionActions], ['AdmissionGate', admissionGates]])(
  'has the values of the SDL enum %s', (name, values) => {
    const found = readSdl('city').definitions.find((node) => node.kind === 'EnumTypeDefinition' && node.name.value === name);
    expect(found?.kind === 'EnumTypeDefinition' && found.values?.map((value) => value.name.value)).toEqual([...values]);
  },
);

it('lets exactly these act', () => {
  const passed = [{ gate: 'OPINION', at: when, by: 'x', note: null, supports: true, amountFen: null, posts: null, powers: [] }] as const;
  const subject = (state: Admission['state'], heard: boolean): Admission => ({
    id: 'a', version: 1, state, matter: '民政', department: '3401-05', street, reason: 'x', passed: heard ? passed : [], proposedAt: when,
    proposedBy: 'x', inForceAt: null, endedAt: null, endNote: null,
  });
  const areaOf: Readonly<Partial<Record<string, string | null>>> = { RESIDENT: null, DEPARTMENT_OFFICER: '3401-05', STREET_CLERK: street };
  const who = roles.map((role) => actor(role, role in areaOf ? areaOf[role] ?? null : '3401'));
  const rows = admissionStates.flatMap((state) => admissionActions.flatMap((action) => {
    const may = who.filter((one) => permit(admissionMachine, subject(state, action === 'APPROVE'), action, one, when).ok).map(({ role }) => role);
    return may.length > 0 ? [`${state} ${action} ${may.join(' ')}`] : [];
  }));
  expect(rows).toEqual([
    'PROPOSED GIVE_OPINION STREET_CLERK', 'PROPOSED SECURE DEPARTMENT_OFFICER', 'PROPOSED EMPOWER DEPARTMENT_OFFICER',
    'PROPOSED APPROVE CITY_OFFICER', 'PROPOSED REFUSE CITY_OFFICER', 'IN_FORCE LAPSE CITY_OFFICER',
  ]);
});

describe('what is missing', () => {
  const standing = { id: 'a', matter: '民政/社会救助', street, inForce: false, missing: ['APPROVAL'] } as const;
  it('is nothing once one that covers the matter is in force for the street', () => {
    const inForce = { ...standing, id: 'b', inForce: true, missing: [] };
    expect(admissionRefusal([standing, inForce], '民政/社会救助/低保', street)).toBeNull();
    expect(admissionRefusal([inForce], '民政/社会救助/低保', otherStreet)).toMatchObject({ code: 'NOT_ADMITTED' });
    expect(admissionRefusal([inForce], '民政/社会救助站', street)).toMatchObject({ code: 'NOT_ADMITTED' });
  });

  it('is told of the proposal that has come the furthest, and all four where there is none', () => {
    const further = admissionRefusal([{ ...standing, missing: ['POWERS', 'APPROVAL'] }, standing], '民政/社会救助', street);
    expect(further?.message).toContain('尚缺:政府批准。');
    expect(admissionRefusal([], '民政', street)?.message).toContain('尚缺:街道意见、经费与人员保障、相应权力、政府批准。');
  });
});
