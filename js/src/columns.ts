// Series of different steps in the columns of one chart. In a column `null` is a value that is not finite, and
// `undefined` a step at which nothing was logged: a line goes on over the second only. Pure, but for uPlot's join.

import uPlot from "uplot";
import type { Series } from "./series";

/** Of one value at each step. */
export type Column = ArrayLike<number | null | undefined>;

/** Steps, then low, high and ema of each series. */
export function join(shown: readonly Series[]): uPlot.AlignedData {
  const tables = shown.map(
    (series) => [series.steps, series.low, series.high, series.ema] as uPlot.AlignedData,
  );
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

/** The last of the rising `steps` that is not after `step`. */
export function indexAt(steps: ArrayLike<number>, step: number | null): number {
  let at = steps.length - 1;
  while (step !== null && at > 0 && (steps[at] as number) > step) at -= 1;
  return at;
}

/** Where `column` says something last, `from` or before it. */
export function lastLogged(column: Column | undefined, from: number): number {
  let at = from;
  while (at > 0 && column?.[at] === undefined) at -= 1;
  return at;
}

/** The values of `column` that no line leads to or from. */
export function alone(column: Column): number[] {
  const logged = Array.from(column, (_, i) => i).filter((i) => column[i] !== undefined);
  const at = (place: number) => column[logged[place] ?? -1] ?? null;
  return logged.filter((_, i) => at(i) !== null && at(i - 1) === null && at(i + 1) === null);
}
