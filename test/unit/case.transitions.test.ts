import {
  caseActionNames, caseActions, caseStateNames, caseStates, caseTransitions, finalCaseStates, initialCaseState,
  type CaseTransition,
} from '../../subgraphs/community/domain/case.transitions.js';
import { openStates } from '../../subgraphs/community/domain/case.js';
import { caseMachine } from '../../subgraphs/community/domain/caseDecisions.js';
import { stateBeforeMerge } from '../../subgraphs/community/domain/merge.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';

const table: readonly CaseTransition[] = caseTransitions;

const byStep = groupBy(table, ({ from, action }) => `${from} ${action}`);

it('reaches every state', () => {
  expect(unreachableStates(table, caseStates, initialCaseState)).toEqual([]);
});

it('leaves no state except the final ones without a way out', () => {
  const stuck = caseStates.filter((state) => !table.some(({ from, to }) => from === state && to !== state));
  expect(stuck).toEqual(finalCaseStates);
});

it('lets the reporter withdraw in every open state and while it is merged, and in no other', () => {
  const withdrawn = table.filter(({ action }) => action === 'WITHDRAW').map(({ from }) => from);
  expect(withdrawn.toSorted()).toEqual([...openStates, 'MERGED'].toSorted());
});

it('merges from every open state, and leads back to each but the one in which nobody had accepted it', () => {
  const merged = table.filter(({ action }) => action === 'MERGE').map(({ from }) => from);
  const back = table.filter(({ action }) => action === 'UNMERGE').map(({ to }) => to);
  expect(merged.toSorted()).toEqual([...openStates].toSorted());
  expect(back.toSorted()).toEqual([...new Set(merged.map(stateBeforeMerge))].toSorted());
});

it('has one row for a state, an action and an outcome, and names the outcome wherever several lead away', () => {
  const keys = table.map(({ from, action, outcome }) => `${from} ${action} ${outcome ?? ''}`);
  expect(new Set(keys).size).toBe(keys.length);
  const forks = [...byStep.values()].filter((rows) => rows.length > 1);
  expect(forks.flat().filter(({ outcome }) => outcome === undefined)).toEqual([]);
});

it('lets the same roles do an action whatever comes of it', () => {
  for (const rows of byStep.values()) {
    expect(rows.map(({ by }) => by)).toEqual(rows.map(() => rows[0]?.by));
  }
});

it('has a rule for every action that people do, and a name for every action and state', () => {
  const done = caseActions.filter((action) => table.some((row) => row.action === action && row.by.length > 0));
  expect(Object.keys(caseMachine.rules).toSorted()).toEqual(done.toSorted());
  expect(Object.keys(caseActionNames).toSorted()).toEqual(caseActions.toSorted());
  expect(Object.keys(caseStateNames)).toEqual([...caseStates]);
});

it('starts RESOLVE when the case is accepted and when it is done again, by itself or merged, never when it is handed on', () => {
  const starting = table.filter(({ starts }) => starts?.includes('RESOLVE'));
  const steps = starting.map(({ from, action }) => `${from} ${action}`);
  expect(steps).toEqual([...Array<string>(4).fill('SUBMITTED ACCEPT'), 'REWORK RESTART', 'SUBMITTED MERGE', 'REWORK MERGE']);
});

it('does exactly this to the clocks', () => {
  const steps = table.flatMap(({ from, action, to, starts, stops, pauses, resumes }) => {
    const verbs = Object.entries({ stops, starts, pauses, resumes });
    const done = verbs.flatMap(([verb, clock]) => (clock ? [`${verb} ${clock}`] : []));
    return done.length === 0 ? [] : [`${from} -${action}-> ${to}: ${done.join(', ')}`];
  });
  expect(steps).toMatchInlineSnapshot(`
[
  "SUBMITTED -ACCEPT-> ACCEPTED: stops ACCEPT, starts RESPOND,RESOLVE",
  "SUBMITTED -ACCEPT-> IN_PROGRESS: stops ACCEPT, starts RESOLVE",
  "SUBMITTED -ACCEPT-> IN_PROGRESS: stops ACCEPT, starts RESOLVE",
  "SUBMITTED -ACCEPT-> DISPATCHED: stops ACCEPT, starts RESPOND,RESOLVE,SIGN",
  "SUBMITTED -DECLINE-> DECLINED: stops ACCEPT",
  "ACCEPTED -REQUEST_INFO-> NEEDS_INFO: stops RESPOND, starts INFO, pauses RESOLVE",
  "IN_PROGRESS -REQUEST_INFO-> NEEDS_INFO: stops RESPOND, starts INFO, pauses RESOLVE",
  "NEEDS_INFO -SUPPLY_INFO-> ACCEPTED: stops INFO, resumes RESOLVE",
  "NEEDS_INFO -SUPPLY_INFO-> IN_PROGRESS: stops INFO, resumes RESOLVE",
  "NEEDS_INFO -LAPSE-> WITHDRAWN: stops INFO",
  "ACCEPTED -HANDLE-> IN_PROGRESS: stops RESPOND",
  "ACCEPTED -FORWARD-> DISPATCHED: starts SIGN",
  "IN_PROGRESS -FORWARD-> DISPATCHED: starts SIGN",
  "ACCEPTED -DISPATCH-> DISPATCHED: starts SIGN",
  "IN_PROGRESS -DISPATCH-> DISPATCHED: starts SIGN",
  "DISPATCHED -SIGN-> IN_PROGRESS: stops SIGN,RESPOND",
  "DISPATCHED -RETURN-> RETURNED: stops SIGN",
  "RETURNED -REDISPATCH-> DISPATCHED: starts SIGN",
  "IN_PROGRESS -DECIDE_SUSPENSION-> SUSPENDED: pauses RESOLVE",
  "SUSPENDED -RESUME-> IN_PROGRESS: resumes RESOLVE",
  "IN_PROGRESS -DECIDE_APPLICATION-> RESOLVED: stops RESPOND,RESOLVE, starts CALLBACK",
  "IN_PROGRESS -RESOLVE-> RESOLVED: stops RESPOND,RESOLVE, starts CALLBACK",
  "COORDINATING -RESOLVE-> RESOLVED: stops RESPOND,RESOLVE, starts CALLBACK",
  "RESOLVED -RATE-> CLOSED: stops CALLBACK, starts REOPEN",
  "RESOLVED -RATE-> REWORK: stops CALLBACK",
  "RESOLVED -NO_REPLY-> CLOSED: stops CALLBACK, starts REOPEN",
  "CLOSED -REOPEN-> REWORK: stops REOPEN",
  "REWORK -RESTART-> IN_PROGRESS: starts RESOLVE",
  "SUBMITTED -MERGE-> MERGED: stops ACCEPT, starts RESOLVE",
  "ACCEPTED -MERGE-> MERGED: stops RESPOND",
  "NEEDS_INFO -MERGE-> MERGED: stops INFO, resumes RESOLVE",
  "DISPATCHED -MERGE-> MERGED: stops SIGN,RESPOND",
  "IN_PROGRESS -MERGE-> MERGED: stops RESPOND",
  "SUSPENDED -MERGE-> MERGED: resumes RESOLVE",
  "RETURNED -MERGE-> MERGED: stops RESPOND",
  "REWORK -MERGE-> MERGED: starts RESOLVE",
  "MERGED -UNMERGE-> NEEDS_INFO: starts INFO, pauses RESOLVE",
  "MERGED -UNMERGE-> DISPATCHED: starts SIGN",
  "MERGED -UNMERGE-> SUSPENDED: pauses RESOLVE",
  "MERGED -UNMERGE-> REWORK: stops RESOLVE",
  "MERGED -RESOLVE_WITH_LEAD-> RESOLVED: stops RESOLVE, starts CALLBACK",
]
`);
});
