import { coordinationMachine } from '../../subgraphs/district/domain/coordination.transitions.js';
import { openSupervision, supervisionMachine, type Supervision } from '../../subgraphs/district/domain/supervision.js';
import type { SupervisionState } from '../../subgraphs/district/domain/supervision.transitions.js';
import { places } from '../kit/cases.js';
import { handoverSubject, matrixOf, positions, when, type Position } from '../kit/matrix.js';

const supervised = (state: SupervisionState, _action: string, { holder }: Position): Supervision => ({
  ...openSupervision({
    supervisionId: 'case-1:RETURNS:3', caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '路灯不亮', category: '城乡建设',
    community: places.community, cause: 'RETURNS', times: 3, reason: null, openedBy: null, holder, at: when,
  }, { name: 'ANSWER', unit: 'WORK_DAY', budget: 2, source: { zh: '', en: '' } }),
  state,
});

it('lets exactly these act on what the district has', () => {
  expect([
matrixOf({ title: 'coordination', machine: coordinationMachine, positions: positions(['DISTRICT']), subject: handoverSubject }),
matrixOf({ title: 'supervision', machine: supervisionMachine, positions: positions(), subject: supervised })].
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
ANSWERED CLOSE > CLOSED   ........   ........  MmDdSsCc  ........  ........"
`);
});
