import { ok, refuse, type Result } from '../../../shared/domain/result.js';
import { dutyListFault, type DutyList as Duties } from '../../../shared/domain/dutyList.js';
import { trimmed } from '../../../shared/domain/text.js';
import { mutate } from '../../../shared/graphql/mutation.js';
import type {
  DutyClassNameResolvers, DutyEntryResolvers, DutyListPayloadResolvers, DutyListPublishInput, DutyListResolvers, ListEntryInput,
  ListEntryResolvers, ListPublishInput, MutationResolvers, PublishedListPayloadResolvers, PublishedListResolvers, QueryResolvers,
} from '../../__generated__/resolvers.js';
import type { CityContext } from '../../context.js';
import { differenceOf, type Difference } from '../../domain/lists/difference.js';
import { listFault, type ListContent, type ListEntry as Entry, type ListKind } from '../../domain/lists/list.js';
import { entryOfList } from '../../domain/openness/entry.js';
import type { Versions } from '../../usecases/ports.js';
import { publishVersion } from '../../usecases/publishVersion.js';
import type { PublishedListModel } from '../models.js';
import { isInForce, listOf, oneOf } from '../publications.js';

const ofKind = async (kind: ListKind, found: Promise<Omit<PublishedListModel, 'kind'> | null>): Promise<PublishedListModel | null> => {
  const version = await found;
  return version && { ...version, kind };
};

/** Null when there is none of one of the names. */
async function between<Content, E extends { readonly code: string }>(
  versions: Versions<Content>, from: string, to: string | null | undefined, entries: (content: Content) => readonly E[],
): Promise<Difference<E> | null> {
  const [before, after] = [await versions.byVersion(from), await oneOf(versions, to)];
  return before && after && differenceOf(entries(before.content), entries(after.content));
}

export const listQueries: Pick<QueryResolvers,
  'publishedLists' | 'publishedList' | 'publishedListDiff' | 'dutyLists' | 'dutyList' | 'dutyListDiff'> = {
  async publishedLists(_parent, { kind, ...args }, { lists }) {
    const { nodes, edges, ...page } = await listOf(lists[kind], args);
    return {
      ...page,
      nodes: nodes.map((node) => ({ ...node, kind })),
      edges: edges.map(({ cursor, node }) => ({ cursor, node: { ...node, kind } })),
    };
  },
  publishedList: (_parent, { kind, version }, { lists }) => ofKind(kind, oneOf(lists[kind], version)),
  publishedListDiff: (_parent, { kind, from, to }, { lists }) => between(lists[kind], from, to, (content) => content),
  dutyLists: (_parent, args, { dutyLists }) => listOf(dutyLists, args),
  dutyList: (_parent, { version }, { dutyLists }) => oneOf(dutyLists, version),
  dutyListDiff: (_parent, { from, to }, { dutyLists }) => between(dutyLists, from, to, ({ entries }) => entries),
};

const entryOf = ({ code, title, titleEn, department, detail }: ListEntryInput): Entry =>
  ({ code, title: { zh: title.trim(), en: titleEn.trim() }, department: department ?? null, detail: trimmed(detail) });

function listContent({ entries }: ListPublishInput): Result<ListContent> {
  const content = entries.map(entryOf);
  const fault = listFault(content);
  return fault ? refuse(fault) : ok(content);
}

function dutyContent({ classes, streetTypes, entries }: DutyListPublishInput): Result<Duties> {
  const content: Duties = {
    classes: (classes ?? []).map(({ class: name, name: zh, nameEn: en }) => ({ class: name, name: { zh: zh.trim(), en: en.trim() } })),
    streetTypes: (streetTypes ?? []).map(({ name, streets }) => ({ name: name.trim(), streets: [...streets] })),
    entries: entries.map((entry) => ({
      code: entry.code,
      title: { zh: entry.title.trim(), en: entry.titleEn.trim() },
      category: entry.category,
      class: entry.class,
      matters: [...entry.matters],
      ...(entry.items && entry.items.length > 0 && { items: [...entry.items] }),
      streets: [...(entry.streets ?? [])],
      streetTypes: [...(entry.streetTypes ?? [])],
      forward: entry.forward,
      dispatch: entry.dispatch,
      needsAdmission: entry.needsAdmission ?? false,
    })),
  };
  const fault = dutyListFault(content);
  return fault ? refuse(fault) : ok(content);
}

export const listMutations: Pick<MutationResolvers, 'listPublish' | 'dutyListPublish'> = {
  async listPublish(_parent, { input }, context, info) {
    const versions = context.lists[input.kind];
    const { entity, userErrors } = await mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions, now: context.now, entryOf: (published, area) => entryOfList(input.kind, published, area) },
        { version: input.version, note: input.note ?? null, content: () => listContent(input) },
        actor,
        receipt,
      ),
      current: (_actor, id) => versions.byVersion(id),
    });
    return { entity: entity && { ...entity, kind: input.kind }, userErrors };
  },
  dutyListPublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.dutyLists, now: context.now, entryOf: (published, area) => entryOfList('DUTY', published, area) },
        { version: input.version, note: input.note ?? null, content: () => dutyContent(input) },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.dutyLists.byVersion(id),
    }),
};

export const PublishedList: PublishedListResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { lists }) => isInForce(published, lists[published.kind]),
  entries: ({ content }) => content,
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};
export const PublishedListPayload: PublishedListPayloadResolvers = { list: ({ entity }) => entity };

const unitOf = async (code: string | null, { units }: CityContext) => (code === null ? null : units.byCode(code));

export const ListEntry: ListEntryResolvers = {
  title: ({ title }) => title.zh,
  titleEn: ({ title }) => title.en,
  department: ({ department }, _args, context) => unitOf(department, context),
};

export const DutyList: DutyListResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { dutyLists }) => isInForce(published, dutyLists),
  classes: ({ content }) => content.classes,
  streetTypes: ({ content }) => content.streetTypes,
  entries: ({ content }) => content.entries,
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};
export const DutyListPayload: DutyListPayloadResolvers = { dutyList: ({ entity }) => entity };
export const DutyEntry: DutyEntryResolvers = { title: ({ title }) => title.zh, titleEn: ({ title }) => title.en, items: ({ items }) => items ?? [] };
export const DutyClassName: DutyClassNameResolvers = { name: ({ name }) => name.zh, nameEn: ({ name }) => name.en };
