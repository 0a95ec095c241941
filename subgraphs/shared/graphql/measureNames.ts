import { measures, type Measure } from '../domain/counts.js';

type Snake<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? '' : '_'}${Uppercase<First>}${Snake<Rest>}`
  : '';

/** A value of the SDL enum CountedMeasure. */
export type MeasureName = Snake<Measure>;

/** What the SDL calls a number: `leftOut` is LEFT_OUT. */
export const nameOfMeasure = (measure: Measure): MeasureName =>
  measure.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase() as MeasureName;

const byName = new Map<string, Measure>(measures.map((measure) => [nameOfMeasure(measure), measure]));

export function measureOfName(name: MeasureName): Measure {
  const measure = byName.get(name);
  if (!measure) throw new Error(`${name} is not counted.`);
  return measure;
}
