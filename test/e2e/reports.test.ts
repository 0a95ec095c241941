// 报表 through the gateway: who gets which picture or table, and what stands in the way of a wrong one.
import { casesOf, people, places, satisfied, settled, solved, type Cases } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';

const { resident, clerk, street, district, city, integrator } = people;
const reports = ['funnel', 'trend', 'ranking', 'treemap', 'heat'];
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  const now = (): Date => new Date('2026-03-31T02:00:00Z');
  platform = await startPlatform({ name: 'reports', seed: true, now });
  cases = casesOf(platform);
  await cases.walk(await cases.submit(), [[clerk, 'caseAccept'], [clerk, 'caseHandle'], [clerk, 'caseResolve', solved], [resident, 'caseRate', satisfied]]);
  await cases.submit();
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

const march = 'from=2026-03&to=2026-03';
const get = async (file: string, who: Actor | null, query = march): Promise<Response> =>
  fetch(`${platform.url}/reports/${file}?${query}`, { headers: await platform.headers(who) });
const errorsOf = async (answer: Response): Promise<readonly { message: string; extensions: Record<string, unknown> }[]> =>
  ((await answer.json()) as { errors: { message: string; extensions: Record<string, unknown> }[] }).errors;

it.each(reports)('gives %s as SVG, PNG and CSV of the same numbers, kept by nobody', async (report) => {
  const svg = await get(`${report}.svg`, city);
  expect([svg.status, svg.headers.get('content-type'), svg.headers.get('cache-control')]).toEqual([200, 'image/svg+xml; charset=utf-8', 'private, no-store']);
  expect(svg.headers.get('content-disposition')).toBe(`inline; filename="${report}-3401-2026-03-2026-03.svg"`);
  expect(svg.headers.get('content-security-policy')).toMatch(/^default-src 'none';.*sandbox$/);
  const text = await svg.text();
  expect(text).toMatch(/^<svg .*合肥市.*提交 2 .*<\/svg>\s*$/s);

  const png = await get(`${report}.png`, city);
  expect([png.status, png.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(Buffer.from(await png.arrayBuffer()).readUInt32BE(16)).toBe(1000);

  const csv = await get(`${report}.csv`, city);
  expect([csv.status, csv.headers.get('content-disposition')]).toEqual([200, `attachment; filename="${report}-3401-2026-03-2026-03.csv"`]);
  const bytes = Buffer.from(await csv.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(bytes.toString()).toMatch(/,2\r|,2,|,2$/m);
});

it('has on each level what lies below it', async () => {
  const rows = async (area: string): Promise<string> => (await get('ranking.csv', city, `${march}&area=${area}&by=submitted`)).text();
  expect(await rows(places.city)).toContain(`1,${places.district},`);
  expect(await rows(places.district)).toContain(`1,${places.street},`);
  expect(await rows(places.street)).toContain(`1,${places.community},`);
  expect(await (await get('treemap.csv', district, `${march}&area=${places.district}`)).text()).toContain(`${places.street},${places.community},`);
});

it('counts the hours of the week in Shanghai', async () => {
  expect(await (await get('heat.csv', city)).text()).toContain('周二 / Tue,10,2');
});

describe('who may look', () => {
  const stranger = actor('STREET_CLERK', places.otherStreet);
  it.each<[string, Actor | null, string, number, string | undefined]>([
    ['the street', street, places.street, 200, undefined],
    ['the street at one of its communities', street, places.community, 200, undefined],
    ['the street at its district', street, places.district, 404, 'NOT_FOUND'],
    ['another street', stranger, places.street, 404, 'NOT_FOUND'],
    ['a resident', resident, places.street, 404, 'NOT_FOUND'],
    ['a system that hands cases in', integrator, places.city, 404, 'NOT_FOUND'],
    ['nobody', null, places.street, 401, 'UNAUTHENTICATED'],
    ['the city at what is not there', city, '340199', 404, 'NOT_FOUND'],
    ['the city at another city', city, '3402', 404, 'NOT_FOUND'],
  ])('%s is answered as by the query', async (_who, who, area, status, code) => {
    for (const format of ['svg', 'csv']) {
      const answer = await get(`trend.${format}`, who, `${march}&area=${area}`);
      expect(answer.status).toBe(status);
      if (code !== undefined) expect((await errorsOf(answer))[0]?.extensions['code']).toBe(code);
    }
  });

  it('is told the same of an area that is hidden and of one that is not there', async () => {
    const [hidden, missing] = await Promise.all(['340103', '340199'].map(async (area) => errorsOf(await get('trend.svg', stranger, `${march}&area=${area}`))));
    expect(hidden?.[0]?.message).toBe(missing?.[0]?.message);
  });
});

it('says of every wrong parameter what is wrong, in both languages', async () => {
  const answer = await get('trend.svg', city, 'area=x&width=1&colour=red');
  expect(answer.status).toBe(400);
  const errors = await errorsOf(answer);
  expect(errors.map(({ extensions }) => extensions['parameter'])).toEqual(['area', 'width', 'colour']);
  for (const { message } of errors) expect(message).toMatch(/。 \/ .+\.$/);
});

it.each(['gantt.svg', 'trend.pdf', 'trend', '..%2ftrend.svg'])('has no %s', async (file) => {
  const answer = await get(file, city);
  expect([answer.status, (await errorsOf(answer))[0]?.extensions['code']]).toEqual([404, 'NOT_FOUND']);
});

it('draws no picture of a part of the numbers: while a level is away it says so', async () => {
  await platform.subgraphs.stop('street');
  try {
    for (const report of ['treemap.svg', 'treemap.csv']) {
      const answer = await get(report, city);
      expect([answer.status, (await errorsOf(answer))[0]?.extensions['code']]).toEqual([503, 'LEVEL_UNAVAILABLE']);
    }
    expect((await get('funnel.svg', city)).status).toBe(200);
  } finally {
    await platform.subgraphs.start('street');
  }
});
