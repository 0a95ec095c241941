import { levelOfCode, type Level } from '../../../shared/domain/areaCode.js';
import { addDays, instantAt } from '../../../shared/domain/calendar.js';
import { availability } from '../../../shared/domain/stateMachine.js';
import { pageRequest, toConnection } from '../../../shared/graphql/connection.js';
import { badInput } from '../../../shared/graphql/errors.js';
import { mutate } from '../../../shared/graphql/mutation.js';
import type {
  MutationResolvers, OpennessCodeResolvers, OpennessEntryResolvers, OpennessPayloadResolvers, OpennessSubjectResolvers, OpennessVersionResolvers, QueryResolvers,
} from '../../__generated__/resolvers.js';
import type { CityContext } from '../../context.js';
import type { ListKind } from '../../domain/lists/list.js';
import { treeOf } from '../../domain/openness/codes.js';
import { opennessMachine, seesWhatItSaid, type OpennessFilter, type SubjectKind } from '../../domain/openness/entry.js';
import { act, publish } from '../../usecases/openness/entries.js';

interface FilterArgs {
  readonly code?: string | null | undefined;
  readonly area?: string | null | undefined;
}

function filterOf({ code = null, area = null }: FilterArgs, { opennessCodes }: CityContext): Pick<OpennessFilter, 'code' | 'area'> {
  if (code !== null && !opennessCodes.has(code)) throw badInput('目录中没有此编码,见 opennessCatalogue。', 'The catalogue has no such code; see opennessCatalogue.');
  return { code, area };
}

const [firstDay, lastDay] = ['2000-01-01', '9998-12-31'];

/** The days from the one to the other as instants. */
function periodOf(from: string | null | undefined, to: string | null | undefined): Pick<OpennessFilter, 'from' | 'before'> {
  for (const day of [from, to]) {
    if (day != null && (day < firstDay || day > lastDay)) throw badInput('日期须在 2000 年以后。', 'Days are from 2000 on.');
  }
  return { from: from == null ? null : instantAt(from), before: to == null ? null : instantAt(addDays(to, 1)) };
}

export const opennessQueries: Pick<QueryResolvers, 'opennessCatalogue' | 'opennessEntry' | 'openness' | 'opennessUpdatedAt'> = {
  opennessCatalogue: (_parent, _args, { opennessCodes }) => treeOf([...opennessCodes.values()]),
  opennessEntry: (_parent, { id }, { openness }) => openness.byId(id),
  async openness(_parent, { from, to, states, ...args }, context) {
    const { openness } = context;
    const filter: OpennessFilter = { ...filterOf(args, context), ...periodOf(from, to), states: states ?? ['PUBLISHED'] };
    const page = await openness.list(filter, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ publishedAt, id }) => [publishedAt.getTime(), id], () => openness.count(filter));
  },
  opennessUpdatedAt: (_parent, args, context) =>
    context.openness.updatedAt({ ...filterOf(args, context), from: null, before: null, states: ['PUBLISHED', 'WITHDRAWN'] }),
};

export const opennessMutations: Pick<MutationResolvers, 'opennessPublish' | 'opennessCorrect' | 'opennessWithdraw'> = {
  opennessPublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { code, title, titleEn = null, summary = null, text = null, subject = null, reason } = input;
        return publish(context, { code, title, titleEn, summary, text, subject, reason }, actor, receipt);
      },
      current: (_actor, id) => context.openness.byId(id),
    }),
  opennessCorrect: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { idempotencyKey: _key, code, title, ...change } = input;
        return act(context, 'CORRECT', { ...change, code: code ?? undefined, title: title ?? undefined }, actor, receipt);
      },
      current: (_actor, id) => context.openness.byId(id),
      subject: input.entryId,
    }),
  opennessWithdraw: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { entryId, expectedVersion, reason } = input;
        return act(context, 'WITHDRAW', { entryId, expectedVersion, reason }, actor, receipt);
      },
      current: (_actor, id) => context.openness.byId(id),
      subject: input.entryId,
    }),
};

export const OpennessCode: OpennessCodeResolvers = { title: ({ title }) => title.zh, titleEn: ({ title }) => title.en };

/** The code without those below it. */
const codeOf = (code: string, { opennessCodes }: CityContext) => ({ ...(opennessCodes.get(code) ?? { code, title: { zh: code, en: code } }), children: [] });

export const OpennessEntry: OpennessEntryResolvers = {
  __resolveReference: ({ id }, { openness }) => openness.byId(id),
  code: ({ content }, _args, context) => codeOf(content.code, context),
  publisher: ({ area }) => ({ level: levelOfCode(area) as Level, area, unit: null }),
  title: ({ content }) => content.title,
  titleEn: ({ content }) => content.titleEn,
  summary: (entry, _args, { actor }) => (seesWhatItSaid(entry, actor) ? entry.content.summary : null),
  text: (entry, _args, { actor }) => (seesWhatItSaid(entry, actor) ? entry.content.text : null),
  subject: ({ content }) => content.subject,
  withdrawal({ history }) {
    const last = history.at(-1);
    return last?.action === 'WITHDRAW' ? { at: last.at, reason: last.reason } : null;
  },
  history: (entry) => entry.history.map((version) => ({ version, entry })),
  availableActions: (entry, _args, { actor, now }) => (actor ? availability(opennessMachine, entry, actor, now()) : []),
};

export const OpennessVersion: OpennessVersionResolvers = {
  action: ({ version }) => version.action,
  at: ({ version }) => version.at,
  by: ({ version }, _args, { actor }) => (actor ? version.by : null),
  reason: ({ version }) => version.reason,
  code: ({ version }, _args, context) => codeOf(version.code, context),
  title: ({ version }) => version.title,
  summary: ({ version, entry }, _args, { actor }) => (seesWhatItSaid(entry, actor) ? version.summary : null),
  text: ({ version, entry }, _args, { actor }) => (seesWhatItSaid(entry, actor) ? version.text : null),
};

const listKindOf: Partial<Readonly<Record<SubjectKind, ListKind>>> = {
  POWER_LIST: 'POWER', RESPONSIBILITY_LIST: 'RESPONSIBILITY', SERVICE_LIST: 'SERVICE', EFFICIENCY_LIST: 'EFFICIENCY',
};

export const OpennessSubject: OpennessSubjectResolvers = {
  async list({ kind, reference }, _args, { lists }) {
    const list = listKindOf[kind];
    const found = list && (await lists[list].byVersion(reference));
    return found ? { ...found, kind: list } : null;
  },
  dutyList: ({ kind, reference }, _args, { dutyLists }) => (kind === 'DUTY_LIST' ? dutyLists.byVersion(reference) : null),
  serviceItem: ({ kind, reference }) => (kind === 'SERVICE_ITEM' ? { id: reference } : null),
  assessmentRound: ({ kind, reference }) => (kind === 'ASSESSMENT_ROUND' ? { id: reference } : null),
};

export const OpennessPayload: OpennessPayloadResolvers = { entry: ({ entity }) => entity };
