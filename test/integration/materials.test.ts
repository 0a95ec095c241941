// The vault's storage: bytes in pieces, and what is attached in the transaction of whoever attaches it.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { openEventCollections } from '../../subgraphs/shared/events/collections.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import { createTransactions, within, type TransactionRunner } from '../../subgraphs/shared/persistence/transactions.js';
import { ended, pieceBytes, startUpload, finished } from '../../subgraphs/community/domain/material/upload.js';
import { openContent } from '../../subgraphs/community/persistence/material/content.js';
import { openMaterials, type MaterialStore } from '../../subgraphs/community/persistence/material/material.repository.js';
import type { ContentStore } from '../../subgraphs/community/usecases/ports.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';
import { actor } from '../kit/identity.js';

const at = new Date('2026-03-02T02:00:00Z');
let database: TestDatabase;
let transactions: TransactionRunner;
let store: MaterialStore;
let content: ContentStore;
beforeAll(async () => {
  database = await testDatabase('materials');
  const { connection } = database;
  transactions = createTransactions({ connection, source: 'community', events: await openEventCollections(connection), deliver: async () => undefined });
  store = await openMaterials(connection, { receipts: await openReceipts(connection) });
  content = await openContent(connection);
  await connection.createCollection('cases');
});
afterAll(() => database.drop());

const materials = () => store.repository(transactions);
let numbers = 0;
/** A resident with a document that was given for another case. */
async function kept(): Promise<{ readonly who: Actor; readonly id: string }> {
  const who = actor('RESIDENT', null, `resident-${(numbers += 1)}`);
  const announced = { documentType: 'photo', name: 'a.png', format: 'PNG', size: 3, sha256: String(numbers).padStart(64, '0'), givenFor: null, validUntil: null } as const;
  const upload = startUpload(announced, `upload-${numbers}`, who.id, at);
  await materials().start(upload, null);
  await materials().keep(ended(upload, 'FINISHED'), finished(upload, 'earlier', 'CLEAN', at), null);
  return { who, id: upload.id };
}
const consentOf = ({ id: person }: Actor) =>
  ({ id: `consent-of-${person}`, version: 1, person, documentTypes: null, items: ['HOUSING'], givenAt: at, validUntil: null, withdrawnAt: null });
const command = (who: Actor, id: string) => ({ caseId: `case-of-${who.id}`, person: who.id, item: 'HOUSING', materialIds: [id], by: who, at });
const traces = async (who: Actor) => Promise.all([
  database.connection.collection('cases').countDocuments({ person: who.id }), database.connection.collection('materialAttachments').countDocuments({ person: who.id }),
  database.connection.collection('materialReads').countDocuments({ 'by.id': who.id }),
]);

describe('documents are attached in the transaction of the case', () => {
  const submit = (who: Actor, id: string, then: () => void = () => undefined) => transactions.run(async (unit) => {
    await database.connection.collection('cases').insertOne({ person: who.id }, { session: unit.session });
    const attached = await store.repository(within(unit)).attach(command(who, id), null);
    if (!attached.ok) throw new Error(attached.error.code);
    then();
    return attached.value;
  });

  it('and say what they rest on', async () => {
    const { who, id } = await kept();
    await materials().giveConsent(consentOf(who), null);
    expect(await submit(who, id)).toEqual([
      { id: `case-of-${who.id}:${id}`, caseId: `case-of-${who.id}`, materialId: id, person: who.id, item: 'HOUSING', basis: 'REUSED', consentId: `consent-of-${who.id}`, attachedAt: at },
    ]);
    expect(await traces(who)).toEqual([1, 1, 1]);
  });

  it('and with it not at all, when it fails afterwards or they are refused', async () => {
    const { who, id } = await kept();
    await expect(submit(who, id)).rejects.toThrow('TRANSITION_NOT_ALLOWED');
    await materials().giveConsent(consentOf(who), null);
    await expect(submit(who, id, () => { throw new Error('given up'); })).rejects.toThrow('given up');
    expect(await traces(who)).toEqual([0, 0, 0]);
    expect((await materials().byId(id))?.version).toBe(1);
  });

  it('once, however many attach them at the same time', async () => {
    const { who, id } = await kept();
    await materials().giveConsent(consentOf(who), null);
    const all = await Promise.all(Array.from({ length: 4 }, () => materials().attach(command(who, id), null)));
    expect(all.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect((await traces(who)).slice(1)).toEqual([1, 1]);
  });
});

it('keeps an upload once, whoever finishes it first, and gives its place back once', async () => {
  const { who } = await kept();
  const upload = startUpload({ documentType: 'photo', name: 'b.png', format: 'PNG', size: 5, sha256: 'f'.repeat(64), givenFor: null, validUntil: null }, 'twice', who.id, at);
  await materials().start(upload, null);
  const [kept1, kept2, given] = await Promise.all([
    materials().keep(ended(upload, 'FINISHED'), finished(upload, null, 'CLEAN', at), null),
    materials().keep(ended(upload, 'FINISHED'), finished(upload, null, 'CLEAN', at), null),
    materials().giveUp(ended(upload, 'CANCELLED'), at, null),
  ]);
  expect([kept1, kept2, given].filter(Boolean)).toHaveLength(1);
  const vault = await database.connection.collection('materialVaults').findOne({ _id: who.id } as object);
  expect(vault).toMatchObject(given ? { documents: 1, bytes: 3, uploads: 0 } : { documents: 2, bytes: 8, uploads: 0 });
});

describe('bytes', () => {
  async function* streamOf(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
    for (const [i, size] of sizes.entries()) yield Buffer.alloc(size, i + 1);
  }
  const all = async (id: string): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for await (const piece of content.read(id)) parts.push(piece);
    return Buffer.concat(parts);
  };

  it.each<[string, readonly number[], number, number | 'TOO_LONG']>([
    ['of a piece in crumbs', [1, 2, pieceBytes - 3], pieceBytes, pieceBytes],
    ['of two pieces at once', [2 * pieceBytes], 2 * pieceBytes, 2 * pieceBytes],
    ['to an end within a piece', [pieceBytes + 7], pieceBytes + 7, pieceBytes + 7],
    ['cut within the second piece', [pieceBytes + 7], 2 * pieceBytes, pieceBytes],
    ['cut within the first', [7], pieceBytes, 0],
    ['none', [], 10, 0],
    ['one too many', [10, 1], 10, 'TOO_LONG'],
  ])('%s', async (what, sizes, size, result) => {
    expect(await content.append(what, { offset: 0, size }, streamOf(...sizes))).toBe(result);
    const expected = result === 'TOO_LONG' ? size : result;
    expect(await content.received(what, size)).toBe(expected);
    const sent = Buffer.concat(sizes.map((length, i) => Buffer.alloc(length, i + 1)));
    expect((await all(what)).equals(sent.subarray(0, expected))).toBe(true);
  });

  it('at one place are written by one of two', async () => {
    const at0 = { offset: 0, size: pieceBytes };
    const both = await Promise.all([content.append('both', at0, streamOf(pieceBytes)), content.append('both', at0, streamOf(pieceBytes))]);
    expect(both.toSorted()).toEqual([pieceBytes, 'CONFLICT']);
  });

  it('are kept up to where a sender broke off', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(pieceBytes + 1);
      throw new Error('gone');
    }
    await expect(content.append('broken', { offset: 0, size: 3 * pieceBytes }, broken())).rejects.toThrow('gone');
    expect(await content.received('broken', 3 * pieceBytes)).toBe(pieceBytes);
    await content.seal('broken', pieceBytes);
    await content.seal('broken', pieceBytes);
    await content.remove('broken');
    expect([await content.received('broken', 1), await database.connection.collection('materials.files').countDocuments({ _id: 'broken' } as object)]).toEqual([0, 0]);
  });

  it('are taken no faster than they are kept', async () => {
    let taken = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for (; taken < 8; taken += 1) {
        // Whatever was taken before is in the database when more is asked for, but for one piece.
        expect(await content.received('paced', 8 * pieceBytes)).toBeGreaterThanOrEqual((taken - 1) * pieceBytes);
        yield Buffer.alloc(pieceBytes);
      }
    }
    expect(await content.append('paced', { offset: 0, size: 8 * pieceBytes }, counted())).toBe(8 * pieceBytes);
  });
});
