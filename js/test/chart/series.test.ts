import { describe, expect, it } from "vitest";
import { Series } from "../../src/chart/series";

/** Rows of step, low, high, average and, unless it is the high one, the last value. */
const rows = (...points: number[][]) =>
  new DataView(
    Float64Array.from(points.flatMap((row) => [...row.slice(0, 4), row[4] ?? row[2] ?? 0])).buffer,
  );

describe("a series", () => {
  it("keeps points before a patch and replaces the rest", () => {
    const series = new Series("loss");
    series.apply({ name: "loss", start: 0, buffer: 0 }, rows([1, 0.5, 0.9, 0.7], [2, 0.4, 0.4, 0.6]));
    series.apply({ name: "loss", start: 1, buffer: 0 }, rows([3, 0.3, 0.4, 0.5]));
    expect(series.steps).toEqual([1, 3]);
    expect(series.low).toEqual([0.5, 0.3]);
    expect(series.ema).toEqual([0.7, 0.5]);
    series.apply({ name: "loss", start: 0, buffer: 0 }, rows());
    expect(series.empty).toBe(true);
  });

  it("skips steps that do not increase", () => {
    const series = new Series("loss");
    const steps = [3, 2, Number.NaN, Number.POSITIVE_INFINITY, 3, 4];
    series.apply({ name: "loss", start: 0, buffer: 0 }, rows(...steps.map((step) => [step, 1, 1, 1])));
    expect(series.steps).toEqual([3, 4]);
    expect(series.last).toEqual([1, 1]);
  });

  it("has a gap for values that are not finite, and knows its share of negative values", () => {
    const series = new Series("loss");
    series.apply({ name: "loss", start: 0, buffer: 0 }, rows([1, Number.NaN, Number.NaN, 0.7], [2, 1, 2, 1]));
    expect(series.low).toEqual([null, 1]);
    expect(series.ema).toEqual([null, 1]);
    expect([series.negative, series.anyPositive]).toEqual([0, true]);
    series.apply({ name: "loss", start: 2, buffer: 0 }, rows([3, -1, 0, 0], [4, -1, 0, 0]));
    expect(series.negative).toBe(0.5);
  });
});
