// `npm run operations [-- --check]`: writes the manifest of persisted operations, GraphiQL's examples being the first ones.
import { Kind, parse } from 'graphql';
import { examples } from '../gateway/graphiql/examples.js';
import { hashOf } from '../gateway/limits/persisted.js';
import { writeOrCheck } from './freshness.js';

const operations = [...new Set(examples.map(({ query }) => query))].map((body) => {
  const definition = parse(body).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (definition?.kind !== Kind.OPERATION_DEFINITION || !definition.name) throw new Error(`An example has no named operation:\n${body}`);
  return { id: hashOf(body), name: definition.name.value, type: definition.operation, body };
});
const manifest = { format: 'apollo-persisted-query-manifest', version: 1, operations };

await writeOrCheck('schema/operations/manifest.json', `${JSON.stringify(manifest, null, 2)}\n`, 'npm run operations');
