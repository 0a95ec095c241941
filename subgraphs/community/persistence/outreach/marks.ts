/** That a record is to be looked at, or all of an area; see `Mark`. */
export interface MarkDocument {
  readonly _id: string;
  readonly kind: 'RECORD' | 'SWEEP';
  readonly stamp: string;
  readonly record?: string;
  readonly area?: string;
  readonly item?: string | null;
  readonly after?: string | null;
}

/** The area of everybody. */
export const everywhere = '';

export const markRecord = (record: string, stamp: string): Omit<MarkDocument, '_id'> => ({ kind: 'RECORD', stamp, record });
export const markSweep = (area: string, item: string | null, stamp: string): Omit<MarkDocument, '_id'> => ({ kind: 'SWEEP', stamp, area, item, after: null });
