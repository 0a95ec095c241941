// Writes the areas, units and grids of data/ into the levels' databases, and ends; a second run adds nothing.
import { subgraphNames } from '../scripts/platform/processes.ts';
import { seed } from '../scripts/seed.ts';

const variables = subgraphNames.map((name) => [name, `${name.toUpperCase()}_MONGODB_URI`]);
const missing = variables.filter(([, variable]) => !process.env[variable]).map(([, variable]) => variable);
if (missing.length > 0) {
  process.stderr.write(`Set ${missing.join(', ')} to the levels' databases, mongodb://…\n`);
  process.exit(1);
}
await seed({
  uris: Object.fromEntries(variables.map(([name, variable]) => [name, process.env[variable]])),
  log: (line) => process.stdout.write(`${line}\n`),
});
