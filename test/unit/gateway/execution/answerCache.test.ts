import { OperationTypeNode } from 'graphql';
import { createAnswerCache, type AnswerCache } from '../../../../gateway/execution/answerCache.js';
import { memoryStore, type MemoryLimits } from '../../../../gateway/execution/answerStore.js';
import { UnreachableError } from '../../../../gateway/execution/errors.js';
import type { Call, OperationText } from '../../../../gateway/execution/plan.js';
import type { Answer } from '../../../../gateway/execution/runPlan.js';
import type { Asker } from '../../../../gateway/execution/units.js';

const asker: Asker = { identity: null, publicIdentity: 'nobody', traceparent: null };
const operation = (text: string, more: Partial<OperationText> = {}): OperationText =>
  ({ type: OperationTypeNode.QUERY, name: null, text, json: `"query":${JSON.stringify(text)}`, isPublic: true, maxAge: 60, ...more });
const district = (code: string): string => JSON.stringify({ __typename: 'District', code });
const names = operation('names', { shows: ['District', 'Party'] });
const named = (...codes: string[]): Call => ({ operation: names, variables: '', representations: codes.map(district) });
const listed = operation('list', { shows: ['Query.list', 'Item'] });
const list = (variables = '', of = listed): Call => ({ operation: of, variables, representations: null });
const mutation: Call = { operation: operation('write', { type: OperationTypeNode.MUTATION, isPublic: false, maxAge: 0 }), variables: '', representations: null };

let clock: number;
let asked: Call[];
let looks: [number, number][];
let answer: (call: Call) => Answer | Promise<Answer>;
let cache: AnswerCache;
let ask: (call: Call, asker: Asker) => Promise<Answer>;

const entityOf = (one: string): unknown => {
  const { code } = JSON.parse(one) as { code: string };
  return code === 'none' ? null : { name: `区 ${code}` };
};
const usual = ({ representations, variables }: Call): Answer =>
  ({ data: representations ? { _entities: representations.map(entityOf) } : { list: [{ of: variables }] } });

function start(limits: Partial<MemoryLimits> = {}, maxSeconds = 3_600, staleSeconds = 600): void {
  const now = (): number => clock;
  cache = createAnswerCache({ store: memoryStore({ entries: 100, bytes: 100_000, ...limits }, now), maxSeconds, staleSeconds, onLook: (_name, ...counts) => looks.push(counts), now });
  ask = over('district');
}
const over = (name: string, url = `http://${name}`) => cache.over({ name, url }, async (call) => {
  asked.push(call);
  return answer(call);
});
const codesAsked = (): unknown[] => asked.map(({ representations }) => representations?.map((one) => (JSON.parse(one) as { code: string }).code) ?? 'list');

beforeEach(() => {
  clock = 0;
  asked = [];
  looks = [];
  answer = usual;
  start();
});

it('asks only for the entities that it has not, and gives all in the order asked for', async () => {
  await ask(named('1', '3'), asker);
  expect(await ask(named('4', '3', '2', '1'), asker)).toEqual(
    { data: { _entities: [{ name: '区 4' }, { name: '区 3' }, { name: '区 2' }, { name: '区 1' }] } },
  );
  expect(codesAsked()).toEqual([['1', '3'], ['4', '2']]);
  expect(looks).toEqual([[0, 2], [2, 2]]);
});

describe('while the subgraph cannot be reached', () => {
  const away = (): never => { throw new UnreachableError('away', 'LEVEL_UNAVAILABLE'); };

  it('gives what is too old, and says from when it is', async () => {
    clock = 1_000;
    await ask(named('1'), asker);
    clock = 31_000;
    await ask(list('"first":1'), asker);
    await ask(named('2'), asker);
    clock = 61_500;
    answer = away;
    expect(await ask(named('2', '1'), asker)).toEqual({ data: { _entities: [{ name: '区 2' }, { name: '区 1' }] }, asOf: 1_000 });
    clock = 100_000;
    expect(await ask(named('2', '1'), asker)).toEqual({ data: { _entities: [{ name: '区 2' }, { name: '区 1' }] }, asOf: 1_000 });
    expect(await ask(list('"first":1'), asker)).toEqual({ data: { list: [{ of: '"first":1' }] }, asOf: 31_000 });
    answer = usual;
    expect(await ask(named('1'), asker)).toEqual({ data: { _entities: [{ name: '区 1' }] } });
    expect(codesAsked().slice(3)).toEqual([['1'], ['2', '1'], 'list', ['1']]);
  });

  it('says so where something was never kept, is older than may be, was dropped, or something else went wrong', async () => {
    await ask(named('1'), asker);
    clock = 61_000;
    answer = away;
    await expect(ask(named('1', '2'), asker)).rejects.toThrow('away');
    answer = () => { throw new Error('broken'); };
    await expect(ask(named('1'), asker)).rejects.toThrow('broken');
    answer = away;
    clock = 660_000;
    await expect(ask(named('1'), asker)).rejects.toThrow('away');
    start();
    clock = 0;
    answer = usual;
    await ask(named('1'), asker);
    await cache.invalidate('district', ['District']);
    answer = away;
    await expect(ask(named('1'), asker)).rejects.toThrow('away');
  });
});

it('keeps that there is no such entity', async () => {
  for (let i = 0; i < 2; i += 1) expect(await ask(named('none'), asker)).toEqual({ data: { _entities: [null] } });
  expect(asked).toHaveLength(1);
});

it('keeps answers of root fields by their variables', async () => {
  for (const variables of ['"first":1', '"first":2', '"first":1']) {
    expect(await ask(list(variables), asker)).toEqual({ data: { list: [{ of: variables }] } });
  }
  expect(asked).toHaveLength(2);
});

it('mixes up neither subgraphs, nor places, nor texts', async () => {
  await ask(list(), asker);
  await over('city')(list(), asker);
  await over('district', 'http://elsewhere')(list(), asker);
  await ask(list('', operation('another')), asker);
  expect(asked).toHaveLength(4);
});

it('keeps nothing of an answer with an error, and says which entity it is of', async () => {
  await ask(named('1'), asker);
  answer = (call) => ({ ...usual(call), errors: [{ message: 'no', path: ['_entities', 1, 'name'] }, { message: 'at all' }] });
  expect((await ask(named('2', '1', '3'), asker)).errors).toEqual([{ message: 'no', path: ['_entities', 2, 'name'] }, { message: 'at all' }]);
  answer = usual;
  await ask(named('2', '1', '3'), asker);
  expect(codesAsked()).toEqual([['1'], ['2', '3'], ['2', '3']]);
});

it('gives what it has when the rest comes to nothing', async () => {
  await ask(named('1'), asker);
  answer = () => ({ data: null, errors: [{ message: 'no' }] });
  expect(await ask(named('2', '1'), asker)).toEqual({ data: { _entities: [null, { name: '区 1' }] }, errors: [{ message: 'no' }] });
});

it('keeps nothing when the subgraph could not be reached', async () => {
  answer = () => Promise.reject(new Error('away'));
  await expect(ask(list(), asker)).rejects.toThrow('away');
  answer = usual;
  await ask(list(), asker);
  expect(asked).toHaveLength(2);
});

it('refuses an answer with other entities than those asked for', async () => {
  await ask(named('1'), asker);
  answer = () => ({ data: { _entities: [] } });
  await expect(ask(named('1', '2'), asker)).rejects.toThrow('other entities than the 1 asked for');
});

it.each([[60, 3_600, 60], [60, 10, 10]])('keeps what may be kept for %i s, and no longer than %i s, for %i s', async (maxAge, most, expected) => {
  start({}, most);
  const call = list('', operation('timed', { maxAge }));
  await ask(call, asker);
  clock = expected * 1_000 - 1;
  await ask(call, asker);
  expect(asked).toHaveLength(1);
  clock += 1;
  await ask(call, asker);
  expect(asked).toHaveLength(2);
});

it.each<[string, Partial<OperationText>]>([
  ['is not the same for everyone', { isPublic: false }],
  ['has a field that may not be kept', { maxAge: 0 }],
])('never keeps what %s', async (_what, more) => {
  const call = list('', operation('other', more));
  await ask(call, asker);
  await ask(call, asker);
  expect(asked).toHaveLength(2);
  expect(looks).toEqual([]);
});

it('gives each objects of his own', async () => {
  const first = await ask(named('1'), asker);
  const second = await ask(named('1'), asker);
  for (const given of [first, second]) {
    (given.data?.['_entities'] as { name: string }[])[0]!.name = 'changed';
  }
  expect(await ask(named('1'), asker)).toEqual({ data: { _entities: [{ name: '区 1' }] } });
});

it('holds so many, and forgets what was wanted least lately', async () => {
  start({ entries: 2 });
  await ask(named('1', '2'), asker);
  await ask(named('1'), asker);
  await ask(named('3'), asker);
  await ask(named('1', '2', '3'), asker);
  expect(codesAsked()).toEqual([['1', '2'], ['3'], ['2']]);
});

it('holds so many bytes, and nothing that is larger by itself', async () => {
  start({ bytes: 600 });
  await ask(named('1', '2', '3'), asker);
  await ask(named('3', '2', '1'), asker);
  expect(codesAsked()[1]).toEqual(['1']);
  answer = () => ({ data: { list: 'x'.repeat(1_000) } });
  asked = [];
  await ask(list(), asker);
  await ask(list(), asker);
  expect(asked).toHaveLength(2);
});

describe('what has changed', () => {
  it('is dropped by a type or a root field that it shows, or whole, of the subgraph that says so alone', async () => {
    const city = over('city');
    const fill = async (): Promise<unknown[]> => {
      asked = [];
      await ask(named('1', '2'), asker);
      await ask(list(), asker);
      await city(list(), asker);
      return codesAsked();
    };
    await fill();
    expect(await fill()).toEqual([]);
    await cache.invalidate('district', ['Other', 'Party']);
    expect(await fill()).toEqual([['1', '2']]);
    await cache.invalidate('district', ['Item']);
    expect(await fill()).toEqual(['list']);
    await cache.invalidate('city', ['Query.list']);
    expect(await fill()).toEqual(['list']);
    await cache.invalidate('district', null);
    expect(await fill()).toEqual([['1', '2'], 'list']);
    await cache.invalidate('district', ['Query', 'Query.other', 'list', 'Dist']);
    await cache.invalidate('street', null);
    expect(await fill()).toEqual([]);
  });

  it('is not kept when it was asked for before that, if it is of the type that changed', async () => {
    let finish = (): void => undefined;
    answer = (call) => new Promise((resolve) => { finish = () => resolve(usual(call)); });
    for (const type of ['Party', 'Other']) {
      const asking = ask(named(type), asker);
      await Promise.resolve();
      await cache.invalidate('district', [type]);
      finish();
      await asking;
    }
    answer = usual;
    asked = [];
    await ask(named('Party', 'Other'), asker);
    expect(codesAsked()).toEqual([['Party']]);
  });

  it('by a mutation of a subgraph is not what it gave before, nor what it was asked for meanwhile', async () => {
    await ask(list(), asker);
    let finish = (): void => undefined;
    answer = (call) => new Promise((resolve) => { finish = () => resolve(usual(call)); });
    const writing = ask(mutation, asker);
    const written = finish;
    const reading = ask(list(), asker);
    await Promise.resolve();
    const read = finish;
    written();
    await writing;
    read();
    await reading;
    answer = usual;
    await ask(list(), asker);
    expect(codesAsked()).toEqual(['list', 'list', 'list', 'list']);
    await ask(list(), asker);
    expect(asked).toHaveLength(4);
  });

  it('by a mutation that failed is dropped as well: it may have taken effect', async () => {
    await ask(list(), asker);
    answer = () => Promise.reject(new Error('cut off'));
    await expect(ask(mutation, asker)).rejects.toThrow('cut off');
    answer = usual;
    await ask(list(), asker);
    expect(asked).toHaveLength(3);
  });
});
