// Entry point of the gateway: environment and flags in, HTTP out. Everything else is in server.ts.
import './telemetry.js';
import { createCallerVerifier } from './auth.js';
import { ConfigError, readConfig } from './config.js';
import { createInternalSigner } from './internalToken.js';
import { createLog } from './logging.js';
import { createGateway, type Gateway } from './server.js';

try {
  const config = readConfig(process.env, process.argv.slice(2));
  const log = createLog(config.logLevel);
  const { auth, devTokens } = config;
  const gateway = await createGateway({
    supergraphSdl: config.supergraphSdl,
    verifyCaller: auth && createCallerVerifier(auth),
    signInternal: auth && createInternalSigner(auth.serviceKey),
    urls: config.urls,
    ...(config.reload && { reload: config.reload }),
    executor: config.executor,
    planner: config.planner,
    timeoutsMs: config.timeoutsMs,
    maxBatch: config.maxBatch,
    breakerFailures: config.breakerFailures,
    limits: config.limits,
    rates: config.rates,
    ...(config.manifest && { manifest: config.manifest }),
    persistedOnly: config.persistedOnly,
    maxRunning: config.maxRunning,
    maxWaiting: config.maxWaiting,
    metricsToken: config.metricsToken,
    trustedProxies: config.trustedProxies,
    log,
    production: config.production,
    telemetry: config.telemetry,
    ...(devTokens && { devTokens }),
  });
  const url = await listen(gateway, config.port, config.host);
  log.info({ url: `${url}/graphql`, signIn: auth !== null }, 'gateway ready');

  if (config.reload) process.on('SIGHUP', () => void gateway.reload());
  // 'disconnect': the process that started this one has ended, in whatever way.
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'gateway stopping');
      void gateway.stop().then(() => process.exit(0));
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function listen(gateway: Gateway, port: number, host: string): Promise<string> {
  return gateway.listen(port, host).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`Port ${port} is already taken; stop what uses it or choose another with --port or PORT.`);
  });
}
