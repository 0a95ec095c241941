import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { handoverActions, type Holder } from '../../subgraphs/shared/domain/handover.js';
import { availability, findTransition } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { holderOf, maySee, toDoKeys, waitsFor, type Case, type Channel } from '../../subgraphs/community/domain/case.js';
import { caseTransitions, type CaseAction } from '../../subgraphs/community/domain/case.transitions.js';
import {
  applyReportedStep, caseMachine, decideCase, fireAlarm, submitCase, type ActionInput, type CaseDecision,
} from '../../subgraphs/community/domain/caseDecisions.js';
import { noticeKinds, noticeText, noticesFor } from '../../subgraphs/community/domain/notice.js';
import { nextTry } from '../../subgraphs/community/domain/noticeRetry.js';
import { readWebhookSettings } from '../../subgraphs/community/notices/environment.js';
import { noticeEvent, noticeSignature } from '../../subgraphs/community/notices/webhook.js';
import { actor } from '../kit/identity.js';

const rules = { calendar: chineseCalendar({ version: 'test' }), policy: defaultPolicy };
const community = '340103001001';
const grid = `${community}001`;
const resident = actor('RESIDENT');
const worker = actor('GRID_WORKER', grid);
const start = new Date('2026-03-02T01:00:00Z');

const submitted = (by: Actor = resident, channel: Channel = 'WEB'): CaseDecision => {
  const decision = submitCase({
    id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType: 'COMPLAINT', channel, category: '城乡建设',
    title: '王小明家路灯不亮', detail: '电话 13812345678', sourceId: null, reportedAt: null,
    place: { community, grid: null, address: '望江路 8 号', longitude: null, latitude: null },
    reporter: { id: null, name: '王小明', phone: '13812345678', idNumber: '340103199001011234' },
  }, by, start, rules);
  if (!decision.ok) throw new Error(decision.error.message);
  return decision.value;
};

const told = ({ notices }: CaseDecision): string[] => notices.map(({ recipient, kind }) => `${recipient} ${kind}`);

const input: ActionInput = {
  note: '王小明,13812345678', otherWay: '拨打 12345', outcome: 'SOLVED', workDays: 3, granted: true, reviewAt: new Date('2026-05-01T00:00:00Z'),
  rating: { responded: true, solved: true, satisfaction: 5, comment: null },
};

function decide(before: Case, action: CaseAction, by: Actor, more: Partial<ActionInput> = {}, at = start): CaseDecision {
  const decision = decideCase(before, action, { ...input, ...more }, by, at, rules);
  if (!decision.ok) throw new Error(decision.error.message);
  return decision.value;
}

const clerk = actor('COMMUNITY_CLERK', community);
const street = actor('STREET_CLERK', '340103001');
const district = actor('DISTRICT_OFFICER', '340103');
const accepted = decide(submitted().next, 'ACCEPT', clerk).next;
const inProgress = decide(accepted, 'HANDLE', clerk).next;
const resolved = decide(inProgress, 'RESOLVE', clerk).next;
const askedForTime = decide(inProgress, 'REQUEST_EXTENSION', clerk).next;
const askedToSuspend = decide(inProgress, 'REQUEST_SUSPENSION', clerk).next;

it.each<[string, () => CaseDecision, string[]]>([
  ['a submission', () => submitted(), [`COMMUNITY:${community} NEW_ON_LIST`]],
  ['an acceptance', () => decide(submitted().next, 'ACCEPT', clerk), ['RESIDENT:RESIDENT ACCEPTED']],
  ['a refusal', () => decide(submitted().next, 'DECLINE', clerk), ['RESIDENT:RESIDENT DECLINED']],
  ['a question', () => decide(accepted, 'REQUEST_INFO', clerk), ['RESIDENT:RESIDENT INFO_WANTED']],
  ['an answer', () => decide(decide(accepted, 'REQUEST_INFO', clerk).next, 'SUPPLY_INFO', resident), [`COMMUNITY:${community} NEW_ON_LIST`]],
  ['a hand-over', () => decide(accepted, 'FORWARD', clerk), ['STREET:340103001 NEW_ON_LIST']],
  ['a hand-over to a unit', () => decide(accepted, 'DISPATCH', clerk, { unit: `${community}-01` }), [`UNIT:${community}-01 NEW_ON_LIST`]],
  ['a resolution', () => decide(inProgress, 'RESOLVE', clerk), ['RESIDENT:RESIDENT RESOLVED']],
  ['a bad rating', () => decide(resolved, 'RATE', resident, { rating: { responded: true, solved: false, satisfaction: 1, comment: null } }),
    ['RESIDENT:RESIDENT REWORK', `COMMUNITY:${community} NEW_ON_LIST`]],
  ['a good rating', () => decide(resolved, 'RATE', resident), []],
  ['an extension', () => decide(askedForTime, 'DECIDE_EXTENSION', street), ['RESIDENT:RESIDENT EXTENDED', `COMMUNITY:${community} EXTENSION_GRANTED`]],
  ['a refused extension', () => decide(askedForTime, 'DECIDE_EXTENSION', street, { granted: false }), [`COMMUNITY:${community} EXTENSION_REFUSED`]],
  ['a suspension', () => decide(askedToSuspend, 'DECIDE_SUSPENSION', district), ['RESIDENT:RESIDENT SUSPENDED', `COMMUNITY:${community} SUSPENSION_GRANTED`]],
  ['a refused suspension', () => decide(askedToSuspend, 'DECIDE_SUSPENSION', district, { granted: false }), [`COMMUNITY:${community} SUSPENSION_REFUSED`]],
  ['a resumption', () => decide(decide(askedToSuspend, 'DECIDE_SUSPENSION', district).next, 'RESUME', district),
    ['RESIDENT:RESIDENT RESUMED', `COMMUNITY:${community} RESUMED`]],
  ["a superior's escalation", () => decide(inProgress, 'ESCALATE', district), [`COMMUNITY:${community} ESCALATED`, 'DISTRICT:340103 ESCALATED']],
])('tells those whom %s concerns', (_step, decision, expected) => {
  expect(told(decision())).toEqual(expected);
});

/** Lets the clocks run for as many days and gives each alarm's notices. */
function alarmsAfter(subject: Case, days: number): string[][] {
  const at = new Date(start.getTime() + days * 86_400_000);
  const heard: string[][] = [];
  for (let current = subject, alarm = fireAlarm(current, at, rules); alarm; alarm = fireAlarm(current, at, rules)) {
    heard.push(told(alarm));
    current = alarm.next;
  }
  return heard;
}

it('warns the holder, then tells it of being overdue and each level above of the escalation', () => {
  expect(alarmsAfter(submitted().next, 2)).toEqual([
    [`COMMUNITY:${community} WARNED`], [`COMMUNITY:${community} OVERDUE`, 'STREET:340103001 ESCALATED'],
  ]);
  expect(alarmsAfter(submitted().next, 30).slice(2)).toEqual([
    [`COMMUNITY:${community} OVERDUE`, 'DISTRICT:340103 ESCALATED'], [`COMMUNITY:${community} OVERDUE`, 'CITY:3401 ESCALATED'],
  ]);
});

it('tells the reporter when silence closes the case or ends the waiting', () => {
  expect(alarmsAfter(resolved, 20)).toEqual([['RESIDENT:RESIDENT CLOSED_UNRATED']]);
  expect(alarmsAfter(decide(accepted, 'REQUEST_INFO', clerk).next, 40)).toEqual([['RESIDENT:RESIDENT LAPSED']]);
});

it('tells the grid worker who found it, whoever resolves it', () => {
  const found = decide(submitted(worker, 'GRID_WORKER').next, 'ACCEPT', clerk).next;
  const { notices } = decide(decide(found, 'HANDLE', clerk).next, 'RESOLVE', clerk);
  expect(notices.map(({ recipient }) => recipient)).toEqual([`GRID_WORKER:${worker.id}`]);
  const atStreet = decide(found, 'FORWARD', clerk).next;
  const signed = applyReportedStep(atStreet, reported(atStreet, 'SIGN', null), rules).next;
  expect(told(applyReportedStep(signed, reported(signed, 'RESOLVE', null), rules)))
    .toEqual([`GRID_WORKER:${worker.id} RESOLVED`]);
});

it('asks the community where the reporter has not signed in', () => {
  const heard = decide(decide(submitted(clerk, 'COUNTER').next, 'ACCEPT', clerk).next, 'FORWARD', clerk).next;
  const signed = applyReportedStep(heard, reported(heard, 'SIGN', null), rules).next;
  expect(told(applyReportedStep(signed, reported(signed, 'RESOLVE', null), rules))).toEqual([`COMMUNITY:${community} NEW_ON_LIST`]);
});

it('tells nobody of a step that came too late', () => {
  const withdrawn = decide(decide(accepted, 'FORWARD', clerk).next, 'WITHDRAW', resident).next;
  const late = applyReportedStep(withdrawn, { ...reported(withdrawn, 'SIGN', null), level: 'STREET', rung: 2 }, rules);
  expect([late.entry.superseded, late.notices]).toEqual([true, []]);
});

it('names the case by its number alone', () => {
  const { notices } = decide(decide(accepted, 'REQUEST_INFO', clerk).next, 'SUPPLY_INFO', resident);
  const bodies = notices.map((notice) => JSON.stringify(noticeEvent({ ...notice, id: 'n-1' })));
  expect(bodies).toHaveLength(1);
  for (const secret of ['王小明', '13812345678', '340103199001011234', '望江路', '路灯']) expect(bodies.join()).not.toContain(secret);
});

const ofConferences: readonly string[] = ['INVITED', 'ASSIGNED', 'REPORTED', 'SENT_BACK', 'CANCELLED'];

it.each(noticeKinds)('has both languages for %s', (kind) => {
  expect(noticeText({ number: 'HF260302-7K3M9Q', kind })).toMatch(/^案件 HF260302-7K3M9Q [^a-zA-Z]+。 \/ Case HF260302-7K3M9Q [\x20-\x7e]+\.$/);
});

it('has the kinds of the code in the SDL', () => {
  const definition = readSdl('community').definitions.find((node) => node.kind === 'EnumTypeDefinition' && node.name.value === 'NoticeKind');
  expect(definition?.kind === 'EnumTypeDefinition' && definition.values?.map(({ name }) => name.value)).toEqual([...noticeKinds]);
});

const units = [`${community}-01`, '340103001-01', '340103-02', '3401-01'];
const hands: readonly Actor[] = [
  resident, worker, clerk, street, district, actor('CITY_OFFICER', '3401'), ...units.map((unit) => actor('DEPARTMENT_OFFICER', unit)),
];
const bystanders: readonly Actor[] = [
  actor('RESIDENT', null, 'another'), actor('RESIDENT', null, worker.id), actor('GRID_WORKER', null, resident.id),
  actor('GRID_WORKER', `${community}002`), actor('COMMUNITY_CLERK', '340103001002'), actor('STREET_CLERK', '340103002'),
  actor('DISTRICT_OFFICER', '340102'), actor('DEPARTMENT_OFFICER', '340103-04'), actor('AUDITOR', '3401'), actor('INTEGRATOR', '3401'),
];

const reported = (subject: Case, action: (typeof handoverActions)[number], target: Holder | null): Parameters<typeof applyReportedStep>[1] => {
  const { level } = holderOf(subject);
  return {
    action, level: level === 'COMMUNITY' ? 'STREET' : level, rung: subject.chain.at(-1)?.rung ?? 1, at: start,
    by: { id: 'somebody', role: null, area: null, unit: null }, note: '说明', target, proposedOwner: null, outcome: 'SOLVED',
  };
};
const targets: readonly Holder[] = [
  { level: 'STREET', area: '340103001', unit: null }, { level: 'DISTRICT', area: '340103', unit: null },
  ...units.slice(1).map((unit, i): Holder => ({ level: (['STREET', 'DISTRICT', 'CITY'] as const)[i] ?? 'CITY', area: unit.split('-')[0] ?? '', unit })),
];

/** Each number picks one of what is possible then. */
const own = fc.record({ pick: fc.nat(), unit: fc.constantFrom(null, `${community}-01`), granted: fc.boolean(), satisfied: fc.boolean() });
const elsewhere = fc.record({ there: fc.nat(), target: fc.constantFrom(...targets) });
const waits = fc.record({ days: fc.constantFrom(1, 5, 40) });
const histories = fc.array(
  fc.oneof({ arbitrary: own, weight: 6 }, { arbitrary: elsewhere, weight: 4 }, { arbitrary: waits, weight: 1 }), { minLength: 20, maxLength: 80 },
);

/** Of another community of the street, whose clerks see nothing of the case that is merged into it. */
const lead: Case = {
  ...accepted, id: 'case-2', place: { ...accepted.place, community: '340103001002' },
  chain: accepted.chain.map((link) => ({ ...link, holder: { level: 'COMMUNITY', area: '340103001002', unit: null } })),
};

const oneOf = <T>(all: readonly T[], pick: number): T | undefined => all[pick % all.length];

/** Told of applications alone, which these histories are not of. */
const ofApplications: readonly string[] = ['APPROVED', 'REFUSED'];

it('tells nobody of a case they may not see, and each recipient once a step, whatever happens to the case', () => {
  const seen = new Set<string>();
  const check = (before: Case | null, { next, entry, notices }: CaseDecision): Case => {
    const recipients = notices.map(({ recipient }) => recipient);
    expect(new Set(recipients).size).toBe(recipients.length);
    const waiting = waitsFor(next);
    if (waiting !== null && !entry.superseded && waiting !== (before && waitsFor(before))) expect(recipients).toContain(waiting);
    for (const { recipient, kind, seq } of notices) {
      seen.add(kind);
      expect(seq).toBe(next.version);
      const readers = [...hands, ...bystanders].filter((one) => toDoKeys(one).includes(recipient));
      expect(readers.length).toBeGreaterThan(0);
      for (const reader of readers) expect([recipient, reader.role, maySee(next, reader)]).toEqual([recipient, reader.role, true]);
    }
    return next;
  };
  fc.assert(fc.property(fc.boolean(), histories, (byWorker, steps) => {
    let subject = check(null, byWorker ? submitted(worker, 'GRID_WORKER') : submitted());
    let at = start;
    for (const step of steps) {
      if ('days' in step) {
        at = new Date(at.getTime() + step.days * 86_400_000);
        for (let alarm = fireAlarm(subject, at, rules, lead); alarm; alarm = fireAlarm(subject, at, rules, lead)) subject = check(subject, alarm);
      } else if ('there' in step) {
        const action = oneOf(handoverActions.filter((one) => findTransition(caseTransitions, subject.state, one) !== undefined), step.there);
        if (!action || holderOf(subject).level === 'COMMUNITY') continue;
        const handsOn = ['FORWARD', 'DISPATCH', 'REDISPATCH'].includes(action);
        subject = check(subject, applyReportedStep(subject, reported(subject, action, handsOn ? step.target : null), rules));
      } else {
        const possible = hands.flatMap((by) => availability(caseMachine, subject, by, at)
          .flatMap(({ action, available }) => (available && action !== 'WITHDRAW' && action !== 'DECLINE' ? [{ action, by }] : [])));
        const chosen = oneOf(possible, step.pick);
        const decision = chosen && decideCase(subject, chosen.action, {
          ...input, unit: step.unit, granted: step.granted, reviewAt: new Date(at.getTime() + 86_400_000), lead,
          rating: { responded: true, solved: step.satisfied, satisfaction: step.satisfied ? 5 : 1, comment: null },
        }, chosen.by, at, rules);
        if (decision?.ok) subject = check(subject, decision.value);
      }
    }
  }), { numRuns: 80, seed: 7 });
  expect([...seen].toSorted()).toEqual(noticeKinds.filter((kind) => kind !== 'DECLINED' && !ofConferences.includes(kind) && !ofApplications.includes(kind)).toSorted());
});

it('drops a recipient for whom the case does not exist', () => {
  const stranger: Holder = { level: 'STREET', area: '340103001', unit: '340103001-01' };
  const subject: Case = { ...askedForTime, extension: askedForTime.extension && { ...askedForTime.extension, holder: stranger } };
  const step = { seq: 9, at: start, action: 'DECIDE_EXTENSION', to: 'IN_PROGRESS', by: { role: 'STREET_CLERK' } } as const;
  expect(noticesFor(subject, subject, step)).toEqual([]);
});

it('tries again after pauses that double up to an hour, and parks after a day', () => {
  const after = (attempts: number): number | undefined => {
    const next = nextTry(attempts, start, start);
    return next ? (next.getTime() - start.getTime()) / 1_000 : undefined;
  };
  expect([0, 1, 2, 11, 12, 60].map(after)).toEqual([1, 2, 4, 2_048, 3_600, 3_600]);
  const day = start.getTime() + 86_400_000;
  expect(nextTry(30, start, new Date(day - 1))).not.toBeNull();
  expect(nextTry(30, start, new Date(day))).toBeNull();
});

it('signs the time and the body', () => {
  const expected = createHmac('sha256', 'secret').update(`${start.getTime() / 1_000}.{"id":"1"}`).digest('hex');
  expect(noticeSignature('secret', '{"id":"1"}', start)).toBe(`t=${start.getTime() / 1_000},v1=${expected}`);
});

const secret = 's'.repeat(32);

it('has no webhook unless it is configured, and takes https or this machine', () => {
  expect(readWebhookSettings({})).toBeNull();
  for (const url of ['https://notices.example/in', 'http://127.0.0.1:9000/in', 'http://localhost:9000/', 'http://[::1]:9000/']) {
    expect(readWebhookSettings({ NOTICE_WEBHOOK_URL: url, NOTICE_WEBHOOK_SECRET: secret })).toEqual({ url, secret });
  }
});

it.each([
  ['no address', { NOTICE_WEBHOOK_URL: 'notices', NOTICE_WEBHOOK_SECRET: secret }, /^NOTICE_WEBHOOK_URL: must start with https:/],
  ['plain http to elsewhere', { NOTICE_WEBHOOK_URL: 'http://10.0.0.1/', NOTICE_WEBHOOK_SECRET: secret }, /^NOTICE_WEBHOOK_URL: must start with https:/],
  ['a host that only begins like this machine', { NOTICE_WEBHOOK_URL: 'http://127.0.0.1.example.org/', NOTICE_WEBHOOK_SECRET: secret }, /^NOTICE_WEBHOOK_URL/],
  ['a password in the address', { NOTICE_WEBHOOK_URL: 'https://a:b@example.org/', NOTICE_WEBHOOK_SECRET: secret }, /^NOTICE_WEBHOOK_URL: must carry no/],
  ['a short secret', { NOTICE_WEBHOOK_URL: 'https://example.org/', NOTICE_WEBHOOK_SECRET: 'short-one' }, /^NOTICE_WEBHOOK_SECRET: must have at least 32/],
  ['no secret', { NOTICE_WEBHOOK_URL: 'https://example.org/' }, /^NOTICE_WEBHOOK_SECRET/],
  ['a secret without an address', { NOTICE_WEBHOOK_SECRET: secret }, /^NOTICE_WEBHOOK_URL: must be set/],
])('refuses %s in one sentence that keeps the secret', (_what, environment, sentence) => {
  const refusal = (() => {
    try {
      readWebhookSettings(environment);
      return 'accepted';
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(refusal).toMatch(sentence);
  expect(refusal).not.toContain('\n');
  for (const hidden of [secret, 'short-one', 'a:b']) expect(refusal).not.toContain(hidden);
});
