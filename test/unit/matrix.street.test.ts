import { start } from '../../subgraphs/shared/domain/clock.js';
import { dispatchMachine } from '../../subgraphs/street/domain/dispatch.transitions.js';
import { arrivalMachine, whistleMachine, type Arrival, type ArrivalSubject, type Whistle } from '../../subgraphs/street/domain/whistle.js';
import type { ArrivalState, WhistleState } from '../../subgraphs/street/domain/whistle.transitions.js';
import { places } from '../kit/cases.js';
import { handoverSubject, matrixOf, positions, when, type Position } from '../kit/matrix.js';

const arrival = (state: ArrivalState, { holder }: Position): Arrival => ({
  unit: holder.unit ?? holder.area, state, clock: start({ name: 'ARRIVE', unit: 'MINUTE', budget: 30 }, when), arrivedAt: null,
  arrivedBy: null, confirmedAt: null, note: null,
});
const whistle = (state: WhistleState, arrivals: readonly Arrival[]): Whistle => ({
  id: 'whistle-1', version: 1, state, caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '占道经营', category: '城乡建设',
  community: places.community, street: places.street, reason: '联合处置', place: '东门', urgent: true, blownAt: when, blownBy: 'clerk',
  arrivals, fired: [], endedAt: null, result: null,
});
const blown = (state: WhistleState, _action: string, position: Position): Whistle => whistle(state, [arrival('CONFIRMED', position)]);
/** Its time to arrive is over, so that absence may be confirmed. */
const arriving = (state: ArrivalState, _action: string, position: Position): ArrivalSubject =>
  ({ ...arrival(state, position), whistle: whistle('OPEN', [arrival(state, position)]), arriveBy: when });

it('lets exactly these act on what the street has', () => {
  const named = positions(['DISTRICT', 'STREET']).filter(({ holder }) => holder.unit !== null);
  expect([
matrixOf({ title: 'dispatch', machine: dispatchMachine, positions: positions(['STREET']), subject: handoverSubject }),
matrixOf({ title: 'whistle', machine: whistleMachine, positions: named, subject: blown }),
matrixOf({ title: 'arrival', machine: arrivalMachine, positions: named, subject: arriving })].
join('\n\n')).toMatchInlineSnapshot(`
"dispatch                                 street  unit
OFFERED SIGN > IN_PROGRESS               S.      .s
OFFERED RETURN > RETURNED                S.      .s
IN_PROGRESS FORWARD > PASSED_ON          S.      ..
IN_PROGRESS DISPATCH > PASSED_ON         S.      ..
IN_PROGRESS REQUEST_INFO > NEEDS_INFO    S.      .s
IN_PROGRESS RESOLVE > RESOLVED           S.      .s
IN_PROGRESS BLOW_WHISTLE > COORDINATING  S.      ..
SENT_BACK REDISPATCH > PASSED_ON         S.      ..
REWORK RESTART > IN_PROGRESS             S.      .s
COORDINATING RESOLVE > RESOLVED          S.      ..
COORDINATING END_WHISTLE > IN_PROGRESS   S.      ..

whistle              street
OPEN END > ENDED     ds
OPEN FOLLOW > ENDED  ..
ENDED GO_ON > OPEN   ..

arrival                             street  unit
NAMED ARRIVE > ARRIVED              ..      ds
NAMED CONFIRM > ABSENT              ds      ..
ARRIVED CONFIRM > CONFIRMED|ABSENT  ds      .."
`);
});
