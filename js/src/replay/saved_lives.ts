// The histories of pinned texels in a saved run.

import { Series } from "../chart/series";
import type { Lives } from "../inspection/pixels";
import type { ReplayLife } from "./document";
import { seriesPatches } from "./series_patches";

/** Finds the channels of a texel among `lives`. */
export function savedLives(lives: readonly ReplayLife[]): Lives {
  const known = new Map<string, Series[]>();
  for (const { canvas, x, y, channel, steps, values } of lives) {
    const series = new Series(String(channel));
    const { patches, buffers } = seriesPatches({ life: { steps, values, averages: null, best: null } });
    patches.forEach((patch, i) => {
      series.apply(patch, buffers[i] as DataView);
    });
    const channels = known.get(key(canvas, x, y)) ?? [];
    channels[channel] = series;
    known.set(key(canvas, x, y), channels);
  }
  return (canvas, x, y) => (known.get(key(canvas, x, y)) ?? []).filter((series) => series !== undefined);
}

function key(canvas: string, x: number, y: number): string {
  return JSON.stringify([canvas, x, y]);
}
