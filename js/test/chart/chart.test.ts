import { describe, expect, it, vi } from "vitest";
import { FakeModel, FakeObserver } from "../hosts";
import { aroundEach } from "./charts";

const plots: {
  data: unknown[][];
  options: {
    scales: { y: { distr: number } };
    series: { dash?: number[] }[];
    hooks: { setCursor: [(plot: { cursor: { idx: number | null } }) => void] };
  };
  width: number;
  destroyed: boolean;
}[] = [];
let fails = false;
let slow = () => {};

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
// uPlot needs a real canvas; the browser tests look at what it draws.
vi.mock("uplot", () => {
  class Plot {
    cursor = { idx: null };
    root = document.createElement("div");
    valToPos = () => 0;
    bbox = { left: 0, top: 0, width: 0, height: 0 };
    width = 0;
    destroyed = false;
    constructor(
      readonly options: (typeof plots)[0]["options"],
      public data: unknown[][],
      attach: (plot: Plot, draw: () => void) => void,
    ) {
      plots.push(this);
      slow();
      attach(this, () => {});
    }
    batch(change: () => void): void {
      change();
      if (fails) throw new RangeError("Invalid array length");
    }
    setData(data: unknown[][]): void {
      slow();
      this.data = data;
    }
    setSize({ width }: { width: number }): void {
      this.width = width;
    }
    destroy(): void {
      this.destroyed = true;
    }
  }
  return { default: Plot };
});

const { Chart } = await import("../../src/chart/chart");
const { Kept } = await import("../../src/wire/kept");

/** Rows of step, low, high, average and, unless it is the high one, the last value. */
const points = (...rows: number[][]) =>
  new DataView(Float64Array.from(rows.flatMap((row) => [...row.slice(0, 4), row[4] ?? row[2] ?? 0])).buffer);

describe("Chart", () => {
  let chart: InstanceType<typeof Chart>;
  const readout = () => chart.element.querySelector(".vw-readout")?.textContent;
  const draw = () => vi.advanceTimersByTime(250);

  aroundEach(() => {
    plots.length = 0;
    fails = false;
    chart = new Chart();
    return chart;
  });

  it("is hidden until something is logged, then logarithmic", () => {
    expect(chart.element.hidden).toBe(true);
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 0.5, 0.5, 0.5], [6, 0.1, 0.3, 0.25])]);
    draw();
    expect(chart.element.hidden).toBe(false);
    expect(plots.at(-1)?.options.scales.y.distr).toBe(3);
    expect(readout()).toBe("loss 0.3 · EMA 0.25"); // the newest step is shown above the view, and only there
  });

  it("keeps the first points of a patch and replaces the rest, in one plot", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 3, 3, 3], [1, 2, 2, 2])]);
    draw();
    chart.patch([{ name: "loss", start: 1, buffer: 0 }], [points([1, 1, 1, 1], [2, 0.5, 0.5, 0.5])]);
    draw();
    expect(plots).toHaveLength(1);
    expect(plots[0]?.data.slice(0, 2)).toEqual([
      [0, 1, 2],
      [3, 1, 0.5],
    ]);
    expect(readout()).toBe("loss 0.5 · EMA 0.5");
  });

  it("draws once for many patches", () => {
    for (let i = 0; i < 50; i++) chart.patch([{ name: "loss", start: i, buffer: 0 }], [points([i, 1, 1, 1])]);
    expect(plots).toHaveLength(0);
    draw();
    expect(plots).toHaveLength(1);
    expect(plots[0]?.data[0]).toHaveLength(50);
  });

  it("makes a new plot after a failed draw", () => {
    const log = (step: number) => {
      chart.patch([{ name: "loss", start: step, buffer: 0 }], [points([step, 1, 1, 1])]);
      draw();
    };
    log(0);
    fails = true;
    expect(() => log(1)).toThrow(RangeError);
    expect(() => log(2)).toThrow(RangeError); // a new plot, which fails too
    fails = false;
    log(3);
    log(4);
    expect(plots.map((plot) => plot.destroyed)).toEqual([true, true, false]);
    expect(plots[2]?.data[0]).toEqual([0, 1, 2, 3, 4]);
    expect(readout()).toBe("loss 1 · EMA 1");
  });

  it("dashes lines that share a colour", () => {
    const patches = Array.from({ length: 13 }, (_, i) => ({ name: `s${i}`, start: 0, buffer: 0 }));
    chart.patch(patches, [points([0, 1, 1, 1])]);
    draw();
    const dashes = plots[0]?.options.series.filter((_, i) => i > 0 && i % 4 === 3).map(({ dash }) => dash);
    expect(dashes).toEqual([...Array(6).fill([]), ...Array(6).fill([6, 4]), [2, 2]]);
    const swatches = [...chart.element.querySelectorAll<HTMLElement>(".vw-swatch")];
    const looks = swatches.map(
      ({ style }) => /transparent 3px 5px|transparent 1px 2px/.exec(style.background)?.[0],
    );
    expect(looks.slice(5, 7)).toEqual([undefined, "transparent 3px 5px"]);
    expect(looks.slice(11)).toEqual(["transparent 3px 5px", "transparent 1px 2px"]);
  });

  it("shows the steps and extremes of a point that stands for several steps", () => {
    const hover = (row: number) => plots.at(-1)?.options.hooks.setCursor[0]({ cursor: { idx: row } });
    chart.patch(
      [{ name: "loss", start: 0, buffer: 0 }],
      [points([8, 1, 1, 1], [16, 0.00563, 0.00648, 0.006, 0.0057], [17, 0.0056, 0.0056, 0.006])],
    );
    draw();
    hover(1);
    expect(readout()).toBe("steps 9 to 16loss 0.0057 (0.00563 to 0.00648) · EMA 0.006");
    hover(2);
    expect(readout()).toBe("step 17loss 0.0056 · EMA 0.006");
  });

  it("shows the values and the best ones of a branch while it is viewed, and then those of the present again", () => {
    const best = { step: 9, value: 0.5, highest: false };
    chart.patch([{ name: "loss", start: 0, buffer: 0, best }], [points([8, 1, 1, 1], [9, 0.5, 0.5, 0.5])]);
    const rows = new DataView(Float64Array.from([8, 0.8, 20, 0.2]).buffer);
    chart.haunt([{ branch: "branch 1", series: "loss", buffer: 0 }], [rows]);
    draw();
    chart.course = { marks: [], bests: new Map([["loss", { step: 19, value: 0.125, highest: false }]]) };
    chart.mark(25, "branch 1");
    expect(readout()).toBe("step 25loss 0.2 at step 20lowest 0.125 at 19");
    chart.course = { marks: [], bests: new Map() };
    expect(readout()).toBe("step 25loss 0.2 at step 20");
    chart.mark(null);
    chart.course = null;
    expect(readout()).toBe("loss 0.5 · EMA 0.5lowest 0.5 at 9");
  });

  it("shows extremes once if they read the same", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([9, 0.009899, 0.009901, 0.0099])]);
    draw();
    chart.mark(9);
    expect(readout()).toBe("step 9loss 0.0099 · EMA 0.0099");
  });

  describe("with values without a logarithm", () => {
    const distr = () => plots.at(-1)?.options.scales.y.distr;
    const log = () => chart.element.querySelector("input") as HTMLInputElement;
    const note = () => chart.element.querySelector(".vw-chart-note")?.textContent;
    const falling = points(
      ...Array.from({ length: 20 }, (_, i) => [i, i === 7 ? 0 : 1 / (i + 1), 1 / (i + 1), 1]),
    );
    const signed = points([0, -1, -1, 0], [1, 1, 1, 0]);

    it("is logarithmic without them, and names their series, if they are few", () => {
      chart.patch(
        ["loss", "error"].map((name, buffer) => ({ name, start: 0, buffer })),
        [falling, points([0, 1, 1, 1])],
      );
      draw();
      expect(distr()).toBe(3);
      expect(plots[0]?.data[1]?.[7]).toBeNull();
      expect(note()).toBe("▾ not on a logarithmic scale, being 0 or less: values of loss");
    });

    it("is linear if many are below zero, unless the user chooses logarithmic", () => {
      chart.patch(
        ["train/gain", "val/gain"].map((name, buffer) => ({ name, start: 0, buffer })),
        [falling, signed],
      );
      draw();
      expect([distr(), log().checked, log().disabled, note()]).toEqual([1, false, false, ""]);
      log().click();
      expect(distr()).toBe(3);
      expect(note()).toMatch(/values of train\/gain, val\/gain$/);
      log().click();
      expect(distr()).toBe(1);
    });

    it("cannot be made logarithmic if no value is positive", () => {
      chart.patch([{ name: "score", start: 0, buffer: 0 }], [points([0, -1, 0, 0])]);
      draw();
      expect([distr(), log().checked, log().disabled]).toEqual([1, false, true]);
      chart.patch([{ name: "score", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
      draw();
      expect([distr(), log().checked, log().disabled]).toEqual([3, true, false]);
    });
  });

  describe("with several things measured", () => {
    const log = (...names: string[]) =>
      chart.patch(
        names.map((name, buffer) => ({ name, start: 0, buffer })),
        names.map(() => points([0, 1, 1, 1], [1, 2, 2, 2])),
      );
    const scales = () =>
      plots
        .at(-1)
        ?.options.series.slice(1)
        .map((line) => (line as { scale: string }).scale);
    const axes = () => chart.element.querySelector(".vw-toggle:last-child") as HTMLElement;

    it("draws the training and validation values of a quantity on one axis, and anything else on its own", () => {
      log("train/loss", "val/loss", "psnr");
      draw();
      expect([...new Set(scales())]).toEqual(["y", "y2"]);
      expect(scales()?.slice(0, 8)).toEqual(Array(8).fill("y"));
      expect(axes().hidden).toBe(false);
    });

    it("puts all on one axis if the user chooses so, which is kept", () => {
      const store = new FakeModel();
      chart.destroy();
      chart = new Chart(null, new Kept(store));
      document.body.append(chart.element);
      log("loss", "psnr");
      draw();
      axes().click();
      expect([...new Set(scales())]).toEqual(["y"]);
      expect(JSON.parse(store.chosen).chart).toEqual({ axes: false });
      const again = new Chart(null, new Kept(store));
      expect((again.element.querySelector(".vw-toggle:last-child input") as HTMLInputElement).checked).toBe(
        false,
      );
      again.destroy();
    });

    it("has one axis where more could not be read", () => {
      log("a", "b", "c", "d");
      draw();
      expect([...new Set(scales())]).toEqual(["y"]);
      expect(axes().hidden).toBe(true);
    });
  });

  it("draws the newest values within a second, however long a redraw takes", () => {
    let late = 0;
    slow = () => vi.advanceTimersByTime(400); // of the chart's clock
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    draw();
    slow = () => {};
    chart.patch([{ name: "loss", start: 1, buffer: 0 }], [points([1, 2, 2, 2])]);
    while (plots.at(-1)?.data[0]?.length !== 2 && late < 5000) {
      vi.advanceTimersByTime(50);
      late += 50;
    }
    expect(late).toBeLessThanOrEqual(1050);
  });

  it("draws no more points than fit, for any number of series", () => {
    const many = points(...Array.from({ length: 5000 }, (_, i) => [3 * i, i + 1, i + 2, i + 1]));
    const patches = Array.from({ length: 200 }, (_, i) => ({ name: `s${i}`, start: 0, buffer: 0 }));
    chart.patch(patches, [many]);
    draw();
    const data = plots.at(-1)?.data ?? [];
    expect(data.length * (data[0]?.length ?? 0)).toBeLessThan(200_000);
    expect(chart.element.querySelector(".vw-chart-note")?.textContent).toBe(
      "The first 100 of 200 series are drawn",
    );
    expect(data[0]?.at(-1)).toBe(14_997);
    expect(Math.max(...(data[2] as number[]))).toBe(5001);
  });

  it("shows no number for a value that is not finite", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([4, Number.NaN, Number.NaN, Number.NaN])]);
    draw();
    expect(readout()).toBe("loss not finite");
  });

  it("waits until it is in the page, where its colours are", () => {
    chart.element.remove();
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    draw();
    expect([plots.length, chart.element.hidden]).toEqual([0, false]);
    document.body.append(chart.element);
    FakeObserver.all[0]?.callback([]);
    draw();
    expect(plots).toHaveLength(1);
  });

  it("takes the available width, even if it was made while hidden", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    vi.advanceTimersByTime(20);
    expect(plots).toHaveLength(1);
    const host = chart.element.querySelector(".vw-plot-host") as HTMLElement;
    Object.defineProperty(host, "clientWidth", { value: 640 }); // shown, without a call to any observer
    vi.advanceTimersByTime(50);
    expect(plots.at(-1)?.width).toBe(640);
  });

  it("draws nothing after it is destroyed", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    chart.destroy();
    draw();
    expect(plots).toHaveLength(0);
    expect(FakeObserver.all.every((observer) => !observer.connected)).toBe(true);
  });
});
