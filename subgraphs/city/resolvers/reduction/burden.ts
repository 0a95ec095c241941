import { ancestorAt, levelOfCode } from '../../../shared/domain/areaCode.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { cutPage, pageRequest, toConnection, type Connection } from '../../../shared/graphql/connection.js';
import { badInput } from '../../../shared/graphql/errors.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import type {
  BurdenEntryResolvers, BurdenReportResolvers, BurdenResolvers, BurdenSourceResolvers, DepartmentBurdenResolvers, QueryResolvers,
} from '../../__generated__/resolvers.js';
import type { CityContext } from '../../context.js';
import { seesAdmission } from '../../domain/admission/admission.js';
import { burdenOf, byDepartment, changeOf, countOn, difference, seesBurden } from '../../domain/reduction/burden.js';
import type { BurdenModel, BurdenReportModel } from '../models.js';

export const burdenQueries: Pick<QueryResolvers, 'burdenReport'> = {
  burdenReport(_parent, { area, before, after }, context) {
    const actor = requireActor(context);
    if (before > after || after > localDate(context.now())) {
      throw badInput('日期须先后有序,且不晚于今天。', 'The days are in order, and none is later than today.');
    }
    const isKnown = ['CITY', 'DISTRICT', 'STREET', 'COMMUNITY'].includes(levelOfCode(area) ?? '');
    return isKnown && seesBurden(actor, area) ? { area, before, after, only: actor.role === 'DEPARTMENT_OFFICER' ? actor.unit : null } : null;
  },
};

interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** A page of areas, their admissions and the catalogue: a query each. */
const areasOf = (level: 'STREET' | 'COMMUNITY') =>
  async ({ area, only, ...days }: BurdenReportModel, args: PageArgs, { burden }: CityContext): Promise<Connection<BurdenModel>> => {
    const { items, hasNextPage } = await burden.areas(level, area, days, pageRequest(args, ['text']));
    const streets = [...new Set(items.map(({ code }) => ancestorAt(code, 'STREET')))];
    const [admissions, versions] = [await burden.admissions(streets, days), await burden.versions(days)];
    const page = { items: items.map((one): BurdenModel => ({ ...one, entries: burdenOf(one.code, days, admissions, versions, only) })), hasNextPage };
    return toConnection(page, ({ code }) => [code], () => burden.countAreas(level, area, days));
  };

export const BurdenReport: BurdenReportResolvers = { streets: areasOf('STREET'), communities: areasOf('COMMUNITY') };

export const Burden: BurdenResolvers = {
  area: ({ code }) => code,
  level: ({ code }) => (levelOfCode(code) === 'STREET' ? 'STREET' : 'COMMUNITY'),
  before: ({ entries }) => countOn(entries, 'before'),
  after: ({ entries }) => countOn(entries, 'after'),
  difference: ({ entries }) => difference(countOn(entries, 'before'), countOn(entries, 'after')),
  departments: ({ entries }) => byDepartment(entries),
  entries({ entries }, { change, ...args }) {
    const { first, after } = pageRequest(args, ['text']);
    const fitting = change == null ? entries : entries.filter((entry) => changeOf(entry) === change);
    const rest = after === null ? fitting : fitting.filter(({ key }) => key > String(after[0]));
    return toConnection(cutPage(rest, first), ({ key }) => [key], async () => fitting.length);
  },
};

async function unitOf(code: string, { units }: CityContext) {
  const unit = await units.byCode(code);
  if (!unit) throw new Error(`${code} is not stored.`);
  return unit;
}

export const DepartmentBurden: DepartmentBurdenResolvers = {
  department: ({ department }, _args, context) => unitOf(department, context),
  difference: ({ before, after }) => after - before,
};

export const BurdenEntry: BurdenEntryResolvers = {
  item: ({ item }) => (item === null ? null : { id: item }),
  department: ({ department }, _args, context) => unitOf(department, context),
  change: changeOf,
};

export const BurdenSource: BurdenSourceResolvers = {
  admission: (source, _args, { actor }) => ('admission' in source && actor && seesAdmission(source.admission, actor) ? source.admission : null),
  itemVersion: (source) => ('version' in source ? source.version : null),
};
