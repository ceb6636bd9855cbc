// The chart of what was logged: the extremes of each stretch of steps as a band, their moving average as a line.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element } from "./dom";
import { grouped, short } from "./numbers";
import type { SeriesPatch } from "./protocol";
import { Series } from "./series";

const HEIGHT = 170;
/** Milliseconds between two redraws: nobody sees more of a curve, and each takes time from the training. */
const REDRAW = 200;

export class Chart {
  readonly element: HTMLElement;
  #readout = element("span", { className: "vw-readout" });
  #log = toggle("Log", "Logarithmic scale");
  #ema = toggle("EMA", "Exponential moving average");
  #host = element("div", { className: "vw-plot-host" });
  #series = new Map<string, Series>();
  #plot: uPlot | null = null;
  #shape = "";
  #timer: ReturnType<typeof setTimeout> | null = null;
  #observer: ResizeObserver;
  #theme: MutationObserver;

  constructor() {
    const tools = element("div", { className: "vw-chart-tools" }, this.#log.label, this.#ema.label);
    const head = element("div", { className: "vw-chart-head" }, this.#readout, tools);
    this.element = element("section", { className: "vw-chart", hidden: true }, head, this.#host);
    this.element.setAttribute("aria-label", "Logged values");
    this.#log.box.checked = true;
    this.#ema.box.checked = true;
    for (const { box } of [this.#log, this.#ema]) box.addEventListener("change", () => this.#draw());
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.#host);
    // JupyterLab and VS Code tell of another theme by an attribute of the body; the canvas has to be drawn anew.
    this.#theme = new MutationObserver(() => {
      this.#shape = "";
      this.#schedule();
    });
    this.#theme.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"],
    });
  }

  patch(patches: readonly SeriesPatch[], buffers: DataView[]): void {
    for (const patch of patches) {
      const buffer = buffers[patch.buffer];
      if (buffer === undefined) continue;
      const series = this.#series.get(patch.name) ?? new Series(patch.name);
      this.#series.set(patch.name, series);
      series.apply(patch, buffer);
    }
    if (patches.length > 0) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#draw();
    }, REDRAW);
  }

  #draw(): void {
    const shown = [...this.#series.values()].filter((series) => !series.empty);
    this.element.hidden = shown.length === 0;
    if (shown.length === 0) return;
    const log = this.#log.box.checked && shown.every((series) => series.positive);
    this.#log.box.disabled = !shown.every((series) => series.positive);
    const shape = [log, this.#ema.box.checked, ...shown.map((series) => series.name)].join("\n");
    const data = join(shown);
    if (this.#plot !== null && shape === this.#shape) {
      this.#plot.setData(data);
    } else {
      this.#shape = shape;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#options(shown, log), data, this.#host);
    }
    if ((this.#plot.cursor.idx ?? null) === null) this.#read(null);
  }

  #options(shown: Series[], log: boolean): uPlot.Options {
    const style = getComputedStyle(this.element);
    const ink = style.getPropertyValue("--vw-dim").trim() || "#777";
    const grid = style.getPropertyValue("--vw-grid").trim() || "#8883";
    const font = `11px ${style.fontFamily}`;
    const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, size: 4 } };
    const ema = this.#ema.box.checked;
    return {
      width: Math.max(100, this.#host.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
      series: [{}, ...shown.flatMap((_, i) => lines(color(style, i), ema))],
      bands: shown.map((_, i) => ({ series: [3 * i + 2, 3 * i + 1], fill: `${color(style, i)}2e` })),
      axes: [
        { ...axis, size: 28, values: (_: uPlot, ticks: number[]) => ticks.map((tick) => grouped(tick)) },
        { ...axis, size: 56, values: (_: uPlot, ticks: (number | null)[]) => ticks.map(tickLabel) },
      ],
      hooks: { setCursor: [(plot) => this.#read(plot.cursor.idx ?? null)] },
    };
  }

  // The values under the pointer; the last ones where there is none.
  #read(index: number | null): void {
    const plot = this.#plot;
    const shown = [...this.#series.values()].filter((series) => !series.empty);
    const parts: HTMLElement[] = [];
    const at = index ?? (plot === null ? -1 : (plot.data[0]?.length ?? 0) - 1);
    const step = plot?.data[0]?.[at];
    if (plot === null || step === undefined) return;
    parts.push(element("span", { textContent: `step ${grouped(step)}`, className: "vw-step" }));
    const style = getComputedStyle(this.element);
    shown.forEach((series, i) => {
      const value = plot.data[3 * i + 2]?.[at];
      const ema = plot.data[3 * i + 3]?.[at];
      if (value === null || value === undefined) return;
      const swatch = element("i", { className: "vw-swatch" });
      swatch.style.background = color(style, i);
      const text = ` ${series.name} ${short(value, 3)}${ema == null ? "" : ` · EMA ${short(ema, 3)}`}`;
      parts.push(element("span", {}, swatch, text));
    });
    this.#readout.replaceChildren(...parts);
  }

  #resize(): void {
    if (this.#plot !== null && this.#host.clientWidth > 0) {
      this.#plot.setSize({ width: this.#host.clientWidth, height: HEIGHT });
    }
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#theme.disconnect();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#plot?.destroy();
    this.#plot = null;
    this.element.remove();
  }
}

/** Series of different steps on one axis: (steps, then low, high and ema of each). */
export function join(shown: readonly Series[]): uPlot.AlignedData {
  const tables = shown.map(
    (series) => [series.steps, series.low, series.high, series.ema] as uPlot.AlignedData,
  );
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

function lines(stroke: string, ema: boolean): uPlot.Series[] {
  const faint = {
    stroke: `${stroke}${ema ? "66" : "ff"}`,
    width: 1,
    points: { show: false },
    spanGaps: true,
  };
  return [faint, faint, { stroke, width: 2, show: ema, points: { show: false }, spanGaps: true }];
}

function color(style: CSSStyleDeclaration, index: number): string {
  const fallback = ["#2f7ebc", "#d1651a", "#20866a", "#b5559c"][index % 4] as string;
  return style.getPropertyValue(`--vw-series-${(index % 4) + 1}`).trim() || fallback;
}

function tickLabel(tick: number | null): string {
  return tick === null ? "" : short(tick, 3);
}

function toggle(text: string, title: string): { label: HTMLElement; box: HTMLInputElement } {
  const box = element("input", { type: "checkbox", attributes: { "data-lm-suppress-shortcuts": "true" } });
  return { label: element("label", { className: "vw-toggle", title }, box, text), box };
}
