import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import {
  casesOf, pathTo, people, places, satisfied, settled, solved, units, unsatisfied, type Cases, type Stage,
} from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { resident, gridWorker, clerk, street, district, city, auditor, integrator, communityUnit, streetUnit } = people;

const monday = new Date('2026-03-02T02:00:00Z');
let now = monday;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'case_lists', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

type Fields = Readonly<Record<string, unknown>>;
interface Page {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly { readonly id: string }[];
}

const pageFields = 'totalCount pageInfo { hasNextPage endCursor } nodes { id }';
const listText = {
  cases: `query ($filter: CaseFilter, $first: Int, $after: String) {
    cases(filter: $filter, first: $first, after: $after) { ${pageFields} }
  }`,
  toDo: `query ($first: Int, $after: String) { toDo(first: $first, after: $after) { ${pageFields} } }`,
} as const;

async function page(who: Actor, list: keyof typeof listText, variables: Fields): Promise<Page> {
  const data = await platform.as(who).run<Record<string, Page>>(listText[list], variables);
  return data[list] as Page;
}

/** All pages of a list; fails when one page says another total than the others. */
async function all(who: Actor, list: keyof typeof listText, filter: Fields = {}, first = 100): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    const { nodes, pageInfo, totalCount } = await page(who, list, { filter, first, after });
    found.push(...nodes.map(({ id }) => id));
    expect(nodes.length).toBeLessThanOrEqual(first);
    expect(pageInfo.endCursor === null).toBe(nodes.length === 0);
    if (!pageInfo.hasNextPage) {
      expect(found).toHaveLength(totalCount);
      return found;
    }
    after = pageInfo.endCursor;
  }
}

const codesOf = (errors: readonly { readonly extensions?: Fields }[] | undefined): unknown[] | undefined =>
  errors?.map(({ extensions }) => extensions?.['code']);

describe('the list of cases', () => {
  // District 340103, its streets 001 and 002; and, far from it, 340104.
  const far = '340104001001';
  const wanted = {
    lamp: [resident, { title: '路灯不亮', category: '城乡建设/安全生产/安全隐患' }],
    lift: [resident, { title: '电梯停运(三号楼)', category: '城乡建设/安全生产' }],
    road: [resident, { title: 'A区道路 [破损] 100%', category: '城乡建设', community: places.sibling }],
    noise: [resident, { title: '噪声扰民.*夜间', category: '环境保护', community: places.otherCommunity }],
    school: [actor('RESIDENT', null, 'parent'), { title: 'ABC学校门口拥堵', category: '教育文体', community: far }],
    patrol: [gridWorker, { title: '井盖松动', domain: 'OVERSIGHT', category: '城乡建设' }],
    card: [clerk, { title: '老年证申领', kind: 'APPLICATION', demandType: null, category: '民政' }],
    twin: [clerk, { title: '老年证申领', kind: 'APPLICATION', demandType: null, category: '民政' }],
  } as const satisfies Readonly<Record<string, readonly [Actor, Fields]>>;
  type Name = keyof typeof wanted;
  const names = Object.keys(wanted) as Name[];
  const ids = {} as Record<Name, string>;
  const hour = (n: number): string => new Date(monday.getTime() + n * 3_600_000).toISOString();

  beforeAll(async () => {
    for (const [i, name] of names.entries()) {
      // The twins come at the same instant.
      now = new Date(hour(Math.min(i, names.length - 2)));
      const [who, more] = wanted[name];
      ids[name] = name === 'patrol' ? await cases.report(who, more) : await cases.submit(who, more);
    }
    now = new Date(hour(names.length));
    await cases.walk(ids.lift, pathTo.ACCEPTED);
    await cases.walk(ids.lamp, pathTo.STREET_OFFERED);
  });

  const namesOf = (found: readonly string[]): Name[] =>
    found.map((id) => names.find((name) => ids[name] === id) as Name);

  it('has what the viewer may see, the latest first', async () => {
    const { card, twin, ...earlier } = ids;
    const latestFirst = [...[card, twin].toSorted().reverse(), ...Object.values(earlier).reverse()];
    expect(await all(auditor, 'cases')).toEqual(latestFirst);
    expect(namesOf(await all(resident, 'cases'))).toEqual(['noise', 'road', 'lift', 'lamp']);
    expect(namesOf(await all(street, 'cases')).toSorted()).toEqual(['card', 'lamp', 'lift', 'patrol', 'road', 'twin']);
    expect(namesOf(await all(actor('STREET_CLERK', places.otherStreet), 'cases'))).toEqual(['noise']);
    expect(namesOf(await all(gridWorker, 'cases'))).toEqual(['patrol']);
    expect(await all(streetUnit, 'cases')).toEqual([]);
  });

  it.each([1, 2, 3, 100])('comes in pages of %i that add up to its total', async (first) => {
    expect(await all(auditor, 'cases', {}, first)).toEqual(await all(auditor, 'cases'));
  });

  it.each<[string, Fields, readonly Name[]]>([
    ['a state', { states: ['ACCEPTED'] }, ['lift']],
    ['states', { states: ['ACCEPTED', 'DISPATCHED'] }, ['lamp', 'lift']],
    ['no state at all', { states: [] }, []],
    ['a kind', { kinds: ['PATROL'] }, ['patrol']],
    ['a domain of patrols', { patrolDomains: ['OVERSIGHT', 'POLICY'] }, ['patrol']],
    ['a domain without patrols', { patrolDomains: ['POLICY'] }, []],
    ['kinds', { kinds: ['PATROL', 'APPLICATION'] }, ['card', 'patrol', 'twin']],
    ['a category of the first level', { category: '城乡建设' }, ['lamp', 'lift', 'patrol', 'road']],
    ['a category of the second level', { category: '城乡建设/安全生产' }, ['lamp', 'lift']],
    ['a category of the third level', { category: '城乡建设/安全生产/安全隐患' }, ['lamp']],
    ['the beginning of a category', { category: '城乡' }, []],
    ['the city', { area: places.city }, names.toSorted()],
    ['a district', { area: places.otherDistrict }, ['school']],
    ['a street', { area: places.otherStreet }, ['noise']],
    ['a community', { area: places.sibling }, ['road']],
    ['a grid', { area: places.grid }, ['patrol']],
    ['a district elsewhere', { area: '340111' }, []],
    ['from an instant on', { from: hour(4), to: hour(5) }, ['school']],
    ['until before an instant', { to: hour(1) }, ['lamp']],
    ['a period the wrong way round', { from: hour(5), to: hour(1) }, []],
    ['text of the title', { text: '电梯' }, ['lift']],
    ['one character', { text: '灯' }, ['lamp']],
    ['one character that many have', { text: '电' }, ['lift']],
    ['small letters', { text: 'abc学' }, ['school']],
    ['full-width letters and digits', { text: '１００%' }, ['road']],
    ['full-width brackets', { text: '(三号楼)' }, ['lift']],
    ['a regular expression, literally', { text: '.*' }, ['noise']],
    ['a class of characters, literally', { text: '[破损]' }, ['road']],
    ['an anchor, literally', { text: '^路' }, []],
    ['a backslash, literally', { text: '\\' }, []],
    ['an alternative, literally', { text: '路|灯' }, []],
    ['an open bracket', { text: '(三' }, ['lift']],
    ['blanks around it', { text: '  井盖 ' }, ['patrol']],
    ['nothing but blanks', { text: '  ' }, names.toSorted()],
    ['neighbours that are not there together', { text: '灯路' }, []],
    ['several things that must all hold', { kinds: ['DEMAND'], area: places.street, text: '路' }, ['lamp', 'road']],
    ['50 characters', { text: '路'.repeat(50) }, []],
  ])('is narrowed by %s', async (_what, filter, expected) => {
    expect(namesOf(await all(auditor, 'cases', filter)).toSorted()).toEqual(expected);
  });

  it('finds a case by its number, whole, in part, in small letters, and at once', async () => {
    const read = '{ cases(filter: { text: "井盖" }) { nodes { number } } }';
    const data = await platform.as(auditor).run<{ cases: { nodes: { number: string }[] } }>(read);
    const number = data.cases.nodes[0]?.number ?? '';
    for (const text of [number, number.slice(-6), number.slice(9).toLowerCase()]) {
      expect(namesOf(await all(auditor, 'cases', { text }))).toEqual(['patrol']);
    }
    const byNumber = 'query ($number: String!) { caseByNumber(number: $number) { id } }';
    const find = (who: Actor, text: string) => platform.as(who).run(byNumber, { number: text });
    expect(await find(clerk, ` ${number.toLowerCase()} `)).toEqual({ caseByNumber: { id: ids.patrol } });
    expect(await find(clerk, 'HF260302-000000')).toEqual({ caseByNumber: null });
    expect(await find(actor('STREET_CLERK', places.otherStreet), number)).toEqual({ caseByNumber: null });
  });
});

describe('a page', () => {
  const cursor = (...parts: readonly unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const lists = ['cases', 'toDo', 'dispatches', 'coordinations', 'receipts'] as const;
  const wrong = [
    ['of none', { first: 0 }], ['of less than none', { first: -1 }], ['of more than a hundred', { first: 101 }],
    ['after something made up', { after: 'no cursor' }],
    ['after no list', { after: Buffer.from('{}').toString('base64url') }],
    ['after too few keys', { after: cursor(1) }], ['after too many', { after: cursor(1, 'a', 2) }],
    ['after words for an instant', { after: cursor('yesterday', 'case-1') }],
    ['after nulls', { after: cursor(null, null) }],
    ['after an instant out of all time', { after: cursor(9e15, 'case-1') }],
    ['after a number for an id', { after: cursor(1, 1) }],
  ] as const;

  it.each(lists.flatMap((list) => wrong.map(([what, variables]) => [list, what, variables] as const)))(
    '%s %s is refused', async (list, _what, variables) => {
      const text = `query ($first: Int, $after: String) { ${list}(first: $first, after: $after) { totalCount } }`;
      const { errors } = await platform.as(city).attempt(text, variables);
      expect(codesOf(errors)).toEqual(['BAD_USER_INPUT']);
    },
  );

  it.each([
    ['of none', { first: 0 }], ['of more than a hundred', { first: 101 }],
    ['after something made up', { after: 'no cursor' }], ['after a word', { after: cursor('one') }],
    ['after half an entry', { after: cursor(1.5) }],
  ])('of a timeline %s is refused', async (_what, variables) => {
    const id = await cases.submit();
    const text = `query ($id: ID!, $first: Int, $after: String) {
      case(id: $id) { timeline(first: $first, after: $after) { totalCount } }
    }`;
    const { errors } = await platform.as(auditor).attempt(text, { id, ...variables });
    expect(codesOf(errors)).toEqual(['BAD_USER_INPUT']);
  });

  it('with more than 50 characters to look for is refused', async () => {
    const { errors } = await platform.as(auditor).attempt(listText.cases, { filter: { text: '路'.repeat(51) } });
    expect(codesOf(errors)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the to-do list', () => {
  // A community of its own, whose lists nobody else fills.
  const home = '340103002002';
  const own = {
    resident: actor('RESIDENT', null, 'todo-resident'),
    gridWorker: actor('GRID_WORKER', `${home}001`),
    clerk: actor('COMMUNITY_CLERK', home),
    street: actor('STREET_CLERK', places.otherStreet),
    communityUnit: actor('DEPARTMENT_OFFICER', `${home}-02`),
    streetUnit: actor('DEPARTMENT_OFFICER', `${places.otherStreet}-03`),
  };
  const because = { note: '说明' };
  const accept = [own.clerk, 'caseAccept'] as const;
  const handle = [own.clerk, 'caseHandle'] as const;
  const resolve = [own.clerk, 'caseResolve', solved] as const;
  const forward = [own.clerk, 'caseForward'] as const;
  const sign = [own.street, 'dispatchSign'] as const;

  const toStreetUnit = [own.street, 'dispatchAssign', { unit: own.streetUnit.unit }] as const;

  type Step = readonly [Actor, string, Fields?];
  const table = {
    SUBMITTED: [own.resident, [], 'clerk'],
    ACCEPTED: [own.resident, [accept], 'clerk'],
    IN_PROGRESS: [own.resident, [accept, handle], 'clerk'],
    ASKED: [own.resident, [accept, [own.clerk, 'caseRequestInfo', because]], 'resident'],
    ASKED_BY_STREET: [own.resident, [accept, forward, sign, [own.street, 'dispatchRequestInfo', because]], 'resident'],
    ASKED_ANONYMOUS: [own.clerk, [accept, [own.clerk, 'caseRequestInfo', because]], 'clerk'],
    ASKED_GRID_WORKER: [own.gridWorker, [accept, [own.clerk, 'caseRequestInfo', because]], 'gridWorker'],
    RESOLVED: [own.resident, [accept, handle, resolve], 'resident'],
    RESOLVED_ANONYMOUS: [own.clerk, [accept, handle, resolve], 'clerk'],
    REWORK: [own.resident, [accept, handle, resolve, [own.resident, 'caseRate', unsatisfied]], 'clerk'],
    CLOSED: [own.resident, [accept, handle, resolve, [own.resident, 'caseRate', satisfied]], null],
    DECLINED: [own.resident, [[own.clerk, 'caseDecline', { ...because, otherWay: '其他' }]], null],
    WITHDRAWN: [own.resident, [accept, [own.resident, 'caseWithdraw']], null],
    WITH_UNIT: [own.resident, [accept, [own.clerk, 'caseDispatch', { unit: own.communityUnit.unit }]], 'communityUnit'],
    RETURNED: [own.resident, [accept, forward, [own.street, 'dispatchReturn', because]], 'clerk'],
    OFFERED: [own.resident, [accept, forward], 'street'],
    SIGNED: [own.resident, [accept, forward, sign], 'street'],
    STREETS_UNIT: [own.resident, [accept, forward, sign, toStreetUnit], 'streetUnit'],
    BACK_DOWN: [own.resident, [accept, forward, sign, [own.street, 'dispatchAssign']], 'clerk'],
  } as const satisfies Readonly<Record<string, readonly [Actor, readonly Step[], keyof typeof own | null]>>;
  type Name = keyof typeof table;
  const names = Object.keys(table) as Name[];
  const ids = {} as Record<Name, string>;

  beforeAll(async () => {
    now = monday;
    for (const name of names) {
      const [who, steps] = table[name];
      // Those submitted later are due later, unless their clock says otherwise.
      now = new Date(now.getTime() + 60_000);
      ids[name] = await cases.submit(who, { community: home });
      await cases.walk(ids[name], steps);
    }
    await settled(platform.subgraphs);
  });

  const people = Object.keys(own) as (keyof typeof own)[];
  it.each(people)('of the %s has what waits for that one, and nothing else', async (role) => {
    const expected = names.filter((name) => table[name][2] === role).map((name) => ids[name]);
    expect((await all(own[role], 'toDo')).toSorted()).toEqual(expected.toSorted());
  });

  it('comes oldest due first, what has no deadline last, page by page', async () => {
    const text = '{ toDo(first: 100) { nodes { id nextDueAt } } }';
    type Due = { readonly id: string; readonly nextDueAt: string | null };
    const { toDo: { nodes } } = await platform.as(own.clerk).run<{ toDo: { nodes: Due[] } }>(text);
    const due = nodes.map(({ nextDueAt }) => nextDueAt ?? '9999');
    expect(due).toEqual(due.toSorted());
    expect(new Set(due).size).toBeGreaterThan(2);
    expect(nodes.at(-1)).toEqual({ id: ids.REWORK, nextDueAt: null });
    expect(await all(own.clerk, 'toDo', {}, 2)).toEqual(nodes.map(({ id }) => id));
  });

  it.each<[string, Actor]>([
    ['another resident', actor('RESIDENT', null, 'todo-other')],
    ['the clerk next door', actor('COMMUNITY_CLERK', '340103002003')],
    ['the district', district], ['the city', city], ['the auditor', auditor], ['an importing system', integrator],
    ['another unit', actor('DEPARTMENT_OFFICER', `${home}-01`)],
  ])('of %s has none of them', async (_who, who) => {
    const others = await all(who, 'toDo');
    expect(others.filter((id) => Object.values(ids).includes(id))).toEqual([]);
  });

  it('is worked off: what is done leaves it', async () => {
    const before = await all(own.street, 'toDo');
    await cases.walk(ids.SIGNED, [[own.street, 'dispatchResolve', solved]]);
    expect(await all(own.street, 'toDo')).toEqual(before.filter((id) => id !== ids.SIGNED));
    expect(await all(own.resident, 'toDo')).toContain(ids.SIGNED);
  });

  it('of a level has its counterpart in the list of its own records', async () => {
    const text = /* GraphQL */ `
      query ($states: [SegmentState!], $unit: UnitCode, $after: String) {
        dispatches(states: $states, unit: $unit, first: 1, after: $after) {
          totalCount pageInfo { hasNextPage endCursor } nodes { id }
        }
      }
    `;
    const states = ['OFFERED', 'IN_PROGRESS'];
    const found: string[] = [];
    for (let after: string | null = null; ;) {
      const data: { dispatches: Page } = await platform.as(own.street).run(text, { states, after });
      found.push(...data.dispatches.nodes.map(({ id }) => id));
      after = data.dispatches.pageInfo.endCursor;
      if (!data.dispatches.pageInfo.hasNextPage) break;
    }
    expect(found).toEqual([ids.STREETS_UNIT, ids.OFFERED]);
    const { dispatches } = await platform.as(own.street).run<{ dispatches: Page }>(text, { unit: own.streetUnit.unit });
    expect(dispatches.nodes).toEqual([{ id: ids.STREETS_UNIT }]);
  });
});

describe('who reported it', () => {
  const known = { name: '王小明', phone: '+8613812345678', idNumber: '340103199001011234' };
  const shown = { ...known, masked: false };
  const hidden = { name: '王**', phone: '861****5678', idNumber: '3401**********1234', masked: true };
  const reporter = async (who: Actor, id: string): Promise<unknown> => {
    const text = 'query ($id: ID!) { case(id: $id) { reporter { name phone idNumber masked } } }';
    const { case: found } = await platform.as(who).run<{ case: { reporter: unknown } | null }>(text, { id });
    return found && found.reporter;
  };
  const grid = { grid: places.grid };

  const stages: readonly (readonly [string, Stage, readonly Actor[]])[] = [
    ['the community has it', 'ACCEPTED', []],
    ['the street has it', 'STREET_IN_PROGRESS', [street]],
    ['it was returned', 'STREET_RETURNED', []],
    ['it is closed', 'CLOSED', []],
  ];
  const strangers = [
    integrator, communityUnit, actor('STREET_CLERK', places.otherStreet), actor('RESIDENT', null, 'curious'),
  ];
  it.each(stages)('is shown to reporter, clerk and holder, masked to others: %s', async (_when, stage, more) => {
    now = monday;
    const id = await cases.bring(stage, { ...grid, reporter: known });
    const others = [gridWorker, street, district, city, auditor].filter((who) => !more.includes(who));
    for (const who of [resident, clerk, ...more]) expect([who.id, await reporter(who, id)]).toEqual([who.id, shown]);
    for (const who of others) expect([who.id, await reporter(who, id)]).toEqual([who.id, hidden]);
    for (const who of strangers) expect([who.id, await reporter(who, id)]).toEqual([who.id, null]);
  });

  it('is shown to a unit while it has the case, and to its street no more', async () => {
    const id = await cases.bring('STREET_IN_PROGRESS', { reporter: known });
    await cases.walk(id, [[street, 'dispatchAssign', { unit: units.street }]]);
    expect([await reporter(streetUnit, id), await reporter(street, id)]).toEqual([shown, hidden]);
    await cases.walk(id, [[streetUnit, 'dispatchReturn', { note: '无权' }]]);
    expect([await reporter(streetUnit, id), await reporter(street, id)]).toEqual([null, shown]);
  });

  it('is nowhere else in what another level knows, nor in what it is refused', async () => {
    const id = await cases.bring('STREET_IN_PROGRESS', { reporter: known });
    const everything = await platform.as(district).attempt(/* GraphQL */ `
      query ($id: ID!) {
        case(id: $id) {
          number title detail address reporter { name phone idNumber } availableActions { reason { message } }
          timeline { nodes { note } } dispatch { title note number }
        }
        dispatch(caseId: $id) { title note number availableActions { reason { message } } }
      }
    `, { id });
    const refused = await cases.act(district, 'caseAccept', id);
    const dispatches = platform.subgraphs.running('street').connection.collection('dispatches');
    const kept = await dispatches.findOne({ _id: id as never });
    const said = JSON.stringify([everything, refused, kept]);
    for (const secret of Object.values(known)) expect(said).not.toContain(secret);
    expect(kept).toMatchObject({ title: '路灯不亮' });
  });
});
