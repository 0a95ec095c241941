import { actor } from '../kit/identity.js';
import {
  availability, findTransition, permit, unreachableStates, type Machine, type Transition,
} from '../../subgraphs/shared/domain/stateMachine.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { fail } from '../../subgraphs/shared/domain/result.js';

type State = 'WAITING' | 'LENT' | 'LOST';
type Action = 'LEND' | 'BRING_BACK' | 'EXPIRE';
interface Book {
  readonly state: State;
  readonly lentTo: string | null;
}

const table: readonly Transition<State, Action>[] = [
  { action: 'LEND', from: 'WAITING', to: 'LENT', by: ['COMMUNITY_CLERK'] },
  { action: 'BRING_BACK', from: 'LENT', to: 'WAITING', by: ['RESIDENT', 'COMMUNITY_CLERK'], outcome: 'WHOLE' },
  { action: 'BRING_BACK', from: 'LENT', to: 'LOST', by: ['RESIDENT'], outcome: 'TORN' },
  { action: 'EXPIRE', from: 'LENT', to: 'LOST', by: [] },
];
const machine: Machine<State, Action, Book> = {
  table,
  states: {
    WAITING: { zh: '在馆', en: 'waiting' }, LENT: { zh: '借出', en: 'lent' }, LOST: { zh: '遗失', en: 'lost' },
  },
  actions: {
    LEND: { zh: '借', en: 'lend' },
    BRING_BACK: { zh: '还', en: 'bring back' },
    EXPIRE: { zh: '到期', en: 'expire' },
  },
  rules: {
    BRING_BACK: ({ lentTo }, { id }) => {
      const refused = lentTo === id ? null : fail('OUT_OF_SCOPE', '不是您借的。 / Not lent to you.');
      return refused && !refused.ok ? refused.error : null;
    },
  },
};
const clerk = actor('COMMUNITY_CLERK', '340103001001');
const resident = actor('RESIDENT');
const now = new Date('2026-03-02T02:00:00Z');
const lent: Book = { state: 'LENT', lentTo: resident.id };

it('permits what the table and the rule allow and gives the row', () => {
  const waiting: Book = { state: 'WAITING', lentTo: null };
  expect(permit(machine, waiting, 'LEND', clerk, now)).toEqual({ ok: true, value: table[0] });
  expect(permit(machine, lent, 'BRING_BACK', resident, now)).toEqual({ ok: true, value: table[1] });
});

it.each<[string, Book, Action, Actor, string, RegExp]>([
  ['a role that does it in no state', lent, 'LEND', resident, 'ROLE_NOT_ALLOWED', /for: community clerk; you are: resident/],
  ['a state that does not have it', lent, 'LEND', clerk, 'TRANSITION_NOT_ALLOWED', /"lent"; "lend" needs: waiting/],
  ['what a rule forbids', { ...lent, lentTo: 'B' }, 'BRING_BACK', resident, 'OUT_OF_SCOPE', /Not lent to you/],
  ['anybody at what no role does', lent, 'EXPIRE', clerk, 'ROLE_NOT_ALLOWED', /"expire" is for: the system/],
])('refuses %s and says why', (_what, book, action, who, code, message) => {
  const refused = permit(machine, book, action, who, now);

  expect(refused).toMatchObject({ ok: false, error: { code, message: expect.stringMatching(message) } });
});

it('tells of every action that people do whether it is open, with the reason of the guard itself', () => {
  const offered = availability(machine, lent, clerk, now);

  expect(offered.map(({ action, available }) => [action, available])).toEqual([['LEND', false], ['BRING_BACK', false]]);
  for (const { action, reason } of offered) {
    const permitted = permit(machine, lent, action, clerk, now);
    expect(reason).toEqual(permitted.ok ? null : permitted.error);
  }
});

it('finds the row of an outcome where several lead away', () => {
  expect(findTransition(table, 'LENT', 'BRING_BACK', 'TORN')?.to).toBe('LOST');
  expect(findTransition(table, 'LENT', 'BRING_BACK', 'BURNT')).toBeUndefined();
  expect(findTransition(table, 'WAITING', 'BRING_BACK')).toBeUndefined();
});

it('lists the states that no path reaches', () => {
  expect(unreachableStates(table, ['WAITING', 'LENT', 'LOST'], 'WAITING')).toEqual([]);
  expect(unreachableStates(table, ['WAITING', 'LENT', 'LOST'], 'LOST')).toEqual(['WAITING', 'LENT']);
});
