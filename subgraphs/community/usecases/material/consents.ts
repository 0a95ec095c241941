import type { Actor } from '../../../shared/domain/actor.js';
import { stale } from '../../../shared/domain/plan.js';
import { ok, refuse, type Result } from '../../../shared/domain/result.js';
import { consentFault, tooManyConsents, withdrawalFault, withdrawn, type Consent } from '../../domain/material/consent.js';
import { mustHaveVault } from '../../domain/material/material.js';
import type { CallReceipt, Materials } from '../ports.js';
import { noSuch, type UploadDeps } from './uploads.js';

export async function ownConsent(materials: Materials, id: string, actor: Actor): Promise<Consent | null> {
  const found = await materials.consentById(id);
  return found && mustHaveVault(actor) === null && found.person === actor.id ? found : null;
}

export async function giveConsent(
  { materials, isMaterialType, now, newId }: Omit<UploadDeps, 'cases'>, command: Pick<Consent, 'documentTypes' | 'items' | 'validUntil'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Consent>> {
  const at = now();
  const fault = mustHaveVault(actor) ?? consentFault(command, isMaterialType, at);
  if (fault) return refuse(fault);
  const consent: Consent = { ...command, id: newId(), version: 1, person: actor.id, givenAt: at, withdrawnAt: null };
  return (await materials.giveConsent(consent, receipt)) === 'SAVED' ? ok(consent) : refuse(tooManyConsents);
}

export async function withdrawConsent(
  { materials, now }: Pick<UploadDeps, 'materials' | 'now'>, { consentId, expectedVersion }: { readonly consentId: string; readonly expectedVersion: number },
  actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Consent>> {
  const consent = await ownConsent(materials, consentId, actor);
  if (!consent) return refuse(noSuch('consentId'));
  if (consent.version !== expectedVersion) return stale();
  const fault = withdrawalFault(consent);
  if (fault) return refuse(fault);
  const next = withdrawn(consent, now());
  return (await materials.withdrawConsent(next, receipt)) ? ok(next) : stale();
}
