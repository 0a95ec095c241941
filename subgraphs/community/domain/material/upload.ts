import { localDate } from '../../../shared/domain/calendar.js';
import { invalid, refusal, type DomainError } from '../../../shared/domain/result.js';
import { trimmed } from '../../../shared/domain/text.js';
import { materialFormats, type Material, type MaterialFormat, type ScanVerdict } from './material.js';

export const uploadStates = ['OPEN', 'FINISHED', 'REJECTED', 'CANCELLED', 'EXPIRED'] as const;
export type UploadState = (typeof uploadStates)[number];

export const rejections = ['HASH_DIFFERS', 'FORMAT_DIFFERS', 'INFECTED'] as const;
export type Rejection = (typeof rejections)[number];

type Announced = Pick<Material, 'documentType' | 'name' | 'format' | 'size' | 'sha256' | 'givenFor' | 'validUntil'>;

/** A document on its way in; what it is to be was said before its first byte. */
export interface MaterialUpload extends Announced, Pick<Material, 'id' | 'version' | 'person'> {
  readonly state: UploadState;
  /** Why it was rejected; null for all others. */
  readonly rejection: Rejection | null;
  readonly startedAt: Date;
  /** When what is there of it is given up. */
  readonly expiresAt: Date;
}

export const maxBytes = 10 * 1024 * 1024;
/** Kept is what came in whole pieces of so many bytes, and the last one. */
export const pieceBytes = 256 * 1024;
export const expiresAfterMs = 86_400_000;
/** Of one person. */
export const vaultLimits = { documents: 200, bytes: 200 * 1024 * 1024, uploads: 5 } as const;
export type VaultLimit = keyof typeof vaultLimits;

const maxName = 100;
// Nothing that a path, a header or a terminal would take for more than a name.
const namePattern = /^[^\p{C}/\\]+$/u;
const sha256Pattern = /^[0-9a-f]{64}$/;

export const contentTypes: Readonly<Record<MaterialFormat, string>> = { PDF: 'application/pdf', JPEG: 'image/jpeg', PNG: 'image/png' };

const magic: Readonly<Record<MaterialFormat, readonly number[]>> = {
  PDF: [0x25, 0x50, 0x44, 0x46, 0x2d],
  JPEG: [0xff, 0xd8, 0xff],
  PNG: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
};

/** What the first bytes say it is, whatever its name says; null for all that is not taken. */
export const formatOf = (head: Uint8Array): MaterialFormat | null =>
  materialFormats.find((format) => magic[format].every((byte, i) => head[i] === byte)) ?? null;

export function announcementFault(
  { documentType, name, size, sha256, validUntil }: Omit<Announced, 'givenFor'>, isType: (code: string) => boolean, at: Date,
): DomainError | null {
  if (!isType(documentType)) return invalid('没有这种资料类型,请查询 materialTypes。', 'There is no such type; see materialTypes.', 'documentType');
  const length = [...(trimmed(name) ?? '')].length;
  if (length < 1 || length > maxName || !namePattern.test(name)) {
    return invalid(`名称为 1–${maxName} 字,不含斜线与控制字符。`, `A name has 1–${maxName} characters, no slashes and no control characters.`, 'name');
  }
  if (size < 1 || size > maxBytes) return invalid(`大小为 1–${maxBytes} 字节(10 MiB)。`, `A document has 1–${maxBytes} bytes (10 MiB).`, 'size');
  if (!sha256Pattern.test(sha256)) return invalid('sha256 为 64 位小写十六进制。', 'sha256 has 64 small hexadecimal digits.', 'sha256');
  return validUntil === null || localDate(at) <= validUntil ? null : invalid('资料已过有效期。', 'It is no longer valid.', 'validUntil');
}

export const startUpload = (announced: Announced, id: string, person: string, at: Date): MaterialUpload => ({
  ...announced, name: announced.name.trim(), id, version: 1, person, state: 'OPEN', rejection: null, startedAt: at, expiresAt: new Date(at.getTime() + expiresAfterMs),
});

const full: Readonly<Record<VaultLimit, DomainError>> = {
  documents: refusal('TRANSITION_NOT_ALLOWED', `至多保存 ${vaultLimits.documents} 份资料,请先删除不用的。`, `At most ${vaultLimits.documents} documents are kept; remove those not needed.`),
  bytes: refusal('TRANSITION_NOT_ALLOWED', '资料合计至多 200 MiB,请先删除不用的。', 'Documents have at most 200 MiB together; remove those not needed.'),
  uploads: refusal('TRANSITION_NOT_ALLOWED', `至多同时上传 ${vaultLimits.uploads} 份,请先完成或取消其他上传。`, `At most ${vaultLimits.uploads} uploads are open at once; finish or cancel the others first.`),
};
export const vaultFull = (limit: VaultLimit): DomainError => full[limit];

export const alreadyKept: DomainError = refusal(
  'DUPLICATE', '同一份资料已保存且有效,不必再次上传。', 'This very document is kept and valid; it need not be given again.', 'sha256',
);

export const uploadOver: DomainError = refusal('TRANSITION_NOT_ALLOWED', '此上传已结束。', 'This upload is over.');

/** Whether bytes can still come. */
export const isTaking = ({ state, expiresAt }: MaterialUpload, at: Date): boolean => state === 'OPEN' && at < expiresAt;

export const ended = (upload: MaterialUpload, state: Exclude<UploadState, 'OPEN'>, rejection: Rejection | null = null): MaterialUpload =>
  ({ ...upload, version: upload.version + 1, state, rejection });

export const finished = (upload: MaterialUpload, givenFor: string | null, scan: ScanVerdict, at: Date): Material => ({
  id: upload.id, version: 1, person: upload.person, documentType: upload.documentType, name: upload.name, format: upload.format, size: upload.size,
  sha256: upload.sha256, givenAt: at, givenFor, validUntil: upload.validUntil, state: 'KEPT', scan,
});
