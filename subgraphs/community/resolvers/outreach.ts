import { coversArea, levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { levelOfCode } from '../../shared/domain/areaCode.js';
import { localDate } from '../../shared/domain/calendar.js';
import { conditionsFault, verdictOf } from '../../shared/domain/condition.js';
import { checkExpression } from '../../shared/conditions/expressions.js';
import { factOf, type Fact } from '../../shared/domain/fact.js';
import { maskIdNumber } from '../../shared/domain/mask.js';
import { refuse, type DomainError } from '../../shared/domain/result.js';
import { availability } from '../../shared/domain/stateMachine.js';
import { actOnMany } from '../../shared/graphql/bulk.js';
import { conditionOf } from '../../shared/graphql/catalogue.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { mutate } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  ConditionStandingResolvers, KnownFactResolvers, MutationResolvers, OutreachCandidateResolvers, OutreachCasePayloadResolvers, OutreachCaseResolvers,
  OutreachRehearsalResolvers, QueryResolvers, ResidentRecordInput, ResidentRecordResolvers, ResidentRecordResultResolvers, ServiceConditionInput,
} from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import { outreachMachine, type SoughtItem } from '../domain/outreach/outreach.js';
import { factsOf, mustKeep, recordId, type KeepCommand } from '../domain/outreach/record.js';
import { visibleCase } from '../usecases/actOnCase.js';
import { callAtDoor, visibleOutreach } from '../usecases/outreach/callAtDoor.js';
import { communityOf, planKeeping, visibleRecord } from '../usecases/outreach/keepRecords.js';
import { rehearse, rehearsePeople, seesPeople, seesRehearsal, withoutFew, type Rehearsed } from '../usecases/outreach/rehearse.js';

/** A community or grid; throws for anything else. */
function placeOf(area: string): string {
  const level = levelOfCode(area);
  if (level !== 'COMMUNITY' && level !== 'GRID') throw badInput('area 须为社区或网格代码。', 'area is the code of a community or grid.');
  return area;
}
const areaOf = (area: string): string => {
  if (levelOfCode(area) === null) throw badInput('area 须为区划代码。', 'area is the code of an area.');
  return area;
};

const seesCounts = (actor: Actor, area: string): boolean =>
  (levelOfOfficer(actor) !== null || actor.role === 'GRID_WORKER' || actor.role === 'AUDITOR') && coversArea(actor, area);

/** The item, or one that is only drafted, with the conditions that it is rehearsed by. */
async function soughtItem(
  { catalogue }: CommunityContext, id: string | null, given: readonly ServiceConditionInput[] | null,
): Promise<SoughtItem | null> {
  if (id === null && given === null) throw badInput('请给出 item 或 conditions。', 'Give item, or conditions.');
  const found = id === null ? null : await catalogue.byId(id);
  if (id !== null && found?.state !== 'IN_FORCE') return null;
  const conditions = given?.map(conditionOf) ?? found?.conditions ?? [];
  const fault = conditionsFault(conditions, checkExpression);
  if (fault) throw badInput(...(fault.message.split(' / ', 2) as [string, string]));
  if (conditions.length === 0) throw badInput('没有条件,找不到任何人。', 'Without conditions nobody is found.');
  return found ? { ...found, conditions } : { id: '', code: '', area: '', number: 0, state: 'IN_FORCE', conditions };
}

// It looks through thousands of records: a request is told its cost before it is run, and this one is not in it.
const rehearsed = new WeakSet<CommunityContext>();

export const outreachQueries: Pick<
  QueryResolvers,
  'residentRecord' | 'ownResidentRecord' | 'residentRecords' | 'residentRecordCount' | 'outreachCase' | 'outreachCases' | 'outreachCounts' | 'outreachRehearsal'
> = {
  residentRecord: (_parent, { id }, context) => visibleRecord(context.records, id, requireActor(context)),
  ownResidentRecord: (_parent, _args, context) => {
    const actor = requireActor(context);
    return actor.role === 'RESIDENT' ? context.records.ofPerson(actor.id) : null;
  },
  async residentRecords(_parent, { area, ...args }, context) {
    const actor = requireActor(context);
    const request = pageRequest(args, ['text']);
    if (!seesPeople(actor, placeOf(area))) return null;
    return toConnection(await context.records.list(area, request), ({ id }) => [id], () => context.records.count(area));
  },
  residentRecordCount: (_parent, { area }, context) => (seesCounts(requireActor(context), areaOf(area)) ? context.records.count(area) : null),
  outreachCase: (_parent, { id }, context) => visibleOutreach(context, id, requireActor(context)),
  async outreachCases(_parent, { area, states = null, ...args }, context) {
    const actor = requireActor(context);
    const request = pageRequest(args, ['instant', 'text']);
    if (!seesPeople(actor, placeOf(area))) return null;
    const { outreach } = context;
    return toConnection(await outreach.list(area, states, request), ({ openedAt, id }) => [openedAt.getTime(), id], () => outreach.countIn(area, states));
  },
  async outreachCounts(_parent, { area }, context) {
    if (!seesCounts(requireActor(context), areaOf(area))) return null;
    const counts = await context.outreach.countsIn(area);
    return { open: counts.OPEN ?? 0, notReached: counts.NOT_REACHED ?? 0, wanted: counts.WANTED ?? 0, declined: counts.DECLINED ?? 0 };
  },
  async outreachRehearsal(_parent, { area, item: id = null, conditions = null, from = null }, context) {
    const actor = requireActor(context);
    if (!seesRehearsal(actor, areaOf(area))) return null;
    if (rehearsed.has(context)) throw badInput('一次请求至多一次演练,请分开请求。', 'One rehearsal in a request; send the others by themselves.');
    rehearsed.add(context);
    const item = await soughtItem(context, id, conditions);
    if (!item) return null;
    const { parts, whole, next } = await rehearse(context, area, item, from);
    const shown = seesPeople(actor, area) ? (one: Rehearsed): Rehearsed => one : withoutFew;
    return { ...shown(whole), parts: parts.map(shown), next, item };
  },
};

/** What is wrong with one of a list points into the list. */
const inList = (error: DomainError, list: string, place: number): DomainError =>
  (error.field ? { ...error, field: ['input', list, String(place), ...error.field.slice(1)] } : error);

const commandOf = ({ number, grid, person, name, phone, idNumber, address, facts }: ResidentRecordInput): KeepCommand => ({
  number, grid: grid ?? null, person: person ?? null, name, phone: phone ?? null, idNumber: idNumber ?? null, address: address ?? null,
  facts: (facts ?? []).map(({ code, value }) => ({ code, value: value ?? null })),
});

export const outreachMutations: Pick<MutationResolvers, 'residentRecordKeep' | 'outreachRecord'> = {
  residentRecordKeep(_parent, { input }, context, info) {
    const places = new Map(input.records.map(({ number }, i) => [number, i]));
    return actOnMany(context, info.fieldName, { ...input }, {
      list: 'records',
      idField: 'number',
      targets: input.records.map(({ number, expectedVersion }) => ({ id: number, expectedVersion })),
      barred: mustKeep,
      fault: null,
      async plan({ id, expectedVersion }, actor) {
        const place = places.get(id) ?? -1;
        const record = input.records[place];
        if (!record) throw new Error('A record is planned that was not given.');
        const planned = await planKeeping(context, commandOf(record), expectedVersion, actor);
        return planned.ok ? planned : refuse(inList(planned.error, 'records', place));
      },
      current: (actor, id) => visibleRecord(context.records, id.includes(':') ? id : recordId(communityOf(actor) ?? '', id), actor),
    });
  },
  outreachRecord: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => callAtDoor(
        context, { outreachId: input.outreachId, expectedVersion: input.expectedVersion, action: input.action, note: input.note ?? null }, actor, receipt,
      ),
      current: (actor, id) => visibleOutreach(context, id, actor),
      subject: input.outreachId,
    }),
};

export const ResidentRecord: ResidentRecordResolvers = {
  community: async ({ community }, _args, { areas }) => {
    const found = await areas.byCode(community);
    if (!found) throw new Error(`Records name community ${community}, which is not stored.`);
    return found;
  },
  grid: ({ grid }, _args, { grids }) => (grid === null ? null : grids.byCode(grid)),
  idNumber: ({ idNumber }, _args, { actor }) => (idNumber !== null && actor?.role === 'GRID_WORKER' ? maskIdNumber(idNumber) : idNumber),
  // One that the vocabulary has no more is not shown.
  facts: ({ facts }) => facts.filter(({ code }) => factOf(code) !== null),
  outreachCases: ({ id }, _args, { outreach }) => outreach.ofRecord(id),
};

export const KnownFact: KnownFactResolvers = { fact: ({ code }) => factOf(code) as Fact, value: ({ value }) => String(value) };

export const ResidentRecordResult: ResidentRecordResultResolvers = {
  number: ({ id }) => id,
  record: ({ entity }) => entity,
  changed: ({ effect }) => effect?.changed ?? [],
};

export const ConditionStanding: ConditionStandingResolvers = { missing: ({ missing }) => missing.flatMap((code) => factOf(code) ?? []) };

export const OutreachCase: OutreachCaseResolvers = {
  record: ({ record }, _args, { records, actor }) => actor && visibleRecord(records, record, actor),
  async item({ item, community }, _args, { catalogue }) {
    const found = await catalogue.byId(item);
    return found && { id: found.id, item: found, area: community };
  },
  application: ({ application }, _args, { cases, actor }) => (application === null || !actor ? null : visibleCase(cases, application, actor)),
  async standing({ item: id, record: recordOf }, _args, { catalogue, records, evaluate, now }) {
    const [item, record] = [await catalogue.byId(id), await records.byId(recordOf)];
    if (item?.state !== 'IN_FORCE' || !record || item.conditions.length === 0) return { verdict: 'NOT_MET', conditions: [] };
    const conditions = evaluate(item.conditions, factsOf(record), localDate(now()));
    return { verdict: verdictOf(conditions), conditions };
  },
  availableActions: (subject, _args, { actor, now }) => (actor ? availability(outreachMachine, subject, actor, now()) : []),
};

export const OutreachCasePayload: OutreachCasePayloadResolvers = { outreachCase: ({ entity }) => entity };

export const OutreachRehearsal: OutreachRehearsalResolvers = {
  async people({ area, item, found, unknown }, args, context) {
    const actor = requireActor(context);
    const { first, after } = pageRequest(args, ['text']);
    if (levelOfCode(area) !== 'COMMUNITY' && levelOfCode(area) !== 'GRID') return null;
    if (!seesPeople(actor, area)) return null;
    const page = await rehearsePeople(context, area, item, { first, after: after === null ? null : String(after[0]) });
    return toConnection(page, ({ finding: { record } }) => [record.id], () => Promise.resolve(found + unknown));
  },
};

export const OutreachCandidate: OutreachCandidateResolvers = {
  record: ({ finding: { record } }) => record,
  verdict: ({ finding: { verdict } }) => verdict,
  conditions: ({ finding: { answers } }) => answers,
};
