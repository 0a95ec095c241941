import fc from 'fast-check';
import { covering, isInForce, type Consent } from '../../subgraphs/community/domain/material/consent.js';
import {
  attachFault, attaching, isValidOn, mayReadFor, usable, type Attachment, type Material,
} from '../../subgraphs/community/domain/material/material.js';
import { formatOf, isTaking, startUpload } from '../../subgraphs/community/domain/material/upload.js';
import type { Case } from '../../subgraphs/community/domain/case.js';
import { submitCase } from '../../subgraphs/community/domain/caseDecisions.js';
import { caseStates } from '../../subgraphs/community/domain/case.transitions.js';
import { readScannerSettings } from '../../subgraphs/community/materials/environment.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { demand, people, places } from '../kit/cases.js';

const at = new Date('2026-03-02T02:00:00Z');
const later = (days: number): Date => new Date(at.getTime() + days * 86_400_000);
const material: Material = {
  id: 'm', version: 1, person: people.resident.id, documentType: 'id-card', name: '身份证.pdf', format: 'PDF', size: 9, sha256: 'a'.repeat(64),
  givenAt: at, givenFor: 'first', validUntil: null, state: 'KEPT', scan: 'CLEAN',
};
const consent: Consent = { id: 'c', version: 1, person: material.person, documentTypes: null, items: null, givenAt: at, validUntil: null, withdrawnAt: null };

it.each<[string, number[], string | null]>([
  ['a PDF', [0x25, 0x50, 0x44, 0x46, 0x2d, 0x31], 'PDF'], ['a JPEG', [0xff, 0xd8, 0xff, 0xe0], 'JPEG'],
  ['a PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 'PNG'], ['half a PNG', [0x89, 0x50, 0x4e, 0x47], null],
  ['a program', [0x4d, 0x5a], null], ['a page', [...Buffer.from('<html>')], null], ['a PDF that begins late', [0x20, 0x25, 0x50, 0x44, 0x46, 0x2d], null], ['nothing', [], null],
])('takes %s for what its first bytes are', (_what, head, format) => {
  expect(formatOf(Uint8Array.from(head))).toBe(format);
});

it('takes bytes until an upload expires, and no longer', () => {
  const upload = startUpload({ ...material, givenFor: null }, 'u', 'p', at);
  expect([isTaking(upload, at), isTaking(upload, new Date(upload.expiresAt.getTime() - 1)), isTaking(upload, upload.expiresAt)]).toEqual([true, true, false]);
});

it('is valid through the whole of its last day in Shanghai', () => {
  expect([isValidOn({ validUntil: '2026-03-02' }, '2026-03-02'), isValidOn({ validUntil: '2026-03-02' }, '2026-03-03'), isValidOn({ validUntil: null }, '2099-01-01')])
    .toEqual([true, false, true]);
  const untilToday = { ...consent, validUntil: '2026-03-02' };
  expect(isInForce(untilToday, new Date('2026-03-02T15:59:59Z'))).toBe(true);
  expect(isInForce(untilToday, new Date('2026-03-02T16:00:00Z'))).toBe(false);
});

describe('a consent', () => {
  it.each<[string, Partial<Consent>, string | null, boolean]>([
    ['for everything', {}, 'HOUSING', true],
    ['for everything, where there is no item', {}, null, true],
    ['for the type and the item', { documentTypes: ['id-card'], items: ['HOUSING'] }, 'HOUSING', true],
    ['for another type', { documentTypes: ['photo'] }, 'HOUSING', false],
    ['for another item', { items: ['SCHOOL'] }, 'HOUSING', false],
    ['for an item, where there is none', { items: ['HOUSING'] }, null, false],
    ['not given yet', { givenAt: later(1) }, 'HOUSING', false],
    ['withdrawn at this moment', { withdrawnAt: at }, 'HOUSING', false],
    ['withdrawn later', { withdrawnAt: later(1) }, 'HOUSING', true],
    ['that has ended', { validUntil: '2026-03-01' }, 'HOUSING', false],
  ])('%s covers or not', (_what, more, item, covers) => {
    expect(covering([{ ...consent, ...more }], 'id-card', item, at) !== null).toBe(covers);
  });

  it('is the latest of several, in whatever order they are read', () => {
    const several = [consent, { ...consent, id: 'd', givenAt: later(-1) }, { ...consent, id: 'e', givenAt: later(1) }];
    expect([several, several.toReversed()].map((all) => covering(all, 'id-card', null, later(2))?.id)).toEqual(['e', 'e']);
  });

  it('once withdrawn never covers anything again, whatever it was for', () => {
    const codes = fc.option(fc.array(fc.constantFrom('id-card', 'photo', 'HOUSING'), { minLength: 1 }));
    fc.assert(fc.property(codes, codes, fc.nat(1_000), fc.nat(1_000), (documentTypes, items, withdrawnAfter, after) => {
      const given = { ...consent, documentTypes, items, withdrawnAt: later(withdrawnAfter) };
      expect(covering([given], 'id-card', 'HOUSING', later(withdrawnAfter + after))).toBeNull();
    }));
  });
});

describe('what may be used again', () => {
  it.each<[string, Partial<Material>[], readonly Consent[], string | null, string | null]>([
    ['nothing, where there is nothing', [], [consent], null, 'NONE'],
    ['nothing of another type', [{ documentType: 'photo' }], [consent], null, 'NONE'],
    ['nothing that was removed', [{ state: 'REMOVED' }], [consent], null, 'NONE'],
    ['nothing that is not valid any more', [{ validUntil: '2026-03-01' }], [consent], null, 'EXPIRED'],
    ['nothing without a consent', [{}], [], null, 'NO_CONSENT'],
    ['what a consent covers', [{}], [consent], 'm', null],
    ['what was given for no case, without one', [{ givenFor: null }], [], 'm', null],
    ['the newest that is valid', [{ id: 'new', validUntil: '2026-03-01' }, { id: 'mid' }, {}], [consent], 'mid', null],
    ['an older one that needs no consent', [{ id: 'new' }, { id: 'mid', givenFor: null }], [], 'mid', null],
  ])('is %s', (_what, materials, consents, id, lack) => {
    const [found] = usable(['id-card'], materials.map((more) => ({ ...material, ...more })), consents, { item: 'HOUSING', at, inPerson: true });
    expect([found?.material?.id ?? null, found?.lack]).toEqual([id, lack]);
    expect(found?.consent?.id ?? null).toBe(id !== null && found?.material?.givenFor !== null ? 'c' : null);
  });

  it('is answered for each type asked for, in that order', () => {
    expect(usable(['photo', 'id-card', 'photo'], [material], [consent], { item: null, at, inPerson: true }).map(({ documentType, lack }) => [documentType, lack]))
      .toEqual([['photo', 'NONE'], ['id-card', null], ['photo', 'NONE']]);
  });
});

it('is for nobody else to use, or to know of, without a consent', () => {
  const found = (materials: readonly Material[], consents: readonly Consent[]) => usable(['id-card'], materials, consents, { item: 'HOUSING', at, inPerson: false });
  const unused = { ...material, givenFor: null };
  for (const materials of [[], [unused], [{ ...unused, validUntil: '2026-03-01' }]]) expect(found(materials, [])).toMatchObject([{ material: null, lack: 'NO_CONSENT' }]);
  expect(found([unused], [consent])).toMatchObject([{ material: { id: 'm' }, consent: { id: 'c' }, lack: null }]);
  const command = { caseId: 'second', person: material.person, item: 'HOUSING', materialIds: ['m'], by: people.clerk, at };
  expect(attaching(unused, [], command)).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  expect(attaching(unused, [consent], command)).toMatchObject({ next: { givenFor: 'second' }, attachment: { basis: 'REUSED', consentId: 'c' } });
});

it('attaches what is new to it as given, and all else as used again', () => {
  const command = { caseId: 'second', person: material.person, item: 'HOUSING', materialIds: ['m'], by: people.resident, at };
  expect(attaching({ ...material, givenFor: null }, [], command)).toMatchObject({ next: { givenFor: 'second', version: 2 }, attachment: { basis: 'GIVEN', consentId: null } });
  expect(attaching({ ...material, givenFor: 'second' }, [], command)).toMatchObject({ attachment: { basis: 'GIVEN' } });
  expect(attaching(material, [consent], command)).toMatchObject({ next: { givenFor: 'first' }, attachment: { id: 'second:m', basis: 'REUSED', consentId: 'c' } });
  expect(attaching(material, [], command)).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  expect(attaching({ ...material, validUntil: '2026-03-01' }, [consent], command)).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  expect([[], ['a', 'a'], Array.from({ length: 31 }, (_, i) => `${i}`)].map((materialIds) => attachFault({ materialIds }, 'materialIds')?.code))
    .toEqual(['INVALID_INPUT', 'INVALID_INPUT', 'INVALID_INPUT']);
});

describe('an officer may read', () => {
  const { resident, clerk, street } = people;
  const submitted = submitCase({
    ...demand, id: 'second', number: 'HF260302-AAAAAA', kind: 'APPLICATION', demandType: null, serviceItem: 'HOUSING', urgency: 'NORMAL',
    place: { community: places.community, grid: null, address: null, longitude: null, latitude: null },
    reporter: { id: resident.id, name: null, phone: null, idNumber: null }, sourceId: null, reportedAt: null,
  }, resident, at, { policy: defaultPolicy });
  if (!submitted.ok) throw new Error(submitted.error.message);
  const subject: Case = submitted.value.next;
  const attachment: Attachment = { id: 'second:m', caseId: 'second', materialId: 'm', person: resident.id, item: 'HOUSING', basis: 'REUSED', consentId: 'c', attachedAt: at };
  const given: Attachment = { ...attachment, basis: 'GIVEN', consentId: null };

  it('while the office holds the case and it is open, by a consent in force or what was given', () => {
    expect(mayReadFor(material, { attachment, subject }, [consent], clerk, at)).toBe(true);
    expect(mayReadFor(material, { attachment, subject }, [], clerk, at)).toBe(false);
    expect(mayReadFor(material, { attachment, subject }, [{ ...consent, id: 'another' }], clerk, at)).toBe(true);
    expect(mayReadFor(material, { attachment: given, subject }, [], clerk, at)).toBe(true);
    expect(mayReadFor({ ...material, state: 'REMOVED' }, { attachment: given, subject }, [consent], clerk, at)).toBe(false);
    expect([street, people.auditor, people.city, people.gridWorker, resident].map((who) => mayReadFor(material, { attachment: given, subject }, [consent], who, at)))
      .toEqual([false, false, false, false, false]);
  });

  it('in no state in which nobody works on it', () => {
    const readable = caseStates.filter((state) => mayReadFor(material, { attachment: given, subject: { ...subject, state } }, [], clerk, at));
    expect(caseStates.filter((state) => !readable.includes(state)).toSorted()).toEqual(['CLOSED', 'DECLINED', 'MERGED', 'RESOLVED', 'WITHDRAWN']);
  });
});

describe('MATERIAL_CLAMD_URL', () => {
  it('names a scanner, or none', () => {
    expect(readScannerSettings({})).toBeNull();
    expect(readScannerSettings({ MATERIAL_CLAMD_URL: 'tcp://clamav:3311' })).toEqual({ host: 'clamav', port: 3311 });
    expect(readScannerSettings({ MATERIAL_CLAMD_URL: 'tcp://[::1]' })).toEqual({ host: '::1', port: 3310 });
  });

  it.each(['clamav:3310', 'http://clamav', 'tcp://', 'tcp://me:secret@clamav', 'tcp://clamav/path', 'tcp://clamav?x=1'])('is not %s', (value) => {
    expect(() => readScannerSettings({ MATERIAL_CLAMD_URL: value })).toThrow(/^MATERIAL_CLAMD_URL: must name the host and port/);
  });
});
