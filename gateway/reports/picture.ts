import type { EChartsOption } from 'echarts';
import type { Table } from './csv.js';
import type { Report } from './model.js';

/** What is drawn, and on what. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
}

/** A report: the same data as a picture and as a table. */
export interface ReportKind {
  readonly picture: (report: Report) => Picture;
  readonly table: (report: Report) => Table;
}
