import type { EventData } from '../../../schema/events.js';
import { catalogueId } from '../domain/catalogue.js';
import type { CatalogueStore } from '../persistence/catalogues.js';
import type { EventHandlers } from './receiver.js';

/** What comes from the city. */
export const cityItemHandlers = (catalogue: CatalogueStore): EventHandlers => ({
  async 'catalogueItem.changed'(events, unit) {
    for (const { data, at } of events) {
      const item = data as EventData<'catalogueItem.changed'>;
      await catalogue.takeIn({ ...item, conditions: item.conditions ?? [], id: catalogueId(item.area, item.code), inForceAt: new Date(item.inForceAt) }, at, unit);
    }
  },
});

/** What the level above offers and remarks; the store passes it on to the one below. */
export const catalogueHandlers = (catalogue: CatalogueStore): EventHandlers => ({
  ...cityItemHandlers(catalogue),
  async 'catalogueItem.remarked'(events, unit) {
    for (const { data } of events) {
      const remark = data as EventData<'catalogueItem.remarked'>;
      await catalogue.takeInRemark({ ...remark, at: new Date(remark.at) }, unit);
    }
  },
});
