import type { Actor } from '../domain/actor.js';
import type { Level } from '../domain/areaCode.js';
import {
  actOnOwn, catalogueId, draftOwn, isOffered, officeOf, remarkOn, type CatalogueAction, type CatalogueItem, type OwnItemCommand, type RemarkText,
} from '../domain/catalogue.js';
import type { CheckExpression } from '../domain/condition.js';
import { stale } from '../domain/plan.js';
import { bilingual, fail, ok, type Result } from '../domain/result.js';
import type { CatalogueRepository } from '../persistence/catalogues.js';
import type { Receipt } from '../persistence/receipts.js';

export interface CatalogueDeps {
  readonly catalogue: CatalogueRepository;
  readonly level: Level;
  readonly checkExpression: CheckExpression;
  readonly now: () => Date;
}

/** An item as the catalogue of `area` has it. */
export interface CatalogueEntry {
  readonly id: string;
  readonly item: CatalogueItem;
  readonly area: string;
}

const entry = (item: CatalogueItem, area: string): CatalogueEntry => ({ id: item.id, item, area });

/** An item of the actor's catalogue, or one of the office's own whatever its state. */
export async function visibleEntry({ catalogue, level }: Pick<CatalogueDeps, 'catalogue' | 'level'>, id: string, actor: Actor): Promise<CatalogueEntry | null> {
  const office = officeOf(level, actor);
  if (!office.ok) return null;
  const item = await catalogue.byId(id);
  return item && (item.area === office.value || isOffered(item, office.value)) ? entry(item, office.value) : null;
}

const noSuch = (): Result<never> => fail('NOT_FOUND', bilingual('目录中没有此事项。', 'No such item in your catalogue.'), ['input', 'itemId']);

export async function draftOwnItem(deps: CatalogueDeps, command: OwnItemCommand, actor: Actor, receipt: Receipt | null): Promise<Result<CatalogueEntry>> {
  const office = officeOf(deps.level, actor);
  if (!office.ok) return office;
  const last = await deps.catalogue.byId(catalogueId(office.value, command.code));
  const draft = draftOwn(command, last, deps.level, office.value, deps.checkExpression);
  if (!draft.ok) return draft;
  if (await deps.catalogue.save(draft.value, last?.version ?? 0, deps.now(), receipt)) return ok(entry(draft.value, office.value));
  return fail('DUPLICATE', bilingual('刚有人起草了此编码,请重新读取。', 'Somebody has just drafted that code; read it again.'), ['input', 'code']);
}

export interface OnItem {
  readonly itemId: string;
  readonly expectedVersion: number;
}

export async function actOnOwnItem(
  deps: CatalogueDeps, { itemId, expectedVersion }: OnItem, action: CatalogueAction, actor: Actor, receipt: Receipt | null,
): Promise<Result<CatalogueEntry>> {
  const office = officeOf(deps.level, actor);
  if (!office.ok) return office;
  const found = await visibleEntry(deps, itemId, actor);
  if (!found) return noSuch();
  const acted = actOnOwn(found.item, action, office.value, actor, deps.now());
  if (!acted.ok) return acted;
  if (found.item.version !== expectedVersion) return stale();
  return (await deps.catalogue.save(acted.value, expectedVersion, deps.now(), receipt)) ? ok(entry(acted.value, office.value)) : stale();
}

export async function remarkOnItem(
  deps: CatalogueDeps, { itemId, expectedVersion }: OnItem, text: RemarkText, actor: Actor, receipt: Receipt | null,
): Promise<Result<CatalogueEntry>> {
  const office = officeOf(deps.level, actor);
  if (!office.ok) return office;
  const found = await visibleEntry(deps, itemId, actor);
  if (!found || !isOffered(found.item, office.value)) return noSuch();
  const current = await deps.catalogue.ownRemark(itemId, office.value);
  const remark = remarkOn(found.item, text, current, office.value, deps.now());
  if (!remark.ok) return remark;
  if ((current?.version ?? 0) !== expectedVersion) return stale();
  return (await deps.catalogue.saveRemark(remark.value, expectedVersion, receipt)) ? ok(found) : stale();
}
