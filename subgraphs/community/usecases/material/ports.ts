// What the vault needs from storage and from a scanner.
import type { Named } from '../../../shared/domain/actor.js';
import type { Result } from '../../../shared/domain/result.js';
import type { Consent } from '../../domain/material/consent.js';
import type { AttachCommand, Attachment, Material, MaterialRead } from '../../domain/material/material.js';
import type { MaterialUpload, VaultLimit } from '../../domain/material/upload.js';
import type { CallReceipt, Page, PageRequest } from '../ports.js';

export interface MaterialType {
  readonly code: string;
  readonly name: Named;
}

/** Bytes by the id of the upload they came by, whoever asks. Nothing here is part of a transaction. */
export interface ContentStore {
  /** How much is there of what is to have `size` bytes. */
  received(id: string, size: number): Promise<number>;
  /**
   * Keeps what follows at `offset`, in whole pieces and the last one, and answers how much is there then. Takes no more
   * than `size` in all: of what is longer `TOO_LONG`; `CONFLICT` when another writes the same.
   */
  append(id: string, at: { readonly offset: number; readonly size: number }, bytes: AsyncIterable<Uint8Array>): Promise<number | 'TOO_LONG' | 'CONFLICT'>;
  /** Makes of the pieces one file; the same again does no harm. */
  seal(id: string, size: number): Promise<void>;
  /** Piece by piece, as fast as they are taken. */
  read(id: string): AsyncIterable<Uint8Array>;
  remove(id: string): Promise<void>;
}

/** Looks into a document before it is kept; rejects when it cannot say. */
export interface MaterialScanner {
  scan(bytes: AsyncIterable<Uint8Array>): Promise<'CLEAN' | 'INFECTED' | 'NOT_SCANNED'>;
}

/** What one person may see of documents, whoever asks: callers check. */
export interface Materials {
  byId(id: string): Promise<Material | null>;
  uploadById(id: string): Promise<MaterialUpload | null>;
  consentById(id: string): Promise<Consent | null>;
  /** A person's, those removed left out, the newest first; cursor [givenAt, id]. */
  list(person: string, page: PageRequest): Promise<Page<Material>>;
  count(person: string): Promise<number>;
  /** Kept ones of these types, the newest first; bounded. */
  ofTypes(person: string, documentTypes: readonly string[]): Promise<readonly Material[]>;
  /** The latest first; cursor [givenAt, id]. */
  listConsents(person: string, page: PageRequest): Promise<Page<Consent>>;
  countConsents(person: string): Promise<number>;
  /** All in force then. */
  consentsOf(person: string, at: Date): Promise<readonly Consent[]>;
  /** All that is attached to the case. */
  attachedTo(caseId: string): Promise<readonly Attachment[]>;
  /** Every case that it is attached to. */
  usesOf(materialId: string): Promise<readonly Attachment[]>;
  /** The latest first; cursor [readAt, id]. */
  reads(materialId: string, page: PageRequest): Promise<Page<MaterialRead>>;
  countReads(materialId: string): Promise<number>;

  /** Takes its place in the person's vault; or which of the limits leaves none. */
  start(upload: MaterialUpload, receipt: CallReceipt | null): Promise<'SAVED' | VaultLimit>;
  /** It came to nothing: its place is free again and its bytes will go. False when it was over already. */
  giveUp(next: MaterialUpload, at: Date, receipt: CallReceipt | null): Promise<boolean>;
  /** What it was becomes a document, attached where it was given for a case. False when it was over already. */
  keep(next: MaterialUpload, material: Material, use: { readonly attachment: Attachment; readonly read: MaterialRead } | null): Promise<boolean>;
  /** False when it has changed. */
  remove(next: Material, at: Date, receipt: CallReceipt | null): Promise<boolean>;
  /** FULL when as many as there may be are in force. */
  giveConsent(consent: Consent, receipt: CallReceipt | null): Promise<'SAVED' | 'FULL'>;
  withdrawConsent(next: Consent, receipt: CallReceipt | null): Promise<boolean>;
  note(read: MaterialRead): Promise<void>;
  /**
   * Attaches documents of the person to their case, each use in the log. In a transaction that is already open it is written with
   * all else; refused, it has written nothing, and what was written before is for the caller to take back.
   */
  attach(command: AttachCommand, receipt: CallReceipt | null): Promise<Result<readonly Attachment[]>>;
  /** By which upload the content of that hash came; null when there is none. */
  contentOf(sha256: string): Promise<string | null>;
  /** Open ones whose time is over. */
  overdue(now: Date, limit: number): Promise<readonly MaterialUpload[]>;
}

/** Bytes that nothing refers to any more. */
export interface Leftovers {
  due(now: Date, limit: number): Promise<readonly string[]>;
  done(id: string): Promise<void>;
  /** Forgets uploads that ended before then. */
  forgetUploads(before: Date): Promise<void>;
}

