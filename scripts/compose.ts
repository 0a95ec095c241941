// Composes schema/*.graphql into schema/supergraph.graphql; with --check only compares. Fails with every error at once.
import { composeServices } from '@apollo/composition';
import { readSdl } from '../subgraphs/shared/graphql/sdl.js';
import { undescribed } from './descriptions.js';
import { writeOrCheck } from './freshness.js';

const ports = { city: 4001, district: 4002, street: 4003, community: 4004 };

const services = Object.entries(ports).map(([name, port]) => ({
  name,
  url: `http://127.0.0.1:${port}/graphql`,
  typeDefs: readSdl(name),
}));
const { supergraphSdl, errors = [] } = composeServices(services);
const faults = [
  ...errors.map((error) => error.message),
  ...services.flatMap(({ name, typeDefs }) =>
    undescribed(typeDefs).map((path) => `schema/${name}.graphql: ${path} needs a description "中文。 / English."`)),
];
for (const fault of new Set(faults)) console.error(fault);
if (supergraphSdl === undefined || faults.length > 0) process.exit(1);
await writeOrCheck('schema/supergraph.graphql', `${supergraphSdl.trimEnd()}\n`, 'npm run compose');
