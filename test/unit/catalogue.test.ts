import { actOnOwn, catalogueTransitions, isOffered, takesPlace, wayTo, type CatalogueItem } from '../../subgraphs/shared/domain/catalogue.js';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { actor } from '../kit/identity.js';

const item: CatalogueItem = {
  id: '340103001:S-1', code: 'S-1', area: '340103001', department: null, number: 1, version: 2, state: 'IN_FORCE', inForceAt: new Date(0),
  title: { zh: '助餐', en: 'Meals' }, module: 'SOCIAL_SERVICE', level: 'STREET', delivery: 'DIRECT', materials: [], workDays: 1, eligibility: null, conditions: [], feeFen: 0, words: [],
};

describe('a catalogue', () => {
  it.each([
    ['3401', ['3401']], ['340103', ['3401', '340103']], ['340103001001', ['3401', '340103', '340103001', '340103001001']],
  ])('of %s offers what is of %j', (area, way) => expect(wayTo(area)).toEqual(way));

  it('has what is in force of its own area and above', () => {
    expect(['340103001', '340103001001', '340103002', '340103'].map((area) => isOffered(item, area))).toEqual([true, true, false, false]);
    expect(isOffered({ ...item, state: 'LAPSED' }, '340103001')).toBe(false);
  });

  it.each([
    [{ number: 1, version: 2 }, true], [{ number: 1, version: 3 }, true], [{ number: 2, version: 1 }, true], [{ number: 1, version: 1 }, false], [{ number: 0, version: 9 }, false],
  ])('takes in %j over version 2 of number 1: %s', (come, taken) => expect(takesPlace(come, item)).toBe(taken));

  it('takes in what it has never had', () => expect(takesPlace(item, null)).toBe(true));
});

describe('an own item', () => {
  it('reaches every state', () => expect(unreachableStates(catalogueTransitions, ['DRAFT', 'IN_FORCE', 'LAPSED'], 'DRAFT')).toEqual([]));

  it('is acted on by its own office alone', () => {
    const clerk = actor('STREET_CLERK', '340103001');
    expect(actOnOwn(item, 'LAPSE', '340103001', clerk, new Date(1))).toMatchObject({ ok: true, value: { state: 'LAPSED', version: 3 } });
    expect(actOnOwn(item, 'LAPSE', '340103001001', clerk, new Date(1))).toMatchObject({ ok: false, error: { code: 'OUT_OF_SCOPE' } });
  });
});
