import type { GraphQLResolveInfo } from 'graphql';
import { checkExpression } from '../conditions/expressions.js';
import type { Condition } from '../domain/condition.js';
import { officeOf, type CatalogueAction, type CatalogueItem, type CatalogueRemark, type RemarkText } from '../domain/catalogue.js';
import { levelOfCode, type Level } from '../domain/areaCode.js';
import type { Material, ServiceModule } from '../domain/serviceItem.js';
import { lengthOf } from '../domain/text.js';
import type { CatalogueRepository } from '../persistence/catalogues.js';
import type { Receipts } from '../persistence/receipts.js';
import { actOnOwnItem, draftOwnItem, remarkOnItem, visibleEntry, type CatalogueEntry, type OnItem } from '../usecases/catalogue.js';
import { pageRequest, toConnection, type Connection, type Page } from './connection.js';
import { badInput } from './errors.js';
import { mutate, type Answer } from './mutation.js';
import { requireActor, type RequestContext } from './requestContext.js';

export type { CatalogueEntry } from '../usecases/catalogue.js';
export type CatalogueAnswer = Answer<CatalogueEntry>;
export type CataloguePage = Connection<CatalogueEntry>;

export interface CatalogueContext extends RequestContext {
  readonly catalogue: CatalogueRepository;
  readonly receipts: Receipts;
}

const maxText = 100;
/** A street's whole catalogue fits on a page. */
const maxFirst = 200;

interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}
interface CatalogueArgs extends PageArgs {
  readonly module?: ServiceModule | null | undefined;
  readonly text?: string | null | undefined;
}

const toPage = ({ items, hasNextPage }: Page<CatalogueItem>, area: string, count: () => Promise<number>): CataloguePage =>
  toConnection({ items: items.map((item) => ({ id: item.id, item, area })), hasNextPage }, ({ item }) => [item.area, item.code], count);

/** The lists of an area: its catalogue, and the drafts of its office. */
export const catalogueFields = (level: Level) => ({
  async catalogue({ code }: { readonly code: string }, { module = null, text = null, ...args }: CatalogueArgs, { catalogue }: CatalogueContext) {
    if (text !== null && (lengthOf(text) < 1 || lengthOf(text) > maxText)) throw badInput(`text 须为 1–${maxText} 字。`, `text has 1–${maxText} characters.`);
    const filter = { module, text };
    return toPage(await catalogue.list(code, filter, pageRequest(args, ['text', 'text'], maxFirst)), code, () => catalogue.count(code, filter));
  },
  async itemDrafts({ code }: { readonly code: string }, args: PageArgs, context: CatalogueContext) {
    const request = pageRequest(args, ['text', 'text']);
    const office = officeOf(level, requireActor(context));
    if (!office.ok || office.value !== code) return toPage({ items: [], hasNextPage: false }, code, () => Promise.resolve(0));
    return toPage(await context.catalogue.drafts(code, request), code, () => context.catalogue.countDrafts(code));
  },
});

interface MaterialInput {
  readonly documentType: string;
  readonly name: string;
  readonly nameEn: string;
  readonly required?: boolean;
  readonly copies?: number;
  readonly note?: string | null | undefined;
}
export interface ConditionInput {
  readonly expression: string;
  readonly says: string;
  readonly saysEn: string;
}
interface DraftInput {
  readonly code: string;
  readonly title: string;
  readonly titleEn: string;
  readonly module: ServiceModule;
  readonly materials?: readonly MaterialInput[] | null | undefined;
  readonly workDays: number;
  readonly eligibility?: string | null | undefined;
  readonly conditions?: readonly ConditionInput[] | null | undefined;
  readonly feeFen?: number | null | undefined;
  readonly words?: readonly string[] | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}
interface ItemInput extends OnItem {
  readonly idempotencyKey?: string | null | undefined;
}
type RemarkInput = ItemInput & { readonly [key in keyof RemarkText]?: string | null | undefined };

export const conditionOf = ({ expression, says, saysEn }: ConditionInput): Condition => ({ expression, says: { zh: says, en: saysEn } });

const contentOf = ({ title, titleEn, module, materials, workDays, eligibility, conditions, feeFen, words }: DraftInput) => ({
  title: { zh: title, en: titleEn },
  module,
  materials: (materials ?? []).map(({ name, nameEn, documentType, required = true, copies = 1, note }): Material =>
    ({ documentType, name: { zh: name, en: nameEn }, required, copies, note: note ?? null })),
  workDays,
  eligibility: eligibility ?? null,
  conditions: (conditions ?? []).map(conditionOf),
  feeFen: feeFen ?? 0,
  words: words ?? [],
});

type Call<Input> = (parent: unknown, args: { readonly input: Input }, context: CatalogueContext, info: GraphQLResolveInfo) => Promise<CatalogueAnswer>;

/** What the level's office writes: items of its own, and remarks on what came from above. */
export function catalogueMutations(level: Level): {
  readonly draft: Call<DraftInput>;
  readonly putInForce: Call<ItemInput>;
  readonly lapse: Call<ItemInput>;
  readonly remark: Call<RemarkInput>;
} {
  const depsOf = ({ catalogue, now }: CatalogueContext) => ({ catalogue, now, level, checkExpression });
  const act = (action: CatalogueAction): Call<ItemInput> => (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnOwnItem(depsOf(context), input, action, actor, receipt),
      current: (actor, id) => visibleEntry(depsOf(context), id, actor),
      subject: input.itemId,
    });
  return {
    draft: (_parent, { input }, context, info) =>
      mutate(context, info.fieldName, { ...input }, {
        run: (actor, receipt) => draftOwnItem(depsOf(context), { code: input.code, content: contentOf(input) }, actor, receipt),
        current: (actor, id) => visibleEntry(depsOf(context), id, actor),
      }),
    putInForce: act('PUT_IN_FORCE'),
    lapse: act('LAPSE'),
    remark: (_parent, { input }, context, info) =>
      mutate(context, info.fieldName, { ...input }, {
        run: (actor, receipt) => {
          const { place = null, hours = null, contact = null } = input;
          return remarkOnItem(depsOf(context), input, { place, hours, contact }, actor, receipt);
        },
        current: (actor, id) => visibleEntry(depsOf(context), id, actor),
        subject: input.itemId,
      }),
  };
}

const party = (area: string, unit: string | null) => ({ level: levelOfCode(area) as Level, area, unit });

const itemFields = {
  code: ({ item }: CatalogueEntry) => item.code,
  origin: ({ item: { area, department } }: CatalogueEntry) => party(area, department),
  number: ({ item }: CatalogueEntry) => item.number,
  version: ({ item }: CatalogueEntry) => item.version,
  state: ({ item }: CatalogueEntry) => item.state,
  title: ({ item }: CatalogueEntry) => item.title.zh,
  titleEn: ({ item }: CatalogueEntry) => item.title.en,
  module: ({ item }: CatalogueEntry) => item.module,
  level: ({ item }: CatalogueEntry) => item.level,
  delivery: ({ item }: CatalogueEntry) => item.delivery,
  materials: ({ item }: CatalogueEntry) => item.materials,
  workDays: ({ item }: CatalogueEntry) => item.workDays,
  eligibility: ({ item }: CatalogueEntry) => item.eligibility,
  conditions: ({ item }: CatalogueEntry) => item.conditions,
  feeFen: ({ item }: CatalogueEntry) => item.feeFen,
  words: ({ item }: CatalogueEntry) => item.words,
  inForceAt: ({ item }: CatalogueEntry) => item.inForceAt,
  remarks: ({ id, area }: CatalogueEntry, _args: unknown, { catalogue }: CatalogueContext) => catalogue.remarks(id, area),
};

/** The resolvers of a catalogue's types. */
export const catalogueResolvers = {
  CatalogueItem: itemFields,
  CatalogueRemark: { by: ({ area }: CatalogueRemark) => party(area, null) },
  CatalogueItemPayload: { item: ({ entity }: CatalogueAnswer) => entity },
  ServiceCondition: { says: ({ says }: Condition) => says.zh, saysEn: ({ says }: Condition) => says.en },
  ServiceMaterial: { name: ({ name }: Material) => name.zh, nameEn: ({ name }: Material) => name.en },
};
