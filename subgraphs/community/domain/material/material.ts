import { type Actor } from '../../../shared/domain/actor.js';
import { localDate, type LocalDate } from '../../../shared/domain/calendar.js';
import { refusal, type DomainError } from '../../../shared/domain/result.js';
import { isOpen, worksOn, type Case } from '../case.js';
import { covering, type Consent } from './consent.js';

// 资料: what a person has given once is kept for the next time.

export const materialFormats = ['PDF', 'JPEG', 'PNG'] as const;
export type MaterialFormat = (typeof materialFormats)[number];

export const materialStates = ['KEPT', 'REMOVED'] as const;
export type MaterialState = (typeof materialStates)[number];

/** What is infected is not kept at all. */
export const scanVerdicts = ['CLEAN', 'NOT_SCANNED'] as const;
export type ScanVerdict = (typeof scanVerdicts)[number];

export interface Material {
  /** That of the upload it came by. */
  readonly id: string;
  readonly version: number;
  /** Actor id. */
  readonly person: string;
  /** Code of data/document-types.csv. */
  readonly documentType: string;
  readonly name: string;
  readonly format: MaterialFormat;
  /** Bytes. */
  readonly size: number;
  /** Hex; the content is found by it. */
  readonly sha256: string;
  readonly givenAt: Date;
  /** Id of the case it was given for; null while it has been given for none. */
  readonly givenFor: string | null;
  /** The last day of its validity; null: for ever. */
  readonly validUntil: LocalDate | null;
  readonly state: MaterialState;
  readonly scan: ScanVerdict;
}

/** GIVEN for that very case, or REUSED by consent. */
export const attachmentBases = ['GIVEN', 'REUSED'] as const;
export type AttachmentBasis = (typeof attachmentBases)[number];

export interface Attachment {
  /** `<case id>:<material id>`. */
  readonly id: string;
  readonly caseId: string;
  readonly materialId: string;
  readonly person: string;
  /** Of the case. */
  readonly item: string | null;
  readonly basis: AttachmentBasis;
  /** What covered it then; null for what was given. */
  readonly consentId: string | null;
  readonly attachedAt: Date;
}

export const readKinds = ['DOWNLOADED', 'USED'] as const;
export type ReadKind = (typeof readKinds)[number];

/** One entry of the log of what became of a document; entries are only ever added. */
export interface MaterialRead {
  readonly id: string;
  readonly materialId: string;
  readonly kind: ReadKind;
  readonly readAt: Date;
  readonly by: Actor;
  /** Why an officer read it; null for the person. */
  readonly reason: string | null;
  readonly caseId: string | null;
  readonly consentId: string | null;
}

export const isValidOn = ({ validUntil }: Pick<Material, 'validUntil'>, day: LocalDate): boolean => validUntil === null || day <= validUntil;

/** Who has signed in as a resident has a vault; documents of others are shown at the counter. */
export const mustHaveVault = (actor: Actor): DomainError | null => (actor.role === 'RESIDENT' ? null : refusal(
  'ROLE_NOT_ALLOWED', '资料由居民本人登录后保存与授权。', 'Residents keep their own documents, and give consent, once they have signed in.',
));

/** A case and what is attached to it. */
export interface Use {
  readonly attachment: Attachment;
  readonly subject: Case;
}

/**
 * Whether an officer may read it for a case: who works on the case, while it is open. What was given for it needs no more;
 * what is used again needs a consent in force at that moment, whichever covered it at first.
 */
export const mayReadFor = (material: Material, { attachment, subject }: Use, consents: readonly Consent[], actor: Actor, at: Date): boolean =>
  material.state === 'KEPT' && isOpen(subject) && worksOn(subject, actor)
    && (attachment.basis === 'GIVEN' || covering(consents, material.documentType, attachment.item, at) !== null);

const maxReason = 200;

/** What an officer must say before reading. */
export const reasonFault = (reason: string | null): DomainError | null =>
  (reason !== null && [...reason].length <= maxReason ? null : refusal(
    'INVALID_INPUT', `请以 reason 说明用途,1–${maxReason} 字。`, `Say in reason what it is read for, in 1–${maxReason} characters.`,
  ));

/** Why the person cannot take it back; `inUse` are the open cases it is attached to. */
export function removalFault({ state }: Material, inUse: readonly Pick<Case, 'number'>[]): DomainError | null {
  if (state === 'REMOVED') return refusal('TRANSITION_NOT_ALLOWED', '此资料已删除。', 'It has been removed already.');
  const [first] = inUse;
  return first === undefined ? null : refusal(
    'TRANSITION_NOT_ALLOWED',
    `案件 ${first.number} 仍在使用此资料,办结归档后可删除;不想再复用请撤回授权。`,
    `Case ${first.number} is open and uses it; remove it once that is closed, and withdraw your consent if it is not to be used again.`,
  );
}

export const removed = (material: Material): Material => ({ ...material, version: material.version + 1, state: 'REMOVED' });

export const lacks = ['NONE', 'EXPIRED', 'NO_CONSENT'] as const;
export type Lack = (typeof lacks)[number];

/** The document of a type that need not be given again, or why there is none. */
export interface Usable {
  readonly documentType: string;
  readonly material: Material | null;
  /** What covers it; null where there is none, and for what has been given for no case yet. */
  readonly consent: Consent | null;
  readonly lack: Lack | null;
}

/** For what, when, and whether the person uses them or somebody else does for the person. */
export interface Purpose {
  readonly item: string | null;
  readonly at: Date;
  readonly inPerson: boolean;
}

/** Of a type: the newest that is valid and may be used for the item. `materials` are those kept, the newest first. */
function usableOf(documentType: string, materials: readonly Material[], consents: readonly Consent[], { item, at, inPerson }: Purpose): Usable {
  const lacking = (lack: Lack): Usable => ({ documentType, material: null, consent: null, lack });
  const consent = covering(consents, documentType, item, at);
  // Nor is anybody else told what there is.
  if (!inPerson && !consent) return lacking('NO_CONSENT');
  const kept = materials.filter((one) => one.documentType === documentType && one.state === 'KEPT');
  if (kept.length === 0) return lacking('NONE');
  const valid = kept.filter((one) => isValidOn(one, localDate(at)));
  if (valid.length === 0) return lacking('EXPIRED');
  const isFirst = ({ givenFor }: Material): boolean => inPerson && givenFor === null;
  const material = valid.find((one) => isFirst(one) || consent !== null);
  return material ? { documentType, material, consent: isFirst(material) ? null : consent, lack: null } : lacking('NO_CONSENT');
}

export const usable = (
  documentTypes: readonly string[], materials: readonly Material[], consents: readonly Consent[], purpose: Purpose,
): Usable[] => documentTypes.map((documentType) => usableOf(documentType, materials, consents, purpose));

export const isPersonOf = (person: string, { role, id }: Pick<Actor, 'role' | 'id'>): boolean => role === 'RESIDENT' && id === person;

export const attachmentId = (caseId: string, materialId: string): string => `${caseId}:${materialId}`;

export interface AttachCommand {
  readonly caseId: string;
  /** Whose case it is, and whose documents. */
  readonly person: string;
  /** Of the case. */
  readonly item: string | null;
  readonly materialIds: readonly string[];
  readonly by: Actor;
  readonly at: Date;
}

const maxAttached = 30;

/** Before anything is read. */
export const attachFault = ({ materialIds }: Pick<AttachCommand, 'materialIds'>, field: string): DomainError | null =>
  (materialIds.length >= 1 && materialIds.length <= maxAttached && new Set(materialIds).size === materialIds.length ? null : refusal(
    'INVALID_INPUT', `一次 1–${maxAttached} 份,每份只列一次。`, `1–${maxAttached} documents at a time, each once.`, field,
  ));

export interface Attaching {
  readonly next: Material;
  readonly attachment: Attachment;
}

/** What the person has given for no case yet is given for this one; all else takes a consent. */
export function attaching(material: Material, consents: readonly Consent[], { caseId, person, item, by, at }: AttachCommand): Attaching | DomainError {
  const field = 'materialIds';
  if (!isValidOn(material, localDate(at))) {
    return refusal('TRANSITION_NOT_ALLOWED', `资料“${material.documentType}”已过有效期,请重新提交。`, `The document of type ${material.documentType} is no longer valid; give a new one.`, field);
  }
  const isGiven = (material.givenFor === null && isPersonOf(person, by)) || material.givenFor === caseId;
  const consent = isGiven ? null : covering(consents, material.documentType, item, at);
  if (!isGiven && !consent) {
    return refusal('TRANSITION_NOT_ALLOWED', `资料“${material.documentType}”没有可用的授权,请先授权或重新提交。`, `No consent covers the document of type ${material.documentType}; give consent first, or give it anew.`, field);
  }
  return {
    next: { ...material, version: material.version + 1, givenFor: material.givenFor ?? caseId },
    attachment: {
      id: attachmentId(caseId, material.id), caseId, materialId: material.id, person, item,
      basis: isGiven ? 'GIVEN' : 'REUSED', consentId: consent?.id ?? null, attachedAt: at,
    },
  };
}
