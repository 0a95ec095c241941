// The community subgraph as a process; its configuration is the environment (../shared/environment.ts, notices/environment.ts, materials/environment.ts).
import { runSubgraph } from '../shared/http/runSubgraph.js';
import { readScannerSettings } from './materials/environment.js';
import { clamdScanner } from './materials/scanner.js';
import { readWebhookSettings } from './notices/environment.js';
import { webhookChannel } from './notices/webhook.js';
import { communityWith } from './subgraph.js';

function settings<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
}

const webhook = settings(readWebhookSettings);
const clamd = settings(readScannerSettings);
const now = (): Date => new Date();
await runSubgraph(communityWith({
  noticeChannels: webhook ? [webhookChannel({ ...webhook, now })] : [],
  ...(clamd && { scanner: clamdScanner(clamd) }),
}));
