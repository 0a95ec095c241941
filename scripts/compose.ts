// Composes schema/*.graphql into schema/supergraph.graphql; with --check only compares. Fails with every error at once.
import { composeServices } from '@apollo/composition';
import { undescribed } from './descriptions.js';
import { writeOrCheck } from './freshness.js';
import { levelServices } from './services.js';

const services = levelServices();
const { supergraphSdl, errors = [] } = composeServices(services);
const faults = [
  ...errors.map((error) => error.message),
  ...services.flatMap(({ name, typeDefs }) =>
    undescribed(typeDefs).map((path) => `schema/${name}.graphql: ${path} needs a description "中文。 / English."`)),
];
for (const fault of new Set(faults)) console.error(fault);
if (supergraphSdl === undefined || faults.length > 0) process.exit(1);
await writeOrCheck('schema/supergraph.graphql', `${supergraphSdl.trimEnd()}\n`, 'npm run compose');
