import type { Actor } from '../../../shared/domain/actor.js';
import { isOffered } from '../../../shared/domain/catalogue.js';
import type { Holder } from '../../../shared/domain/handover.js';
import { bilingual, fail, invalid, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import type { ServiceModule } from '../../../shared/domain/serviceItem.js';
import { lengthOf } from '../../../shared/domain/text.js';
import {
  approverOf, lineUnit, pinned, type Answer, type Application, type GivenMaterial, type PinnedItem,
} from '../../domain/application/application.js';
import {
  answersFault, failedErrors, gathered, handedFault, isGiven, missingErrors, missingMaterials, plainAnswers, nothingHeld, type Finding, type Handed, type Holdings,
} from '../../domain/application/examination.js';
import { levelHolder, type Case } from '../../domain/case.js';
import type { SubmitCommand } from '../../domain/caseDecisions.js';
import { dueOf, startClock } from '../../domain/clockPolicy.js';
import type { CallReceipt, Eligibility, HeldMaterials, OfferedItems } from '../ports.js';
import { submitCase, type SubmitDeps } from '../submitCase.js';

export interface ApplyDeps extends SubmitDeps {
  readonly catalogue: OfferedItems;
  readonly heldMaterials: HeldMaterials;
  readonly eligibility: Eligibility;
}

/** Where an application goes in the taxonomy unless it says so. */
export const categoryOf: Readonly<Record<ServiceModule, string>> = {
  INFORMATION: '政法/户籍证件',
  ADMINISTRATION: '民政/基层选举和社区建设/社区建设',
  GOVERNMENT_SERVICE: '民政/社会服务',
  SOCIAL_SERVICE: '民政/社会服务',
};

const atCounter = ({ role }: Actor): boolean => role === 'COMMUNITY_CLERK' || role === 'STREET_CLERK';

/** Who applies: residents for themselves, a counter for whom it is told. */
const applicantOf = (actor: Actor, named: string | null): string | null => (actor.role === 'RESIDENT' ? actor.id : atCounter(actor) ? named : null);

async function offeredItem({ catalogue }: Pick<ApplyDeps, 'catalogue'>, id: string, community: string): Promise<PinnedItem | null> {
  const item = await catalogue.byId(id);
  return item && isOffered(item, community) ? pinned(item) : null;
}

/** Who has it once it is accepted: of an information item whoever offers it, of the others the level that delivers them. */
async function providerOf({ directory }: Pick<ApplyDeps, 'directory'>, item: PinnedItem, community: string): Promise<Holder> {
  const office = levelHolder(community, item.level);
  const unit = lineUnit(item, community);
  return unit !== null && (await directory.hasUnit(unit)) ? { ...office, unit } : office;
}

async function heldFor({ heldMaterials }: Pick<ApplyDeps, 'heldMaterials'>, item: PinnedItem, person: string | null, by: Actor): Promise<Holdings> {
  const types = item.materials.map(({ documentType }) => documentType);
  return person === null || types.length === 0 ? nothingHeld : heldMaterials.forItem(person, types, item.code, by);
}

export interface Examination {
  readonly item: PinnedItem;
  readonly community: string;
  readonly held: Holdings;
  readonly missing: PinnedItem['materials'];
  readonly findings: readonly Finding[];
  readonly provider: Holder;
  /** Null where who has it decides. */
  readonly approver: Holder | null;
  /** When it would be due if it were accepted now; null where the calendar does not know the year. */
  readonly expectedBy: Date | null;
}

export interface ExamineCommand {
  readonly item: string;
  readonly community: string;
  readonly residentId: string | null;
}

/** What an application would need, before it is made; null where the community does not offer the item. */
export async function examineApplication(deps: ApplyDeps, command: ExamineCommand, actor: Actor): Promise<Examination | null> {
  const { community } = command;
  const item = await offeredItem(deps, command.item, community);
  if (!item) return null;
  const { rules, now } = deps;
  const person = applicantOf(actor, command.residentId);
  const [held, findings, provider] = await Promise.all([heldFor(deps, item, person, actor), deps.eligibility.findings(item, person, actor, now()), providerOf(deps, item, community)]);
  const subject = { kind: 'APPLICATION', demandType: null, category: categoryOf[item.module], urgency: 'NORMAL', serviceItem: item.code, application: { item } } as const;
  return {
    item, community, held, findings, provider, approver: approverOf({ item }), missing: missingMaterials(item, held.usable),
    expectedBy: dueOf(startClock('RESOLVE', subject, rules.policy, now()), rules.calendar),
  };
}

export interface ApplyCommand extends Pick<SubmitCommand, 'channel' | 'place' | 'reporter'> {
  /** Id in the community's catalogue. */
  readonly item: string;
  readonly category: string | null;
  readonly statement: string | null;
  readonly answers: readonly Answer[];
  readonly materials: readonly Handed[];
}

const together = (errors: readonly DomainError[]): Result<never> | null => {
  const [first, ...more] = errors;
  return first ? refuse({ ...first, more }) : null;
};

function applyFault({ reporter, answers }: ApplyCommand, actor: Actor): DomainError | null {
  if (actor.role !== 'RESIDENT' && !atCounter(actor)) {
    return refusal('ROLE_NOT_ALLOWED', '申办由居民本人,或由社区、街道窗口代为提交。', 'Residents apply themselves, or a counter of a community or street does it for them.');
  }
  if (reporter.name === null || lengthOf(reporter.name) === 0) return invalid('请填写申请人姓名。', "Give the applicant's name.", 'applicant', 'name');
  return answersFault(answers, 'answers');
}

const opened = (part: Pick<Application, 'item' | 'provider' | 'findings' | 'materials' | 'answers'>): Application =>
  ({ ...part, decisions: [], results: [], followUps: [], visitedIn: null });

/** Of one who asked for it at the door: with what the vault has; the rest is asked for once it is accepted. */
export async function applicationAtDoor(
  deps: Pick<ApplyDeps, 'directory' | 'heldMaterials' | 'eligibility'>, item: PinnedItem, { community, person }: { readonly community: string; readonly person: string | null }, by: Actor, at: Date,
): Promise<Application> {
  const [held, findings, provider] = await Promise.all([heldFor(deps, item, person, by), deps.eligibility.findings(item, person, by, at), providerOf(deps, item, community)]);
  return opened({ item, provider, findings, materials: gathered(item, [], held.usable, { at, by: by.id }).filter(isGiven), answers: [] });
}

/** Takes an application in, or says all that is missing. */
export async function submitApplication(deps: ApplyDeps, command: ApplyCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<Case>> {
  const { category, statement, answers, materials, place, ...said } = command;
  const item = await offeredItem(deps, command.item, place.community);
  if (!item) {
    return fail('NOT_FOUND', bilingual('该社区的目录中没有此事项,或已不再办理。', "The community's catalogue has no such item, or no longer."), ['input', 'item']);
  }
  const fault = applyFault(command, actor) ?? handedFault(item, materials, atCounter(actor));
  if (fault) return refuse(fault);

  const at = deps.now();
  const person = applicantOf(actor, command.reporter.id);
  const [held, findings, provider] = await Promise.all([heldFor(deps, item, person, actor), deps.eligibility.findings(item, person, actor, at), providerOf(deps, item, place.community)]);
  const found = gathered(item, materials, held.usable, { at, by: actor.id });
  const given = found.filter(isGiven);
  const unusable = found.flatMap((one) => (isGiven(one) ? [] : [one]));
  const refused = together([...unusable, ...missingErrors(item, [...given, ...materials], held), ...failedErrors(findings)]);
  if (refused) return refused;

  const application = opened({ item, provider, findings, materials: given, answers: plainAnswers(answers) });
  const title = `申办:${item.title.zh}`;
  return submitCase(deps, {
    ...said, place, application, kind: 'APPLICATION', demandType: null, serviceItem: item.code, category: category ?? categoryOf[item.module],
    title, detail: statement ?? title, sourceId: null, reportedAt: null,
  }, actor, receipt);
}

/** What is handed in to an application that needs more. */
export async function materialsFor(
  deps: Pick<ApplyDeps, 'heldMaterials' | 'now'>, { application, reporter }: Case, materials: readonly Handed[], actor: Actor,
): Promise<Result<readonly GivenMaterial[]>> {
  if (!application) return refuse(invalid('只有申办服务事项的案件才收材料,请写在说明里。', 'Only an application for a service item takes materials; say it in the note.', 'materials'));
  const fault = handedFault(application.item, materials, atCounter(actor));
  if (fault) return refuse(fault);
  const held = materials.some(({ source }) => source === 'DOCUMENT') ? await heldFor(deps, application.item, reporter.id, actor) : nothingHeld;
  const handed = { ...application.item, materials: application.item.materials.filter(({ documentType }) => materials.some((one) => one.documentType === documentType)) };
  const found = gathered(handed, materials, held.usable, { at: deps.now(), by: actor.id });
  return together(found.flatMap((one) => (isGiven(one) ? [] : [one]))) ?? ok(found.filter(isGiven));
}
