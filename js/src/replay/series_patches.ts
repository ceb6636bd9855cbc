// Recorded scalars as the chart takes them from a kernel.

import { Average } from "../chart/average";
import { COLUMNS } from "../chart/series";
import type { SeriesPatch } from "../wire/protocol";
import type { ReplayDocument, ReplaySeries } from "./document";

/** One patch for each scalar, and the buffers that they name: rows as in a `SeriesPatch`. */
export function seriesPatches(series: ReplayDocument["series"]): {
  patches: SeriesPatch[];
  buffers: DataView[];
} {
  const entries = Object.entries(series);
  return {
    patches: entries.map(([name], buffer) => ({ name, start: 0, buffer })),
    buffers: entries.map(([, recorded]) => rows(recorded)),
  };
}

function rows({ steps, values, averages }: ReplaySeries): DataView {
  const view = new DataView(new ArrayBuffer(8 * COLUMNS * steps.length));
  const average = new Average(); // of what was saved before averages were
  steps.forEach((step, i) => {
    const value = values[i] ?? Number.NaN;
    const smooth = averages === null ? average.after(step, value) : (averages[i] ?? Number.NaN);
    [step, value, value, smooth, value].forEach((entry, column) => {
      view.setFloat64(8 * (COLUMNS * i + column), entry, true);
    });
  });
  return view;
}
