import { coordinationMachine } from '../../subgraphs/district/domain/coordination.transitions.js';
import { receiptMachine } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import {
  changed, decideHandover, offered, rescheduled, seesHandover, targetOf, type Handover, type HandoverAction,
  type HandoverCommand, type HandoverMachine, type Holder,
} from '../../subgraphs/shared/domain/handover.js';
import { handoverEffect } from '../../subgraphs/shared/domain/handoverEffect.js';
import { dispatchMachine } from '../../subgraphs/street/domain/dispatch.transitions.js';
import type { Level } from '../../subgraphs/shared/domain/areaCode.js';
import { people, places, units } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

const { clerk, street, district, city, streetUnit } = people;
const monday = new Date('2026-03-02T02:00:00Z');
const later = new Date('2026-03-02T03:00:00Z');
const due = new Date('2026-03-16T09:00:00Z');

const office = (level: Level): Holder => ({ level, area: places[level.toLowerCase() as 'city'], unit: null });

const offer = {
  caseId: 'case-1', rung: 2, at: monday, target: office('STREET'), sender: office('COMMUNITY'),
  number: 'HF260302-7K3M9Q',
  title: '路灯不亮', kind: 'DEMAND', category: '城乡建设', community: places.community, grid: null, submittedAt: monday,
  note: '请协助', signBy: due, resolveBy: due,
};
const dispatch = offered(null, offer);

function after(current: Handover, action: HandoverAction, more: Partial<HandoverCommand> = {}): Handover {
  const decided = decideHandover(dispatchMachine, current, action, { actor: street, now: later, note: '说明', ...more });
  if (!decided.ok) throw new Error(decided.error.message);
  return decided.value.next;
}
const signed = after(dispatch, 'SIGN');

it('is offered, signed for and passed on, each with its time, target and deadline', () => {
  expect(dispatch).toMatchObject({
    state: 'OFFERED', version: 1, signedAt: null, signBy: due, resolveBy: due, target: null,
  });
  expect(signed).toMatchObject({ state: 'IN_PROGRESS', version: 2, signedAt: later, signBy: null, resolveBy: due });
  expect(after(signed, 'FORWARD')).toMatchObject({
    state: 'PASSED_ON', version: 3, target: office('DISTRICT'), signedAt: later, resolveBy: null,
  });
  expect(after(signed, 'RESOLVE', { outcome: 'SOLVED' })).toMatchObject({
    state: 'RESOLVED', resolvedAt: later, resolveBy: null,
  });
});

it('has an effect that tells its own change and the event, and nothing of the case', () => {
  const decided = decideHandover(dispatchMachine, signed, 'FORWARD', { actor: street, now: later, note: null });
  if (!decided.ok) throw new Error(decided.error.message);
  expect(handoverEffect(signed, decided.value)).toEqual({
    from: 'IN_PROGRESS', to: 'PASSED_ON', target: office('DISTRICT'), event: 'dispatch.forwarded',
    signBy: { before: null, after: null }, resolveBy: { before: due, after: null },
  });
});

it('comes again with a new offer that keeps nothing of the one before but its place in the count of versions', () => {
  const passedOn = after(signed, 'FORWARD');
  const again = offered(passedOn, { ...offer, rung: 4, sender: office('DISTRICT'), note: null });
  expect(again).toMatchObject({
    state: 'OFFERED', version: 4, rung: 4, sender: office('DISTRICT'), target: null, note: null, signedAt: null,
  });
});

it('is what the community says of it, with the last note kept when there is no new one', () => {
  const passedOn = after(signed, 'FORWARD');
  const word = {
    state: 'SENT_BACK', rung: 2, unit: null, sender: office('COMMUNITY'), target: null, offeredAt: monday,
    signedAt: later, signBy: null, resolveBy: due, note: null, at: later,
  } as const;
  expect(changed(passedOn, word)).toMatchObject({
    state: 'SENT_BACK', version: 4, target: null, resolveBy: due, note: '请协助',
  });
  expect(changed(passedOn, { ...word, note: '非本级职责' }).note).toBe('非本级职责');
});

it('takes a new deadline without a new version while its holder works, and none after that', () => {
  const moved = { rung: 2, resolveBy: later, at: later };
  expect(rescheduled(signed, moved)).toEqual({ ...signed, resolveBy: later, updatedAt: later });
  expect(rescheduled(signed, { ...moved, rung: 1 })).toBeNull();
  expect(rescheduled(after(signed, 'RESOLVE'), moved)).toBeNull();
});

describe('where work goes', () => {
  const { community } = places;

  it.each<[string, Level, string | null, boolean, Holder]>([
    ['up from the community', 'COMMUNITY', null, true, office('STREET')],
    ['up from the street', 'STREET', null, true, office('DISTRICT')],
    ['up from the district', 'DISTRICT', null, true, office('CITY')],
    ['down from the city', 'CITY', null, false, office('DISTRICT')],
    ['down from the district', 'DISTRICT', null, false, office('STREET')],
    ['down from the street', 'STREET', null, false, office('COMMUNITY')],
    ['to a unit of its own', 'STREET', units.street, false, { ...office('STREET'), unit: units.street }],
  ])('is one step %s', (_way, from, unit, upward, target) => {
    expect(targetOf(office(from), community, { unit, upward })).toEqual({ ok: true, value: target });
  });

  it.each<[string, Level, string | null, boolean, string, string]>([
    ['above the city', 'CITY', null, true, 'INVALID_INPUT', 'upward'],
    ['below the community', 'COMMUNITY', null, false, 'INVALID_INPUT', 'unit'],
    ['both to a unit and upward', 'STREET', units.street, true, 'INVALID_INPUT', 'upward'],
    ['to a unit of another level', 'STREET', units.district, false, 'OUT_OF_SCOPE', 'unit'],
    ['to a unit of another street', 'STREET', `${places.otherStreet}-03`, false, 'OUT_OF_SCOPE', 'unit'],
  ])('is nowhere %s', (_way, from, unit, upward, code, field) => {
    expect(targetOf(office(from), community, { unit, upward })).toMatchObject({
      ok: false, error: { code, field: ['input', field] },
    });
  });
});

describe('an action that is not its holder\'s', () => {
  const passedOn = after(signed, 'FORWARD');
  const atDistrict = { ...dispatch, holder: office('DISTRICT') };
  const atCity = { ...signed, holder: office('CITY') };
  const stranger = actor('STREET_CLERK', places.otherStreet);

  it.each<[string, HandoverMachine, Handover, HandoverAction, typeof street, string]>([
    ['the clerk of another street', dispatchMachine, dispatch, 'SIGN', stranger, 'ROLE_NOT_ALLOWED'],
    ['a unit while the office has it', dispatchMachine, dispatch, 'SIGN', streetUnit, 'ROLE_NOT_ALLOWED'],
    ['the community', dispatchMachine, dispatch, 'SIGN', clerk, 'ROLE_NOT_ALLOWED'],
    ['the district on the street\'s', dispatchMachine, dispatch, 'RETURN', district, 'ROLE_NOT_ALLOWED'],
    ['the city on the district\'s', coordinationMachine, atDistrict, 'SIGN', city, 'ROLE_NOT_ALLOWED'],
    ['the city going higher', receiptMachine, atCity, 'FORWARD', city, 'ROLE_NOT_ALLOWED'],
    ['the holder before it has signed', dispatchMachine, dispatch, 'RESOLVE', street, 'TRANSITION_NOT_ALLOWED'],
    ['the holder after it has passed it on', dispatchMachine, passedOn, 'RESOLVE', street, 'TRANSITION_NOT_ALLOWED'],
  ])('is refused to %s', (_who, machine, current, action, who, code) => {
    expect(decideHandover(machine, current, action, { actor: who, now: later, note: '说明' })).toMatchObject({
      ok: false, error: { code },
    });
  });
});

it.each([
  ['its street', street, true],
  ['the district above', district, true],
  ['the community below', clerk, true],
  ['the unit that has it', streetUnit, true],
  ['another unit of the street', actor('DEPARTMENT_OFFICER', `${places.street}-01`), false],
  ['another street', actor('STREET_CLERK', places.otherStreet), false],
  ['the resident', people.resident, false],
  ['an importing system', people.integrator, false],
])('is shown as the rule says to %s', (_who, who, isSeen) => {
  expect(seesHandover({ ...dispatch, holder: { ...dispatch.holder, unit: units.street } }, who)).toBe(isSeen);
});
