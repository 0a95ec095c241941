// Reports at gateways that have none, or too many to make at once.
import { compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const typeDefs = `type Query { hello: String }`;
let subgraph: FakeSubgraph;
beforeAll(async () => { subgraph = await startSubgraph('city', typeDefs, { Query: { hello: () => 'hello' } }); });
afterAll(() => subgraph.stop());

const caller = { id: 'officer', role: 'CITY_OFFICER', area: '3401' } as const;
const signedIn = { verifyCaller: async () => caller } as const;
const get = async (gateway: RunningGateway): Promise<{ status: number; retryAfter: string | null; message: string }> => {
  const answer = await fetch(`${gateway.url}/reports/funnel.svg`, { headers: { authorization: 'Bearer x' } });
  const { errors } = (await answer.json()) as { errors: { message: string }[] };
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), message: errors[0]?.message ?? '' };
};

it.each([
  ['where nobody signs in', {}],
  ['where the supergraph has no dashboards', signedIn],
])('there are none %s', async (_where, options) => {
  const gateway = await startGateway(compose([subgraph]), options);
  expect(await get(gateway)).toMatchObject({ status: 404, message: expect.stringContaining('There are no reports here') });
  expect(subgraph.received).toEqual([]);
  await gateway.stop();
});

it('asks to come again when as many as may be are under way', async () => {
  const gateway = await startGateway(compose([subgraph]), { ...signedIn, maxReports: 0 });
  expect(await get(gateway)).toMatchObject({ status: 503, retryAfter: '2', message: expect.stringMatching(/。 \/ Too many reports/) });
  await gateway.stop();
});
