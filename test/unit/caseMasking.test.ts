import fc from 'fast-check';
import { maySeeReporter, type Case } from '../../subgraphs/community/domain/case.js';
import { decideCase, submitCase } from '../../subgraphs/community/domain/caseDecisions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { maskIdNumber, maskName, maskPhone } from '../../subgraphs/shared/domain/mask.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { scalars } from '../../subgraphs/shared/graphql/scalars.js';
import { demand, people, places } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

const { PhoneNumber } = scalars;

it.each([
  ['13812345678', '138****5678'],
  ['+8613812345678', '861****5678'],
  ['0551-62345678', '055****5678'],
  ['62345678', '******78'],
  ['12345', '***45'],
])('masks the phone number %s as %s', (phone, masked) => {
  expect(PhoneNumber.parseValue(phone)).toBe(phone);
  expect(maskPhone(phone)).toBe(masked);
});

it('masks every phone number that is accepted so that it may be shown, and hides at least three digits', () => {
  const accepted = [/^\+?\d{5,15}$/, /^0\d{2,3}-\d{7,8}$/].map((form) => fc.stringMatching(form));
  fc.assert(fc.property(fc.oneof(...accepted), (phone) => {
    const masked = maskPhone(phone);
    expect(PhoneNumber.serialize(masked)).toBe(masked);
    expect(phone.replace(/\D/g, '').length - masked.replace(/\D/g, '').length).toBeGreaterThanOrEqual(3);
  }));
});

it.each([['王小明', '王**'], ['欧', '欧*'], ['欧阳小明', '欧***'], ['𠮷田', '𠮷*']])('masks the name %s as %s', (name, masked) => {
  expect(maskName(name)).toBe(masked);
});

it('masks an ID number but for its first and last four characters', () => {
  expect(maskIdNumber('34010319900101123X')).toBe('3401**********123X');
});

const calendar = chineseCalendar({ version: 'test' });
const now = new Date('2026-03-02T02:00:00Z');

function ofResident(): Case {
  const { community, channel, demandType, category, title, detail } = demand;
  const result = submitCase({
    id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType, channel, category, title, detail,
    sourceId: null, reportedAt: null, reporter: { id: null, name: '王小明', phone: '13812345678', idNumber: null },
    place: { community, grid: null, address: null, longitude: null, latitude: null },
  }, people.resident, now);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.next;
}

function forwarded(): Case {
  return (['ACCEPT', 'FORWARD'] as const).reduce((subject, action) => {
    const result = decideCase(subject, action, { note: null }, people.clerk, now, calendar);
    if (!result.ok) throw new Error(result.error.message);
    return result.value.next;
  }, ofResident());
}

it.each<[string, Actor, boolean, boolean]>([
  ['the reporter', people.resident, true, true],
  ['another resident', actor('RESIDENT', null, 'somebody-else'), false, false],
  ['the clerk of its community', people.clerk, true, true],
  ['the clerk of another community', actor('COMMUNITY_CLERK', places.sibling), false, false],
  ['the street that has it', people.street, false, true],
  ['another street', actor('STREET_CLERK', places.otherStreet), false, false],
  ['the district above', people.district, false, false],
  ['the city above', people.city, false, false],
  ['a unit of the street that has it', people.streetUnit, false, false],
  ['the grid worker of its grid', people.gridWorker, false, false],
  ['the auditor', people.auditor, false, false],
])('shows who reported it to %s only while that one handles it', (_who, who, atCommunity, atStreet) => {
  expect([maySeeReporter(ofResident(), who), maySeeReporter(forwarded(), who)]).toEqual([atCommunity, atStreet]);
});
