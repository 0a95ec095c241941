import { rectificationMachine, type RectificationSubject } from '../../subgraphs/district/domain/assessment/rectification.js';
import { objectionMachine, roundMachine, type ObjectionSubject, type Round } from '../../subgraphs/district/domain/assessment/round.js';
import type { ObjectionState, RectificationState, RoundState } from '../../subgraphs/district/domain/assessment/round.transitions.js';
import { platformScheme } from '../../subgraphs/shared/domain/scoringScheme.js';
import { coordinationMachine } from '../../subgraphs/district/domain/coordination.transitions.js';
import { openConcern, concernMachine, type Concern } from '../../subgraphs/district/domain/concern.js';
import type { ConcernState } from '../../subgraphs/district/domain/concern.transitions.js';
import { conferenceMachine, decisionMachine, type Conference, type DecisionSubject } from '../../subgraphs/district/domain/conference.js';
import type { ConferenceState, DecisionState } from '../../subgraphs/district/domain/conference.transitions.js';
import { openSupervision, supervisionMachine, type Supervision } from '../../subgraphs/district/domain/supervision.js';
import type { SupervisionState } from '../../subgraphs/district/domain/supervision.transitions.js';
import { places, units } from '../kit/cases.js';
import { handoverSubject, matrixOf, positions, when, type Position } from '../kit/matrix.js';

const supervised = (state: SupervisionState, _action: string, { holder }: Position): Supervision => ({
  ...openSupervision({
    supervisionId: 'case-1:RETURNS:3', caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '路灯不亮', category: '城乡建设',
    community: places.community, cause: 'RETURNS', times: 3, reason: null, openedBy: null, holder, at: when,
  }, { name: 'ANSWER', unit: 'WORK_DAY', budget: 2, source: { zh: '', en: '' } }),
  state,
});

const conferring = (state: ConferenceState): Conference => ({
  id: 'conference-1', version: 1, state, caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '路灯不亮', category: '城乡建设',
  community: places.community, district: places.district, agenda: '抢修', place: '区政府', meetsAt: when,
  lead: { level: 'DISTRICT', area: places.district, unit: null }, seats: [{ unit: units.district, confirmedAt: null, confirmedBy: null, attended: null }],
  convenedAt: when, convenedBy: 'officer', heldAt: null, minutes: null, decisions: [], clocks: [], fired: [], endedAt: null, endNote: null,
});

const decided = (state: DecisionState): DecisionSubject => ({
  number: 1, unit: units.district, task: '回填路面', workDays: 2, state, reports: [], conference: conferring('HELD'),
});

const concern = (state: ConcernState): Concern => ({
  ...openConcern({
    id: 'concern-1', class: 'COMMON', area: places.district, category: '城乡建设', case: null, since: when, at: when,
    figures: { cases: 25, reporters: null, communities: 5 }, ruleVersion: 'platform-1', answerWorkDays: 5,
  }),
  state,
});

const assessed = (state: RoundState): Round => ({
  id: 'round-1', version: 1, state, district: places.district, name: '2 月', from: '2026-02', to: '2026-02', scheme: platformScheme,
  units: [{ code: places.street, name: '亳州路街道', kind: 'STREET', from: '2026-02', to: '2026-02' }], special: [], results: null,
  computedAt: null, computations: [], owesCompute: false, objections: [], rectifications: [], openedAt: when, openedBy: 'officer',
  feedbackAt: null, publishedAt: null, endedAt: null, endNote: null,
});
/** In the feedback, only what owes a computation is computed, and only what owes none is published. */
const scored = (state: RoundState, action: string): Round => ({ ...assessed(state), owesCompute: action === 'COMPUTE' });

const objection = (state: ObjectionState): ObjectionSubject => ({
  number: 1, unit: places.street, indicator: 'solved', text: '有误', state, raisedAt: when, raisedBy: 'clerk', answer: null, answeredAt: null,
  answeredBy: null, round: assessed('FEEDBACK'),
});

const rectification = (state: RectificationState): RectificationSubject => ({
  number: 1, unit: places.street, problem: '满意率低', measures: '回访', owner: '主任', dueOn: '2026-04-01', state, orderedAt: when,
  submissions: [], endedAt: null, dropReason: null, round: assessed('RECTIFYING'),
});

it('lets exactly these act on what the district has', () => {
  expect([
matrixOf({ title: 'coordination', machine: coordinationMachine, positions: positions(['DISTRICT']), subject: handoverSubject }),
matrixOf({ title: 'supervision', machine: supervisionMachine, positions: positions(), subject: supervised }),
matrixOf({ title: 'conference', machine: conferenceMachine, positions: positions(['DISTRICT']), subject: conferring }),
matrixOf({ title: 'decision', machine: decisionMachine, positions: positions(['DISTRICT']), subject: decided }),
matrixOf({ title: 'concern', machine: concernMachine, positions: positions(['DISTRICT']), subject: concern }),
matrixOf({ title: 'round', machine: roundMachine, positions: positions(['DISTRICT']).slice(0, 1), subject: scored }),
matrixOf({ title: 'objection', machine: objectionMachine, positions: positions(['DISTRICT']).slice(0, 1), subject: objection }),
matrixOf({ title: 'rectification', machine: rectificationMachine, positions: positions(['DISTRICT']).slice(0, 1), subject: rectification })].
join('\n\n')).toMatchInlineSnapshot(`
"coordination                           district  unit
OFFERED SIGN > IN_PROGRESS             D.        .d
OFFERED RETURN > RETURNED              D.        .d
IN_PROGRESS FORWARD > PASSED_ON        D.        ..
IN_PROGRESS DISPATCH > PASSED_ON       D.        ..
IN_PROGRESS REQUEST_INFO > NEEDS_INFO  D.        .d
IN_PROGRESS RESOLVE > RESOLVED         D.        .d
SENT_BACK REDISPATCH > PASSED_ON       D.        ..
REWORK RESTART > IN_PROGRESS           D.        .d

supervision               community  street    district  city      unit
OPENED ANSWER > ANSWERED  ......C.   ....S...  ..D.....  M.......  .m.d.s.c
ANSWERED REJECT > OPENED  ........   ........  MmDdSsCc  ........  ........
ANSWERED CLOSE > CLOSED   ........   ........  MmDdSsCc  ........  ........

conference                   district  unit
CONVENED CONFIRM > CONVENED  ..        Dd
CONVENED RECORD > HELD       Dd        ..
CONVENED CANCEL > CANCELLED  Dd        ..
CONVENED FOLLOW > CANCELLED  ..        ..
HELD CLOSE > CLOSED          Dd        ..
HELD CANCEL > CANCELLED      Dd        ..
HELD FOLLOW > CANCELLED      ..        ..

decision                         district  unit
OPEN REPORT > REPORTED           ..        Dd
REPORTED DECIDE > ACCEPTED|OPEN  Dd        ..

concern                   district  city
OPEN ANSWER > ANSWERED    Dd        ..
ANSWERED ACCEPT > CLOSED  ..        Dd
ANSWERED REJECT > OPEN    ..        Dd

round                              street  district
OPEN FILL > OPEN                   .       D
OPEN COMPUTE > COMPUTED            .       D
OPEN DISCARD > DISCARDED           .       D
COMPUTED FILL > OPEN               .       D
COMPUTED COMPUTE > COMPUTED        .       D
COMPUTED OPEN_FEEDBACK > FEEDBACK  .       D
COMPUTED DISCARD > DISCARDED       .       D
FEEDBACK COMPUTE > FEEDBACK        .       D
FEEDBACK OBJECT > FEEDBACK         D       .
FEEDBACK PUBLISH > PUBLISHED       .       D
FEEDBACK DISCARD > DISCARDED       .       D
PUBLISHED ORDER > RECTIFYING       .       D
PUBLISHED CLOSE > CLOSED           .       D
RECTIFYING ORDER > RECTIFYING      .       D
RECTIFYING CLOSE > CLOSED          .       D

objection                        district
OPEN ANSWER > ACCEPTED|REJECTED  D

rectification                        street  district
ORDERED SUBMIT > SUBMITTED           D       .
ORDERED DROP > DROPPED               .       D
SUBMITTED DECIDE > ACCEPTED|ORDERED  .       D
SUBMITTED DROP > DROPPED             .       D"
`);
});
