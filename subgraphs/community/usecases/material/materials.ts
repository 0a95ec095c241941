import type { Actor } from '../../../shared/domain/actor.js';
import { stale } from '../../../shared/domain/plan.js';
import { ok, refuse, type Result } from '../../../shared/domain/result.js';
import { trimmed } from '../../../shared/domain/text.js';
import { isOpen, worksOn, type Case } from '../../domain/case.js';
import type { Consent } from '../../domain/material/consent.js';
import {
  attachFault, isPersonOf, mayReadFor, mustHaveVault, reasonFault, removalFault, removed, usable, type Attachment, type Material, type MaterialRead, type Usable,
} from '../../domain/material/material.js';
import type { CallReceipt, CaseRepository, ContentStore, Materials } from '../ports.js';
import { caseIsOver, noSuch, ownCase } from './uploads.js';

export interface MaterialDeps {
  readonly materials: Materials;
  readonly cases: Pick<CaseRepository, 'byId'>;
  readonly now: () => Date;
}

const isPerson = (person: string, actor: Actor): boolean => mustHaveVault(actor) === null && actor.id === person;

/** Whether the actor may read it for one of these. */
async function mayRead({ materials, cases, now }: MaterialDeps, material: Material, attachments: readonly Attachment[], actor: Actor): Promise<boolean> {
  const at = now();
  const consents = await materials.consentsOf(material.person, at);
  for (const attachment of attachments) {
    const subject = await cases.byId(attachment.caseId);
    if (subject && mayReadFor(material, { attachment, subject }, consents, actor, at)) return true;
  }
  return false;
}

/** As the actor may see it: the person's own, or what is attached to a case that the actor holds. */
export async function visibleMaterial(deps: MaterialDeps, id: string, actor: Actor): Promise<Material | null> {
  const found = await deps.materials.byId(id);
  if (!found || isPerson(found.person, actor)) return found;
  if (actor.role === 'RESIDENT') return null;
  return (await mayRead(deps, found, await deps.materials.usesOf(id), actor)) ? found : null;
}

export async function removeMaterial(
  deps: MaterialDeps, { materialId, expectedVersion }: { readonly materialId: string; readonly expectedVersion: number }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Material>> {
  const { materials, cases, now } = deps;
  const material = await materials.byId(materialId);
  if (!material || !isPerson(material.person, actor)) return refuse(noSuch('materialId'));
  if (material.version !== expectedVersion) return stale();
  const subjects = await Promise.all((await materials.usesOf(materialId)).map(({ caseId }) => cases.byId(caseId)));
  const fault = removalFault(material, subjects.flatMap((subject) => (subject && isOpen(subject) ? [subject] : [])));
  if (fault) return refuse(fault);
  const next = removed(material);
  return (await materials.remove(next, now(), receipt)) ? ok(next) : stale();
}

/** For each type what the person need not give again, and what lets it be used for the item. */
export async function usableFor(
  { materials, now }: Pick<MaterialDeps, 'materials' | 'now'>, person: string, documentTypes: readonly string[], item: string | null, by: Pick<Actor, 'role' | 'id'>,
): Promise<readonly Usable[]> {
  const at = now();
  const purpose = { item, at, inPerson: isPersonOf(person, by) };
  return usable(documentTypes, await materials.ofTypes(person, documentTypes), await materials.consentsOf(person, at), purpose);
}

/** The person's documents for an open case of their own. */
export async function attachMaterials(
  { materials, cases, now }: MaterialDeps, { caseId, materialIds }: { readonly caseId: string; readonly materialIds: readonly string[] }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Case>> {
  const fault = mustHaveVault(actor) ?? attachFault({ materialIds }, 'materialIds');
  if (fault) return refuse(fault);
  const subject = await ownCase(cases, caseId, actor);
  if (!subject) return refuse(noSuch('caseId'));
  if (!isOpen(subject)) return refuse(caseIsOver('caseId'));
  const attached = await materials.attach({ caseId, person: actor.id, item: subject.serviceItem, materialIds, by: actor, at: now() }, receipt);
  return attached.ok ? ok(subject) : attached;
}

/** A document with how it came to a case. */
export interface CaseMaterial {
  readonly attachment: Attachment;
  readonly material: Material;
  readonly consent: Consent | null;
}

/** All for the reporter; for who holds the case those that may be read; null for everybody else. */
export async function materialsOf({ materials, now }: Pick<MaterialDeps, 'materials' | 'now'>, subject: Case, actor: Actor): Promise<readonly CaseMaterial[] | null> {
  const { id, reporter: { id: person } } = subject;
  const isOwn = person !== null && isPerson(person, actor);
  if (!isOwn && !worksOn(subject, actor)) return null;
  const at = now();
  const consents = isOwn || person === null ? [] : await materials.consentsOf(person, at);
  const found = await Promise.all((await materials.attachedTo(id)).map(async (attachment): Promise<CaseMaterial[]> => {
    const material = await materials.byId(attachment.materialId);
    if (!material || !(isOwn || mayReadFor(material, { attachment, subject }, consents, actor, at))) return [];
    return [{ attachment, material, consent: attachment.consentId === null ? null : await materials.consentById(attachment.consentId) }];
  }));
  return found.flat();
}

export interface OpenDeps extends MaterialDeps {
  readonly content: ContentStore;
  readonly newId: () => string;
}

export interface OpenCommand {
  readonly materialId: string;
  /** For which case and what for; officers must say both. */
  readonly caseId: string | null;
  readonly reason: string | null;
}

export interface Opened {
  readonly material: Material;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The content, once it is in the log who reads it and why. */
export async function openMaterial(deps: OpenDeps, { materialId, caseId, reason: said }: OpenCommand, actor: Actor): Promise<Result<Opened>> {
  const { materials, content, newId, now } = deps;
  const reason = trimmed(said);
  const fault = mustHaveVault(actor) === null ? null : reasonFault(reason);
  if (fault) return refuse(fault);
  const material = await materials.byId(materialId);
  if (!material || material.state !== 'KEPT') return refuse(noSuch('id'));
  const note = (more: Pick<MaterialRead, 'reason' | 'caseId' | 'consentId'>): Promise<void> =>
    materials.note({ ...more, id: newId(), materialId, kind: 'DOWNLOADED', readAt: now(), by: actor });
  if (isPerson(material.person, actor)) {
    await note({ reason: null, caseId: null, consentId: null });
  } else {
    const attachment = caseId === null ? undefined : (await materials.attachedTo(caseId)).find((one) => one.materialId === materialId);
    if (!attachment || !(await mayRead(deps, material, [attachment], actor))) return refuse(noSuch('id'));
    await note({ reason, caseId, consentId: attachment.consentId });
  }
  const file = await materials.contentOf(material.sha256);
  if (file === null) throw new Error(`Document ${materialId} has no content.`);
  return ok({ material, bytes: content.read(file) });
}
