// Notices to another system: one signed CloudEvent a POST.
import { createHmac } from 'node:crypto';
import { noticeText } from '../domain/notice.js';
import type { IdentifiedNotice, NoticeChannel } from '../usecases/ports.js';

const timeoutMs = 5_000;

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly now: () => Date;
}

/** A CloudEvent 1.0; by its `id` a receiver knows one that comes again. */
export const noticeEvent = (notice: IdentifiedNotice) => ({
  specversion: '1.0',
  id: notice.id,
  source: '/community/notices',
  type: 'hefei.notice.created.v1',
  subject: notice.caseId,
  time: notice.at.toISOString(),
  datacontenttype: 'application/json',
  data: {
    recipient: notice.recipient, kind: notice.kind, caseId: notice.caseId, number: notice.number, seq: notice.seq, text: noticeText(notice),
  },
});

/**
 * The value of the header `hefei-signature`: `t=<seconds since 1970>,v1=<hex>`, where v1 is the HMAC-SHA-256 of
 * `<t>.<body>` under the shared secret. A receiver compares v1 in constant time and refuses a `t` that is old.
 */
export function noticeSignature(secret: string, body: string, at: Date): string {
  const t = Math.floor(at.getTime() / 1_000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/** Any answer of 200–299 takes the notice; all else, a redirection too, is tried again. */
export function webhookChannel({ url, secret, now }: WebhookOptions): NoticeChannel {
  return {
    name: 'webhook',
    async deliver(notice) {
      const body = JSON.stringify(noticeEvent(notice));
      const response = await fetch(url, {
        method: 'POST',
        // Another address than the one configured is not asked, and does not get the signature.
        redirect: 'manual',
        headers: { 'content-type': 'application/cloudevents+json', 'hefei-signature': noticeSignature(secret, body, now()) },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
    },
  };
}
