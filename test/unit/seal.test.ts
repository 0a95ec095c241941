import { buildASTSchema, isEnumType } from 'graphql';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { sha256 } from '../../subgraphs/shared/hash.js';
import { breachAt, canonicalJson, chained, noLink, sealLogActions, type SealEntry } from '../../subgraphs/street/domain/seal/chain.js';
import { seesSeal, seesSealLog } from '../../subgraphs/street/domain/seal/seal.js';
import { sealRequestActions, sealRequestStates, sealRequestTransitions } from '../../subgraphs/street/domain/seal/seal.transitions.js';
import { people, places } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

it.each([
  ['SealRequestState', sealRequestStates],
  ['SealRequestAction', sealRequestActions],
  ['SealLogAction', sealLogActions],
] as const)('has the values of the code in the SDL enum %s', (name, values) => {
  const type = buildASTSchema(readSdl('street'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual([...values]);
});

it('reaches every state of a request, and ends in what is refused or used', () => {
  expect(unreachableStates(sealRequestTransitions, sealRequestStates, 'REQUESTED')).toEqual([]);
  const left = new Set(sealRequestTransitions.filter(({ from, to }) => from !== to).map(({ from }) => from));
  expect(sealRequestStates.filter((state) => !(left as ReadonlySet<string>).has(state))).toEqual(['REFUSED', 'USED']);
});

it('shows a seal to its office, superiors and auditors, and the log to those above alone', () => {
  const seal = { office: places.community };
  const sees = Object.entries(people).map(([name, who]) => [name, seesSeal(seal, who), seesSealLog(seal, who)]).filter(([, seen]) => seen);
  expect(sees).toEqual([['clerk', true, false], ['street', true, true], ['district', true, true], ['city', true, true], ['auditor', true, true]]);
  expect(seesSeal(seal, actor('STREET_CLERK', places.otherStreet))).toBe(false);
  expect(seesSealLog({ office: places.street }, people.street)).toBe(false);
});

it('writes one text for one value, however its fields are ordered', () => {
  expect(canonicalJson({ b: [1, null, '二'], a: new Date(0), c: { y: true, x: undefined } }))
    .toBe('{"a":"1970-01-01T00:00:00.000Z","b":[1,null,"二"],"c":{"x":null,"y":true}}');
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
});

it('links each record to the one before it', () => {
  const entry: SealEntry = {
    seal: 'seal', action: 'REGISTER', at: new Date(0), by: 'clerk', role: 'STREET_CLERK', request: null, matter: '公章', reason: null,
    contentHash: null, copies: null, copy: null, note: null, keeper: 'keeper',
  };
  const first = chained(entry, noLink, sha256);
  const second = chained({ ...entry, action: 'ENTRUST' }, first, sha256);
  expect([first.number, first.previous, second.number, second.previous]).toEqual([1, '0'.repeat(64), 2, first.hash]);
  expect(breachAt(noLink, first, sha256)).toBeNull();
  expect(breachAt(first, second, sha256)).toBeNull();
  expect(breachAt(noLink, second, sha256)).toEqual({ number: 1, fault: 'MISSING' });
  expect(breachAt(second, first, sha256)).toEqual({ number: 1, fault: 'TWICE' });
  expect(breachAt({ ...first, hash: second.hash }, second, sha256)).toEqual({ number: 2, fault: 'UNLINKED' });
  expect(breachAt(first, { ...second, keeper: 'another' } as typeof second, sha256)).toEqual({ number: 2, fault: 'CHANGED' });
});
