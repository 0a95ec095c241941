// Entry point of the gateway: environment and flags in, HTTP out. Everything else is in server.ts.
import './telemetry.js';
import cluster from 'node:cluster';
import { readConfig } from './config.js';
import { createLog } from './logging.js';

try {
  const siblings = cluster.isWorker ? await (await import('./processes/siblings.js')).joinSiblings() : null;
  const config = readConfig(process.env, process.argv.slice(2), siblings?.supergraphSdl);
  const log = createLog(config.logLevel);
  if (config.processes > 1 && !siblings) {
    const { runPrimary } = await import('./processes/primary.js');
    runPrimary({ ...config, reloads: config.reload !== null, log });
  } else {
    const { serve } = await import('./serve.js');
    await serve(config, siblings ? log.child({ process: siblings.id }) : log, siblings);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
