import { forbiddenImports } from '../../scripts/layers.js';

// prettier-ignore
const allowed: readonly [file: string, text: string][] = [
  ['subgraphs/shared/domain/a.ts', `import { b } from './b.js';`],
  ['subgraphs/shared/events/a.ts', `import { z } from 'zod'; import { eventRoutes } from '../../../schema/events.js';`],
  ['subgraphs/street/domain/a.ts', `import type { Actor } from '../../shared/domain/actor.js';`],
  ['subgraphs/street/usecases/a.ts', `import { a } from '../domain/a.js'; import type { P } from './ports.js';`],
  ['subgraphs/street/persistence/a.ts', `import type { P } from '../usecases/ports.js'; import { Schema } from 'mongoose';`],
  ['subgraphs/street/resolvers/A.ts', `import type { R } from '../__generated__/resolvers.js'; import { GraphQLError } from 'graphql';`],
  ['subgraphs/street/subgraph.ts', `import { buildSubgraphSchema } from '@apollo/subgraph'; import { Query } from './resolvers/Query.js';`],
  ['gateway/server.ts', `import { ApolloGateway } from '@apollo/gateway'; export * from './auth.js';`],
  ['scripts/seed.ts', `import { openAreas } from '../subgraphs/city/persistence/area.repository.js';`],
  ['test/unit/a.test.ts', `import { seed } from '../../scripts/seed.js';`],
];

it.each(allowed)('lets %s import what its layer may: %s', (file, text) => {
  expect(forbiddenImports(file, text)).toEqual([]);
});

// prettier-ignore
const refused: readonly [file: string, text: string, target: string][] = [
  ['subgraphs/shared/domain/a.ts', `import { z } from 'zod';`, 'zod'],
  ['subgraphs/shared/graphql/a.ts', `import { a } from '../../street/domain/a.js';`, 'subgraphs/street/domain/a'],
  ['subgraphs/street/domain/a.ts', `import type { Schema } from 'mongoose';`, 'mongoose'],
  ['subgraphs/street/domain/a.ts', `export { run } from '../usecases/run.js';`, 'subgraphs/street/usecases/run'],
  ['subgraphs/street/usecases/a.ts', `const a = await import('../persistence/a.js');`, 'subgraphs/street/persistence/a'],
  ['subgraphs/street/usecases/a.ts', `let a: import('../persistence/a.js').A;`, 'subgraphs/street/persistence/a'],
  ['subgraphs/street/usecases/a.ts', `import a = require('../resolvers/Query.js');`, 'subgraphs/street/resolvers/Query'],
  ['subgraphs/street/persistence/a.ts', `import { run } from '../usecases/run.js';`, 'subgraphs/street/usecases/run'],
  ['subgraphs/street/persistence/a.ts', `import { S } from 'mongoose-extras';`, 'mongoose-extras'],
  ['subgraphs/street/resolvers/A.ts', `import { open } from '../persistence/a.js';`, 'subgraphs/street/persistence/a'],
  ['subgraphs/street/context.ts', `export * from '../district/context.js';`, 'subgraphs/district/context'],
  ['gateway/server.ts', `import type { Actor } from '../subgraphs/shared/domain/actor.js';`, 'subgraphs/shared/domain/actor'],
  ['gateway/server.ts', `import { seed } from '../scripts/seed.js';`, 'scripts/seed'],
  ['scripts/seed.ts', `import { kit } from '../test/kit/subgraphs.js';`, 'test/kit/subgraphs'],
];

it.each(refused)('refuses in %s: %s', (file, text, target) => {
  expect(forbiddenImports(file, text)).toEqual([expect.stringContaining(`${file} may not import ${target}; `)]);
});

it('refuses a name that is computed, and a file outside every layer', () => {
  expect(forbiddenImports('gateway/a.ts', 'await import(name);')).toEqual([expect.stringContaining('computed')]);
  expect(forbiddenImports('lib/a.ts', '')).toEqual([expect.stringContaining('in no layer')]);
});
