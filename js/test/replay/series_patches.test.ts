import { describe, expect, it } from "vitest";
import type { ReplayDocument, ReplaySeries } from "../../src/replay/document";
import { seriesPatches } from "../../src/replay/series_patches";
import { replay } from "./replays";

describe("the recorded scalars", () => {
  it("have gaps, and the saved average, or else a computed one", () => {
    const average = (document: ReplayDocument) => {
      const { patches, buffers } = seriesPatches(document.series);
      expect(patches).toEqual([{ name: "loss", start: 0, buffer: 0, best: null }]);
      const row = (i: number) => [0, 8, 16, 24, 32].map((at) => buffers[0]?.getFloat64(40 * i + at, true));
      expect(row(0)).toEqual([1, 1, 1, 1, 1]);
      expect(row(1).slice(0, 3)).toEqual([10, Number.NaN, Number.NaN]);
      return row(2)[3];
    };
    const loss = replay().series.loss as ReplaySeries;
    expect(average(replay())).toBeCloseTo(0.583, 3);
    expect(average(replay({ series: { loss: { ...loss, averages: [1, 1, 0.4] } } }))).toBe(0.4);
  });
});
