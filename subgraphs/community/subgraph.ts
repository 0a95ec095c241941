import { buildSubgraphSchema } from '@apollo/subgraph';
import { scalars } from '../shared/graphql/scalars.js';
import { readSdl } from '../shared/graphql/sdl.js';
import type { SubgraphDefinition } from '../shared/http/subgraphHost.js';
import { openAreas } from '../shared/persistence/areas.js';
import { openUnits } from '../shared/persistence/units.js';
import type { Resolvers } from './__generated__/resolvers.js';
import type { CommunityContext } from './context.js';
import { openGrids } from './persistence/grid.repository.js';
import { Community } from './resolvers/Community.js';
import { Grid } from './resolvers/Grid.js';
import { Query } from './resolvers/Query.js';
import { Street } from './resolvers/Street.js';

const resolvers: Resolvers = { ...scalars, Community, Grid, Query, Street };

export const communitySubgraph: SubgraphDefinition<CommunityContext> = {
  name: 'community',
  schema: buildSubgraphSchema([{ typeDefs: readSdl('community'), resolvers }]),
  async open({ connection }) {
    const areas = await openAreas(connection);
    const grids = await openGrids(connection);
    const units = await openUnits(connection);
    return {
      context: ({ actor, now }) => ({
        actor,
        now,
        areas: areas.forRequest(),
        grids: grids.forRequest(),
        units: units.forRequest(),
      }),
      handlers: {},
    };
  },
};
