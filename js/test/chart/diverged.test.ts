// Values that are not finite, and series with few points.

import { describe, expect, it, vi } from "vitest";
import { aroundEach } from "./charts";

interface Shown {
  data: (number | null | undefined)[][];
  options: {
    series: { spanGaps?: boolean }[];
    cursor: { dataIdx(plot: Shown, column: number, at: number): number };
    hooks: { setCursor: [(plot: Shown) => void] };
  };
  cursor: { idx: number | null };
}
const plots: Shown[] = [];

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
// uPlot needs a real canvas.
vi.mock("uplot", () => {
  class Plot {
    cursor = { idx: null };
    valToPos = () => 0;
    bbox = { left: 0, top: 0, width: 0, height: 0 };
    constructor(
      readonly options: Shown["options"],
      public data: Shown["data"],
    ) {
      plots.push(this);
    }
    destroy(): void {}
    redraw(): void {}
  }
  return { default: Plot };
});

const { Chart } = await import("../../src/chart/chart");
const { alone, lastLogged } = await import("../../src/chart/columns");

/** Rows of step, low, high, average and, unless it is the high one, the last value. */
const points = (...rows: number[][]) =>
  new DataView(Float64Array.from(rows.flatMap((row) => [...row.slice(0, 4), row[4] ?? row[2] ?? 0])).buffer);
const NONE = Number.NaN;

describe("Chart", () => {
  let chart: InstanceType<typeof Chart>;
  const plot = () => plots.at(-1) as Shown;
  const readings = () => [...chart.element.querySelectorAll(".vw-reading")].map((entry) => entry.textContent);
  const log = (series: Record<string, DataView>) => {
    const patches = Object.keys(series).map((name, buffer) => ({ name, start: 0, buffer }));
    chart.patch(patches, Object.values(series));
    vi.advanceTimersByTime(250);
  };
  const hover = (idx: number) => {
    plot().cursor.idx = idx;
    plot().options.hooks.setCursor[0](plot());
  };

  aroundEach(() => {
    plots.length = 0;
    chart = new Chart();
    return chart;
  });

  it("says that a training has diverged, and ends the line", () => {
    log({
      loss: points([0, 0.5, 0.5, 0.5], [1, 0.4, 0.4, 0.45], [2, NONE, NONE, 0.45], [3, NONE, NONE, 0.45]),
    });
    expect(readings()).toEqual(["loss not finite"]);
    expect(chart.element.querySelector(".vw-diverged")?.textContent).toBe("loss not finite");
    for (const column of plot().data.slice(1)) expect(column.slice(2)).toEqual([null, null]);
    expect(plot().options.series.some((series) => series.spanGaps)).toBe(false);
  });

  it("says so next to a series that goes on", () => {
    log({
      loss: points([0, 0.5, 0.5, 0.5], [2, NONE, NONE, 0.5], [4, NONE, NONE, 0.5]),
      speed: points([1, 7, 7, 7], [5, 8, 8, 8]),
    });
    expect(readings()).toEqual(["loss not finite", "speed 8 · EMA 8"]);
  });

  it("shows numbers again once values are finite", () => {
    log({ loss: points([0, NONE, NONE, NONE], [1, 0.5, 0.5, 0.5]) });
    expect(readings()).toEqual(["loss 0.5 · EMA 0.5"]);
    expect(chart.element.querySelector(".vw-diverged")).toBeNull();
  });

  it("shows the values at the step that a replay marks", () => {
    log({ loss: points([0, 0.5, 0.5, 0.5], [10, 0.4, 0.4, 0.4], [20, NONE, NONE, 0.4]) });
    expect(readings()).toEqual(["loss not finite"]);
    expect(plot().data[4]?.at(-1)).toBeNull();
    chart.mark(10);
    expect(readings()[0]).toContain("loss 0.4");
  });

  it("shows the previous value of a series that was not logged at a step", () => {
    log({
      loss: points([0, 3, 3, 3], [1, 2, 2, 2], [2, 1, 1, 1], [3, 0.5, 0.5, 0.5]),
      validation: points([1, 9, 9, 9], [3, 8, 8, 8]),
    });
    hover(2);
    expect(readings()).toEqual(["loss 1 · EMA 1", "validation 9 at step 1 · EMA 9"]);
    expect(plot().options.cursor.dataIdx(plot(), 7, 2)).toBe(1); // the dot is at the value that is shown
    hover(0);
    expect(readings()[1]).toBe("validation –");
  });
});

describe("a column", () => {
  it("finds its last value, even if that is not finite", () => {
    expect(lastLogged([1, null, undefined, undefined], 3)).toBe(1);
    expect(lastLogged([1, undefined], 1)).toBe(0);
  });

  it("has dots for values without a line", () => {
    expect(alone([null, 2, null, 3, 4, undefined, null, undefined, 5])).toEqual([1, 8]);
    expect(alone([1, undefined, 2])).toEqual([]);
    expect(alone([undefined, 1, undefined])).toEqual([1]);
  });
});
