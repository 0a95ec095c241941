import { buildSubgraphSchema } from '@apollo/subgraph';
import { scalars } from '../shared/graphql/scalars.js';
import { readSdl } from '../shared/graphql/sdl.js';
import type { SubgraphDefinition } from '../shared/http/subgraphHost.js';
import { openAreas } from '../shared/persistence/areas.js';
import { openUnits } from '../shared/persistence/units.js';
import type { Resolvers } from './__generated__/resolvers.js';
import type { DistrictContext } from './context.js';
import { City } from './resolvers/City.js';
import { District } from './resolvers/District.js';
import { Query } from './resolvers/Query.js';

const resolvers: Resolvers = { ...scalars, City, District, Query };

export const districtSubgraph: SubgraphDefinition<DistrictContext> = {
  name: 'district',
  schema: buildSubgraphSchema([{ typeDefs: readSdl('district'), resolvers }]),
  async open({ connection }) {
    const areas = await openAreas(connection);
    const units = await openUnits(connection);
    return {
      context: ({ actor, now }) => ({ actor, now, areas: areas.forRequest(), units: units.forRequest() }),
      handlers: {},
    };
  },
};
