import type { Logger } from 'pino';
import { createCallerVerifier } from './auth.js';
import { ConfigError, type GatewayConfig } from './config.js';
import { createInternalSigner } from './internalToken.js';
import { eventKeyFrom } from './live/eventId.js';
import { shareOf } from './live/live.js';
import type { Siblings } from './processes/siblings.js';
import { createGateway, type Gateway } from './server.js';

/** Answers until it is told to end. */
export async function serve(config: GatewayConfig, log: Logger, siblings: Siblings | null): Promise<void> {
  const { auth, devTokens } = config;
  const gateway = await createGateway({
    supergraphSdl: config.supergraphSdl,
    verifyCaller: auth && createCallerVerifier(auth),
    signInternal: auth && createInternalSigner(auth.serviceKey),
    urls: config.urls,
    ...(config.reload && { reload: config.reload }),
    executor: config.executor,
    planner: config.planner,
    unfolds: config.unfolds,
    timeoutsMs: config.timeoutsMs,
    maxBatch: config.maxBatch,
    hedgeMs: config.hedgeMs,
    breakerFailures: config.breakerFailures,
    limits: config.limits,
    rates: config.rates,
    ...(config.manifest && { manifest: config.manifest }),
    persistedOnly: config.persistedOnly,
    maxRunning: config.maxRunning,
    maxWaiting: config.maxWaiting,
    live: siblings ? shareOf(config.live, config.processes) : config.live,
    eventKey: auth ? eventKeyFrom(auth.serviceKey) : siblings?.secret,
    cache: config.cache,
    metricsToken: config.metricsToken,
    trustedProxies: config.trustedProxies,
    log,
    siblings,
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
}

function listen(gateway: Gateway, port: number, host: string): Promise<string> {
  return gateway.listen(port, host).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`Port ${port} is already taken; stop what uses it or choose another with --port or PORT.`);
  });
}
