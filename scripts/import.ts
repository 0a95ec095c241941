// Takes an export of messages in through the gateway: npm run import -- data/civic-messages.csv
import { readImportArguments, usage, type ImportArguments } from './import/arguments.js';
import { bar, exitCode, lines, summary } from './import/report.js';
import { runImport } from './import/run.js';
import { ImportStopped, Interrupted } from './import/stops.js';
import { developmentKeys } from './keys.js';
import { people } from './platform/people.js';
import { signToken } from './token.js';

async function developmentToken(): Promise<string> {
  const integrator = people.find(({ role }) => role === 'INTEGRATOR');
  if (!integrator) throw new Error('scripts/platform/people.ts names no INTEGRATOR.');
  const { issuerPrivateJwk } = await developmentKeys();
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = process.env;
  return signToken(integrator, { issuerPrivateJwk, ...(issuer && { issuer }), ...(audience && { audience }) });
}

/** The first Ctrl-C lets the rows under way finish, the second does not wait. */
function endOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      console.error('\nEnding after the rows under way …');
    });
  }
  return controller.signal;
}

async function main({ token, ...options }: ImportArguments): Promise<void> {
  const started = performance.now();
  const log = (line: string): void => console.log(line);
  const view = process.stderr.isTTY ? bar(process.stderr) : lines(log);
  const signal = endOnSignal();
  try {
    const signedToken = token ?? (await developmentToken());
    const result = await runImport({ ...options, token: signedToken, signal, log, onRow: view.show });
    view.end();
    const seconds = (performance.now() - started) / 1000;
    const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    for (const line of summary(result)) log(line);
    log(`It took ${seconds.toFixed(1)} s and at most ${megabytes} MB of memory.`);
    process.exitCode = exitCode(result);
  } finally {
    view.end();
  }
}

try {
  await main(readArguments());
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = 130;
  else {
    console.error(error instanceof ImportStopped ? error.message : error);
    process.exitCode = 1;
  }
}

function readArguments(): ImportArguments {
  try {
    return readImportArguments(process.argv.slice(2), process.env);
  } catch (error) {
    throw new ImportStopped(`${(error as Error).message}\n\n${usage}`);
  }
}
