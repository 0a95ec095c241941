import { communitySubgraph } from '../../subgraphs/community/subgraph.js';
import type { Area } from '../../subgraphs/shared/domain/area.js';
import { openAreas } from '../../subgraphs/shared/persistence/areas.js';
import { streetSubgraph } from '../../subgraphs/street/subgraph.js';
import { freePorts } from '../../scripts/platform/processes.js';
import { demand } from '../kit/cases.js';
import { hosted, until, type Hosted, type Line } from '../kit/host.js';
import { actor, internalToken } from '../kit/identity.js';

const code = '340103001001';
const area: Area = {
  code, parent: '340103001', name: '某某社区', kind: 'COMMUNITY', isGovernment: false,
  validFrom: '2000-01-01', validTo: null, population: null, households: null, areaKm2: null, figuresSource: null,
};
const reporter = { name: '王小明', phone: '13800001234' };
const detail = '本人王小明,电话13800001234,身份证340103199001011234,住东门。';

let community: Hosted;
let street: Hosted;
beforeAll(async () => {
  const ports = await freePorts();
  const urlOf = (level: keyof typeof ports): string => `http://127.0.0.1:${ports[level]}`;
  const urls = {
    city: urlOf('city'), district: urlOf('district'), street: urlOf('street'), community: urlOf('community'),
  };
  community = await hosted(communitySubgraph, { port: ports.community, urls });
  street = await hosted(streetSubgraph, { port: ports.street, urls });
  await (await openAreas(community.subgraph.connection)).add([area]);
});
afterAll(async () => {
  await community.end();
  await street.end();
});

type Answer = Record<string, { case: { id: string; version: number } | null; userErrors: unknown[] }>;
let span = 0;

/** Answers the case, and under which trace it was done. */
async function act(mutation: string, input: object): Promise<{ id: string; version: number; traceId: string }> {
  const traceId = (span += 1).toString(16).padStart(32, 'a');
  const name = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}`;
  const selection = '{ case { id version } userErrors { code message } }';
  const query = `mutation ${name}($input: ${name}Input!) { ${mutation}(input: $input) ${selection} }`;
  const response = await fetch(`${community.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json', 'traceparent': `00-${traceId}-00f067aa0ba902b7-01`,
      'authorization': `Bearer ${await internalToken(actor('COMMUNITY_CLERK', code), 'community')}`,
    },
    body: JSON.stringify({ query, operationName: name, variables: { input } }),
  });
  const { data, errors } = await response.json() as { data?: Answer; errors?: unknown };
  const done = data?.[mutation]?.case;
  if (!done) throw new Error(JSON.stringify([data, errors]));
  return { ...done, traceId };
}

it('leads from the request that caused an event to the level that took it in, and names nobody on the way', async () => {
  const { id } = await act('caseSubmit', { ...demand, channel: 'COUNTER', community: code, detail, reporter });
  const accepted = await act('caseAccept', { caseId: id, expectedVersion: 1 });
  const forward = { caseId: id, expectedVersion: accepted.version, note: `请联系${detail}` };
  const { traceId } = await act('caseForward', forward);

  const tookIn = (line: Line): boolean => Array.isArray(line['causedBy']) && line['causedBy'].includes(traceId);
  await until(async () => street.lines().some(tookIn));
  expect(street.lines().find(tookIn))
    .toMatchObject({ msg: 'request', path: '/events', sender: 'community', events: { APPLIED: 1 } });
  const forwarded = (line: Line): boolean => line['operation'] === 'CaseForward';
  await until(async () => community.lines().some(forwarded));
  expect(community.lines().find(forwarded)).toMatchObject({ traceId, role: 'COMMUNITY_CLERK' });
  expect(await street.database.connection.collection('dispatches').countDocuments()).toBe(1);

  for (const log of [community.log(), street.log()]) {
    expect(log.length).toBeGreaterThan(500);
    expect(log).not.toMatch(/王小明|13800001234|340103199001011234|东门/);
  }
});
