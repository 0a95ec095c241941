import fc from 'fast-check';
import { isOpen, levelHolder, type Case } from '../../subgraphs/community/domain/case.js';
import type { CaseAction } from '../../subgraphs/community/domain/case.transitions.js';
import { caseMachine, decideCase, fireAlarm, submitCase, type CaseDecision } from '../../subgraphs/community/domain/caseDecisions.js';
import { checkLead, chainOfLead, maxMembers } from '../../subgraphs/community/domain/merge.js';
import { withCompany } from '../../subgraphs/community/domain/mergedCases.js';
import { actOnCase, type ActDeps } from '../../subgraphs/community/usecases/actOnCase.js';
import { fireAlarms } from '../../subgraphs/community/usecases/fireAlarms.js';
import type { CaseRepository } from '../../subgraphs/community/usecases/ports.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { defaultDutyList, defaultDutyListVersion } from '../../subgraphs/shared/domain/dutyList.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { state as clockState } from '../../subgraphs/shared/domain/clock.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import type { Result } from '../../subgraphs/shared/domain/result.js';
import { availability } from '../../subgraphs/shared/domain/stateMachine.js';
import { people, places, satisfied, solved, units } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

const { clerk, street, district } = people;
const rules = { calendar: chineseCalendar({ version: 'test' }), policy: defaultPolicy };
const now = new Date('2026-03-02T02:00:00Z');
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);

function submitted(n: number, community: string = places.community): CaseDecision {
  const decision = submitCase({
    id: `case-${n}`, number: `HF260302-00000${n}`, kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'WEB', category: '城乡建设',
    title: '路灯不亮', detail: '东门三盏路灯一周不亮', sourceId: null, reportedAt: null,
    place: { community, grid: null, address: null, longitude: null, latitude: null },
    reporter: { id: null, name: null, phone: null, idNumber: null },
  }, actor('RESIDENT', null, `resident-${n}`), now, rules);
  if (!decision.ok) throw new Error(decision.error.message);
  return decision.value;
}

const input = { note: '说明', outcome: 'SOLVED' } as const;
function act(subject: Case, action: CaseAction, who: Actor, more: object = {}): CaseDecision {
  const decision = decideCase(subject, action, { ...input, ...more }, who, now, rules);
  if (!decision.ok) throw new Error(decision.error.message);
  return decision.value;
}
const inProgress = (n: number, community?: string): Case => {
  const own = actor('COMMUNITY_CLERK', community ?? places.community);
  return act(act(submitted(n, community).next, 'ACCEPT', own).next, 'HANDLE', own).next;
};
const lead: Case = inProgress(1);
const member: Case = act(inProgress(2), 'MERGE', street, { lead }).next;

describe('the case that leads', () => {
  it.each<[string, Case | null, string, string]>([
    ['none', null, 'NOT_FOUND', '没有要并入'],
    ['the case itself', inProgress(2), 'INVALID_INPUT', '自身'],
    ['one of another street', inProgress(1, places.otherCommunity), 'OUT_OF_SCOPE', '同一街道'],
    ['one that nobody has accepted', submitted(1).next, 'TRANSITION_NOT_ALLOWED', '先受理'],
    ['one that is merged itself', { ...member, id: 'case-3' }, 'TRANSITION_NOT_ALLOWED', '并入那一件'],
    ['one that is resolved', act(lead, 'RESOLVE', clerk).next, 'TRANSITION_NOT_ALLOWED', '在办'],
    ['one that has all it may', { ...lead, members: maxMembers }, 'TRANSITION_NOT_ALLOWED', '已满'],
  ])('is not %s', (_what, other, code, words) => {
    const error = checkLead(inProgress(2), other);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  it('may be of another community of the street', () => {
    expect(checkLead(inProgress(2), inProgress(1, places.sibling))).toBeNull();
  });

  it('is not merged while it has members, and says what to do first', () => {
    const refused = decideCase({ ...lead, members: 2 }, 'MERGE', { ...input, lead: inProgress(3) }, street, now, rules);
    expect(refused).toMatchObject({ ok: false, error: { code: 'TRANSITION_NOT_ALLOWED', message: expect.stringContaining('先解除并案') as string } });
  });
});

describe('a merged case', () => {
  const office = (level: 'STREET' | 'DISTRICT', unit: string | null = null) => ({ ...levelHolder(places.community, level), unit });
  const linked = (subject: Case, ...holders: readonly Case['chain'][number]['holder'][]): Case => ({
    ...subject,
    chain: [subject.chain[0] as Case['chain'][number], ...holders.map((holder, i) => ({ rung: i + 2, holder, offeredAt: now, signedAt: now }))],
    rungs: holders.length + 1,
  });
  const wayOf = (subject: Case, leading: Case): string[] =>
    chainOfLead(subject, leading, now).chain.map(({ rung, holder: { level, area, unit } }) => `${rung} ${level} ${unit ?? area}`);

  it.each<[string, Case, Case, string[]]>([
    ['the lead was resolved above it', member, linked(lead, office('STREET'), office('DISTRICT', units.district)), [
      `1 COMMUNITY ${places.community}`, `2 STREET ${places.street}`, `3 DISTRICT ${units.district}`,
    ]],
    ['it was higher than its lead', linked(member, office('STREET'), office('DISTRICT')), linked(lead, office('STREET')), [
      `1 COMMUNITY ${places.community}`, `2 STREET ${places.street}`,
    ]],
    ['both went different ways from the street', linked(member, office('STREET'), office('DISTRICT')), linked(lead, office('STREET'), office('STREET', units.street)), [
      `1 COMMUNITY ${places.community}`, `2 STREET ${places.street}`, `4 STREET ${units.street}`,
    ]],
    ['another community did it', member, linked(inProgress(1, places.sibling), { level: 'COMMUNITY', area: places.sibling, unit: `${places.sibling}-01` }), [
      `1 COMMUNITY ${places.community}`,
    ]],
  ])('can be done again by who resolved it when %s', (_what, subject, leading, way) => {
    expect(wayOf(subject, leading)).toEqual(way);
  });

  it('keeps its RESOLVE clock and has no other', () => {
    const open = member.clocks.filter((clock) => clockState(clock) !== 'STOPPED').map(({ name }) => name);
    expect(open).toEqual(['RESOLVE']);
    expect(member.clocks.find(({ name }) => name === 'RESOLVE')).toEqual(inProgress(2).clocks.find(({ name }) => name === 'RESOLVE'));
  });

  it('is accepted by the merge when nobody had, and counts as such once', () => {
    const merged = act(submitted(2).next, 'MERGE', street, { lead });
    expect(merged.next).toMatchObject({ acceptedAt: now, merge: { into: lead.id, stateBefore: 'ACCEPTED' } });
    expect(merged.counts).toEqual([expect.objectContaining({ holder: expect.objectContaining({ area: places.community }) as object, counts: { accepted: 1 } })]);
    const back = act(merged.next, 'UNMERGE', street);
    expect(back.next).toMatchObject({ state: 'ACCEPTED', merge: null });
    expect(back.counts).toEqual([]);
    expect(act(inProgress(2), 'MERGE', street, { lead }).counts).toEqual([]);
  });

  it('is late for who holds the lead, and warns the street that merged it', () => {
    const leading = linked(lead, office('STREET'), office('DISTRICT'));
    const warned = fireAlarm(member, inDays(13), rules, leading);
    expect(warned?.notices.map(({ recipient, kind }) => `${recipient} ${kind}`)).toEqual([
      `DISTRICT:${places.district} WARNED`, `STREET:${places.street} WARNED`,
    ]);
    const late = warned && fireAlarm(warned.next, inDays(30), rules, leading);
    expect(late?.counts).toEqual([expect.objectContaining({ holder: expect.objectContaining({ area: places.district }) as object, counts: { overdue: 1 } })]);
    expect(late?.next).toMatchObject({ state: 'MERGED', escalatedTo: 'CITY' });
  });

  it('goes with its lead: resolved as it was, once for the provider, or back to where it had been', () => {
    const company = { lead: null, members: [member] };
    const leading = { ...lead, members: 1 };
    const resolved = withCompany(leading, act(leading, 'RESOLVE', clerk), company, rules);
    expect(resolved.next.members).toBe(0);
    expect(resolved.also).toEqual([expect.objectContaining({
      next: expect.objectContaining({ state: 'RESOLVED', merge: null, resolution: resolved.next.resolution }) as Case,
      counts: [expect.objectContaining({ holder: expect.objectContaining({ area: places.community }) as object, counts: { resolved: 1 } })],
      notices: [expect.objectContaining({ caseId: member.id, recipient: 'RESIDENT:resident-2', kind: 'RESOLVED' })],
    })]);
    const withdrawn = withCompany(leading, act(leading, 'WITHDRAW', actor('RESIDENT', null, 'resident-1')), company, rules);
    expect(withdrawn.also?.map(({ next, entry }) => [next.state, next.merge, entry.action])).toEqual([['IN_PROGRESS', null, 'UNMERGE']]);
  });
});

/** Cases in memory, saved as the database does it: all of a decision or nothing, each case from the version it was read in. */
function inMemory(start: readonly Case[]) {
  const stored = new Map(start.map((one) => [one.id, one]));
  const steps = new Map(start.map((one) => [one.id, one.version]));
  const repository: Partial<CaseRepository> = {
    byId: async (id) => stored.get(id) ?? null,
    membersOf: async (id) => [...stored.values()].filter(({ merge }) => merge?.into === id),
    claimDue: async () => [...stored.values()],
    async save(decision, expectedVersion) {
      const all = [{ next: decision.next, from: expectedVersion }, ...(decision.also ?? []).map(({ next }) => ({ next, from: next.version - 1 }))];
      await Promise.resolve();
      if (all.some(({ next, from }) => stored.get(next.id)?.version !== from)) return 'STALE';
      expect(new Set(all.map(({ next }) => next.id)).size).toBe(all.length);
      for (const { next } of all) {
        stored.set(next.id, next);
        steps.set(next.id, (steps.get(next.id) ?? 0) + 1);
      }
      return 'SAVED';
    },
  };
  return { stored, steps, repository: repository as CaseRepository };
}

function expectSound(stored: ReadonlyMap<string, Case>): void {
  for (const one of stored.values()) {
    expect(one.state === 'MERGED').toBe(one.merge !== null);
    expect(one.members).toBe([...stored.values()].filter(({ merge }) => merge?.into === one.id).length);
    if (!one.merge) continue;
    const leading = stored.get(one.merge.into);
    expect(leading && isOpen(leading) && leading.merge === null).toBe(true);
  }
}

const deps = (repository: CaseRepository, at: Date): ActDeps => ({
  cases: repository, rules, now: () => at, dutyList: { version: defaultDutyListVersion, list: defaultDutyList },
  directory: { hasUnit: async () => true, hasCommunity: async () => true, hasGrid: async () => true, ended: async () => null, hasCategory: () => true },
  heldMaterials: { forItem: async () => ({ usable: [], lacking: [] }) }, digest: (text) => text,
});

it('never merges two cases into one another, whoever is faster', async () => {
  const { stored, repository } = inMemory([lead, inProgress(2), inProgress(3)]);
  const merge = (id: string, into: string): Promise<Result<Case>> =>
    actOnCase(deps(repository, now), { caseId: id, expectedVersion: stored.get(id)?.version ?? 0, action: 'MERGE', input: { note: null, into } }, street, null);
  const done = await Promise.all([merge('case-1', 'case-2'), merge('case-2', 'case-3'), merge('case-3', 'case-1')]);
  expectSound(stored);
  expect(done.filter(({ ok }) => ok).length).toBeGreaterThan(0);
  expect(done.filter(({ ok }) => ok).length).toBeLessThan(3);
});

it('keeps every member with an open lead, whatever is done to both and however two steps cross', async () => {
  const seen = new Map<string, number>();
  const everybody = [clerk, street, district, ...[1, 2, 3, 4].map((n) => actor('RESIDENT', null, `resident-${n}`))];
  const rating = (bad: boolean) => (bad ? { ...satisfied, solved: false, comment: null } : { ...satisfied, comment: null });

  await fc.assert(fc.asyncProperty(fc.array(fc.nat(1_000_000), { minLength: 10, maxLength: 60 }), async (chances) => {
    const { stored, steps, repository } = inMemory([1, 2, 3, 4].map((n) => submitted(n).next));
    let at = now;
    const step = (chance: number) => async (): Promise<void> => {
      const subject = [...stored.values()][chance % 4] as Case;
      const others = [...stored.keys()].filter((id) => id !== subject.id);
      const possible = everybody.flatMap((who) => availability(caseMachine, subject, who, at).flatMap(({ action, available }) => {
        const isRare = ['WITHDRAW', 'DECLINE', 'FORWARD', 'DISPATCH', 'REQUEST_SUSPENSION', 'ESCALATE', 'SUPERVISE'].includes(action);
        return available && (!isRare || chance % 7 === 0) ? [{ action, who }, ...(action === 'MERGE' ? [{ action, who }] : [])] : [];
      }));
      const chosen = possible[Math.floor(chance / 4) % possible.length];
      if (!chosen) return;
      const { action, who } = chosen;
      const result = await actOnCase(deps(repository, at), {
        caseId: subject.id, expectedVersion: subject.version, action,
        input: {
          ...solved, otherWay: '其他途径', unit: action === 'DISPATCH' ? units.community : null, rating: rating(chance % 3 === 0), workDays: 2, granted: true,
          reviewAt: new Date(at.getTime() + 86_400_000), ...(action === 'MERGE' && { into: others[chance % 3] ?? '' }),
        },
      }, who, null);
      const key = result.ok ? action : `${action} ${result.error.code}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    };
    for (const [i, chance] of chances.entries()) {
      at = new Date(at.getTime() + (chance % 300) * 60_000);
      if (chance % 11 === 0) await fireAlarms(repository, rules, at);
      // Two people, and the clocks, at the same time.
      await Promise.all([step(chance)(), step((chance + i * 7_919) % 1_000_003)(), ...(chance % 5 === 0 ? [fireAlarms(repository, rules, at)] : [])]);
      expectSound(stored);
    }
    for (const { id, version } of stored.values()) expect(steps.get(id)).toBe(version);
  }), { numRuns: 40, seed: 20_260_302, endOnFailure: true });

  for (const key of ['MERGE', 'UNMERGE', 'RESOLVE', 'WITHDRAW', 'RATE', 'MERGE STALE_VERSION', 'MERGE TRANSITION_NOT_ALLOWED']) {
    expect([key, (seen.get(key) ?? 0) > 5]).toEqual([key, true]);
  }
});

it("shows the lead's timeline who joined and left as steps without a name", () => {
  const before = inProgress(2);
  const joined = withCompany(before, act(before, 'MERGE', street, { lead, note: '与 HF260302-000001 相同' }), { lead, members: [] }, rules);
  expect(joined.also).toMatchObject([{ next: { id: lead.id, version: lead.version + 1, members: 1 }, entry: { action: 'MEMBER_JOINED', note: null }, notices: [], messages: [] }]);
  const leading = joined.also?.[0]?.next ?? lead;
  const left = withCompany(joined.next, act(joined.next, 'WITHDRAW', actor('RESIDENT', null, 'resident-2')), { lead: leading, members: [] }, rules);
  expect(left.also).toMatchObject([{ next: { members: 0 }, entry: { action: 'MEMBER_LEFT', note: null } }]);
  expect(left.next.merge).toBeNull();
});
