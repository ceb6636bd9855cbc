import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeObserver } from "./hosts";

const plots: {
  data: unknown[][];
  options: { scales: { y: { distr: number } }; series: { dash?: number[] }[] };
  width: number;
  destroyed: boolean;
}[] = [];
let fails = false;

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
// uPlot needs a real canvas; the browser tests look at what it draws.
vi.mock("uplot", () => {
  class Plot {
    static join = (tables: unknown[][]) => tables.flat();
    cursor = { idx: null };
    root = document.createElement("div");
    width = 0;
    destroyed = false;
    constructor(
      readonly options: (typeof plots)[0]["options"],
      public data: unknown[][],
      attach: (plot: Plot, draw: () => void) => void,
    ) {
      plots.push(this);
      attach(this, () => {});
    }
    batch(change: () => void): void {
      change();
      if (fails) throw new RangeError("Invalid array length");
    }
    setData(data: unknown[][]): void {
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

const { Chart } = await import("../src/chart");

const points = (...rows: number[][]) => new DataView(Float64Array.from(rows.flat()).buffer);

describe("Chart", () => {
  let chart: InstanceType<typeof Chart>;
  const readout = () => chart.element.querySelector(".vw-readout")?.textContent;
  const draw = () => vi.advanceTimersByTime(250);

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("ResizeObserver", FakeObserver);
    FakeObserver.all = [];
    plots.length = 0;
    fails = false;
    chart = new Chart();
    document.body.append(chart.element);
  });

  afterEach(() => {
    chart.destroy();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is hidden until something is logged, then logarithmic", () => {
    expect(chart.element.hidden).toBe(true);
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 0.5, 0.5, 0.5], [6, 0.1, 0.3, 0.25])]);
    draw();
    expect(chart.element.hidden).toBe(false);
    expect(plots.at(-1)?.options.scales.y.distr).toBe(3);
    expect(readout()).toBe("step 6loss 0.1 to 0.3 · EMA 0.25");
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
    expect(readout()).toBe("step 2loss 0.5 · EMA 0.5");
  });

  it("draws many patches once", () => {
    for (let i = 0; i < 50; i++) chart.patch([{ name: "loss", start: i, buffer: 0 }], [points([i, 1, 1, 1])]);
    expect(plots).toHaveLength(0);
    draw();
    expect(plots).toHaveLength(1);
    expect(plots[0]?.data[0]).toHaveLength(50);
  });

  it("makes another plot after a draw that has failed", () => {
    const log = (step: number) => {
      chart.patch([{ name: "loss", start: step, buffer: 0 }], [points([step, 1, 1, 1])]);
      draw();
    };
    log(0);
    fails = true;
    expect(() => log(1)).toThrow(RangeError);
    expect(() => log(2)).toThrow(RangeError); // another one, which fails as well
    fails = false;
    log(3);
    log(4);
    expect(plots.map((plot) => plot.destroyed)).toEqual([true, true, false]);
    expect(plots[2]?.data[0]).toEqual([0, 1, 2, 3, 4]);
    expect(readout()).toBe("step 4loss 1 · EMA 1");
  });

  it("dashes the lines that have no colour of their own", () => {
    const patches = Array.from({ length: 13 }, (_, i) => ({ name: `s${i}`, start: 0, buffer: 0 }));
    chart.patch(patches, [points([0, 1, 1, 1])]);
    draw();
    const dashes = plots[0]?.options.series.filter((_, i) => i > 0 && i % 3 === 0).map(({ dash }) => dash);
    expect(dashes).toEqual([...Array(6).fill([]), ...Array(6).fill([6, 4]), [2, 2]]);
    const swatches = [...chart.element.querySelectorAll<HTMLElement>(".vw-swatch")];
    const looks = swatches.map(
      ({ style }) => /transparent 3px 5px|transparent 1px 2px/.exec(style.background)?.[0],
    );
    expect(looks.slice(5, 7)).toEqual([undefined, "transparent 3px 5px"]);
    expect(looks.slice(11)).toEqual(["transparent 3px 5px", "transparent 1px 2px"]);
  });

  it("says once what reads the same twice", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 0.00989, 0.00991, 0.0099])]);
    draw();
    expect(readout()).toBe("step 0loss 0.00989 to 0.00991 · EMA 0.0099");
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 0.009899, 0.009901, 0.0099])]);
    draw();
    expect(readout()).toBe("step 0loss 0.0099 · EMA 0.0099");
  });

  it("is linear where a value has no logarithm, and when asked to", () => {
    chart.patch([{ name: "reward", start: 0, buffer: 0 }], [points([0, -1, 1, 0])]);
    draw();
    const log = chart.element.querySelector("input") as HTMLInputElement;
    expect(plots.at(-1)?.options.scales.y.distr).toBe(1);
    expect(log.disabled).toBe(true);
    chart.patch([{ name: "reward", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    draw();
    expect(plots.at(-1)?.options.scales.y.distr).toBe(3);
    log.checked = false;
    log.dispatchEvent(new Event("change"));
    expect(plots.at(-1)?.options.scales.y.distr).toBe(1);
  });

  it("shows no number for a value that is none", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([4, Number.NaN, Number.NaN, Number.NaN])]);
    draw();
    expect(readout()).toBe("step 4loss not finite");
  });

  it("is drawn anew in another theme", async () => {
    vi.useRealTimers();
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    await vi.waitFor(() => expect(plots).toHaveLength(1), { timeout: 60_000 });
    document.body.dataset.jpThemeLight = "false";
    await vi.waitFor(() => expect(plots).toHaveLength(2), { timeout: 60_000 });
    expect(plots[0]?.destroyed).toBe(true);
    delete document.body.dataset.jpThemeLight;
  });

  it("takes the width that there is, though it was made while hidden", () => {
    chart.patch([{ name: "loss", start: 0, buffer: 0 }], [points([0, 1, 1, 1])]);
    vi.advanceTimersToNextTimer();
    expect(plots).toHaveLength(1);
    const host = chart.element.querySelector(".vw-plot-host") as HTMLElement;
    Object.defineProperty(host, "clientWidth", { value: 640 }); // shown, and no observer has been called
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
