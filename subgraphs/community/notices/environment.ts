import type { WebhookOptions } from './webhook.js';

const minSecret = 32;
const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

export type WebhookSettings = Pick<WebhookOptions, 'url' | 'secret'>;

/**
 * NOTICE_WEBHOOK_URL and NOTICE_WEBHOOK_SECRET; null when there is no webhook.
 * @throws Error with one sentence on what to put right; it never carries the secret.
 */
export function readWebhookSettings(source: NodeJS.ProcessEnv = process.env): WebhookSettings | null {
  const { NOTICE_WEBHOOK_URL: address = '', NOTICE_WEBHOOK_SECRET: secret = '' } = source;
  if (address === '') {
    if (secret !== '') throw new Error('NOTICE_WEBHOOK_URL: must be set where NOTICE_WEBHOOK_SECRET is, or remove the secret.');
    return null;
  }
  const url = URL.canParse(address) ? new URL(address) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!url || !isSafe) throw new Error('NOTICE_WEBHOOK_URL: must start with https://, or with http:// and name this machine (127.0.0.1).');
  if (url.username !== '' || url.password !== '') {
    throw new Error('NOTICE_WEBHOOK_URL: must carry no user name or password; receivers check the signature.');
  }
  if (secret.length < minSecret) throw new Error(`NOTICE_WEBHOOK_SECRET: must have at least ${minSecret} characters, with NOTICE_WEBHOOK_URL set.`);
  return { url: url.href, secret };
}
