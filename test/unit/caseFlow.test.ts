import fc from 'fast-check';
import { eventRoutes, isEventType, type SubgraphName } from '../../schema/events.js';
import { receiptMachine } from '../../subgraphs/city/domain/cityReceipt.transitions.js';
import {
  holderOf, levelHolder, maySee, openStates, toDoKeys, waitsFor, type Case,
} from '../../subgraphs/community/domain/case.js';
import { caseStates, type CaseAction, type CaseState } from '../../subgraphs/community/domain/case.transitions.js';
import {
  applyReportedStep, caseMachine, decideCase, submitCase, type CaseDecision, type TimelineEntry,
} from '../../subgraphs/community/domain/caseDecisions.js';
import { replayedMoves } from '../../subgraphs/community/domain/caseCounts.js';
import { segmentView } from '../../subgraphs/community/domain/caseSegments.js';
import { withCompany } from '../../subgraphs/community/domain/mergedCases.js';
import { communityHandlers } from '../../subgraphs/community/events.js';
import type { CaseRepository } from '../../subgraphs/community/usecases/ports.js';
import { coordinationMachine } from '../../subgraphs/district/domain/coordination.transitions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { levelAbove, levelBelow } from '../../subgraphs/shared/domain/areaCode.js';
import { measures } from '../../subgraphs/shared/domain/counts.js';
import { state as clockState } from '../../subgraphs/shared/domain/clock.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import {
  decideHandover, holds, seesHandover, type Handover, type HandoverAction, type HandoverMachine,
} from '../../subgraphs/shared/domain/handover.js';
import type { Result } from '../../subgraphs/shared/domain/result.js';
import { availability, permit } from '../../subgraphs/shared/domain/stateMachine.js';
import { handoverHandlers } from '../../subgraphs/shared/events/handoverHandlers.js';
import type { EventHandlers } from '../../subgraphs/shared/events/receiver.js';
import type { HandoverRepository } from '../../subgraphs/shared/persistence/handovers.js';
import type { UnitOfWork } from '../../subgraphs/shared/persistence/transactions.js';
import { dispatchMachine } from '../../subgraphs/street/domain/dispatch.transitions.js';
import {
  arrivalMachine, arrivalSubject, followed, whistleMachine, type Whistle,
} from '../../subgraphs/street/domain/whistle.js';
import type { ArrivalAction } from '../../subgraphs/street/domain/whistle.transitions.js';
import type { WhistleRepository } from '../../subgraphs/street/usecases/ports.js';
import { actOnArrival, blowWhistle, endWhistle } from '../../subgraphs/street/usecases/whistles.js';
import { actor } from '../kit/identity.js';

// The case and the three other levels in memory, joined by the real handlers and by post that is never in a hurry.

const calendar = chineseCalendar({ version: 'test' });
const rules = { calendar, policy: defaultPolicy };
const community = '340103001001';
const neighbours = '340103001002';
const resident = actor('RESIDENT');
const others = ['STREET', 'DISTRICT', 'CITY'] as const;
type Other = (typeof others)[number];

const machines: Readonly<Record<Other, HandoverMachine>> = {
  STREET: dispatchMachine, DISTRICT: coordinationMachine, CITY: receiptMachine,
};
const units: Readonly<Record<Other | 'COMMUNITY', readonly string[]>> = {
  COMMUNITY: [`${community}-01`, `${community}-02`],
  STREET: ['340103001-01', '340103001-03'],
  DISTRICT: ['340103-02', '340103-04'],
  CITY: ['3401-01', '3401-02'],
};
const staff: readonly Actor[] = [
  actor('COMMUNITY_CLERK', community), actor('STREET_CLERK', '340103001'), actor('DISTRICT_OFFICER', '340103'),
  actor('CITY_OFFICER', '3401'), ...Object.values(units).flat().map((unit) => actor('DEPARTMENT_OFFICER', unit)),
];
const gridWorker = actor('GRID_WORKER', `${community}001`);
const everybody = [resident, gridWorker, ...staff];

interface Letter {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface World {
  now: Date;
  subject: Case;
  readonly timeline: TimelineEntry[];
  /** What each step counted. */
  readonly counted: CaseDecision['counts'][];
  readonly segments: Map<Other, Handover>;
  /** The street's, latest first. */
  readonly whistles: Whistle[];
  /** By sender and receiver: `community>street`. */
  readonly post: Map<string, Letter[]>;
  readonly handlers: Readonly<Record<SubgraphName, EventHandlers>>;
}

const nameOf = (level: Other): SubgraphName => level.toLowerCase() as SubgraphName;

type Kind = 'DEMAND' | 'PATROL';
const reporterOf: Readonly<Record<Kind, Actor>> = { DEMAND: resident, PATROL: gridWorker };
const traitsOf = {
  DEMAND: { kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'WEB' },
  PATROL: { kind: 'PATROL', demandType: null, channel: 'GRID_WORKER', patrolDomain: 'OVERSIGHT' },
} as const;

function newWorld(kind: Kind): World {
  const now = new Date('2026-03-02T02:00:00Z');
  const submitted = submitCase({
    id: 'case-1', number: 'HF260302-7K3M9Q', ...traitsOf[kind],
    category: '城乡建设', title: '路灯不亮', detail: '小区东门三盏路灯一周不亮', sourceId: null, reportedAt: null,
    place: { community, grid: null, address: null, longitude: null, latitude: null },
    reporter: { id: null, name: '王小明', phone: '13812345678', idNumber: null },
  }, reporterOf[kind], now, rules);
  if (!submitted.ok) throw new Error(submitted.error.message);
  const post = new Map(others.flatMap((level): [string, Letter[]][] =>
    [[`community>${nameOf(level)}`, []], [`${nameOf(level)}>community`, []]]));
  const world: World = {
    now, subject: submitted.value.next, timeline: [submitted.value.entry], counted: [submitted.value.counts], segments: new Map(), whistles: [], post,
    handlers: {
      community: communityHandlers({ repository: () => cases as CaseRepository }, () => rules),
      street: handoverHandlers({ repository: () => handoversOf('STREET') as HandoverRepository }),
      district: handoverHandlers({ repository: () => handoversOf('DISTRICT') as HandoverRepository }),
      city: handoverHandlers({ repository: () => handoversOf('CITY') as HandoverRepository }),
    },
  };
  const cases: Partial<CaseRepository> = {
    byId: async () => world.subject,
    async save(decision, expectedVersion) {
      expect(world.subject.version).toBe(expectedVersion);
      take(world, decision);
      return 'SAVED';
    },
  };
  const handoversOf = (level: Other): Partial<HandoverRepository> => ({
    byId: async () => world.segments.get(level) ?? null,
    async put(next, previousVersion) {
      expect(world.segments.get(level)?.version ?? 0).toBe(previousVersion);
      setSegment(world, level, next);
    },
  });
  return world;
}

/** The street's whistle follows its part of the case, as its repository has it. */
function setSegment(world: World, level: Other, next: Handover): void {
  world.segments.set(level, next);
  const changed = level === 'STREET' ? followed(world.whistles[0] ?? null, next, calendar) : null;
  if (changed) world.whistles[0] = changed;
}

/** What the street and the departments do about a whistle, by the real use cases on a repository in memory. */
function whistleMoves(world: World, chance: number): Move[] {
  const { now, whistles } = world;
  const street = actor('STREET_CLERK', '340103001');
  const repository: Partial<WhistleRepository> = {
    byId: async (id) => whistles.find((one) => one.id === id) ?? null,
    async save(next, expectedVersion, step) {
      if (expectedVersion === 0) whistles.unshift(next);
      else whistles[whistles.findIndex(({ id, version }) => id === next.id && version === expectedVersion)] = next;
      if (step) {
        setSegment(world, 'STREET', step.decision.next);
        send(world, 'street>community', step.decision.event);
      }
      return true;
    },
  };
  const deps = {
    whistles: repository as WhistleRepository, handovers: { byId: async () => world.segments.get('STREET') ?? null },
    units: { byCode: async (code: string) => ({ code, name: code, nameEn: code }), of: async () => [] },
    ...rules, newId: () => `whistle-${whistles.length}`, now: () => now,
  };
  const must = async (result: Promise<Result<Whistle>>): Promise<void> => {
    const done = await result;
    if (!done.ok) throw new Error(`Offered, and refused: ${done.error.message}`);
  };
  const dispatch = world.segments.get('STREET');
  const mayBlow = dispatch && availability(dispatchMachine, dispatch, street, now).some(({ action, available }) => action === 'BLOW_WHISTLE' && available);
  const [last] = whistles;
  const on = { whistleId: last?.id ?? '', expectedVersion: last?.version ?? 0 };
  const blow = (): Promise<void> => must(blowWhistle(deps, {
    caseId: 'case-1', expectedVersion: dispatch?.version ?? 0, units: units.DISTRICT, reason: '联合处置', place: '小区东门', urgent: chance % 2 === 0,
  }, street, null));
  const arrivals = last?.arrivals.flatMap((arrival): Move[] => {
    const subject = arrivalSubject(last, arrival, calendar);
    const officer = actor('DEPARTMENT_OFFICER', arrival.unit);
    const can = (who: Actor, action: ArrivalAction): boolean => permit(arrivalMachine, subject, action, who, now).ok;
    const came = arrival.state === 'ARRIVED' && chance % 5 !== 0;
    return [
      ...(can(officer, 'ARRIVE') ? [() => must(actOnArrival(deps, { ...on, action: 'ARRIVE', unit: null, came, note: null }, officer, null))] : []),
      ...(can(street, 'CONFIRM') ? [() => must(actOnArrival(deps, { ...on, action: 'CONFIRM', unit: arrival.unit, came, note: null }, street, null))] : []),
    ];
  }) ?? [];
  const isCoordinating = dispatch?.state === 'COORDINATING';
  const mayEnd = last && isCoordinating && permit(whistleMachine, last, 'END', street, now).ok;
  const moves = [...arrivals, ...(mayEnd ? [() => must(endWhistle(deps, { ...on, result: '已处置' }, street, null))] : [])];
  return [...(mayBlow ? [blow, blow, blow, blow] : []), ...moves.flatMap((move) => Array.from({ length: often }, () => move))];
}

function take(world: World, { next, entry, messages, counts }: CaseDecision): void {
  world.subject = next;
  world.timeline.push(entry);
  world.counted.push(counts);
  for (const { level, ...letter } of messages) send(world, `community>${nameOf(level)}`, letter);
}

function send({ post }: World, line: string, { type, data }: Letter): void {
  post.get(line)?.push({ type, data: JSON.parse(JSON.stringify(data)) as Letter['data'] });
}

async function deliver(world: World, line: string): Promise<void> {
  const letter = world.post.get(line)?.shift();
  const [source, target] = line.split('>') as [SubgraphName, SubgraphName];
  if (!letter || !isEventType(letter.type)) throw new Error(`${letter?.type} is not in the contract.`);
  const data = eventRoutes[letter.type].data.parse(letter.data);
  const event = { id: 'event', source, at: world.now, data };
  await world.handlers[target][letter.type]?.([event], {} as UnitOfWork);
}

type Move = () => Promise<void> | void;
const often = 8;
/** What ends a case, and what only concerns its time: else no history would get far. */
const seldom: readonly CaseAction[] = [
  'DECLINE', 'WITHDRAW', 'ESCALATE', 'REQUEST_EXTENSION', 'DECIDE_EXTENSION',
  'SUPERVISE', 'MERGE', 'REQUEST_LEAVING_OUT', 'DECIDE_LEAVING_OUT',
];

const sometimes: readonly CaseAction[] = ['REQUEST_SUSPENSION', 'DECIDE_SUSPENSION'];

/** Without it few histories would leave the street. */
const handsOn: readonly HandoverAction[] = ['SIGN', 'FORWARD', 'DISPATCH', 'REDISPATCH'];

/** Done with a whistle, see `whistleMoves`. */
const byWhistle: readonly HandoverAction[] = ['BLOW_WHISTLE', 'END_WHISTLE'];

/** Cases that the case may be merged into: of its own community and another, held on every level by offices and units. */
const ways: readonly (readonly Case['chain'][number]['holder'][])[] = [
  [levelHolder(community, 'COMMUNITY'), { level: 'COMMUNITY', area: community, unit: `${community}-01` }],
  [levelHolder(neighbours, 'COMMUNITY'), { level: 'COMMUNITY', area: neighbours, unit: `${neighbours}-01` }],
  [levelHolder(neighbours, 'COMMUNITY'), levelHolder(community, 'STREET'), levelHolder(neighbours, 'COMMUNITY')],
  [levelHolder(community, 'COMMUNITY'), levelHolder(community, 'STREET'), levelHolder(community, 'DISTRICT'), { level: 'DISTRICT', area: '340103', unit: '340103-02' }],
  [levelHolder(neighbours, 'COMMUNITY'), levelHolder(community, 'STREET'), levelHolder(community, 'DISTRICT'), levelHolder(community, 'CITY'), levelHolder(community, 'DISTRICT'), levelHolder(community, 'STREET')],
];

function leadOf({ subject, now }: World, chance: number): Case {
  const way = ways[chance % ways.length] ?? [];
  return {
    ...subject, id: 'case-2', number: 'HF260302-8K3M9Q', state: 'IN_PROGRESS', merge: null, members: 1, resolution: null,
    place: { ...subject.place, community: way[0]?.area ?? community },
    chain: way.map((holder, i) => ({ rung: i + 1, holder, offeredAt: now, signedAt: now })), rungs: way.length, clocks: [],
  };
}

/** The case that leads is resolved by who holds it, or withdrawn: the member goes along. */
function withLead(world: World, chance: number): void {
  const { subject, now } = world;
  const lead = leadOf(world, chance);
  const holder = holderOf(lead);
  const input = { note: '已解决', outcome: 'SOLVED' } as const;
  const byHand = (action: CaseAction, who: Actor): CaseDecision => {
    const decided = decideCase(lead, action, input, who, now, rules);
    if (!decided.ok) throw new Error(decided.error.message);
    return decided.value;
  };
  const resolve = (): CaseDecision => (holder.level === 'COMMUNITY'
    ? byHand('RESOLVE', holder.unit === null ? actor('COMMUNITY_CLERK', holder.area) : actor('DEPARTMENT_OFFICER', holder.unit))
    : applyReportedStep(lead, {
      ...input, action: 'RESOLVE', level: holder.level, rung: lead.chain.at(-1)?.rung ?? 0, at: now, target: null, proposedOwner: null,
      by: actor('STREET_CLERK', '340103001'),
    }, rules));
  const decision = chance % 4 === 0 ? byHand('WITHDRAW', reporterOf[subject.patrolDomain === null ? 'DEMAND' : 'PATROL']) : resolve();
  const [step] = withCompany(lead, decision, { lead: null, members: [subject] }, rules).also ?? [];
  if (!step) throw new Error('A member stays behind.');
  take(world, step);
}

/** What may be done now: by people, as the API tells them, and by the post. Ends of the case are chosen less often. */
function movesOf(world: World, chance: number): Move[] {
  const { subject, now } = world;
  const pick = <T>(list: readonly T[]): T => list[chance % list.length] as T;
  const rating = { responded: true, solved: chance % 4 !== 0, satisfaction: 1 + (chance % 5), comment: null };

  const onCase = everybody.filter((who) => maySee(subject, who)).flatMap((who) =>
    availability(caseMachine, subject, who, now).filter(({ available }) => available).flatMap(({ action }): Move[] => {
      const upward = action === 'REDISPATCH' && chance % 2 === 0;
      const unit = upward || action === 'FORWARD' ? null : pick(units.COMMUNITY);
      const move = (): void => {
        const input = {
          note: '说明', otherWay: '其他途径', unit, upward, outcome: 'SOLVED', rating,
          lead: leadOf(world, chance), workDays: 1 + (chance % 5), reviewAt: new Date(now.getTime() + 30 * 86_400_000), granted: chance % 3 !== 0,
        } as const;
        const decided = decideCase(subject, action, input, who, now, rules);
        if (!decided.ok) throw new Error(`${action} by ${who.id} was offered, and refused: ${decided.error.message}`);
        take(world, decided.value);
      };
      return Array.from({ length: seldom.includes(action) ? 1 : sometimes.includes(action) ? 2 : often }, () => move);
    }));

  const onSegments = others.flatMap((level) => {
    const handover = world.segments.get(level);
    if (!handover) return [];
    const machine = machines[level];
    return staff.filter((who) => seesHandover(handover, who)).flatMap((who) =>
      availability(machine, handover, who, now).filter(({ action, available }) => available && !byWhistle.includes(action)).flatMap(({ action }): Move[] => {
        const upward = action === 'REDISPATCH' && level !== 'CITY' && chance % 3 === 0;
        const unit = action === 'FORWARD' || upward || chance % 2 === 0 ? null : pick(units[level]);
        const move = (): void => {
          const command = { actor: who, now, note: '说明', unit, upward, outcome: 'SOLVED' } as const;
          const decided = decideHandover(machine, handover, action, command);
          if (!decided.ok) throw new Error(`${action} by ${who.id} was offered, and refused: ${decided.error.message}`);
          setSegment(world, level, decided.value.next);
          send(world, `${nameOf(level)}>community`, decided.value.event);
        };
        return Array.from({ length: handsOn.includes(action) ? 3 * often : often }, () => move);
      }));
  });

  const deliveries = [...world.post].filter(([, letters]) => letters.length > 0).flatMap(([line]): Move[] =>
    Array.from({ length: 2 * often }, () => () => deliver(world, line)));
  const company = subject.state === 'MERGED' ? Array.from({ length: often }, () => () => withLead(world, chance)) : [];
  return [...onCase, ...onSegments, ...whistleMoves(world, chance), ...company, ...deliveries];
}

/** The clocks that are not stopped; none in the states left out. */
const ticksIn: Partial<Readonly<Record<CaseState, readonly string[]>>> = {
  SUBMITTED: ['ACCEPT RUNNING'],
  ACCEPTED: ['RESOLVE RUNNING'],
  NEEDS_INFO: ['INFO RUNNING', 'RESOLVE PAUSED_INFO'],
  COORDINATING: ['RESOLVE RUNNING'],
  SUSPENDED: ['RESOLVE PAUSED_SUSPENDED'],
  DISPATCHED: ['RESOLVE RUNNING', 'SIGN RUNNING'],
  IN_PROGRESS: ['RESOLVE RUNNING'],
  RETURNED: ['RESOLVE RUNNING'],
  RESOLVED: ['CALLBACK RUNNING'],
  CLOSED: ['REOPEN RUNNING'],
  MERGED: ['RESOLVE RUNNING'],
};

/** What holds of every case at any time. */
function expectSound({ subject, timeline }: World): void {
  const { chain, clocks, state } = subject;
  expect(timeline.map(({ seq }) => seq)).toEqual(timeline.map((_entry, i) => i + 1));
  expect(subject.version).toBe(timeline.length);
  expect(timeline.at(-1)?.to).toBe(state);

  expect(chain[0]).toMatchObject({ rung: 1, holder: levelHolder(community, 'COMMUNITY') });
  chain.slice(1).forEach(({ rung, holder }, i) => {
    const from = chain[i] as Case['chain'][number];
    expect(rung).toBeGreaterThan(from.rung);
    const { level, area } = from.holder;
    const isOwnUnit = holder.unit !== null && holder.area === area && from.holder.unit === null;
    const isNextLevel = holder.unit === null && [levelAbove(level), levelBelow(level)].includes(holder.level);
    expect(isOwnUnit || isNextLevel).toBe(true);
  });
  expect(Math.max(...chain.map(({ rung }) => rung))).toBeLessThanOrEqual(subject.rungs);
  if (!['WITHDRAWN', 'MERGED'].includes(state)) expect(chain.at(-1)?.signedAt === null).toBe(state === 'DISPATCHED');

  const ticking = clocks.filter((clock) => clockState(clock) !== 'STOPPED');
  // The street has begun with what it takes over. Else RESPOND runs from the acceptance until somebody first does something about the case.
  const isAnswered = subject.patrolDomain !== null || timeline.some(({ action, superseded }) => !superseded && ['HANDLE', 'SIGN', 'REQUEST_INFO', 'MERGE'].includes(action));
  const respond = ['ACCEPTED', 'DISPATCHED', 'RETURNED'].includes(state) && !isAnswered ? ['RESPOND RUNNING'] : [];
  expect(ticking.map((clock) => `${clock.name} ${clockState(clock)}`).toSorted()).toEqual([...(ticksIn[state] ?? []), ...respond].toSorted());
}

/** Rework is a new task with a new clock, merged or not; nothing else gives a task a new one, and those before are kept. */
function expectResolveNeverReset({ subject, timeline }: World): void {
  const begun = timeline.filter(({ action, from, superseded }) => !superseded && (
    ['ACCEPT', 'RESTART'].includes(action) || (action === 'MERGE' && (from === 'SUBMITTED' || from === 'REWORK'))));
  const clocks = subject.clocks.filter(({ name }) => name === 'RESOLVE');
  expect(clocks.map(({ spans }) => spans[0]?.from)).toEqual(begun.map(({ at }) => at));
}

/** Each level's record is what the case says of it; of one that gave the case back, or was left out when it was merged, it says nothing. */
function expectAgreement({ subject, segments, whistles }: World): void {
  expect(whistles.map(({ state }) => state === 'OPEN')).toEqual(whistles.map((_one, i) => i === 0 && subject.state === 'COORDINATING'));
  for (const level of others) {
    const view = segmentView(subject, level, calendar);
    const handover = segments.get(level);
    if (view === null) expect([undefined, 'RETURNED', 'MERGED']).toContain(handover?.state);
    else expect({ level, ...handover, unit: handover?.holder.unit }).toMatchObject({ level, ...view });
  }
}

/** Who is asked to do something finds the case on the own list, and nobody else does. */
function expectOnTheRightList({ subject }: World): void {
  const waits = waitsFor(subject);
  const lists = everybody.filter((who) => waits !== null && toDoKeys(who).includes(waits));
  const isWork = openStates.includes(subject.state) && subject.state !== 'NEEDS_INFO';
  const isQuestion = subject.state === 'NEEDS_INFO' || subject.state === 'RESOLVED';
  expect(lists).toEqual(isQuestion ? [reporterOf[subject.patrolDomain === null ? 'DEMAND' : 'PATROL']] : isWork ? staff.filter((who) => holds(holderOf(subject), who)) : []);
}

it.each<Kind>(['DEMAND', 'PATROL'])('keeps four levels agreed on a %s however their actions and messages are interleaved', async (kind) => {
  const reached = new Set<CaseState>(['SUBMITTED']);
  const seen = { superseded: 0, longest: 0, followed: 0, measures: new Set<string>() };

  await fc.assert(fc.asyncProperty(fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 90 }), async (chances) => {
    const world = newWorld(kind);
    for (const chance of chances) {
      world.now = new Date(world.now.getTime() + (chance % 600) * 60_000);
      const moves = movesOf(world, chance);
      if (moves.length === 0) break;
      await moves[chance % moves.length]?.();
      expectSound(world);
      expectResolveNeverReset(world);
      expectOnTheRightList(world);
      reached.add(world.subject.state);
      seen.longest = Math.max(seen.longest, world.subject.chain.length);
    }
    for (let i = 0; [...world.post.values()].some((letters) => letters.length > 0); i += 1) {
      const waiting = [...world.post].filter(([, letters]) => letters.length > 0);
      await deliver(world, waiting[(chances[i % chances.length] ?? 0) % waiting.length]?.[0] ?? '');
    }
    expectAgreement(world);
    // The ledger of a history from before its steps kept what they counted.
    expect(replayedMoves(world.subject, world.timeline)).toEqual(world.counted);
    for (const { counts } of world.counted.flat()) for (const measure of Object.keys(counts)) seen.measures.add(measure);
    seen.followed += world.timeline.filter(({ action }) => action === 'RESOLVE_WITH_LEAD').length;
    seen.superseded += world.timeline.filter(({ superseded }) => superseded).length;
  }), { numRuns: 200, seed: 20_260_302, endOnFailure: true });

  // Else the property would hold for want of anything that happened.
  expect(caseStates.filter((state) => !reached.has(state))).toEqual([]);
  expect(seen.followed).toBeGreaterThan(20);
  expect(seen.superseded).toBeGreaterThan(20);
  expect(seen.longest).toBeGreaterThanOrEqual(6);
  // Nothing here lets time run out, or calls on a reporter.
  expect(measures.filter((measure) => !seen.measures.has(measure))).toEqual(['overdue', 'unrated', 'visited', 'notReached']);
});
