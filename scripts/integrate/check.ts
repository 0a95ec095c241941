import type { Bilingual } from '../../gateway/claims.js';

export type { Bilingual };

export type Verdict = 'OK' | 'FAILED' | 'UNKNOWN';

/** One thing that was looked at; `found` says what is wrong, or what could not be told and what would tell it. */
export interface Check {
  readonly id: string;
  readonly title: Bilingual;
  readonly verdict: Verdict;
  readonly found: readonly Bilingual[];
}

export const words = (zh: string, en: string): Bilingual => ({ zh, en });

/** Failed with each thing that was found, ok with none. */
export const judged = (id: string, title: Bilingual, faults: readonly Bilingual[]): Check =>
  ({ id, title, verdict: faults.length > 0 ? 'FAILED' : 'OK', found: faults });

export const untold = (id: string, title: Bilingual, ...found: readonly Bilingual[]): Check => ({ id, title, verdict: 'UNKNOWN', found });

const verdicts: Readonly<Record<Verdict, string>> = { OK: '通过 ok', FAILED: '不通过 FAILED', UNKNOWN: '未能判断 not told' };

const mostFound = 20;
const longest = 400;

/** What others sent may steer a terminal, or fill it. */
export const printable = (text: string): string => {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
};

const linesOf = ({ title, verdict, found }: Check): string[] => [
  `[${verdicts[verdict]}] ${title.zh} / ${title.en}`,
  ...found.slice(0, mostFound).flatMap(({ zh, en }) => [`    ${printable(zh)}`, `    ${printable(en)}`]),
  ...(found.length > mostFound ? [`    另有 ${found.length - mostFound} 处 / and ${found.length - mostFound} more`] : []),
];

const count = (checks: readonly Check[], wanted: Verdict): number => checks.filter(({ verdict }) => verdict === wanted).length;

export const reportOf = (checks: readonly Check[]): string => [
  ...checks.flatMap(linesOf),
  `通过 ${count(checks, 'OK')} 项,不通过 ${count(checks, 'FAILED')} 项,未能判断 ${count(checks, 'UNKNOWN')} 项。 / `
    + `${count(checks, 'OK')} ok, ${count(checks, 'FAILED')} failed, ${count(checks, 'UNKNOWN')} could not be told.`,
].join('\n');

/** 1 with a failure; 2 with none, when something could not be told; else 0. */
export const exitCodeOf = (checks: readonly Check[]): 0 | 1 | 2 =>
  count(checks, 'FAILED') > 0 ? 1 : count(checks, 'UNKNOWN') > 0 ? 2 : 0;
