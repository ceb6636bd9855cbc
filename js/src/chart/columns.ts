// Merges series with different steps into the columns of one chart, with a bounded number of rows. In a column,
// `null` is a value that cannot be drawn, which interrupts the line; `undefined` is a step without a value, which
// does not. Pure.

import type { Series, Value } from "./series";

/** One entry for each step. */
export type Column = ArrayLike<Value | undefined>;
type Cells = (Value | undefined)[];

/** Columns of each series: minimum, maximum, last value and average of each row. */
export const KINDS = 4;

export interface Table {
  /** Steps, then `low`, `high`, `last` and `ema` of each series. */
  columns: [number[], ...Cells[]];
  /** Whether each series has rows with several different values. */
  spread: boolean[];
  /** For each series, the rows with values that have no logarithm. */
  beyond: number[][];
}

/** Merges `shown` into at most `most` rows. Steps that share a row are drawn at the last of them. */
export function tabulate(shown: readonly Series[], most: number, log: boolean): Table {
  const first = Math.min(...shown.map((series) => series.steps[0] ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...shown.map((series) => series.steps.at(-1) ?? Number.NEGATIVE_INFINITY));
  const width = widthOf(last - first, most);
  const origin = Math.floor(first / width);
  const place = (step: number) => Math.floor(step / width) - origin;
  const rows = new Map<number, number>();
  const steps: number[] = [];
  const ends: number[] = new Array(place(last) + 1).fill(Number.NEGATIVE_INFINITY);
  for (const series of shown) {
    for (const step of series.steps) if (step > (ends[place(step)] as number)) ends[place(step)] = step;
  }
  ends.forEach((end, at) => {
    if (end !== Number.NEGATIVE_INFINITY) rows.set(at, steps.push(end) - 1);
  });
  const filled = shown.map((series) => fill(series, steps.length, (step) => rows.get(place(step)) ?? 0, log));
  return {
    columns: [steps, ...filled.flatMap(({ cells }) => cells)],
    spread: filled.map(({ cells: [low, high] }) => (low as Cells).some((value, i) => value !== high?.[i])),
    beyond: filled.map(({ beyond }) => beyond),
  };
}

/** The smallest power of two that divides `span` steps into at most `most` parts. It rarely changes during a run. */
function widthOf(span: number, most: number): number {
  let width = 1;
  while (span / width >= most) width *= 2;
  return width;
}

function fill(series: Series, count: number, rowOf: (step: number) => number, log: boolean) {
  const cells: Cells[] = Array.from({ length: KINDS }, () => new Array(count).fill(undefined));
  const [low, high, last, ema] = cells as [Cells, Cells, Cells, Cells];
  const beyond: number[] = [];
  const drawn = (value: Value | undefined) =>
    value === undefined || (log && value !== null && value <= 0) ? null : value;
  series.steps.forEach((step, i) => {
    const row = rowOf(step);
    low[row] = either(Math.min, low[row], drawn(series.low[i]));
    high[row] = either(Math.max, high[row], drawn(series.high[i]));
    last[row] = drawn(series.last[i]);
    ema[row] = drawn(series.ema[i]);
    const least = series.low[i];
    if (log && least !== null && least !== undefined && least <= 0 && beyond.at(-1) !== row) beyond.push(row);
  });
  return { cells, beyond };
}

function either(choose: (one: number, other: number) => number, one: Value | undefined, other: Value): Value {
  return one === null || one === undefined ? other : other === null ? one : choose(one, other);
}

/** The last row with a value at or before row `from`. */
export function lastLogged(column: Column | undefined, from: number): number {
  let at = from;
  while (at > 0 && column?.[at] === undefined) at -= 1;
  return at;
}

/** Rows whose value has no neighbour that a line could connect it with. */
export function alone(column: Column): number[] {
  const logged = Array.from(column, (_, i) => i).filter((i) => column[i] !== undefined);
  const at = (place: number) => column[logged[place] ?? -1] ?? null;
  return logged.filter((_, i) => at(i) !== null && at(i - 1) === null && at(i + 1) === null);
}
