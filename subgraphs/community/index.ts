// The community subgraph as a process; its configuration is the environment (../shared/environment.ts, notices/environment.ts).
import { runSubgraph } from '../shared/http/runSubgraph.js';
import { readWebhookSettings, type WebhookSettings } from './notices/environment.js';
import { webhookChannel } from './notices/webhook.js';
import { communityWith } from './subgraph.js';

function webhookSettings(): WebhookSettings | null {
  try {
    return readWebhookSettings();
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
}

const webhook = webhookSettings();
const now = (): Date => new Date();
await runSubgraph(communityWith({ noticeChannels: webhook ? [webhookChannel({ ...webhook, now })] : [] }));
