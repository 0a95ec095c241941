// What `npm run events` shows and does, on real events that could not be applied.
import { readOverview } from '../../scripts/events/overview.js';
import { retryEvent } from '../../scripts/events/retry.js';
import { createEventSigner } from '../../subgraphs/shared/identity/serviceKeys.js';
import { newId } from '../../subgraphs/shared/ids.js';
import { serviceKeys } from '../kit/identity.js';
import { startSubgraphs, type Subgraphs } from '../kit/subgraphs.js';

let subgraphs: Subgraphs;
beforeAll(async () => {
  subgraphs = await startSubgraphs({ name: 'events_command' });
}, 60_000);
afterAll(() => subgraphs.end());

const at = '2026-03-02T01:00:00.000Z';
const signed = (caseId: string, id: string) => ({
  specversion: '1.0', id, source: 'street', type: 'dispatch.signed', subject: caseId, time: at, datacontenttype: 'application/json', sequence: 1,
  data: { caseId, rung: 2, at, by: { id: 'clerk', role: 'STREET_CLERK', area: '340103001', unit: null }, note: null },
});

async function send(events: readonly unknown[]): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(events));
  const sign = await createEventSigner((await serviceKeys()).own.street);
  const response = await fetch(`${subgraphs.urls.community}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json', 'authorization': `Bearer ${await sign('community', body)}` },
    body,
  });
  return response.json();
}

const overview = () => readOverview(subgraphs.uris, { now: new Date() });

it('shows an event that could not be applied with its reason, and those of its subject that wait for it', async () => {
  const [first, second] = [newId(), newId()];
  expect(await send([signed('no-such-case', first), { ...signed('no-such-case', second), sequence: 2 }])).toEqual({ receipts: ['PARKED', 'WAITING'] });

  const { events, counts } = await overview();
  expect(counts).toContainEqual({ level: 'community', waiting: 1, parked: 1 });
  expect(events.map(({ level, status, id, type, subject, other, error }) => ({ level, status, id, type, subject, other, error }))).toEqual([
    { level: 'community', status: 'waiting', id: second, type: 'dispatch.signed', subject: 'no-such-case', other: 'street', error: null },
    { level: 'community', status: 'parked', id: first, type: 'dispatch.signed', subject: 'no-such-case', other: 'street', error: 'No case no-such-case.' },
  ]);
});

it('keeps an event parked when it still cannot be applied, and takes it in once it can', async () => {
  const key = (await serviceKeys()).own.community;
  const retry = (id: string) => retryEvent('community', subgraphs.urls.community, key, id);
  const parked = (await overview()).events.find(({ status }) => status === 'parked');
  expect(await retry(parked?.id ?? '')).toBe('PARKED');

  // A level that sent what nobody may send, mended in the kept event as an operator would.
  const id = newId();
  const inbox = subgraphs.running('street').connection.collection<{ _id: string }>('inbox');
  const envelope = {
    specversion: '1.0', id, source: 'community', type: 'counts.moved', subject: 'counts:340103001001', time: at, datacontenttype: 'application/json',
    sequence: 0, data: { area: '340103001001', month: '2026-03', counts: { submitted: 2 } },
  };
  await inbox.insertOne({
    _id: id, source: 'community', subject: envelope.subject, type: envelope.type, sequence: 0, status: 'PARKED', error: 'before the mending',
    receivedAt: new Date(), appliedAt: null, envelope,
  } as { _id: string });
  const streetKey = (await serviceKeys()).own.street;
  expect(await retryEvent('street', subgraphs.urls.street, streetKey, id)).toBe('APPLIED');
  expect(await retryEvent('street', subgraphs.urls.street, streetKey, id)).toBe('DUPLICATE');
  const counts = await subgraphs.running('street').connection.collection('counts').findOne({ area: '340103001' });
  expect(counts?.['children']).toEqual({ submitted: 2 });
});

it('refuses a retry that another level signed', async () => {
  const foreign = (await serviceKeys()).own.street;
  await expect(retryEvent('community', subgraphs.urls.community, foreign, 'x')).rejects.toThrow('community answered 401');
});

it('shows what is pending, for whom and since when', async () => {
  const outbox = subgraphs.running('city').connection.collection<{ _id: string }>('outbox');
  const createdAt = new Date(Date.now() - 90_000);
  await outbox.insertOne({
    _id: 'pending-1', target: 'community', subject: 'case-1', status: 'PENDING', availableAt: new Date('2126-01-01'), attempts: 0, lastError: 'down',
    createdAt, deliveredAt: null, envelope: { id: 'pending-1', type: 'receipt.signed', subject: 'case-1' },
  } as { _id: string });
  const { lags } = await readOverview(subgraphs.uris, { now: new Date(createdAt.getTime() + 90_000) });
  expect(lags).toContainEqual({ level: 'city', target: 'community', pending: 1, lagMs: 90_000 });
});
