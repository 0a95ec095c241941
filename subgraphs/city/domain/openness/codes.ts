// 政务公开目录: a tree of codes; a code's prefix is its parent. The 26 fields of the standard for local governments, and the platform's own from 90 on.
import type { Named } from '../../../shared/domain/actor.js';

export interface OpennessCode {
  /** `19` or `19.01`. */
  readonly code: string;
  readonly title: Named;
}

export interface OpennessCodeTree extends OpennessCode {
  readonly children: readonly OpennessCodeTree[];
}

const pattern = /^\d\d(?:\.\d\d){0,2}$/;

const parentOf = (code: string): string | null => (code.includes('.') ? code.slice(0, code.lastIndexOf('.')) : null);

/** Why these are no catalogue; null when they are. */
export function codesFault(codes: readonly OpennessCode[]): string | null {
  const seen = new Set<string>();
  for (const { code, title } of codes) {
    const parent = parentOf(code);
    if (!pattern.test(code)) return `${code} is no code; write 19 or 19.01.`;
    if (seen.has(code)) return `${code} is there twice.`;
    if (parent !== null && !seen.has(parent)) return `${code} stands before ${parent}, or without it.`;
    if (title.zh.trim() === '' || title.en.trim() === '') return `${code} needs a title in both languages.`;
    seen.add(code);
  }
  return null;
}

export const treeOf = (codes: readonly OpennessCode[], parent: string | null = null): OpennessCodeTree[] =>
  codes.filter(({ code }) => parentOf(code) === parent).map((one) => ({ ...one, children: treeOf(codes, one.code) }));
