import type { CityContext } from '../context.js';
import type { SuccessionModel } from './models.js';

export async function successorsOf({ reorganisations }: CityContext, code: string): Promise<SuccessionModel[]> {
  const reorganisation = await reorganisations.ending(code);
  if (!reorganisation) return [];
  const { begins, on } = reorganisation.plan;
  return begins.filter(({ predecessors }) => predecessors.includes(code)).map(({ code: other, name }) => ({ code: other, name, on, reorganisation }));
}

export async function predecessorsOf({ reorganisations }: CityContext, code: string): Promise<SuccessionModel[]> {
  const reorganisation = await reorganisations.beginning(code);
  if (!reorganisation) return [];
  const { ends, on } = reorganisation.plan;
  return ends.filter(({ successors }) => successors.includes(code)).map(({ code: other, name }) => ({ code: other, name, on, reorganisation }));
}
