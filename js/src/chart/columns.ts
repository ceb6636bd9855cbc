// Merges series with different steps into the columns of one chart, with a bounded number of rows. In a column,
// `null` is a value that cannot be drawn, which interrupts the line; `undefined` is a step without a value, which
// does not. Pure.

import { indexAt } from "../base/steps";
import type { Series, Value } from "./series";

/** One entry for each step. */
export type Column = ArrayLike<Value | undefined>;
type Cells = (Value | undefined)[];

/** The columns of each series: minimum, maximum, last value and average of each row. */
export const KINDS = 4;

export interface Table {
  /** Steps, then `low`, `high`, `last` and `ema` of each series. */
  columns: [number[], ...Cells[]];
  /** Whether each series has rows with several different values. */
  spread: boolean[];
  /** For each series, the rows with values that have no logarithm. */
  beyond: number[][];
}

/** From the first to the last step that is shown. */
export type Extent = readonly [number, number];

/** Merges `shown` into at most `most` rows. Steps that share a row are drawn at the last of them. `logs` says whether
 *  the scale of each series, or of all, is logarithmic. With an `extent`, one extra point is kept on each side. */
export function tabulate(
  shown: readonly Series[],
  most: number,
  logs: boolean | readonly boolean[],
  extent: Extent | null = null,
): Table {
  const parts = shown.map((series) => partOf(series, extent));
  const ends = parts.map(({ from, to }, i) => [shown[i]?.steps[from], shown[i]?.steps[to - 1]] as const);
  const first = extent?.[0] ?? Math.min(...ends.map(([first]) => first ?? Number.POSITIVE_INFINITY));
  const last = extent?.[1] ?? Math.max(...ends.map(([, last]) => last ?? Number.NEGATIVE_INFINITY));
  const width = widthOf(last - first, most);
  const places = placesOf(shown, parts, width);
  const steps = new Array<number>(places.length).fill(Number.NEGATIVE_INFINITY);
  const filled = shown.map((series, i) => {
    const log = typeof logs === "boolean" ? logs : (logs[i] ?? false);
    return fill(series, parts[i] as Part, places, width, steps, log);
  });
  return {
    columns: [steps, ...filled.flatMap(({ cells }) => cells)],
    spread: filled.map(({ cells: [low, high] }) => (low as Cells).some((value, i) => value !== high?.[i])),
    beyond: filled.map(({ beyond }) => beyond),
  };
}

/** The points of a series from the first at `from` to the last before `to`. */
interface Part {
  readonly from: number;
  readonly to: number;
}

function partOf({ steps }: Series, extent: Extent | null): Part {
  if (extent === null || steps.length === 0) return { from: 0, to: steps.length };
  const [first, last] = extent;
  const from = indexAt(steps, first); // at or before
  const after = indexAt(steps, last) + 1; // the one after it
  return { from, to: Math.min(steps.length, after + 1) };
}

/** The smallest power of two that divides `span` steps into at most `most` parts. It rarely changes during a run. */
function widthOf(span: number, most: number): number {
  let width = 1;
  while (span / width >= most) width *= 2;
  return width;
}

/** The positions of all points, sorted. A series may have many more points than positions, and its steps increase. */
function placesOf(shown: readonly Series[], parts: readonly Part[], width: number): Float64Array {
  const found: number[] = [];
  shown.forEach(({ steps }, i) => {
    const { from, to } = parts[i] as Part;
    for (let at = from, before = Number.NaN; at < to; at++) {
      const place = Math.floor((steps[at] as number) / width);
      if (place !== before) found.push(place);
      before = place;
    }
  });
  return Float64Array.from(found)
    .sort()
    .filter((place, i, sorted) => i === 0 || place !== sorted[i - 1]);
}

/** The cells of a series in the rows of `places`. Writes the last of the steps that share a row into `steps`. */
function fill(
  series: Series,
  { from, to }: Part,
  places: Float64Array,
  width: number,
  steps: number[],
  log: boolean,
) {
  const cells: Cells[] = Array.from({ length: KINDS }, () => new Array(places.length).fill(undefined));
  const [low, high, last, ema] = cells as [Cells, Cells, Cells, Cells];
  const beyond: number[] = [];
  const drawn = (value: Value | undefined) =>
    value === undefined || (log && value !== null && value <= 0) ? null : value;
  for (let i = from, row = 0; i < to; i++) {
    const step = series.steps[i] as number;
    const place = Math.floor(step / width);
    while ((places[row] as number) < place) row++;
    if (step > (steps[row] as number)) steps[row] = step;
    low[row] = either(Math.min, low[row], drawn(series.low[i] as Value));
    high[row] = either(Math.max, high[row], drawn(series.high[i] as Value));
    last[row] = drawn(series.last[i]);
    ema[row] = drawn(series.ema[i]);
    const least = series.low[i];
    if (log && least !== null && least !== undefined && least <= 0 && beyond.at(-1) !== row) beyond.push(row);
  }
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

/** Rows whose value has no neighbour to draw a line to. */
export function alone(column: Column): number[] {
  const logged = Array.from(column, (_, i) => i).filter((i) => column[i] !== undefined);
  const at = (place: number) => column[logged[place] ?? -1] ?? null;
  return logged.filter((_, i) => at(i) !== null && at(i - 1) === null && at(i + 1) === null);
}
