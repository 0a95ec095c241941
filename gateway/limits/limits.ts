import type { Bilingual } from '../claims.js';
import type { Variables } from './cost.js';
import type { Counts, Measure } from './measure.js';

export interface Limits extends Counts {
  /** Words and signs of the text, counted while it is parsed. */
  readonly tokens: number;
  /** Objects that may be asked for. */
  readonly cost: number;
}

export const defaultLimits: Limits = { tokens: 4_000, depth: 20, aliases: 100, directives: 100, rootFields: 50, cost: 100_000 };

const names: Readonly<Record<keyof Limits, Bilingual>> = {
  tokens: { zh: '词元', en: 'tokens' },
  depth: { zh: '嵌套层数', en: 'levels of nesting' },
  aliases: { zh: '别名', en: 'aliases' },
  directives: { zh: '指令', en: 'directives' },
  rootFields: { zh: '顶层字段', en: 'root fields' },
  cost: { zh: '成本', en: 'cost' },
};
const counted = ['depth', 'aliases', 'directives', 'rootFields'] as const;

export interface Excess {
  readonly of: keyof Limits;
  /** Null where it was not counted to the end. */
  readonly found: number | null;
  readonly allowed: number;
}

/** The first limit that an operation goes beyond; null when it keeps them all. */
export function excessOf({ counts }: Measure, cost: number, limits: Limits): Excess | null {
  const of = counted.find((name) => counts[name] > limits[name]);
  if (of) return { of, found: counts[of], allowed: limits[of] };
  return cost > limits.cost ? { of: 'cost', found: cost, allowed: limits.cost } : null;
}

export function excessText({ of, found, allowed }: Excess): Bilingual {
  const { zh, en } = names[of];
  return {
    zh: `查询过于复杂:${zh}${found === null ? '' : ` ${found},`}至多 ${allowed};请减少字段或 first,或分几次查询。`,
    en: `The query is too complex: ${found === null ? 'too many ' : `${found} `}${en}, at most ${allowed}; ask for fewer fields, a smaller first, or in parts.`,
  };
}

/** Beyond what a number holds it is as good as endless. */
export const costIn = ({ cost }: Measure, variables: Variables): number => Math.min(Math.ceil(cost(variables)), Number.MAX_SAFE_INTEGER);
