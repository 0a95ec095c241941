import type { DutyList } from '../../../shared/domain/dutyList.js';
import type { Actor } from '../../../shared/domain/actor.js';
import { stale } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import type { ListContent, ListKind } from '../../domain/lists/list.js';
import type { OpennessCode } from '../../domain/openness/codes.js';
import {
  actOnEntry, publishEntry, type OpennessChange, type OpennessContent, type OpennessEntry, type OpennessSubject, type SubjectKind,
} from '../../domain/openness/entry.js';
import type { OpennessAction } from '../../domain/openness/entry.transitions.js';
import type { CallReceipt, ItemRepository, Openness, Versions } from '../ports.js';

export interface OpennessDeps {
  readonly openness: Openness;
  readonly opennessCodes: ReadonlyMap<string, OpennessCode>;
  readonly lists: Readonly<Record<ListKind, Versions<ListContent>>>;
  readonly dutyLists: Versions<DutyList>;
  readonly items: ItemRepository;
  readonly newId: () => string;
  readonly now: () => Date;
}

const maxReference = 100;

/** Whether the city has published such a thing. Rounds are the districts': they come with their own publication. */
const isPublished: Readonly<Record<SubjectKind, (deps: OpennessDeps, reference: string) => Promise<boolean>>> = {
  POWER_LIST: async ({ lists }, name) => (await lists.POWER.byVersion(name)) !== null,
  RESPONSIBILITY_LIST: async ({ lists }, name) => (await lists.RESPONSIBILITY.byVersion(name)) !== null,
  SERVICE_LIST: async ({ lists }, name) => (await lists.SERVICE.byVersion(name)) !== null,
  EFFICIENCY_LIST: async ({ lists }, name) => (await lists.EFFICIENCY.byVersion(name)) !== null,
  DUTY_LIST: async ({ dutyLists }, name) => (await dutyLists.byVersion(name)) !== null,
  SERVICE_ITEM: async ({ items }, code) => (await items.inForce(code)) !== null,
  ASSESSMENT_ROUND: async () => false,
};

async function checked(deps: OpennessDeps, subject: OpennessSubject | null | undefined, decided: Result<OpennessEntry>): Promise<Result<OpennessEntry>> {
  if (!decided.ok || !subject) return decided;
  const { kind, reference } = subject;
  return reference.length <= maxReference && (await isPublished[kind](deps, reference)) ? decided : fail('INVALID_INPUT', bilingual(
    '市级没有公布此内容;考评随其公布自动公开。', 'The city publishes no such thing; assessment rounds come here as they are published.',
  ), ['input', 'subject', 'reference']);
}

const codesOf = ({ opennessCodes }: OpennessDeps): ReadonlySet<string> => new Set(opennessCodes.keys());

export async function publish(
  deps: OpennessDeps, { reason, ...content }: OpennessContent & { readonly reason: string }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<OpennessEntry>> {
  const decided = await checked(deps, content.subject, publishEntry(content, reason, deps.newId(), codesOf(deps), actor, deps.now()));
  if (!decided.ok) return decided;
  return (await deps.openness.save(decided.value, receipt)) ? decided : stale();
}

export interface OnEntry {
  readonly entryId: string;
  readonly expectedVersion: number;
  readonly reason: string;
}

export async function act(
  deps: OpennessDeps, action: OpennessAction, { entryId, expectedVersion, reason, ...change }: OnEntry & OpennessChange, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<OpennessEntry>> {
  const entry = await deps.openness.byId(entryId);
  if (!entry) return fail('NOT_FOUND', bilingual('没有此公开条目。', 'There is no such entry.'), ['input', 'entryId']);
  const decided = await checked(deps, change.subject, actOnEntry(entry, action, change, reason, codesOf(deps), actor, deps.now()));
  if (!decided.ok) return decided;
  if (entry.version !== expectedVersion) return stale();
  return (await deps.openness.save(decided.value, receipt)) ? ok(decided.value) : stale();
}
