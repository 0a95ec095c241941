import { admissionMachine, type Admission } from '../../subgraphs/city/domain/admission/admission.js';
import { admissionActions, admissionStates, admissionTransitions } from '../../subgraphs/city/domain/admission/admission.transitions.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import { admissionGates, admissionOf, admissionRefusal } from '../../subgraphs/shared/domain/admission.js';
import { permit, unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { actor } from '../kit/identity.js';
import { places } from '../kit/cases.js';
import { when } from '../kit/matrix.js';

const { street, otherStreet } = places;

it('reaches every state, and people end it in REFUSED and LAPSED, the last of which the end of a pilot undoes', () => {
  expect(unreachableStates(admissionTransitions, admissionStates, 'PROPOSED')).toEqual([]);
  const leavesBy = (state: string) => admissionTransitions.filter(({ from }) => from === state).map(({ action }) => action);
  expect([leavesBy('REFUSED'), leavesBy('LAPSED')]).toEqual([[], ['RESTORE']]);
  expect(admissionStates.filter((state) => leavesBy(state).length === 0)).toEqual(['REFUSED']);
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
    id: 'a', version: 1, state, matter: '民政', item: null, department: '3401-05', street, reason: 'x', passed: heard ? passed : [], proposedAt: when,
    proposedBy: 'x', inForceAt: null, endedAt: null, endNote: null, endedBy: null, endedByGovernment: null,
    community: null, reduction: null, awaits: false, cutBy: null, exceptions: [], earlier: [],
  });
  const areaOf: Readonly<Partial<Record<string, string | null>>> = { RESIDENT: null, DEPARTMENT_OFFICER: '3401-05', STREET_CLERK: street };
  const who = roles.map((role) => actor(role, role in areaOf ? areaOf[role] ?? null : '3401'));
  const rows = admissionStates.flatMap((state) => admissionActions.flatMap((action) => {
    const may = who.filter((one) => permit(admissionMachine, subject(state, action === 'APPROVE'), action, one, when).ok).map(({ role }) => role);
    return may.length > 0 ? [`${state} ${action} ${may.join(' ')}`] : [];
  }));
  expect(rows).toEqual([
    'PROPOSED GIVE_OPINION STREET_CLERK', 'PROPOSED SECURE DEPARTMENT_OFFICER', 'PROPOSED EMPOWER DEPARTMENT_OFFICER',
    'PROPOSED APPROVE DISTRICT_OFFICER CITY_OFFICER', 'PROPOSED REFUSE DISTRICT_OFFICER CITY_OFFICER',
    'IN_FORCE LAPSE DISTRICT_OFFICER CITY_OFFICER', 'PASSED REFUSE DISTRICT_OFFICER CITY_OFFICER',
  ]);
});

describe('what is missing', () => {
  const of = (matter: string, item: string | null = null) => ({ matter, item, community: places.community, to: 'COMMUNITY' }) as const;
  const standing = { id: 'a', matter: '民政/社会救助', item: null, street, community: null, except: [], inForce: false, missing: ['APPROVAL'] } as const;
  it('is nothing once one that covers the matter is in force for the street', () => {
    const inForce = { ...standing, id: 'b', inForce: true, missing: [] };
    expect(admissionRefusal([standing, inForce], street, of('民政/社会救助/低保'))).toBeNull();
    expect(admissionRefusal([inForce], otherStreet, of('民政/社会救助/低保'))).toMatchObject({ code: 'NOT_ADMITTED' });
    expect(admissionRefusal([inForce], street, of('民政/社会救助站'))).toMatchObject({ code: 'NOT_ADMITTED' });
  });

  it('is nothing once the service item itself is in force for the street, whatever the matter', () => {
    const item = { ...standing, matter: null, item: '05-001', inForce: true, missing: [] };
    expect(admissionRefusal([item], street, of('民政', '05-001'))).toBeNull();
    expect(admissionRefusal([item], street, of('民政', '05-002'))?.message).toContain('“民政”及事项 05-002 未准入');
    expect(admissionRefusal([item], street, of('民政'))).toMatchObject({ code: 'NOT_ADMITTED' });
    expect(admissionOf([standing, { ...item, inForce: false, missing: ['POWERS', 'APPROVAL'] }], street, of('民政/社会救助', '05-001')))
      .toMatchObject({ inForce: false, missing: ['APPROVAL'] });
  });

  it('is told of the proposal that has come the furthest, and all four where there is none', () => {
    const further = admissionRefusal([{ ...standing, missing: ['POWERS', 'APPROVAL'] }, standing], street, of('民政/社会救助'));
    expect(further?.message).toContain('尚缺:政府批准。');
    expect(admissionRefusal([{ ...standing, missing: [] }], street, of('民政/社会救助'))?.message).toContain('尚缺:生效日未到。');
    expect(admissionRefusal([], street, of('民政'))?.message).toContain('尚缺:街道意见、经费与人员保障、相应权力、政府批准。');
  });
});
