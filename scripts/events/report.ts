// What `npm run events` says, as lines.
import type { SubgraphName } from '../../schema/events.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import type { OpenEvent, Overview, Status } from './overview.js';

export interface Filter {
  readonly level: SubgraphName | null;
  readonly status: Status | null;
}

const steps = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']] as const;

/** `90 s`, `2 min`, `5 h`, `3 d`: the largest unit of which there are two, or seconds. */
export function age(ms: number): string {
  const [unit, name] = steps.find(([size]) => ms >= 2 * size) ?? [1_000, 's'];
  return `${Math.floor(Math.max(ms, 0) / unit)} ${name}`;
}

const has = <T>(wanted: T | null, value: T): boolean => wanted === null || wanted === value;

/** The part of an overview that is asked for. */
export const filtered = (overview: Overview, { level, status }: Filter): Overview => ({
  lags: overview.lags.filter((lag) => has(level, lag.level) && has(status, 'pending')),
  counts: overview.counts.filter((count) => has(level, count.level) && has(status, count.status)),
  events: overview.events.filter((event) => has(level, event.level) && has(status, event.status)),
});

const eventLines = ({ level, status, id, type, subject, other, since, error }: OpenEvent, now: Date): string[] => [
  '',
  `${status}  ${type}  ${status === 'pending' ? `${level} → ${other}` : `${other} → ${level}`}  `
    + `${since.toISOString()} (${age(now.getTime() - since.getTime())})`,
  `  id ${id}  subject ${subject}`,
  ...(error === null ? [] : [`  ${error}`]),
];

const names: Readonly<Record<Status, string>> = {
  pending: '待发 / pending', waiting: '等待 / waiting', parked: '搁置 / parked',
};

/** Counts and lags of each level, then the events; only the first of very many. */
export function reportLines({ lags, counts, events }: Overview, now: Date): string[] {
  const byLevel = groupBy(counts, ({ level }) => level);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const shown = events.length;
  return [
    ...[...byLevel].flatMap(([level, own]) => [
      `${level}: ${own.map(({ status, count }) => `${names[status]} ${count}`).join(', ')}`,
      ...lags.filter((lag) => lag.level === level).map(({ target, pending, lagMs }) =>
        `  → ${target}: ${pending}, 最早 / oldest ${age(lagMs)}`),
    ]),
    ...events.flatMap((event) => eventLines(event, now)),
    ...(total === 0 ? ['没有未生效的事件。 / Every event has taken effect.'] : []),
    ...(total > shown ? ['', `以上为 ${total} 个中的 ${shown} 个。 / These are ${shown} of ${total}.`] : []),
  ];
}
