import { admissionMachine, type Admission } from '../../subgraphs/city/domain/admission/admission.js';
import type { AdmissionAction, AdmissionState } from '../../subgraphs/city/domain/admission/admission.transitions.js';
import { receiptMachine } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import { reductionMachine, type BurdenReduction } from '../../subgraphs/city/domain/reduction/reduction.js';
import type { ReductionAction, ReductionState } from '../../subgraphs/city/domain/reduction/reduction.transitions.js';
import { places, units } from '../kit/cases.js';
import { handoverSubject, matrixOf, positions, when, type Position } from '../kit/matrix.js';

it('lets exactly these act on what the city has', () => {
  expect(matrixOf({
  title: 'receipt', machine: receiptMachine, positions: positions(['CITY']), subject: handoverSubject
})).toMatchInlineSnapshot(`
"receipt                                city  unit
OFFERED SIGN > IN_PROGRESS             M.    .m
OFFERED RETURN > RETURNED              M.    .m
IN_PROGRESS DISPATCH > PASSED_ON       M.    ..
IN_PROGRESS REQUEST_INFO > NEEDS_INFO  M.    .m
IN_PROGRESS RESOLVE > RESOLVED         M.    .m
SENT_BACK REDISPATCH > PASSED_ON       M.    ..
REWORK RESTART > IN_PROGRESS           M.    .m"
`);
});

const offices = (...levels: Parameters<typeof positions>[0] & {}): Position[] => positions(levels).filter(({ holder }) => holder.unit === null);

/** Of the city's department of the cast, for its street, as it would be for the action. */
const admissionSubject = (state: AdmissionState, action: AdmissionAction): Admission => ({
  id: 'a', version: 1, state, matter: '民政', item: null, department: units.city, street: places.street, community: null, reason: 'x',
  passed: action === 'APPROVE'
    ? [{ gate: 'OPINION', at: when, by: 'x', note: null, supports: true, amountFen: null, posts: null, powers: [] }] : [],
  proposedAt: when, proposedBy: 'x', inForceAt: null, endedAt: null, endNote: null, endedBy: null, endedByGovernment: null,
  reduction: null, awaits: false, cutBy: null, exceptions: [], earlier: [],
});

it('lets exactly these act on an admission', () => {
  expect(matrixOf({
  title: 'admission', machine: admissionMachine, positions: offices('CITY'), subject: admissionSubject
})).toMatchInlineSnapshot(`
"admission                                         street  district  city  unit
PROPOSED GIVE_OPINION > PROPOSED|IN_FORCE|PASSED  M       .         .     .
PROPOSED SECURE > PROPOSED|IN_FORCE|PASSED        .       .         .     M
PROPOSED EMPOWER > PROPOSED|IN_FORCE|PASSED       .       .         .     M
PROPOSED APPROVE > PROPOSED|IN_FORCE|PASSED       .       M         M     .
PROPOSED REFUSE > REFUSED                         .       M         M     .
PROPOSED TAKE_EFFECT > PROPOSED                   .       .         .     .
PROPOSED DROP > REFUSED                           .       .         .     .
IN_FORCE LAPSE > LAPSED                           .       M         M     .
IN_FORCE CUT > LAPSED|IN_FORCE                    .       .         .     .
IN_FORCE RESTORE > IN_FORCE                       .       .         .     .
LAPSED RESTORE > IN_FORCE                         .       .         .     .
PASSED REFUSE > REFUSED                           .       M         M     .
PASSED TAKE_EFFECT > IN_FORCE                     .       .         .     .
PASSED DROP > REFUSED                             .       .         .     ."
`);
});

/** Of the position's government, as it would be for the action. */
const reductionSubject = (state: ReductionState, action: ReductionAction, { holder }: Position): BurdenReduction => ({
  id: 'r', version: 1, kind: 'REAPPLICATION', state, area: holder.area, government: holder.area,
  effectiveOn: action === 'ANNOUNCE' || action === 'CANCEL' ? '2026-03-03' : '2025-08-01', criteria: null,
  window: { from: '2025-08-01', to: '2025-09-01' },
  pilot: action === 'CLOSE' ? null : { areas: [places.street], until: '2026-03-02', reason: 'x' }, note: 'x', draftedAt: when, draftedBy: 'x',
  announcedAt: null, announcedBy: null, inEffectAt: null, closedAt: null, closedBy: null, closeNote: null, decisions: [], adopts: null, settledAt: null,
});

it('lets exactly these act on a burden reduction', () => {
  expect(matrixOf({
  title: 'reduction', machine: reductionMachine, positions: offices('CITY', 'DISTRICT'), subject: reductionSubject
})).toMatchInlineSnapshot(`
"reduction                          district  city
DRAFT ANNOUNCE > ANNOUNCED         .D        M.
DRAFT CANCEL > CANCELLED           .D        M.
ANNOUNCED CANCEL > CANCELLED       .D        M.
ANNOUNCED TAKE_EFFECT > IN_EFFECT  ..        ..
IN_EFFECT CLOSE > CLOSED           .D        M.
IN_EFFECT EXTEND > IN_EFFECT       .D        M.
IN_EFFECT END > CLOSED             .D        M.
IN_EFFECT ADOPT_FOR_ALL > CLOSED   .D        M."
`);
});
