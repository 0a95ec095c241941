import { stringify } from 'csv-stringify/sync';
import type { Bilingual } from '../claims.js';

export interface Column<Row> {
  readonly name: Bilingual;
  readonly value: (row: Row) => string | number | null;
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export const tableOf = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Table => ({
  header: columns.map(({ name: { zh, en } }) => `${zh} / ${en}`),
  rows: rows.map((row) => columns.map(({ value }) => value(row))),
});

/** For spreadsheets: a byte order mark, CRLF, and no text that one would take for a formula. */
export const csvOf = ({ header, rows }: Table): string =>
  stringify([[...header], ...rows.map((row) => [...row])], { bom: true, escape_formulas: true, record_delimiter: 'windows' });
