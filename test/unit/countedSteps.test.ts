import { countedStepsId, countedStepsKey, type CountedStepsKey } from '../../subgraphs/shared/domain/countedSteps.js';

const key: CountedStepsKey = { area: '340103001', measure: 'rated', from: '2026-01', to: '2026-03', asOf: null };

describe('what is behind a number', () => {
  it.each([key, { ...key, area: '3401', asOf: new Date('2026-04-01T01:02:03.004Z') }])('has a name that can be read back (%j)', (one) => {
    expect(countedStepsKey(countedStepsId(one))).toEqual(one);
  });

  it.each([
    ['', 'nothing'],
    ['340103001|rated|2026-01|2026-03', 'no time'],
    ['340103001001001|rated|2026-01|2026-03|NOW', 'a grid'],
    ['abc|rated|2026-01|2026-03|NOW', 'no area'],
    ['340103001|happy|2026-01|2026-03|NOW', 'no measure'],
    ['340103001|rated|2026-13|2026-14|NOW', 'no month'],
    ['340103001|rated|2026-03|2026-01|NOW', 'months the wrong way round'],
    ['340103001|rated|2026-01|2026-03|yesterday', 'no instant'],
    ['340103001|rated|2026-01|2026-03|2026-04-01', 'an instant in another form'],
    ['340103001|rated|2026-01|2026-03|NOW|', 'more'],
  ])('is not %s (%s)', (id) => {
    expect(countedStepsKey(id)).toBeNull();
  });
});
