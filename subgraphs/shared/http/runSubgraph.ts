import { telemetrySettings } from '../../../telemetry/settings.js';
import { startTelemetry } from '../../../telemetry/telemetry.js';
import type { RequestContext } from '../graphql/requestContext.js';
import { createLogger } from '../logging.js';
import { readEnvironment } from '../environment.js';
import { hostSubgraph, type SubgraphDefinition } from './subgraphHost.js';

const reasons: readonly [RegExp, (said: string) => string][] = [
  [/EADDRINUSE/, (said) => `The port is taken (${said}). Stop the other process or set PORT.`],
  [/EACCES/, (said) => `The port may not be used (${said}). Set PORT to one above 1023.`],
  [/Mongo|ECONNREFUSED/, (said) => `The database cannot be reached (${said}). Check MONGODB_URI and that it runs.`],
];

/** One sentence on what to do, where the failure is a known one. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const [, sentence] = reasons.find(([pattern]) => pattern.test(message) || pattern.test(name)) ?? [];
  return sentence ? sentence(message) : error;
}

/** A subgraph as a process: environment in, HTTP out, a clean end on SIGINT and SIGTERM. */
export async function runSubgraph<Context extends RequestContext>(
  definition: SubgraphDefinition<Context>,
): Promise<void> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  const environment = readEnvironment(process.env, definition.name);
  const log = createLogger(definition.name, environment.LOG_LEVEL);
  const { settings, problems } = telemetrySettings(process.env, definition.name);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  try {
    const telemetry = settings && await startTelemetry({
      settings, onLost: (reason) => log.warn({ reason }, 'telemetry not taken by the collector'),
    });
    const subgraph = await hostSubgraph(definition, {
      tracing: telemetry,
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
    const end = (): void => void subgraph.stop().finally(() => telemetry?.stop()).finally(() => process.exit(0));
    // 'disconnect': the process that started this one has ended, in whatever way.
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, end);
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}
