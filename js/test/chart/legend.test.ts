import { describe, expect, it, vi } from "vitest";
import { FakeModel } from "../hosts";
import { aroundEach } from "./charts";

const plots: { data: unknown[][]; options: { series: unknown[]; axes: { values: unknown }[] } }[] = [];

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
vi.mock("uplot", () => {
  class Plot {
    cursor = { idx: null };
    root = document.createElement("div");
    valToPos = () => 0;
    bbox = { left: 0, top: 0, width: 0, height: 0 };
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
    }
    setData(data: unknown[][]): void {
      this.data = data;
    }
    setSize(): void {}
    destroy(): void {}
  }
  return { default: Plot };
});

const { Chart } = await import("../../src/chart/chart");
const { Kept } = await import("../../src/wire/kept");

const rows = (...values: number[][]) => new DataView(Float64Array.from(values.flat()).buffer);
const points = (...all: [number, number][]) =>
  rows(...all.map(([step, value]) => [step, value, value, value, value]));

describe("The legend", () => {
  let chart: InstanceType<typeof Chart>;
  const draw = () => vi.advanceTimersByTime(1100);
  const button = (text: string) =>
    [...chart.element.querySelectorAll<HTMLButtonElement>("button[aria-pressed]")].find((one) =>
      one.textContent?.startsWith(text),
    ) as HTMLButtonElement;
  const pressed = (text: string) => button(text).getAttribute("aria-pressed");
  const log = (...names: string[]) => {
    chart.patch(
      names.map((name, i) => ({
        name,
        start: 0,
        buffer: i,
        best: { step: 2, value: 0.25, highest: name.endsWith("acc") },
      })),
      names.map(() => points([1, 0.5], [2, 0.25])),
    );
    draw();
  };

  aroundEach(() => {
    plots.length = 0;
    chart = new Chart();
    return chart;
  });

  it("hides a series by a click on it, shows it by another, and the others keep their colours", () => {
    log("loss", "acc");
    expect(plots.at(-1)?.data).toHaveLength(1 + 2 * 4);
    button("loss").click();
    expect(pressed("loss")).toBe("false");
    expect(plots.at(-1)?.data).toHaveLength(1 + 4);
    expect(button("loss").textContent).toContain("0.25"); // its value is still told
    expect(chart.element.textContent).not.toContain("are drawn"); // no series is left out
    button("loss").click();
    expect(pressed("loss")).toBe("true");
    expect(plots.at(-1)?.data).toHaveLength(1 + 2 * 4);
  });

  it("tells the best value of each series and its step", () => {
    log("loss", "acc");
    const bests = [...chart.element.querySelectorAll(".vw-best")].map(({ textContent }) => textContent);
    expect(bests).toEqual(["lowest 0.25 at 2", "highest 0.25 at 2"]);
  });

  it("has a line for each group of series, which hides and shows all of it", () => {
    log("train/loss", "train/acc", "val/loss");
    expect(chart.element.querySelectorAll(".vw-reading-group")).toHaveLength(2);
    expect(button("loss").textContent).toBe("loss 0.25 · EMA 0.25"); // the group is named once
    button("train").click();
    expect(plots.at(-1)?.data).toHaveLength(1 + 4);
    expect(pressed("train")).toBe("false");
    button("train").click();
    expect(plots.at(-1)?.data).toHaveLength(1 + 3 * 4);
  });

  it("has no groups where all series have the same", () => {
    log("train/loss", "train/acc");
    expect(chart.element.querySelector(".vw-reading-group")).toBeNull();
  });

  it("draws nothing if everything is hidden", () => {
    log("loss");
    button("loss").click();
    expect(plots.at(-1)?.data).toEqual([[]]);
    expect(chart.element.hidden).toBe(false); // or the series could not be shown again
  });

  it("keeps what is hidden, and reads a damaged choice as none", () => {
    const model = new FakeModel();
    const store = {
      get: () => model.get("_chosen"),
      set: (_: string, value: unknown) => model.set("_chosen", value),
    };
    chart.destroy();
    chart = new Chart(null, new Kept(store));
    document.body.append(chart.element);
    log("loss", "acc");
    button("acc").click();
    chart.destroy();
    chart = new Chart(null, new Kept(store));
    document.body.append(chart.element);
    log("loss", "acc");
    expect([pressed("loss"), pressed("acc")]).toEqual(["true", "false"]);
    model.set("_chosen", JSON.stringify({ version: 1, chart: { hidden: [3, null, {}], x: "furlongs" } }));
    chart.destroy();
    chart = new Chart(null, new Kept(store));
    document.body.append(chart.element);
    log("loss", "acc");
    expect([pressed("loss"), pressed("acc")]).toEqual(["true", "true"]);
  });

  it("lists branches and other runs with the settings that differ, and hides them", () => {
    log("loss");
    const controls = [
      { label: "lr", value: 0.01 },
      { label: "same", value: true },
      { label: "unknown here", value: 3 },
    ];
    chart.settings = new Map<string, unknown>([
      ["lr", 0.003],
      ["same", true],
    ]);
    chart.haunt(
      [{ branch: "run 1", series: "loss", buffer: 0 }],
      [rows([1, 0.7], [2, 0.6])],
      [{ name: "run 1", kind: "run", began: 0, controls, rulers: [] }],
    );
    draw();
    expect(button("run 1").textContent).toBe("run 1lr 0.01");
    button("run 1").click();
    expect(pressed("run 1")).toBe("false");
    chart.settings = new Map<string, unknown>([["lr", 0.01]]);
    expect(button("run 1").textContent).toBe("run 1");
  });

  it("has seconds and epochs on the x axis, if they are known, and a click still finds the step", () => {
    const select = chart.element.querySelector("select") as HTMLSelectElement;
    log("loss");
    expect(select.hidden).toBe(true);
    chart.rule([{ measure: "seconds", start: 0, buffer: 0 }], [rows([0, 0], [2, 10])]);
    draw();
    expect(select.hidden).toBe(false);
    expect([...select.options].map(({ value }) => value)).toEqual(["steps", "seconds"]);
    select.value = "seconds";
    select.dispatchEvent(new Event("change"));
    expect(plots.at(-1)?.data[0]).toEqual([5, 10]);
    chart.rule([{ measure: "seconds", start: 2, buffer: 0 }], [rows([4, 30])]);
    chart.patch([{ name: "loss", start: 2, buffer: 0 }], [points([3, 0.2])]);
    draw();
    expect(plots.at(-1)?.data[0]).toEqual([5, 10, 20]);
    select.value = "steps";
    select.dispatchEvent(new Event("change"));
    expect(plots.at(-1)?.data[0]).toEqual([1, 2, 3]);
  });
});
