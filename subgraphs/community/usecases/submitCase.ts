import type { Actor, Named } from '../../shared/domain/actor.js';
import { catalogueId, isOffered, wayTo } from '../../shared/domain/catalogue.js';
import { bilingual, fail, invalid, ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import type { Case } from '../domain/case.js';
import { caseNumber } from '../domain/caseNumber.js';
import { submitCase as decide, type SubmitCommand } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { CallReceipt, CaseRepository, Directory, OfferedItems } from './ports.js';

export interface SubmitDeps {
  readonly cases: CaseRepository;
  readonly directory: Directory;
  readonly catalogue: OfferedItems;
  readonly rules: ClockRules;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly random: () => readonly number[];
}

const numberTries = 5;

/** A grid worker goes on with the grid that carries the own one on, from its first day. */
export async function asToday(directory: Directory, actor: Actor): Promise<Actor> {
  if (actor.role !== 'GRID_WORKER' || actor.area === null) return actor;
  const [next, ...more] = (await directory.ended(actor.area))?.standing ?? [];
  return next && more.length === 0 ? { ...actor, area: next.code } : actor;
}

/** Why nothing can be submitted to a place that is not there today; where to, if others have come in its place. */
async function noSuch(directory: Directory, code: string, what: Named, field: string): Promise<Result<never>> {
  const ended = await directory.ended(code);
  if (!ended) return fail('INVALID_INPUT', bilingual(`没有${what.zh} ${code}。`, `There is no ${what.en} ${code}.`), ['input', field]);
  const names = ended.standing.map((one) => `${one.code} ${one.name}`);
  return fail('INVALID_INPUT', bilingual(
    `${what.zh} ${code} 自 ${ended.since} 起不再有效${names.length > 0 ? `,由以下接替,请改用:${names.join('、')}` : ''}。`,
    `${code} is no ${what.en} any more since ${ended.since}${names.length > 0 ? `; in its place, use: ${names.join(', ')}` : ''}.`,
  ), ['input', field]);
}

/** Items on offer are applied for, so that nothing they ask for is left out; what comes from elsewhere comes as it is. */
async function appliedFor(
  { catalogue }: Pick<SubmitDeps, 'catalogue'>, { application, serviceItem, place: { community } }: Omit<SubmitCommand, 'id' | 'number'>, { role }: Actor,
): Promise<DomainError | null> {
  if (application || serviceItem == null || role === 'INTEGRATOR') return null;
  const found = await Promise.all(wayTo(community).map((area) => catalogue.byId(catalogueId(area, serviceItem))));
  return found.some((item) => item && isOffered(item, community)) ? refusal(
    'INVALID_INPUT', '此事项请用 applicationSubmit 申办。', 'Apply for this item with applicationSubmit.', 'serviceItem',
  ) : null;
}

/** Takes a case in; what was imported once (same sender, same source id) is answered with the case it became. */
export async function submitCase(
  deps: SubmitDeps,
  command: Omit<SubmitCommand, 'id' | 'number'>,
  submitter: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Case>> {
  const { cases, directory } = deps;
  const actor = await asToday(directory, submitter);
  const { place, category, sourceId } = command;
  if (!directory.hasCategory(category)) {
    return fail('INVALID_INPUT', bilingual(
      `分类“${category}”不在分类表中,请查询 caseCategories。`, `"${category}" is not in the taxonomy; see caseCategories.`,
    ), ['input', 'category']);
  }
  if (!(await directory.hasCommunity(place.community))) {
    return noSuch(directory, place.community, { zh: '社区', en: 'community' }, 'community');
  }
  if (place.grid !== null && !(await directory.hasGrid(place.grid))) {
    return noSuch(directory, place.grid, { zh: '网格', en: 'grid' }, 'grid');
  }
  const byItself = await appliedFor(deps, command, actor);
  if (byItself) return refuse(byItself);
  const known = sourceId === null ? null : await cases.bySource(actor.id, sourceId);
  if (known) return duplicate(known);

  for (let tries = 0; tries < numberTries; tries += 1) {
    const now = deps.now();
    const decision = decide({ ...command, id: deps.newId(), number: caseNumber(now, deps.random()) }, actor, now, deps.rules);
    if (!decision.ok) return decision;
    const outcome = await cases.save(decision.value, 0, receipt);
    if (outcome === 'SAVED') return ok(decision.value.next);
    if (outcome === 'UNUSABLE') return refuse(noLongerUsable);
    if (outcome === 'SOURCE_TAKEN' && sourceId !== null) {
      const first = await cases.bySource(actor.id, sourceId);
      if (first) return duplicate(first);
    }
  }
  throw new Error('No free case number found.');
}

const noLongerUsable = invalid('所用资料刚被删除或撤回授权,请重新核对。', 'A document was removed, or its consent withdrawn, just now; check again what is missing.', 'materials');

const duplicate = (first: Case): Result<never> => fail('DUPLICATE', bilingual(
  `该来源编号已登记为 ${first.number}。`, `That source id is already case ${first.number}.`,
), ['input', 'sourceId']);
