// Converts between recorded scalars and the series of the chart.

import { Average } from "../chart/average";
import { COLUMNS, type Patch, type Series, type Value } from "../chart/series";
import type { ReplayDocument, ReplayPoints, ReplaySeries } from "./document";

/** One patch for each scalar, and the buffers that the patches refer to. */
export function seriesPatches(series: ReplayDocument["series"]): {
  patches: Patch[];
  buffers: DataView[];
} {
  const entries = Object.entries(series);
  return {
    patches: entries.map(([name, { best }], buffer) => ({ name, start: 0, buffer, best })),
    buffers: entries.map(([, recorded]) => rows(recorded)),
  };
}

/** The patch of a scalar that grows in the page, of which the chart already has the first `known` points. */
export function grownPatch(
  name: string,
  points: ReplayPoints,
  known: number,
): { patches: Patch[]; buffers: DataView[] } {
  return { patches: [{ name, start: known, buffer: 0, best: null }], buffers: [rows(points, known)] };
}

/** Rows of the points from number `from` on. */
function rows({ steps, values, averages }: ReplayPoints, from = 0): DataView {
  const view = new DataView(new ArrayBuffer(8 * COLUMNS * (steps.length - from)));
  const average = new Average(); // for replays that were saved without averages
  for (let i = from; i < steps.length; i++) {
    const step = steps[i] as number;
    const value = values[i] ?? Number.NaN;
    const smooth = averages === null ? average.after(step, value) : (averages[i] ?? Number.NaN);
    const at = 8 * COLUMNS * (i - from);
    view.setFloat64(at, step, true);
    view.setFloat64(at + 8, value, true);
    view.setFloat64(at + 16, value, true);
    view.setFloat64(at + 24, smooth, true);
    view.setFloat64(at + 32, value, true);
  }
  return view;
}

/** Maximum points of all scalars together, and minimum for each, as in `vultorch_widget/replay/series.py`. */
const MOST_POINTS = 32_768;
const LEAST_POINTS = 16;

/** Converts the series of a page to recorded scalars. */
export function recorded(all: readonly Series[]): ReplayDocument["series"] {
  const chosen = all.filter((series) => !series.empty).slice(0, MOST_POINTS / LEAST_POINTS);
  const most = Math.max(LEAST_POINTS, MOST_POINTS / Math.max(1, chosen.length));
  return Object.fromEntries(chosen.map((series) => [series.name, stretched(series, most)]));
}

/** A point may stand for several steps. Their extremes are known, but not at which steps they occurred. */
function stretched(series: Series, most: number): ReplaySeries {
  const made = { steps: [] as number[], values: [] as Value[], averages: [] as Value[], best: series.best };
  const every = Math.max(1, Math.ceil(series.steps.length / most));
  let before = -1;
  for (let from = 0; from < series.steps.length; from += every) {
    const to = Math.min(from + every, series.steps.length);
    const at = series.steps[to - 1] as number;
    const values = extremes(series, from, to);
    values.forEach((value, part) => {
      made.steps.push(before + Math.ceil(((at - before) * (part + 1)) / values.length));
      made.values.push(value);
      made.averages.push(series.ema[to - 1] ?? null);
    });
    before = at;
  }
  return made;
}

function extremes(series: Series, from: number, to: number): Value[] {
  const low = Math.min(...series.low.slice(from, to).map((value) => value ?? Number.POSITIVE_INFINITY));
  const high = Math.max(...series.high.slice(from, to).map((value) => value ?? Number.NEGATIVE_INFINITY));
  if (low > high) return [null];
  const last = to === series.steps.length ? (series.last.at(-1) ?? null) : null;
  if (low === high) return [low];
  if (last === null) return [low, high];
  return last === low ? [high, low] : last === high ? [low, high] : [low, high, last];
}
