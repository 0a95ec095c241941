import type { EventData } from '../../../schema/events.js';
import type { Area, AreaChange, DatedArea } from '../domain/area.js';
import { levelOfCode, type Level } from '../domain/areaCode.js';
import { publicTopic } from '../domain/topics.js';
import type { AreaStore } from '../persistence/areas.js';
import type { UnitOfWork } from '../persistence/transactions.js';
import type { EventHandlers } from './receiver.js';

type Reorganised = EventData<'areas.reorganised'>;
type Step = 'reorganise' | 'restore';

export interface BegunGrid extends DatedArea {
  readonly parent: string;
  readonly plannedHouseholds: number;
  readonly isEstimated: boolean;
}

/** The areas that a receiver keeps, by their level. */
export type KeptAreas = Partial<Readonly<Record<Level, Pick<AreaStore, Step>>>> & { readonly GRID?: Pick<AreaStore<BegunGrid>, Step> };

const isOf = (level: Level | 'GRID') => ({ code }: { readonly code: string }): boolean => levelOfCode(code) === level;

const areasOf = (level: Level, { on, ends, begins }: Reorganised): AreaChange<Area> => ({
  on,
  ends: ends.filter(isOf(level)),
  begins: begins.filter(isOf(level)).map((area) => ({ ...area, validFrom: on, validTo: null })),
});

const gridsOf = ({ on, ends, grids }: Reorganised): AreaChange<BegunGrid> => ({
  on,
  ends: ends.filter(isOf('GRID')),
  begins: grids.map((grid) => ({ ...grid, parent: grid.code.slice(0, -3), validFrom: on, validTo: null })),
});

/** The city has reorganised areas, or has taken that back before its day: what is kept here follows. */
export function areaHandlers({ GRID: grids, ...levels }: KeptAreas): EventHandlers {
  async function follow(step: Step, data: Reorganised, { session, changed }: UnitOfWork): Promise<void> {
    changed(publicTopic);
    for (const [level, areas] of Object.entries(levels) as [Level, Pick<AreaStore, Step>][]) await areas[step](areasOf(level, data), session);
    if (grids) await grids[step](gridsOf(data), session);
  }
  return {
    async 'areas.reorganised'(events, unit) {
      for (const { data } of events) await follow('reorganise', data as Reorganised, unit);
    },
    async 'areas.restored'(events, unit) {
      for (const { data } of events) await follow('restore', data as Reorganised, unit);
    },
  };
}
