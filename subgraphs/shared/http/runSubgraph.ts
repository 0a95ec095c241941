import type { RequestContext } from '../graphql/requestContext.js';
import { createLogger } from '../logging.js';
import { readEnvironment } from '../environment.js';
import { hostSubgraph, type SubgraphDefinition } from './subgraphHost.js';

const reasons: readonly [RegExp, (error: Error) => string][] = [
  [/EADDRINUSE/, (error) => `The port is taken (${error.message}). Stop the other process or set PORT.`],
  [/EACCES/, (error) => `The port may not be used (${error.message}). Set PORT to one above 1023.`],
  [/Mongo|ECONNREFUSED/, (error) => `The database cannot be reached (${error.message}). Check MONGODB_URI and that it runs.`],
];

/** A subgraph as a process: environment in, HTTP out, a clean end on SIGINT and SIGTERM. */
export async function runSubgraph<Context extends RequestContext>(definition: SubgraphDefinition<Context>): Promise<void> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  const environment = readEnvironment();
  const log = createLogger(definition.name, environment.LOG_LEVEL);
  try {
    const subgraph = await hostSubgraph(definition, {
      port: environment.PORT,
      host: environment.HOST,
      mongoUri: environment.MONGODB_URI,
      privateKey: environment.SERVICE_PRIVATE_KEY,
      trusted: environment.SERVICE_JWKS,
      urls: {
        city: environment.CITY_URL,
        district: environment.DISTRICT_URL,
        street: environment.STREET_URL,
        community: environment.COMMUNITY_URL,
      },
      log,
    });
    log.info({ url: subgraph.url }, 'ready');
    const end = (): void => void subgraph.stop().finally(() => process.exit(0));
    // 'disconnect': the process that started this one has ended, in whatever way.
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, end);
  } catch (error) {
    const known = reasons.find(([pattern]) => error instanceof Error && (pattern.test(error.message) || pattern.test(error.name)));
    console.error(known && error instanceof Error ? known[1](error) : error);
    process.exit(1);
  }
}
