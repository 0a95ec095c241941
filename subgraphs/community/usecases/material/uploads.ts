import type { Actor } from '../../../shared/domain/actor.js';
import { stale } from '../../../shared/domain/plan.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { isOpen, type Case } from '../../domain/case.js';
import { attachmentId, isValidOn, mustHaveVault, type Material } from '../../domain/material/material.js';
import {
  alreadyKept, announcementFault, ended, finished, formatOf, isTaking, startUpload as start, uploadOver, vaultFull, type MaterialUpload, type Rejection,
} from '../../domain/material/upload.js';
import { localDate } from '../../../shared/domain/calendar.js';
import type { CallReceipt, CaseRepository, ContentStore, Leftovers, MaterialScanner, Materials } from '../ports.js';

export interface UploadDeps {
  readonly materials: Materials;
  readonly cases: Pick<CaseRepository, 'byId'>;
  readonly isMaterialType: (code: string) => boolean;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** As its person may see it; of anybody else's there is nothing to see. */
export async function ownUpload(materials: Materials, id: string, actor: Actor): Promise<MaterialUpload | null> {
  const found = await materials.uploadById(id);
  return found && mustHaveVault(actor) === null && found.person === actor.id ? found : null;
}

export const noSuch = (field: string): DomainError =>
  refusal('NOT_FOUND', '没有此项,或您无权查看。', 'There is none, or it is not visible to you.', field);

export const caseIsOver = (field: string): DomainError =>
  refusal('TRANSITION_NOT_ALLOWED', '此件已结束,不能再提交资料。', 'This case is over; no documents can be given for it.', field);

/** The person's own case, as somebody else's is none. */
export async function ownCase(cases: Pick<CaseRepository, 'byId'>, id: string, actor: Actor): Promise<Case | null> {
  const found = await cases.byId(id);
  return found && found.reporter.id === actor.id ? found : null;
}

export type StartCommand = Pick<Material, 'documentType' | 'name' | 'format' | 'size' | 'sha256' | 'givenFor' | 'validUntil'>;

export async function startUpload(deps: UploadDeps, command: StartCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<MaterialUpload>> {
  const { materials, cases, isMaterialType, now, newId } = deps;
  const fault = mustHaveVault(actor) ?? announcementFault(command, isMaterialType, now());
  if (fault) return refuse(fault);
  if (command.givenFor !== null) {
    const subject = await ownCase(cases, command.givenFor, actor);
    if (!subject) return refuse(noSuch('givenFor'));
    if (!isOpen(subject)) return refuse(caseIsOver('givenFor'));
  }
  const same = (await materials.ofTypes(actor.id, [command.documentType])).find(({ sha256 }) => sha256 === command.sha256);
  if (same && isValidOn(same, localDate(now()))) return refuse(alreadyKept);
  const upload = start(command, newId(), actor.id, now());
  const outcome = await materials.start(upload, receipt);
  return outcome === 'SAVED' ? ok(upload) : refuse(vaultFull(outcome));
}

export async function cancelUpload(
  { materials, now }: Pick<UploadDeps, 'materials' | 'now'>, { uploadId, expectedVersion }: { readonly uploadId: string; readonly expectedVersion: number },
  actor: Actor, receipt: CallReceipt | null,
): Promise<Result<MaterialUpload>> {
  const upload = await ownUpload(materials, uploadId, actor);
  if (!upload) return refuse(noSuch('uploadId'));
  if (upload.version !== expectedVersion) return stale();
  if (upload.state !== 'OPEN') return refuse(uploadOver);
  const next = ended(upload, 'CANCELLED');
  return (await materials.giveUp(next, now(), receipt)) ? ok(next) : stale();
}

export interface ReceiveDeps {
  readonly materials: Materials;
  readonly cases: Pick<CaseRepository, 'byId'>;
  readonly content: ContentStore;
  readonly scanner: MaterialScanner;
  readonly hashOf: (bytes: AsyncIterable<Uint8Array>) => Promise<string>;
  readonly idOf: (...parts: readonly string[]) => string;
  readonly now: () => Date;
}

export type Refused = 'NOT_FOUND' | 'UPLOAD_OVER' | 'OFFSET_DIFFERS' | 'PAYLOAD_TOO_LARGE' | 'SCAN_UNAVAILABLE' | Rejection;

/** How an upload stands after bytes have come; `received` null where that is nobody's business. */
export type Reception =
  | { readonly is: 'PART'; readonly upload: MaterialUpload; readonly received: number }
  | { readonly is: 'KEPT'; readonly upload: MaterialUpload; readonly received: number }
  | { readonly is: 'REFUSED'; readonly why: Refused; readonly received: number | null; readonly cause?: unknown };

const refused = (why: Refused, received: number | null = null): Reception => ({ is: 'REFUSED', why, received });

async function firstPiece(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  for await (const piece of bytes) return piece;
  return new Uint8Array();
}

/** How much of it is there. */
export async function progressOf({ materials, content, now }: Pick<ReceiveDeps, 'materials' | 'content' | 'now'>, uploadId: string, actor: Actor): Promise<Reception> {
  const upload = await ownUpload(materials, uploadId, actor);
  if (!upload) return refused('NOT_FOUND');
  return outcomeOf(upload, now()) ?? { is: 'PART', upload, received: await content.received(upload.id, upload.size) };
}

/** Null while bytes can still come. */
function outcomeOf(upload: MaterialUpload, at: Date): Reception | null {
  if (upload.state === 'FINISHED') return { is: 'KEPT', upload, received: upload.size };
  if (upload.rejection !== null) return refused(upload.rejection);
  return isTaking(upload, at) ? null : refused('UPLOAD_OVER');
}

/** Takes in what follows at `offset`; once all is there, the document is kept if it is what was announced. */
export async function receive(
  deps: ReceiveDeps, { uploadId, offset, bytes }: { readonly uploadId: string; readonly offset: number; readonly bytes: AsyncIterable<Uint8Array> }, actor: Actor,
): Promise<Reception> {
  const { materials, content, now } = deps;
  const upload = await ownUpload(materials, uploadId, actor);
  if (!upload) return refused('NOT_FOUND');
  const over = outcomeOf(upload, now());
  if (over) return over;
  const { id, size } = upload;
  const before = await content.received(id, size);
  if (offset !== before) return refused('OFFSET_DIFFERS', before);
  const appended = await content.append(id, { offset, size }, bytes);
  if (appended === 'CONFLICT') return refused('OFFSET_DIFFERS', await content.received(id, size));
  if (appended === 'TOO_LONG') return refused('PAYLOAD_TOO_LARGE', await content.received(id, size));
  // What is no such document need not come to its end; of what is all there `finish` looks.
  if (offset === 0 && appended > 0 && appended < size && formatOf(await firstPiece(content.read(id))) !== upload.format) return reject(deps, upload, 'FORMAT_DIFFERS');
  return appended < size ? { is: 'PART', upload, received: appended } : finish(deps, upload, actor);
}

async function reject({ materials, content, now }: ReceiveDeps, upload: MaterialUpload, why: Rejection): Promise<Reception> {
  // Should the bytes outlive this, they are swept.
  if (await materials.giveUp(ended(upload, 'REJECTED', why), now(), null)) await content.remove(upload.id);
  return refused(why);
}

async function finish(deps: ReceiveDeps, upload: MaterialUpload, actor: Actor): Promise<Reception> {
  const { materials, cases, content, scanner, hashOf, idOf, now } = deps;
  const { id, size, sha256, givenFor } = upload;
  if (formatOf(await firstPiece(content.read(id))) !== upload.format) return reject(deps, upload, 'FORMAT_DIFFERS');
  if ((await hashOf(content.read(id))) !== sha256) return reject(deps, upload, 'HASH_DIFFERS');
  let verdict;
  try {
    verdict = await scanner.scan(content.read(id));
  } catch (cause) {
    return { is: 'REFUSED', why: 'SCAN_UNAVAILABLE', received: size, cause };
  }
  if (verdict === 'INFECTED') return reject(deps, upload, 'INFECTED');
  await content.seal(id, size);
  const at = now();
  const subject = givenFor === null ? null : await ownCase(cases, givenFor, actor);
  const caseId = subject && isOpen(subject) ? subject.id : null;
  const use = caseId === null ? null : {
    attachment: {
      id: attachmentId(caseId, id), caseId, materialId: id, person: actor.id, item: subject?.serviceItem ?? null, basis: 'GIVEN', consentId: null, attachedAt: at,
    },
    read: { id: idOf('USED', attachmentId(caseId, id)), materialId: id, kind: 'USED', readAt: at, by: actor, reason: null, caseId, consentId: null },
  } as const;
  const next = ended(upload, 'FINISHED');
  if (await materials.keep(next, finished(upload, caseId, verdict, at), use)) return { is: 'KEPT', upload: next, received: size };
  const meanwhile = await materials.uploadById(id);
  return (meanwhile && outcomeOf(meanwhile, at)) ?? refused('UPLOAD_OVER');
}

const batch = 50;
const forgottenAfterMs = 7 * 86_400_000;

/** Gives up uploads whose time is over, and removes bytes that nothing refers to. */
export async function sweepMaterials(
  { materials, content, leftovers, now }: Pick<ReceiveDeps, 'materials' | 'content' | 'now'> & { readonly leftovers: Leftovers },
): Promise<void> {
  const at = now();
  for (let late = await materials.overdue(at, batch); late.length > 0; late = await materials.overdue(at, batch)) {
    for (const upload of late) await materials.giveUp(ended(upload, 'EXPIRED'), at, null);
  }
  for (let due = await leftovers.due(at, batch); due.length > 0; due = await leftovers.due(at, batch)) {
    for (const id of due) {
      await content.remove(id);
      await leftovers.done(id);
    }
  }
  await leftovers.forgetUploads(new Date(at.getTime() - forgottenAfterMs));
}
