import fc from 'fast-check';
import { holderKey, holderOf, openStates, type Case } from '../../subgraphs/community/domain/case.js';
import type { CaseAction } from '../../subgraphs/community/domain/case.transitions.js';
import {
  applyReportedStep, decideCase, handsOn, submitCase, type ActionInput, type CaseDecision, type ReportedStep,
} from '../../subgraphs/community/domain/caseDecisions.js';
import { holdingAt, holdingsOf, type HandOver } from '../../subgraphs/community/domain/responsibility/holdings.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { officerOf, type Actor } from '../../subgraphs/shared/domain/actor.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { targetOf, type Holder } from '../../subgraphs/shared/domain/handover.js';
import { people, places } from '../kit/cases.js';

// Who has had a case is not stored: here what its timeline tells is held against what it was at the time.

const rules = { calendar: chineseCalendar({ version: 'test' }), policy: defaultPolicy };
const start = new Date('2026-03-02T02:00:00Z');
const minute = (n: number): Date => new Date(start.getTime() + n * 60_000);

const submitted = (): CaseDecision => {
  const result = submitCase({
    id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'WEB', category: '城乡建设', title: '路灯不亮',
    detail: '三盏', sourceId: null, reportedAt: null, reporter: { id: null, name: null, phone: null, idNumber: null },
    place: { community: places.community, grid: null, address: null, longitude: null, latitude: null },
  }, people.resident, start, rules);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

const usual = [
  'ACCEPT', 'REQUEST_INFO', 'SUPPLY_INFO', 'HANDLE', 'FORWARD', 'DISPATCH', 'SIGN', 'RETURN', 'REDISPATCH', 'RESOLVE', 'RATE', 'REOPEN',
  'RESTART', 'ESCALATE',
] as const satisfies readonly CaseAction[];
const actions = [...usual, 'DECLINE', 'WITHDRAW'] as const satisfies readonly CaseAction[];
const reported = ['SIGN', 'RETURN', 'FORWARD', 'DISPATCH', 'REDISPATCH', 'RESOLVE', 'RESTART'] as const;

const input = (action: CaseAction, upward: boolean): ActionInput => ({
  note: '说明', otherWay: '其他', upward, outcome: 'SOLVED', unit: action === 'DISPATCH' ? `${places.community}-02` : null,
  rating: { responded: true, solved: upward, satisfaction: upward ? 5 : 1, comment: null },
});

const actors: readonly Actor[] = [people.clerk, people.communityUnit, people.resident, people.district];

/** What the case's own level does; null when nobody may. */
function own(before: Case, action: (typeof actions)[number], upward: boolean, at: Date): CaseDecision | null {
  const results = actors.map((who) => decideCase(before, action, input(action, upward), who, at, rules));
  return results.flatMap((result) => (result.ok ? [result.value] : []))[0] ?? null;
}

/** What the holder's level says it did, or something of an earlier hand-over that comes too late. */
function fromElsewhere(before: Case, action: (typeof reported)[number], late: boolean, upward: boolean, at: Date): CaseDecision | null {
  const link = before.chain.at(-1);
  const level = link?.holder.level;
  if (!link || !level || level === 'COMMUNITY') return null;
  const { area } = link.holder;
  const choice = { unit: action === 'DISPATCH' && !upward ? `${area}-03` : null, upward: action === 'FORWARD' || upward };
  const target = handsOn.includes(action) ? targetOf(link.holder, places.community, choice) : null;
  if (target && !target.ok) return null;
  const step: ReportedStep = {
    action, level, rung: late ? link.rung - 1 : link.rung, at, by: { id: 'officer', role: officerOf[level], area, unit: null },
    note: '说明', target: target?.value ?? null, proposedOwner: null, ...(action === 'RESOLVE' && { outcome: 'SOLVED' as const }),
  };
  return applyReportedStep(before, step, rules);
}

const moves = fc.array(fc.record({
  own: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...actions) }),
  reported: fc.constantFrom(...reported), elsewhere: fc.boolean(), upward: fc.boolean(),
  // Now and then the other level's clock is behind.
  minutes: fc.constantFrom(-2, 0, 1, 5, 30), late: fc.nat(9).map((n) => n === 0),
}), { minLength: 40, maxLength: 90 });

it('a case has one holder at every instant from its submission to its end, the one it had then', () => {
  let [handed, ended, returned] = [0, 0, 0];
  fc.assert(fc.property(moves, (list) => {
    const first = submitted();
    let current = first.next;
    let minutes = 0;
    const entries: HandOver[] = [first.entry];
    const known: { readonly at: Date; readonly holder: Holder | null }[] = [{ at: start, holder: holderOf(current) }];
    for (const move of list) {
      const at = minute(minutes + move.minutes);
      const elsewhere = move.elsewhere ? fromElsewhere(current, move.reported, move.late, move.upward, at) : null;
      const decision = elsewhere ?? own(current, move.own, move.upward, at);
      if (!decision) continue;
      current = decision.next;
      if (decision.entry.superseded) continue;
      minutes = Math.max(minutes, minutes + move.minutes);
      entries.push(decision.entry);
      handed += decision.entry.target ? 1 : 0;
      returned += decision.entry.action === 'RETURN' ? 1 : 0;
      const isOpen = current.state === 'RESOLVED' || openStates.includes(current.state);
      ended += isOpen ? 0 : 1;
      known.push({ at: minute(minutes), holder: isOpen ? holderOf(current) : null });
    }
    const holdings = holdingsOf(current, entries);
    const key = (holder: Holder | null | undefined): string => (holder ? holderKey(holder) : '-');
    const probes = known.flatMap(({ at }) => [at, new Date(at.getTime() + 1)]);
    expect(probes.map((at) => key(holdingAt(holdings, at)?.holder)))
      .toEqual(probes.map((at) => key(known.findLast((one) => one.at <= at)?.holder)));
    expect(holdingAt(holdings, new Date(start.getTime() - 1))).toBeNull();
  }), { numRuns: 200, seed: 11 });
  // Or the property would hold for want of movement.
  expect([handed, returned, ended].map((times) => times > 20)).toEqual([true, true, true]);
});

it('an entry written after the case was read says nothing yet', () => {
  const first = submitted();
  const accepted = own(first.next, 'ACCEPT', false, minute(1));
  const forwarded = accepted && own(accepted.next, 'FORWARD', false, minute(2));
  if (!accepted || !forwarded) throw new Error('It was not forwarded.');
  const entries = [first.entry, accepted.entry, forwarded.entry];
  expect(holdingsOf(accepted.next, entries)).toHaveLength(1);
  expect(holdingsOf(forwarded.next, entries).map(({ from, holder }) => [from, holder?.level])).toEqual([[start, 'COMMUNITY'], [minute(2), 'STREET']]);
});

it('has a patrol finding with the street from the start, taken in or not', () => {
  const found = submitCase({
    id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'PATROL', demandType: null, patrolDomain: 'OVERSIGHT', channel: 'GRID_WORKER',
    category: '城乡建设', title: '井盖松动', detail: '北门', sourceId: null, reportedAt: null,
    reporter: { id: null, name: null, phone: null, idNumber: null },
    place: { community: places.community, grid: places.grid, address: null, longitude: null, latitude: null },
  }, people.gridWorker, start, rules);
  if (!found.ok) throw new Error(found.error.message);
  const accepted = decideCase(found.value.next, 'ACCEPT', { note: null }, people.street, minute(1), rules);
  if (!accepted.ok) throw new Error(accepted.error.message);
  const holder = { level: 'STREET', area: places.street, unit: null };
  expect(holdingsOf(found.value.next, [found.value.entry])).toEqual([{ from: start, holder }]);
  expect(holdingsOf(accepted.value.next, [found.value.entry, accepted.value.entry])).toEqual([{ from: start, holder }]);
});
