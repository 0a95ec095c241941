import type { Connection } from 'mongoose';
import type { Area } from '../../shared/domain/area.js';
import { areaFields, datedAreaSchema, openDatedAreas, type AreaStore } from '../../shared/persistence/areas.js';

const schema = datedAreaSchema<Area>('communities', areaFields);

/** The street's copy of the communities, whom its stations serve. */
export const openCommunityCopies = (connection: Connection): Promise<AreaStore> => openDatedAreas<Area>(connection, 'Community', schema);
