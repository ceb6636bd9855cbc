// The chart of what was logged: the extremes of each stretch of steps as a band, their moving average as a line.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { alone, indexAt, join, lastLogged } from "./columns";
import { element, OWN_KEYS } from "./dom";
import { full, grouped } from "./numbers";
import type { SeriesPatch } from "./protocol";
import { type Ink, Readout } from "./readout";
import { Series } from "./series";
import { watchTheme } from "./theme";
import { linearRange, linearSplits, logRange, logSplits, overhang, STEPS, widthFor } from "./ticks";

const HEIGHT = 170;
/** Milliseconds between two redraws: nobody sees more of a curve, and each takes time from the training. */
const REDRAW = 200;
/** A redraw waits this many times as long as the one before took. */
const IDLE_SHARE = 20;
/** Colours that the style sheet has for series. */
const PALETTE = 6;
/** What tells series of one colour apart: the line of the first six, of the next six, and of all others. */
const DASHES = [[], [6, 4], [2, 2]];

/** The axis of steps: CSS pixels from the left edge of the chart, and the steps at its ends. */
export interface Axis {
  left: number;
  width: number;
  first: number;
  last: number;
}

export class Chart {
  readonly element: HTMLElement;
  #readout = new Readout();
  #log = toggle("Log", "Logarithmic scale");
  #ema = toggle("EMA", "Exponential moving average");
  #host = element("div", { className: "vw-plot-host" });
  #series = new Map<string, Series>();
  #shown: Series[] = [];
  #plot: uPlot | null = null;
  #shape = "";
  #delay = 0; // the first is there at once: what is below it must not move while it is read
  #timer: ReturnType<typeof setTimeout> | null = null;
  #observer: ResizeObserver;
  #unwatchTheme: () => void;
  #marked: number | null = null;
  #chosen: ((step: number) => void) | null;

  /** Is told where the axis of steps is, whenever that is drawn. */
  onAxis: ((axis: Axis) => void) | null = null;

  /** `chosen` is called with the step that was clicked. */
  constructor(chosen: ((step: number) => void) | null = null) {
    this.#chosen = chosen;
    const tools = element("div", { className: "vw-chart-tools" }, this.#log.label, this.#ema.label);
    const head = element("div", { className: "vw-chart-head" }, this.#readout.element, tools);
    this.element = element("section", { className: "vw-chart", hidden: true }, head, this.#host);
    this.element.setAttribute("aria-label", "Logged values");
    for (const { box } of [this.#log, this.#ema]) {
      box.checked = true;
      box.addEventListener("change", () => this.#draw());
    }
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.#host);
    this.#unwatchTheme = watchTheme(() => {
      this.#shape = ""; // colours are read when a plot is made
      this.#schedule();
    });
  }

  patch(patches: readonly SeriesPatch[], buffers: readonly DataView[]): void {
    for (const patch of patches) {
      const buffer = buffers[patch.buffer];
      if (buffer === undefined) continue;
      const series = this.#series.get(patch.name) ?? new Series(patch.name);
      this.#series.set(patch.name, series);
      series.apply(patch, buffer);
    }
    if (patches.length > 0) this.#schedule();
  }

  /** Draws a line at `step`, and reads there while no pointer does. */
  mark(step: number): void {
    this.#marked = step;
    this.#plot?.redraw(false);
    if ((this.#plot?.cursor.idx ?? null) === null) this.#read(null);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const start = performance.now();
      try {
        this.#draw();
      } finally {
        this.#delay = Math.max(REDRAW, IDLE_SHARE * (performance.now() - start));
      }
    }, this.#delay);
  }

  #draw(): void {
    this.#shown = [...this.#series.values()].filter((series) => !series.empty);
    this.element.hidden = this.#shown.length === 0;
    if (this.#shown.length === 0) return;
    const positive = this.#shown.every((series) => series.positive);
    this.#log.box.disabled = !positive;
    this.#log.label.title = positive ? "Logarithmic scale" : "Some values have no logarithm";
    const log = this.#log.box.checked && positive;
    const data = join(this.#shown);
    const shape = JSON.stringify([log, this.#ema.box.checked, this.#shown.map((series) => series.name)]);
    const plot = shape === this.#shape ? this.#plot : null;
    this.#shape = ""; // until it is drawn: where that fails, the next draw makes another plot
    if (plot === null) this.#make(data, log);
    else plot.batch(() => plot.setData(data)); // in a batch it is drawn before this returns, and fails here if at all
    this.#shape = shape;
    if ((this.#plot?.cursor.idx ?? null) === null) this.#read(null);
  }

  #make(data: uPlot.AlignedData, log: boolean): void {
    this.#plot?.destroy();
    const style = getComputedStyle(this.element);
    const inks = this.#shown.map((_, i) => ({
      color: style.getPropertyValue(`--vw-series-${(i % PALETTE) + 1}`).trim(),
      dash: DASHES[Math.min(Math.floor(i / PALETTE), DASHES.length - 1)] ?? [],
    }));
    this.#readout.inks = inks;
    const plot = new uPlot(this.#options(style, inks, log), data, (made, draw) => {
      this.#plot = made;
      this.#host.append(made.root);
      made.batch(draw);
    });
    this.#plot = plot;
    // Hidden when it was made, and shown again before the next frame, no observer would tell how wide it is.
    if (this.#host.clientWidth === 0) requestAnimationFrame(() => this.#resize());
    const chosen = this.#chosen;
    if (chosen === null) return;
    plot.over.addEventListener("click", () => {
      const step = plot.data[0][plot.cursor.idx ?? -1];
      if (step !== undefined) chosen(step);
    });
  }

  #options(style: CSSStyleDeclaration, inks: readonly Ink[], log: boolean): uPlot.Options {
    const stroke = style.getPropertyValue("--vw-dim").trim();
    const line = style.getPropertyValue("--vw-grid").trim();
    const axis = { stroke, font: `11px ${style.fontFamily}`, ticks: { show: false } };
    const grid = { stroke: line, width: 1 };
    const ema = this.#ema.box.checked;
    return {
      width: Math.max(100, this.#host.clientWidth),
      height: HEIGHT,
      padding: [8, overhang, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: false, y: false },
        dataIdx: (plot, column, at) => lastLogged(plot.data[column], at),
      },
      scales: {
        x: { time: false },
        y: { distr: log ? 3 : 1, range: (_, low, high) => (log ? logRange : linearRange)(low, high) },
      },
      series: [{}, ...inks.flatMap((ink) => lines(ink, ema))],
      bands: inks.map(({ color }, i) => ({ series: [3 * i + 2, 3 * i + 1], fill: `${color}26` })),
      axes: [
        { ...axis, grid, size: 26, space: 70, incrs: STEPS, values: (_, ticks) => ticks.map(grouped) },
        {
          ...axis,
          grid,
          size: widthFor,
          incrs: [Number.MAX_VALUE], // the marks need none, but uPlot draws no axis unless one fits
          splits: (_, __, low, high) => (log ? logSplits : linearSplits)(low, high),
          filter: (_, splits) => splits,
          values: (_, ticks) => ticks.map(full),
        },
      ],
      hooks: {
        setCursor: [(plot) => this.#read(plot.cursor.idx ?? null)],
        draw: [
          (plot) => drawMark(plot, this.#marked, style.getPropertyValue("--vw-accent").trim()),
          (plot) => this.#tellAxis(plot),
        ],
      },
    };
  }

  #tellAxis({ over, scales }: uPlot): void {
    if (this.onAxis === null) return;
    const { left, width } = over.getBoundingClientRect();
    const { min, max } = scales.x ?? {};
    if (min == null || max == null || width === 0) return;
    this.onAxis({ left: left - this.element.getBoundingClientRect().left, width, first: min, last: max });
  }

  // The values under the pointer; where there is none, those at the mark, or the last ones. Of a series that has none at
  // that step, those before it.
  #read(index: number | null): void {
    const data = this.#plot?.data;
    const at = index ?? indexAt(data?.[0] ?? [], this.#marked);
    const step = data?.[0][at];
    if (data === undefined || step === undefined) return;
    const readings = this.#shown.map(({ name }, i) => {
      const from = lastLogged(data[3 * i + 2], at);
      return {
        name,
        low: data[3 * i + 1]?.[from],
        high: data[3 * i + 2]?.[from],
        ema: data[3 * i + 3]?.[from],
      };
    });
    this.#readout.show(step, readings);
  }

  #resize(): void {
    const width = this.#host.clientWidth;
    if (this.#plot !== null && width > 0 && width !== this.#plot.width)
      this.#plot.setSize({ width, height: HEIGHT });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#unwatchTheme();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#plot?.destroy();
    this.#plot = null;
    this.element.remove();
  }
}

function drawMark(plot: uPlot, step: number | null, stroke: string): void {
  if (step === null) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(step, "x", true));
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function lines({ color: stroke, dash: pattern }: Ink, ema: boolean): uPlot.Series[] {
  const dash = pattern.map((length) => length * devicePixelRatio);
  const points = {
    show: false,
    fill: stroke,
    filter: (plot: uPlot, column: number) => alone(plot.data[column] ?? []),
  };
  const faint = { stroke: `${stroke}${ema ? "66" : "ff"}`, width: 1, dash: ema ? [] : dash, points };
  return [faint, faint, { stroke, width: 2, dash, show: ema, points }];
}

function toggle(text: string, title: string): { label: HTMLElement; box: HTMLInputElement } {
  const box = element("input", { type: "checkbox", attributes: OWN_KEYS });
  return { label: element("label", { className: "vw-toggle", title }, box, text), box };
}
