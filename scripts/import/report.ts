// What a run shows to whoever started it: numbers and names of files and categories, nothing of the messages.
import { SingleBar } from 'cli-progress';
import type { ImportResult } from './run.js';
import type { Tally } from './tally.js';

export interface ProgressView {
  show(tally: Tally, rows: number): void;
  end(): void;
}

const counted = ({ created, known, rejected }: Pick<Tally, 'created' | 'known' | 'rejected'>): string =>
  `${created} new, ${known} already there, ${rejected} rejected`;

/** A line at each tenth of the rows. */
export function lines(log: (line: string) => void): ProgressView {
  return {
    show(tally, rows) {
      const tenth = (read: number): number => Math.floor((read * 10) / rows);
      if (tenth(tally.read) > tenth(tally.read - 1)) log(`${tally.read} of ${rows} rows: ${counted(tally)}.`);
    },
    end: () => undefined,
  };
}

/** A bar on the terminal that `stream` is. */
export function bar(stream: NodeJS.WritableStream): ProgressView {
  const format = '{bar} {percentage}% | {value} of {total} rows | {counted} | {eta_formatted} to go';
  const single = new SingleBar({ stream, format, hideCursor: true });
  let isShown = false;
  return {
    show(tally, rows) {
      if (!isShown) single.start(rows, tally.read, { counted: counted(tally) });
      else single.update(tally.read, { counted: counted(tally) });
      isShown = true;
    },
    end: () => single.stop(),
  };
}

const noCategory = '(no category of the taxonomy)';

export function summary({ isComplete, tally, rows, rejectsFile }: ImportResult): string[] {
  const { read, unplaced, rejected, categories } = tally;
  return [
    isComplete
      ? `Read ${read} rows: ${counted(tally)}.`
      : `Ended after ${read} of ${rows} rows: ${counted(tally)}. The same command goes on from there.`,
    ...Object.entries(categories).map(([path, counts]) => `  ${path || noCategory}: ${counted(counts)}`),
    ...(unplaced > 0 ? [`Without an area of their own, placed by the mapping's rule: ${unplaced}.`] : []),
    ...(rejected > 0
      ? [`Rejected rows and the reasons: ${rejectsFile}. Correct them there and import that file with this mapping.`]
      : []),
  ];
}

/** 0: all rows are in; 2: some were rejected; 130, as for any program that Ctrl-C ended: some were not read. */
export function exitCode({ isComplete, tally }: ImportResult): number {
  if (!isComplete) return 130;
  return tally.rejected > 0 ? 2 : 0;
}
