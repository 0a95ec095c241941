import { levelOfCode } from '../../shared/domain/areaCode.js';
import { countedStepsId, countedStepsKey } from '../../shared/domain/countedSteps.js';
import { maxMonths, visibleMonths } from '../../shared/graphql/counts.js';
import { encodeCursor, pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { measureOfName, nameOfMeasure } from '../../shared/graphql/measureNames.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { CountedStepResolvers, CountedStepsResolvers, QueryCountedStepsArgs } from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import { takenOut } from '../domain/caseCounts.js';
import { visibleCase } from '../usecases/actOnCase.js';
import type { CountedStep as Step } from '../usecases/ports.js';
import type { CountedStepModel, CountedStepsModel } from './models.js';

/** The steps behind a number; null for who may not see the number. */
export function countedStepsOf(
  context: CommunityContext, { area, measure, asOf, ...months }: Partial<QueryCountedStepsArgs> & Pick<QueryCountedStepsArgs, 'area' | 'measure'>,
): CountedStepsModel | null {
  const level = levelOfCode(area);
  if (level === null || level === 'GRID') throw badInput('area 须为市、区、街道或社区代码。', 'area is the code of a city, district, street or community.');
  const range = visibleMonths(context, area, months, maxMonths);
  return range && { area, measure: measureOfName(measure), ...range, asOf: asOf ?? null };
}

const cursorOf = ({ at, caseId, seq }: Step) => [at.getTime(), caseId, seq];

export const CountedSteps: CountedStepsResolvers = {
  __resolveReference({ id }, context) {
    const key = countedStepsKey(id);
    return key && countedStepsOf(context, { ...key, measure: nameOfMeasure(key.measure) });
  },
  id: (key) => countedStepsId(key),
  measure: ({ measure }) => nameOfMeasure(measure),
  total: (key, _args, { countedSteps }) => countedSteps.total(key),
  async steps(key, args, context) {
    const actor = requireActor(context);
    const { items, hasNextPage } = await context.countedSteps.page(key, pageRequest(args, ['instant', 'text', 'count']));
    const seen = await Promise.all(items.map(async (step): Promise<CountedStepModel[]> => {
      const subject = await visibleCase(context.cases, step.caseId, actor);
      return subject ? [{ ...step, case: subject }] : [];
    }));
    const connection = toConnection({ items: seen.flat(), hasNextPage }, cursorOf, () => context.countedSteps.count(key));
    const last = items.at(-1);
    // The next page begins after what was left out, too.
    return { ...connection, pageInfo: { hasNextPage, endCursor: last ? encodeCursor(cursorOf(last)) : null } };
  },
};

export const CountedStep: CountedStepResolvers = {
  leftOut: ({ seq, case: { evaluations } }) => takenOut(evaluations, seq)?.leftOut ?? null,
};
