// What has been made public, as JSON Feed 1.1 and RSS 2.0. The same entries give the same bytes.

export interface FeedEntry {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly summary: string | null;
  readonly text: string | null;
  readonly code: { readonly code: string; readonly title: string };
  readonly publisher: { readonly area: string };
  readonly publishedAt: string;
  readonly updatedAt: string;
}

export interface Feed {
  /** Of this feed. */
  readonly url: string;
  readonly area: string | null;
  readonly code: string | null;
  readonly entries: readonly FeedEntry[];
}

export const formats = ['json', 'xml'] as const;
export type Format = (typeof formats)[number];

export const contentTypes: Readonly<Record<Format, string>> = {
  json: 'application/feed+json; charset=utf-8', xml: 'application/rss+xml; charset=utf-8',
};

const description = '合肥四级社区公共服务平台公开的内容 / What Hefei\'s four-level platform has made public';

/** A tag URI (RFC 4151): the same wherever the gateway stands and however the entry is corrected. */
const idOf = ({ id }: FeedEntry): string => `tag:hefei-platform,2026:openness/${encodeURIComponent(id)}`;

const titleOf = ({ area, code }: Feed): string => ['政务公开 / Openness', area, code].filter((part) => part !== null).join(' · ');

/** What it says; an entry that only points to something says its title. */
const sayingOf = ({ title, summary, text }: FeedEntry): string => text ?? summary ?? title;

const jsonFeed = (feed: Feed): string => JSON.stringify({
  version: 'https://jsonfeed.org/version/1.1',
  title: titleOf(feed),
  description,
  feed_url: feed.url,
  language: 'zh-CN',
  items: feed.entries.map((entry) => ({
    id: idOf(entry),
    title: entry.title,
    content_text: sayingOf(entry),
    ...(entry.summary !== null && { summary: entry.summary }),
    date_published: entry.publishedAt,
    date_modified: entry.updatedAt,
    tags: [entry.code.title],
    _openness: { about: 'https://www.jsonfeed.org/version/1.1/#extensions', entry: entry.id, version: entry.version, code: entry.code.code, area: entry.publisher.area },
  })),
});

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 has no way to write control characters and halves of surrogate pairs: they are left out. */
export const xmlText = (text: string): string =>
  text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '').replace(/[&<>"']/g, (found) => entities[found] ?? '');

const element = (name: string, text: string, attributes = ''): string => `<${name}${attributes}>${xmlText(text)}</${name}>`;
const rfc822 = (instant: string): string => new Date(instant).toUTCString();

const rssItem = (entry: FeedEntry): string => [
  '<item>',
  element('title', entry.title),
  element('description', sayingOf(entry)),
  element('category', entry.code.title, ` domain="${xmlText(entry.code.code)}"`),
  element('guid', idOf(entry), ' isPermaLink="false"'),
  element('pubDate', rfc822(entry.publishedAt)),
  '</item>',
].join('');

const rss = (feed: Feed): string => [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
  element('title', titleOf(feed)),
  element('link', feed.url),
  element('description', description),
  element('language', 'zh-CN'),
  `<atom:link href="${xmlText(feed.url)}" rel="self" type="application/rss+xml"/>`,
  ...feed.entries.map(rssItem),
  '</channel></rss>',
].join('\n');

export const bodyOf: Readonly<Record<Format, (feed: Feed) => string>> = { json: jsonFeed, xml: rss };
