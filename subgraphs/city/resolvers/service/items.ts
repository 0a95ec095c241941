import type { GraphQLResolveInfo } from 'graphql';
import { checkExpression } from '../../../shared/conditions/expressions.js';
import type { ItemContent } from '../../../shared/domain/serviceItem.js';
import { lengthOf } from '../../../shared/domain/text.js';
import { availability } from '../../../shared/domain/stateMachine.js';
import { conditionOf } from '../../../shared/graphql/catalogue.js';
import { cutPage, pageRequest, toConnection, type Connection } from '../../../shared/graphql/connection.js';
import { badInput } from '../../../shared/graphql/errors.js';
import { mutate, type Answer } from '../../../shared/graphql/mutation.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import type {
  MutationResolvers, QueryResolvers, ServiceItemContentInput, ServiceItemEditInput, ServiceItemPayloadResolvers, ServiceItemResolvers,
  ServiceItemVersionResolvers,
} from '../../__generated__/resolvers.js';
import type { CityContext } from '../../context.js';
import { itemMachine, type ItemCommand, type ItemFilter } from '../../domain/service/item.js';
import type { ItemHit, ItemReference } from '../../usecases/ports.js';
import { actOnItem, draftItem, visibleDraft, visibleItem } from '../../usecases/service/items.js';

const maxQuestion = 100;

interface FilterArgs extends Partial<Record<keyof ItemFilter, unknown>> {
  readonly module?: ItemFilter['module'] | undefined;
  readonly department?: string | null | undefined;
  readonly level?: ItemFilter['level'] | undefined;
}

const filterOf = ({ module = null, department = null, level = null }: FilterArgs): ItemFilter => ({ module, department, level });

/** Keyset over what was found: by falling score, then by code. */
function pageOfHits(hits: readonly ItemHit[], args: { readonly first?: number | null; readonly after?: string | null }): Connection<ItemReference> {
  const { first, after } = pageRequest(args, 2);
  const [score, code] = [Number(after?.[0]), String(after?.[1])];
  const rest = after === null ? hits : hits.filter((hit) => hit.score < score || (hit.score === score && hit.id > code));
  return toConnection<ItemHit>(cutPage(rest, first), (hit) => [hit.score, hit.id], () => Promise.resolve(hits.length));
}

export const itemQueries: Pick<QueryResolvers, 'serviceItem' | 'serviceItems' | 'serviceItemSearch' | 'serviceItemDrafts'> = {
  serviceItem: (_parent, { code }, { items, actor }) => visibleItem(items, code, actor),
  async serviceItems(_parent, args, { items }) {
    const filter = filterOf(args);
    return toConnection(await items.list(filter, pageRequest(args, ['text'])), ({ id }) => [id], () => items.count(filter));
  },
  async serviceItemSearch(_parent, { text, ...args }, { items }) {
    if (lengthOf(text) < 1 || lengthOf(text) > maxQuestion) {
      throw badInput(`text 须为 1–${maxQuestion} 字。`, `text has 1–${maxQuestion} characters.`);
    }
    return pageOfHits(await items.search(text, filterOf(args)), args);
  },
  async serviceItemDrafts(_parent, args, context) {
    const actor = requireActor(context);
    const { items } = context;
    return toConnection(await items.drafts(actor, pageRequest(args, ['text'])), ({ id }) => [id], () => items.countDrafts(actor));
  },
};

const contentOf = ({ title, titleEn, materials, eligibility, conditions, feeFen, words, ...content }: ServiceItemContentInput): ItemContent => ({
  ...content,
  title: { zh: title, en: titleEn },
  materials: materials.map(({ name, nameEn, documentType, required = true, copies = 1, note }) =>
    ({ documentType, name: { zh: name, en: nameEn }, required, copies, note: note ?? null })),
  eligibility: eligibility ?? null,
  conditions: (conditions ?? []).map(conditionOf),
  feeFen: feeFen ?? 0,
  words: words ?? [],
});

interface ItemCall {
  readonly code: string;
  readonly number: number;
  readonly expectedVersion: number;
  readonly idempotencyKey?: string | null | undefined;
  readonly note?: string | null | undefined;
}

const act = <Input extends ItemCall>(commandOf: (input: Input) => ItemCommand) =>
  (_parent: unknown, { input }: { readonly input: Input }, context: CityContext, info: GraphQLResolveInfo): Promise<Answer<ItemReference>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { code, number, expectedVersion } = input;
        return actOnItem({ ...context, checkExpression }, { code, number, expectedVersion, command: commandOf(input) }, actor, receipt);
      },
      current: (actor, code) => visibleItem(context.items, code, actor),
      subject: input.code,
    });

const noted = (action: 'DISCARD' | 'PUT_IN_FORCE' | 'LAPSE') => act(({ note = null }: ItemCall): ItemCommand => ({ action, note }));

export const itemMutations = {
  serviceItemDraft: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => draftItem({ ...context, checkExpression }, { code: input.code, content: contentOf(input.content) }, actor, receipt),
      current: (actor, code) => visibleItem(context.items, code, actor),
      subject: input.code,
    }),
  serviceItemEdit: act(({ content }: ServiceItemEditInput): ItemCommand => ({ action: 'EDIT', content: contentOf(content) })),
  serviceItemDiscard: noted('DISCARD'),
  serviceItemPutInForce: noted('PUT_IN_FORCE'),
  serviceItemLapse: noted('LAPSE'),
} satisfies MutationResolvers;

export const ServiceItem: ServiceItemResolvers = {
  __resolveReference: ({ code }, { items, actor }) => visibleItem(items, code, actor),
  code: ({ id }) => id,
  inForce: ({ id }, _args, { items }) => items.inForce(id),
  draft: ({ id }, _args, { items, actor }) => visibleDraft(items, id, actor),
  async history({ id }, args, { items, actor }) {
    const page = await items.history(id, actor, pageRequest(args, ['count']));
    return toConnection(page, ({ number }) => [number], () => items.countHistory(id, actor));
  },
};

export const ServiceItemVersion: ServiceItemVersionResolvers = {
  async department({ department }, _args, { units }) {
    const unit = await units.byCode(department);
    if (!unit) throw new Error(`${department} is not stored.`);
    return unit;
  },
  title: ({ title }) => title.zh,
  titleEn: ({ title }) => title.en,
  draftedBy: ({ draftedBy }, _args, { actor }) => (actor ? draftedBy : null),
  availableActions: (version, _args, { actor, now }) => (actor ? availability(itemMachine, version, actor, now()) : []),
};

export const ServiceItemPayload: ServiceItemPayloadResolvers = { serviceItem: ({ entity }) => entity };
