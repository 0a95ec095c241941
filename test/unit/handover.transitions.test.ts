import { eventRoutes, eventTypes } from '../../schema/events.js';
import { receiptMachine } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import { coordinationMachine } from '../../subgraphs/district/domain/coordination.transitions.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import {
  handoverActionNames, handoverActions, handoverStateNames, handoverStates, officeAndUnits, outcomes, waitingStates,
  type HandoverMachine, type HandoverState,
} from '../../subgraphs/shared/domain/handover.js';
import { unreachableStates, type Transition } from '../../subgraphs/shared/domain/stateMachine.js';
import { dispatchMachine } from '../../subgraphs/street/domain/dispatch.transitions.js';

/** Where the word of the community brings a level's record, from whatever state it was in. */
const told: readonly HandoverState[] = [
  'OFFERED', 'IN_PROGRESS', 'SENT_BACK', 'REWORK', 'PASSED_ON', 'CLOSED', 'WITHDRAWN', 'SUSPENDED',
  'COORDINATING', 'MERGED',
];
const byWord = told.map((to): Transition<HandoverState, string> => ({ action: 'TOLD', from: 'OFFERED', to, by: [] }));

const machines: readonly (readonly [string, HandoverMachine, 'STREET' | 'DISTRICT' | 'CITY'])[] = [
  ['dispatch', dispatchMachine, 'STREET'],
  ['coordination', coordinationMachine, 'DISTRICT'],
  ['receipt', receiptMachine, 'CITY'],
];

describe.each(machines)('the table of the %s', (segment, { table }, level) => {
  it('reaches every state, by its own actions and by the word of the community', () => {
    expect(unreachableStates([...table, ...byWord], handoverStates, 'OFFERED')).toEqual([]);
  });

  it('has something to do in each state that waits for the holder, and in no other', () => {
    const busy = handoverStates.filter((state) => table.some(({ from }) => from === state));
    // Only the street blows the whistle.
    const own = waitingStates.filter((state) => state !== 'COORDINATING' || level === 'STREET');
    expect(busy).toEqual(handoverStates.filter((state) => own.includes(state)));
  });

  it('has one row for a state and an action', () => {
    const keys = table.map(({ from, action }) => `${from} ${action}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('sends exactly the events that the contract has from it, to the community and in order', () => {
    const isOwn = (type: string): boolean => type.startsWith(`${segment}.`) || (level === 'STREET' && type.startsWith('whistle.'));
    const own = eventTypes.filter((type) => isOwn(type) && !type.endsWith('.alarmed'));
    expect([...new Set(table.map(({ emits }) => emits))]).toEqual(own);
    const route = { from: [level.toLowerCase()], to: ['community'], ordered: true, prompt: true };
    for (const type of own) expect(eventRoutes[type]).toMatchObject(route);
  });

  it('lets nobody act but its own office and units', () => {
    const doers = roles.filter((role) => table.some(({ by }) => by.includes(role)));
    expect(doers.toSorted()).toEqual(officeAndUnits(level).toSorted());
  });
});

it('names every action and state', () => {
  expect(Object.keys(handoverActionNames)).toEqual([...handoverActions]);
  expect(Object.keys(handoverStateNames)).toEqual([...handoverStates]);
});

it('has the same states in the contract between the levels', () => {
  expect(eventRoutes['case.changed'].data.shape.state.options).toEqual([...handoverStates]);
});

const resolved = ['dispatch.resolved', 'coordination.resolved', 'receipt.resolved'] as const;
// Refused are applications, and that by the community's own word.
it.each(resolved)('knows the same outcomes in %s', (type) => {
  expect([...eventRoutes[type].data.shape.outcome.options, 'REFUSED']).toEqual([...outcomes]);
});
