import { roles, type Actor, type Role } from '../../subgraphs/shared/domain/actor.js';
import { levels, type Level } from '../../subgraphs/shared/domain/areaCode.js';
import { offered, type Handover, type HandoverState, type Holder } from '../../subgraphs/shared/domain/handover.js';
import { permit, type Machine } from '../../subgraphs/shared/domain/stateMachine.js';
import { people, places, units } from './cases.js';

// A subgraph's regulation as a table for people: state × action × role × level, asked of the very guard that mutations ask.

export const when = new Date('2026-03-02T02:00:00Z');

/** Who has the work: a level's office, or a department or unit of it. */
export interface Position {
  /** M city, D district, S street, C community; small for a department or unit. */
  readonly mark: string;
  readonly holder: Holder;
  /** Everybody on the line of the case, the unit's officer of that level among them. */
  readonly cast: readonly Actor[];
}

const marks: Readonly<Record<Level, string>> = { CITY: 'M', DISTRICT: 'D', STREET: 'S', COMMUNITY: 'C' };
const placeOf: Readonly<Record<Level, 'city' | 'district' | 'street' | 'community'>> =
  { CITY: 'city', DISTRICT: 'district', STREET: 'street', COMMUNITY: 'community' };
const officers: Readonly<Record<Level, Actor>> = {
  CITY: people.cityUnit, DISTRICT: people.districtUnit, STREET: people.streetUnit, COMMUNITY: people.communityUnit,
};
const line = [
  people.resident, people.gridWorker, people.clerk, people.street, people.district, people.city, people.auditor, people.integrator,
];

/** The office and a unit of each of the levels, from the city down. */
export const positions = (of: readonly Level[] = levels): Position[] =>
  levels.filter((level) => of.includes(level)).flatMap((level): Position[] => {
    const [area, unit, cast] = [places[placeOf[level]], units[placeOf[level]], [...line, officers[level]]];
    return [
      { mark: marks[level], holder: { level, area, unit: null }, cast },
      { mark: marks[level].toLowerCase(), holder: { level, area, unit }, cast },
    ];
  });

/** A level's part of a case. */
export const handoverSubject = (state: HandoverState, _action: string, { holder }: Position): Handover => ({
  ...offered(null, {
    caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '路灯不亮', kind: 'DEMAND', category: '城乡建设', community: places.community, grid: null,
    submittedAt: when, rung: 2, note: null, signBy: null, resolveBy: null, at: when, target: holder,
    sender: { level: 'COMMUNITY', area: places.community, unit: null },
  }),
  state,
});

const heads: Readonly<Record<Role, string>> = {
  RESIDENT: 'resident', GRID_WORKER: 'grid', COMMUNITY_CLERK: 'community', STREET_CLERK: 'street', DISTRICT_OFFICER: 'district',
  CITY_OFFICER: 'city', DEPARTMENT_OFFICER: 'unit', AUDITOR: 'auditor', INTEGRATOR: 'integrator',
};

interface Part<S extends string, A extends string, Subject extends { readonly state: S }> {
  readonly title: string;
  readonly machine: Machine<S, A, Subject>;
  /** All of them by default. */
  readonly states?: readonly S[];
  readonly positions: readonly Position[];
  /** With all there that the action's rule asks for, so that only state, role and level decide. */
  readonly subject: (state: S, action: A, position: Position) => Subject;
}

const filled = (cells: readonly string[], widths: readonly number[]): string =>
  cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd();

/**
 * A line for each state and action of the table; below each role, for whose work it may act: the mark of who has the
 * work, a dot where it may not. Roles that may do nothing have no column.
 */
export function matrixOf<S extends string, A extends string, Subject extends { readonly state: S }>(
  { title, machine, states = Object.keys(machine.states) as S[], positions: all, subject }: Part<S, A, Subject>,
): string {
  const actions = Object.keys(machine.actions) as A[];
  const rows = states.flatMap((from) => actions.flatMap((action) => {
    const to = [...new Set(machine.table.filter((row) => row.from === from && row.action === action).map((row) => row.to))];
    const cells = roles.map((role) => all.map((position) => {
      const actor = position.cast.find((one) => one.role === role);
      return actor && permit(machine, subject(from, action, position), action, actor, when).ok ? position.mark : '.';
    }).join(''));
    const isAllowed = cells.some((cell) => /[^.]/.test(cell));
    if (isAllowed && to.length === 0) throw new Error(`${from} ${action} is permitted without a row.`);
    return to.length === 0 ? [] : [{ label: `${from} ${action} > ${to.join('|')}`, cells }];
  }));
  const busy = roles.flatMap((role, i) => (rows.some(({ cells }) => /[^.]/.test(cells[i] ?? '')) ? [{ role, i }] : []));
  const table = [
    [title, ...busy.map(({ role }) => heads[role])],
    ...rows.map(({ label, cells }) => [label, ...busy.map(({ i }) => cells[i] ?? '')]),
  ];
  const widths = (table[0] ?? []).map((_head, i) => Math.max(...table.map((cells) => cells[i]?.length ?? 0)));
  return table.map((cells) => filled(cells, widths)).join('\n');
}
