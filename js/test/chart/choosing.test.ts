// What the pointer on the plot chooses and reads: a step of the present or of a branch, where curves are drawn.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { aroundEach } from "./charts";

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
interface Pointed {
  cursor: { idx: number | null; left: number };
}
const plots: (Pointed & { options: { hooks: { setCursor: [(plot: Pointed) => void] } } })[] = [];
// A plot of 100 pixels a unit along x, and 1,000 along y, from the top down.
vi.mock("uplot", () => {
  class Plot {
    cursor: Pointed["cursor"] = { idx: null, left: -10 };
    bbox = { left: 0, top: 0, width: 3000, height: 1000 };
    root = document.createElement("div");
    over = document.createElement("div");
    constructor(
      readonly options: (typeof plots)[0]["options"],
      public data: number[][],
      attach: (plot: Plot, draw: () => void) => void,
    ) {
      plots.push(this);
      this.root.append(this.over);
      attach(this, () => {});
    }
    valToPos = (value: number, scale: string) =>
      scale === "x" ? 100 * value : 1000 * (1 - Math.max(0, value)); // what has no logarithm is at the bottom
    posToVal = (position: number) => position / 100;
    posToIdx = (position: number) => {
      const distances = (this.data[0] ?? []).map((place) => Math.abs(100 * place - position));
      return distances.indexOf(Math.min(...distances));
    };
    batch(change: () => void): void {
      change();
    }
    setData(data: number[][]): void {
      this.data = data;
    }
    setSize(): void {}
    destroy(): void {}
  }
  return { default: Plot };
});

const { Chart } = await import("../../src/chart/chart");

const rows = (...values: number[][]) => new DataView(Float64Array.from(values.flat()).buffer);
const run = { kind: "branch" as const, name: "branch 1", began: 0, controls: [] };

describe("A click in the chart", () => {
  let chart: InstanceType<typeof Chart>;
  let chosen: [number, string | null][];
  const over = () => chart.element.querySelector(".vw-mark")?.parentElement as HTMLElement;
  const mark = () => over().querySelector<HTMLElement>(".vw-mark") as HTMLElement;
  const click = (x: number, y: number) => {
    for (const kind of ["pointerdown", "pointerup"])
      over().dispatchEvent(
        new PointerEvent(kind, { clientX: x, clientY: y, button: 0, pointerId: 1, isPrimary: true }),
      );
    return chosen.pop();
  };
  /** The present until step 10, and a branch that left it at step 4 and went on until step 20. */
  const show = (present: number[][], branch: number[][], rulers = false) => {
    const points = present.map(([step = 0, value = 0]) => [step, value, value, value, value]);
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [rows(...points)]);
    // The present takes 1 s a step, the branch half of it after step 4.
    if (rulers) chart.rule([{ measure: "seconds", start: 0, buffer: 0 }], [rows([0, 0], [10, 10])]);
    chart.haunt(
      [{ branch: "branch 1", series: "loss", buffer: 0 }],
      [rows(...branch), rows([0, 0], [4, 4], [20, 12])],
      [{ ...run, rulers: rulers ? [{ measure: "seconds", start: 0, buffer: 1 }] : [] }],
    );
    vi.advanceTimersByTime(1100);
    if (!rulers) return;
    const x = chart.element.querySelector(".vw-chart-x") as HTMLSelectElement;
    x.value = "seconds";
    x.dispatchEvent(new Event("change"));
  };

  aroundEach(() => {
    chosen = [];
    plots.length = 0;
    chart = new Chart((step, branch) => chosen.push([step, branch]));
    return chart;
  });

  describe("of a run with a branch", () => {
    beforeEach(() =>
      show(
        [
          [0, 0.9],
          [10, 0.8],
        ],
        [
          [5, 0.5],
          [20, 0.4],
        ],
      ),
    );

    it("chooses the present or the branch by the curve that is hit, else only the step", () => {
      expect(click(1000, 200)).toEqual([10, ""]);
      expect(click(2000, 600)).toEqual([20, "branch 1"]);
      expect(click(2000, 100)).toEqual([10, null]); // the present ends there
    });

    it("reaches the branch beyond the present's end while a step that both share is viewed", () => {
      chart.mark(3, "branch 1", 4);
      expect(click(1700, 100)).toEqual([17, null]);
    });

    it("reaches the present from the branch", () => {
      chart.mark(15, "branch 1", 4);
      expect(click(1000, 200)).toEqual([10, ""]);
    });

    it("has a mark that stays in the plot until a later step is drawn", () => {
      for (const [step, left] of [
        [29, "2900px"],
        [31, "3000px"],
      ] as const) {
        chart.mark(step);
        expect([mark().hidden, mark().style.left]).toEqual([false, left]);
      }
    });

    it("has beside it the values under the pointer: of the branch that is looked at, where that is on its own", () => {
      const point = (left: number) => {
        const plot = plots.at(-1) as (typeof plots)[0];
        plot.cursor = { left, idx: left < 0 ? null : left < 500 ? 0 : 1 };
        plot.options.hooks.setCursor[0](plot);
        return chart.element.querySelector(".vw-readout")?.textContent;
      };
      expect(point(800)).toBe("step 10loss 0.8 · EMA 0.8");
      chart.mark(20, "branch 1", 4);
      expect(point(800)).toBe("step 8loss 0.5 at step 5");
      expect(point(2000)).toBe("step 20loss 0.4");
      expect(point(250)).toBe("step 2loss 0.9 at step 0 · EMA 0.9"); // of both
      expect(point(-10)).toBe("step 20loss 0.4");
    });

    it("lies under the marks of the branch that is looked at, in its place those of the present", () => {
      const marks = () =>
        [...chart.element.querySelectorAll<HTMLElement>(".vw-step-mark")].map(({ style, title }) => [
          style.left,
          title,
        ]);
      const note = (step: number) => ({ step, kind: "note" as const, text: "said" });
      chart.marks = [note(9)];
      expect(marks()).toEqual([["900px", "step 9 · said"]]);
      chart.course = { marks: [note(4), note(19)], bests: new Map() };
      chart.marks = [note(10)]; // the run goes on meanwhile
      expect(marks()).toEqual([
        ["400px", "step 4 · said"],
        ["1900px", "step 19 · said"],
      ]);
      chart.course = null;
      expect(marks()).toEqual([["1000px", "step 10 · said"]]);
    });
  });

  it("uses the branch's own seconds for its mark and for a step on it", () => {
    const present = [
      [0, 0.9],
      [10, 0.8],
    ];
    const branch = [
      [5, 0.5],
      [20, 0.4],
    ];
    show(present, branch, true);
    chart.mark(3, "branch 1", 4);
    expect(mark().style.left).toBe("300px");
    chart.mark(20, "branch 1", 4);
    expect(mark().style.left).toBe("1200px"); // not 2000
    chart.course = { marks: [{ step: 20, kind: "note", text: "said" }], bests: new Map() };
    expect(over().querySelector<HTMLElement>(".vw-step-mark")?.style.left).toBe("1200px");
    expect(click(1100, 100)).toEqual([18, null]);
    expect(click(1200, 600)).toEqual([20, "branch 1"]);
  });

  it("does not hit what a logarithmic scale does not draw", () => {
    const many = Array.from({ length: 30 }, (_, i) => [i, 0.9]);
    show(
      [...many, [30, 0], [31, 0]],
      [
        [5, 0.5],
        [6, 0],
        [7, 0],
      ],
    );
    expect(chart.element.querySelector<HTMLInputElement>("input")?.checked).toBe(true);
    expect(click(3050, 1000)).toEqual([30, null]);
    expect(click(650, 1000)?.[1]).toBeNull();
    expect(click(100, 100)).toEqual([1, ""]);
  });
});
