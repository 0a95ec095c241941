import { receiptMachine } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import { handoverSubject, matrixOf, positions } from '../kit/matrix.js';

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
