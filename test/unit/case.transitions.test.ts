import {
  caseActionNames, caseActions, caseStateNames, caseStates, caseTransitions, finalCaseStates, initialCaseState,
  type CaseState, type CaseTransition,
} from '../../subgraphs/community/domain/case.transitions.js';
import { openStates } from '../../subgraphs/community/domain/case.js';
import { caseMachine } from '../../subgraphs/community/domain/caseDecisions.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';

const table: readonly CaseTransition[] = caseTransitions;

/** Its action (merge) is not part of the regulation yet. */
const notReachedYet: readonly CaseState[] = ['MERGED'];
const byStep = groupBy(table, ({ from, action }) => `${from} ${action}`);
const isReached = (state: CaseState): boolean => !notReachedYet.includes(state);

it('reaches every state but those whose actions are still to come', () => {
  expect(unreachableStates(table, caseStates, initialCaseState)).toEqual(notReachedYet);
});

it('leaves no reached state except the final ones without a way out', () => {
  const stuck = caseStates.filter((state) => !table.some(({ from }) => from === state));
  expect(stuck.filter(isReached)).toEqual(finalCaseStates.filter(isReached));
  expect(finalCaseStates.filter((state) => table.some(({ from }) => from === state))).toEqual([]);
});

it('lets the reporter withdraw in every open state that is reached, and in no other', () => {
  const withdrawn = table.filter(({ action }) => action === 'WITHDRAW').map(({ from }) => from);
  expect(withdrawn.toSorted()).toEqual(openStates.filter(isReached).toSorted());
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

it('starts RESOLVE when the case is accepted and when it is done again, never when it is handed on', () => {
  const starting = table.filter(({ starts }) => starts?.includes('RESOLVE'));
  expect(starting.map(({ action }) => action)).toEqual(['ACCEPT', 'RESTART']);
});

// The whole matrix, so that a changed row shows up as a changed line in review.
it('allows exactly these transitions', () => {
  const allowed = caseStates.flatMap((from) => caseActions.flatMap((action) => {
    const rows = table.filter((row) => row.from === from && row.action === action);
    const by = roles.filter((role) => rows.some((row) => row.by.includes(role)));
    return rows.length === 0 ? [] : [`${from} -${action}-> ${rows.map(({ to }) => to).join(' | ')}: ${by.join(' ')}`];
  }));
  expect(allowed).toMatchInlineSnapshot(`
[
  "SUBMITTED -ACCEPT-> ACCEPTED: COMMUNITY_CLERK STREET_CLERK",
  "SUBMITTED -DECLINE-> DECLINED: COMMUNITY_CLERK STREET_CLERK",
  "SUBMITTED -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "SUBMITTED -WARN-> SUBMITTED: ",
  "SUBMITTED -ESCALATE-> SUBMITTED: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "SUBMITTED -SUPERVISE-> SUBMITTED: DISTRICT_OFFICER CITY_OFFICER",
  "ACCEPTED -REQUEST_INFO-> NEEDS_INFO: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "ACCEPTED -HANDLE-> IN_PROGRESS: COMMUNITY_CLERK",
  "ACCEPTED -FORWARD-> DISPATCHED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER",
  "ACCEPTED -DISPATCH-> DISPATCHED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "ACCEPTED -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "ACCEPTED -WARN-> ACCEPTED: ",
  "ACCEPTED -ESCALATE-> ACCEPTED: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "ACCEPTED -SUPERVISE-> ACCEPTED: DISTRICT_OFFICER CITY_OFFICER",
  "NEEDS_INFO -SUPPLY_INFO-> ACCEPTED | IN_PROGRESS: RESIDENT GRID_WORKER COMMUNITY_CLERK",
  "NEEDS_INFO -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "NEEDS_INFO -LAPSE-> WITHDRAWN: ",
  "NEEDS_INFO -SUPERVISE-> NEEDS_INFO: DISTRICT_OFFICER CITY_OFFICER",
  "DISPATCHED -SIGN-> IN_PROGRESS: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "DISPATCHED -RETURN-> RETURNED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "DISPATCHED -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "DISPATCHED -WARN-> DISPATCHED: ",
  "DISPATCHED -ESCALATE-> DISPATCHED: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "DISPATCHED -SUPERVISE-> DISPATCHED: DISTRICT_OFFICER CITY_OFFICER",
  "IN_PROGRESS -REQUEST_INFO-> NEEDS_INFO: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "IN_PROGRESS -FORWARD-> DISPATCHED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER",
  "IN_PROGRESS -DISPATCH-> DISPATCHED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "IN_PROGRESS -RESOLVE-> RESOLVED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "IN_PROGRESS -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "IN_PROGRESS -REQUEST_EXTENSION-> IN_PROGRESS: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "IN_PROGRESS -DECIDE_EXTENSION-> IN_PROGRESS: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "IN_PROGRESS -REQUEST_SUSPENSION-> IN_PROGRESS: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "IN_PROGRESS -DECIDE_SUSPENSION-> SUSPENDED | IN_PROGRESS: DISTRICT_OFFICER",
  "IN_PROGRESS -WARN-> IN_PROGRESS: ",
  "IN_PROGRESS -ESCALATE-> IN_PROGRESS: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "IN_PROGRESS -BLOW_WHISTLE-> COORDINATING: STREET_CLERK",
  "IN_PROGRESS -SUPERVISE-> IN_PROGRESS: DISTRICT_OFFICER CITY_OFFICER",
  "COORDINATING -RESOLVE-> RESOLVED: STREET_CLERK",
  "COORDINATING -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "COORDINATING -WARN-> COORDINATING: ",
  "COORDINATING -ESCALATE-> COORDINATING: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "COORDINATING -END_WHISTLE-> IN_PROGRESS: STREET_CLERK",
  "COORDINATING -SUPERVISE-> COORDINATING: DISTRICT_OFFICER CITY_OFFICER",
  "SUSPENDED -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "SUSPENDED -RESUME-> IN_PROGRESS: DISTRICT_OFFICER",
  "SUSPENDED -SUPERVISE-> SUSPENDED: DISTRICT_OFFICER CITY_OFFICER",
  "RETURNED -REDISPATCH-> DISPATCHED: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "RETURNED -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "RETURNED -WARN-> RETURNED: ",
  "RETURNED -ESCALATE-> RETURNED: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "RETURNED -SUPERVISE-> RETURNED: DISTRICT_OFFICER CITY_OFFICER",
  "RESOLVED -RATE-> CLOSED | REWORK: RESIDENT GRID_WORKER COMMUNITY_CLERK",
  "RESOLVED -NO_REPLY-> CLOSED: ",
  "REWORK -RESTART-> IN_PROGRESS: COMMUNITY_CLERK STREET_CLERK DISTRICT_OFFICER CITY_OFFICER DEPARTMENT_OFFICER",
  "REWORK -WITHDRAW-> WITHDRAWN: RESIDENT GRID_WORKER",
  "REWORK -WARN-> REWORK: ",
  "REWORK -ESCALATE-> REWORK: STREET_CLERK DISTRICT_OFFICER CITY_OFFICER",
  "REWORK -SUPERVISE-> REWORK: DISTRICT_OFFICER CITY_OFFICER",
  "CLOSED -REOPEN-> REWORK: RESIDENT GRID_WORKER DISTRICT_OFFICER",
]
`);
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
  "IN_PROGRESS -RESOLVE-> RESOLVED: stops RESPOND,RESOLVE, starts CALLBACK",
  "COORDINATING -RESOLVE-> RESOLVED: stops RESPOND,RESOLVE, starts CALLBACK",
  "RESOLVED -RATE-> CLOSED: stops CALLBACK, starts REOPEN",
  "RESOLVED -RATE-> REWORK: stops CALLBACK",
  "RESOLVED -NO_REPLY-> CLOSED: stops CALLBACK, starts REOPEN",
  "CLOSED -REOPEN-> REWORK: stops REOPEN",
  "REWORK -RESTART-> IN_PROGRESS: starts RESOLVE",
]
`);
});
