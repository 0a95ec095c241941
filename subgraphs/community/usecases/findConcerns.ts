import type { Calendar } from '../../shared/domain/calendar.js';
import type { NamedConcernRule } from '../../shared/domain/concernRule.js';
import {
  closedConcern, foundConcern, grownConcern, nextEpisode, openAgainAt, suffices, topicKey, windowStart, type Concern,
  type CountedTopic, type Topic,
} from '../domain/concern.js';
import type { CaseTallies, ConcernRepository, ScanLease, ScanLeases } from './ports.js';

/** How long after a scan the next one comes, unless the city publishes another rule before. */
export const scanEveryMs = 600_000;
// Outlasts any district and any batch of long unresolved cases, after each of which it is extended.
const leaseMs = 120_000;
const batchSize = 200;

export interface FindDeps {
  readonly concerns: ConcernRepository;
  readonly tallies: CaseTallies;
  readonly leases: ScanLeases;
  readonly rule: NamedConcernRule;
  readonly calendar: Calendar;
  readonly now: () => Date;
  /** The same for the same parts. */
  readonly idOf: (...parts: readonly string[]) => string;
  /** Brings open cases to the rule in force, a batch; answers how many there were. */
  readonly refresh: () => Promise<number>;
}

/**
 * Looks through the window of each district and at what has become long unresolved; answers how many concerns it found,
 * null when it was not its turn. The lease saves others the work; that each is found once is the database's doing.
 */
export async function findConcerns(deps: FindDeps): Promise<number | null> {
  const { leases, rule: { version, rule }, tallies } = deps;
  const now = deps.now();
  const lease = await leases.claim(now, { ruleVersion: version, leaseMs });
  if (!lease) return null;
  while ((await deps.refresh()) > 0) if (!(await goesOn(deps, lease))) return 0;

  let found = 0;
  const since = [rule.stronglyReported, rule.common].map((part) => windowStart(part, now)).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? now;
  for (const district of await tallies.districts(since, now)) {
    found += await findCounted(deps, district, now);
    if (!(await goesOn(deps, lease))) return found;
  }
  for (let after: Parameters<CaseTallies['longUnresolved']>[1] = null; ;) {
    const batch = await tallies.longUnresolved(now, after, batchSize);
    found += await findLong(deps, batch, now);
    after = batch.at(-1)?.position ?? null;
    if (batch.length < batchSize || after === null) break;
    if (!(await goesOn(deps, lease))) return found;
  }
  await leases.done(lease, { ruleVersion: version, nextAt: new Date(now.getTime() + scanEveryMs) });
  return found;
}

const goesOn = ({ leases, now }: FindDeps, lease: ScanLease): Promise<boolean> =>
  leases.extend(lease, new Date(now().getTime() + leaseMs));

const isCounted = (topic: Topic): topic is CountedTopic => topic.class !== 'LONG_UNRESOLVED';

/** The two classes that are counted: what is open grows, what meets the rule is found. */
async function findCounted({ concerns, tallies, rule: named, calendar, idOf }: FindDeps, district: string, now: Date): Promise<number> {
  const { rule } = named;
  const tallied = [...(await tallies.stronglyReported(district, rule, now)), ...(await tallies.common(district, rule, now))];
  const last = await concerns.latest(tallied.map(({ topic }) => topicKey(topic)));
  const wanted = tallied.flatMap(({ topic, figures }) => {
    const before = last.get(topicKey(topic)) ?? null;
    if (before?.closedAt === null) return [];
    const start = windowStart(topic.class === 'COMMON' ? rule.common : rule.stronglyReported, now);
    const again = before && openAgainAt(before, rule, calendar);
    return [again && again > start ? { topic, since: again, figures: null, before } : { topic, since: start, figures, before }];
  });
  const open = (await concerns.openIn(district)).filter((concern): concern is Concern & CountedTopic => isCounted(concern));
  const again = wanted.filter(({ figures }) => figures === null);
  const counted = await tallies.recount(district, [...open.map((topic) => ({ topic, since: topic.since })), ...again], rule, now);

  for (const [i, current] of open.entries()) {
    const figures = counted[i];
    const grown = figures && grownConcern(current, figures, now);
    if (grown) await concerns.save(grown, current.version);
  }
  let found = 0;
  for (const one of wanted) {
    const { topic, since, before } = one;
    const figures = one.figures ?? counted[open.length + again.indexOf(one)];
    if (!figures || !suffices(topic.class, figures, rule)) continue;
    const id = idOf(topicKey(topic), String(nextEpisode(before)));
    const decision = foundConcern(topic, { id, district, last: before, since, figures, at: now }, named);
    if (await concerns.save(decision, 0)) found += 1;
  }
  return found;
}

async function findLong(
  { concerns, rule: named, calendar, idOf }: FindDeps, batch: Awaited<ReturnType<CaseTallies['longUnresolved']>>, now: Date,
): Promise<number> {
  const last = await concerns.latest(batch.map(({ topic }) => topicKey(topic)));
  let found = 0;
  for (const { topic, district, submittedAt } of batch) {
    const before = last.get(topicKey(topic)) ?? null;
    const from = before ? openAgainAt(before, named.rule, calendar) : submittedAt;
    if (from === null || from > now) continue;
    const id = idOf(topicKey(topic), String(nextEpisode(before)));
    const since = before?.closedAt ?? submittedAt;
    const decision = foundConcern(
      topic, { id, district, last: before, since, figures: { cases: 1, reporters: null, communities: null }, at: now }, named,
    );
    if (await concerns.save(decision, 0)) found += 1;
  }
  return found;
}

/** The district says that its answer was accepted. Throws, and so parks the event, when there is no such concern. */
export async function closeConcern(concerns: ConcernRepository, id: string, at: Date): Promise<void> {
  const current = await concerns.byId(id);
  if (!current) throw new Error(`No concern ${id}.`);
  if (current.closedAt === null) await concerns.put(closedConcern(current, at), current.version);
}
