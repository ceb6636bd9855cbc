// The chart of what was logged: values and their moving average as lines, the extremes of stretches of steps as a band.
// What a redraw costs is bounded by what is drawn, and that by the pixels there are.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element, setText } from "../base/dom";
import type { SeriesPatch } from "../wire/protocol";
import { HALF_LIFE } from "./average";
import { type Table, tabulate } from "./columns";
import { HEIGHT, markBeyond, optionsFor } from "./drawing";
import { type Inks, inkProbe, readInks } from "./inks";
import { type Reading, Readout } from "./readout";
import { Series } from "./series";

/** Milliseconds between two redraws at least, for each takes time from the training, and at most. */
const REDRAW = 200;
const MOST_REDRAW = 1000;
/** Between the two, a redraw waits this many times as long as the one before took. */
const IDLE_SHARE = 20;
/** Rows of all series together, and of each where there is room for them. */
const MOST_ROWS = 40_000;
const LEAST_ROWS = 64;
/** Series that are drawn. */
const MOST_SERIES = 100;
/** Series that are named in a note. */
const MOST_NAMED = 4;
/** The logarithm is taken by itself unless more than this share of the points of a series is below zero. */
const NEGATIVE = 0.1;

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
  #ema = toggle(
    "EMA",
    `Exponential moving average over steps, with a half-life of ${HALF_LIFE} steps: the darker line`,
  );
  #note = element("div", { className: "vw-chart-note", attributes: { role: "status" } });
  #host = element("div", { className: "vw-plot-host" });
  #line = element("div", { className: "vw-mark", hidden: true });
  #series = new Map<string, Series>();
  #shown: Series[] = [];
  #table: Table | null = null;
  #inks: Inks | null = null;
  #plot: uPlot | null = null;
  #shape = "";
  #chosenLog: boolean | null = null;
  #pause = 0; // the first is there at once: what is below it must not move while it is read
  #drawn = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #frame: number | null = null;
  #stale = false;
  #observer: ResizeObserver;
  #marked: number | null = null;
  #chosen: ((step: number) => void) | null;

  /** Is told where the axis of steps is, whenever that is drawn. */
  onAxis: ((axis: Axis) => void) | null = null;

  /** `chosen` is called with the step that was clicked. */
  constructor(chosen: ((step: number) => void) | null = null) {
    this.#chosen = chosen;
    const tools = element("div", { className: "vw-chart-tools" }, this.#log.label, this.#ema.label);
    const head = element("div", { className: "vw-chart-head" }, this.#readout.element, tools);
    const probe = inkProbe(() => this.#schedule());
    this.element = element("section", { className: "vw-chart", hidden: true }, head, this.#note, this.#host);
    this.element.append(probe);
    this.element.setAttribute("aria-label", "Logged values");
    this.#log.box.addEventListener("change", () => {
      this.#chosenLog = this.#log.box.checked;
      this.#draw();
    });
    this.#ema.box.addEventListener("change", () => this.#draw());
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.#host);
  }

  patch(patches: readonly SeriesPatch[], buffers: readonly DataView[]): void {
    for (const patch of patches) {
      const buffer = buffers[patch.buffer];
      if (buffer === undefined) continue;
      const series = this.#series.get(patch.name) ?? new Series(patch.name);
      this.#series.set(patch.name, series);
      series.apply(patch, buffer);
    }
    if (patches.length === 0) return;
    this.element.hidden = [...this.#series.values()].every((series) => series.empty);
    this.#schedule();
  }

  /** Draws a line at `step`, and reads there while no pointer does. */
  mark(step: number): void {
    this.#marked = step;
    if (this.#plot !== null) this.#placeMark(this.#plot);
    if ((this.#plot?.cursor.idx ?? null) === null) this.#read(null);
  }

  // In an animation frame, with what is newest by then. A page that is hidden draws nothing.
  #schedule(): void {
    if (this.#timer !== null || this.#frame !== null) return;
    const wait = Math.max(0, this.#drawn + this.#pause - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#frame = requestAnimationFrame(() => {
        this.#frame = null;
        this.#draw();
      });
    }, wait);
  }

  #draw(): void {
    this.#stale = !this.element.isConnected; // it has no colours there; the observer tells when it is somewhere
    if (this.#stale) return;
    const start = performance.now();
    try {
      this.#redraw();
    } finally {
      this.#drawn = performance.now();
      this.#pause = Math.min(MOST_REDRAW, Math.max(REDRAW, IDLE_SHARE * (this.#drawn - start)));
    }
  }

  #redraw(): void {
    const logged = [...this.#series.values()].filter((series) => !series.empty);
    this.#shown = logged.slice(0, MOST_SERIES);
    this.element.hidden = logged.length === 0;
    if (logged.length === 0) return;
    const log = this.#decideLog();
    const room = Math.min(2 * Math.max(100, this.#host.clientWidth), MOST_ROWS / this.#shown.length);
    const table = tabulate(this.#shown, Math.max(LEAST_ROWS, room), log);
    this.#table = table;
    this.#inks = readInks(this.element, this.#shown.length);
    const { spread } = table;
    const shape = JSON.stringify([
      log,
      this.#ema.box.checked,
      this.#shown.map(({ name }) => name),
      spread,
      this.#inks,
    ]);
    const plot = shape === this.#shape ? this.#plot : null;
    this.#shape = ""; // until it is drawn: where that fails, the next draw makes another plot
    if (plot === null) this.#make(table, this.#inks, log);
    else plot.batch(() => plot.setData(table.columns)); // in a batch it is drawn before this returns, and fails here if at all
    this.#shape = shape;
    this.#sayNote(logged.length);
    if ((this.#plot?.cursor.idx ?? null) === null) this.#read(null);
  }

  // One value that has no logarithm takes it from none of the others.
  #decideLog(): boolean {
    const possible = this.#shown.some((series) => series.anyPositive);
    const log = possible && (this.#chosenLog ?? this.#shown.every((series) => series.negative <= NEGATIVE));
    this.#log.box.disabled = !possible;
    this.#log.box.checked = log;
    this.#log.label.title = possible ? "Logarithmic scale" : "Logarithmic scale: no value is greater than 0";
    return log;
  }

  #sayNote(logged: number): void {
    const beyond = this.#shown.filter((_, i) => (this.#table?.beyond[i]?.length ?? 0) > 0);
    const notes = [
      beyond.length > 0 ? `▾ not on a logarithmic scale, being 0 or less: values of ${names(beyond)}` : "",
      logged > this.#shown.length ? `The first ${this.#shown.length} of ${logged} series are drawn` : "",
    ];
    setText(this.#note, notes.filter(Boolean).join(" · "));
  }

  #make(table: Table, inks: Inks, log: boolean): void {
    this.#plot?.destroy();
    this.#readout.inks = inks.series;
    const options = optionsFor(
      {
        inks,
        log,
        ema: this.#ema.box.checked,
        width: Math.max(100, this.#host.clientWidth),
        spread: table.spread,
      },
      { pointed: (row) => this.#read(row), drawn: (plot) => this.#finish(plot, inks) },
    );
    const plot = new uPlot(options, table.columns, (made, draw) => {
      this.#plot = made;
      this.#host.append(made.root);
      made.batch(draw);
    });
    this.#plot = plot;
    // Hidden when it was made, and shown again before the next frame, no observer would tell how wide it is.
    if (this.#host.clientWidth === 0) requestAnimationFrame(() => this.#resize());
    plot.over?.append(this.#line);
    const chosen = this.#chosen;
    if (chosen === null) return;
    plot.over.addEventListener("click", () => {
      const step = plot.data[0][plot.cursor.idx ?? -1];
      if (step !== undefined) chosen(step);
    });
  }

  #finish(plot: uPlot, inks: Inks): void {
    if (this.#table !== null) markBeyond(plot, this.#table, inks);
    this.#placeMark(plot);
    this.#tellAxis(plot);
  }

  #placeMark(plot: uPlot): void {
    this.#line.hidden = this.#marked === null;
    if (this.#marked !== null) this.#line.style.left = `${plot.valToPos(this.#marked, "x")}px`;
  }

  #tellAxis({ over, scales }: uPlot): void {
    if (this.onAxis === null) return;
    const { left, width } = over.getBoundingClientRect();
    const { min, max } = scales.x ?? {};
    if (min == null || max == null || width === 0) return;
    this.onAxis({ left: left - this.element.getBoundingClientRect().left, width, first: min, last: max });
  }

  // The values under the pointer; where there is none, those at the mark, or the newest.
  #read(row: number | null): void {
    const steps = this.#table?.columns[0] ?? [];
    if (row === null && this.#marked === null) {
      this.#readout.show(null, this.#readings(Number.POSITIVE_INFINITY));
      return;
    }
    const step = (row === null ? this.#marked : steps[row]) ?? 0;
    const first = Math.min(step, row === null ? step : (steps[row - 1] ?? step - 1) + 1);
    const readings = this.#readings(step, first);
    const several = readings.some(({ range }) => range !== undefined);
    this.#readout.show([several ? first : step, step], readings);
  }

  #readings(step: number, first: number | null = null): Reading[] {
    return this.#shown.map((series) => series.read(step, first));
  }

  #resize(): void {
    if (this.#stale) this.#schedule();
    const width = this.#host.clientWidth;
    if (this.#plot === null || width <= 0 || width === this.#plot.width) return;
    this.#plot.setSize({ width, height: HEIGHT });
    this.#schedule(); // there may be room for more, or for less
  }

  destroy(): void {
    this.#observer.disconnect();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#plot?.destroy();
    this.#plot = null;
    this.element.remove();
  }
}

function names(series: readonly Series[]): string {
  const named = series.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = series.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function toggle(text: string, title: string): { label: HTMLElement; box: HTMLInputElement } {
  const box = element("input", { type: "checkbox", checked: true });
  return { label: element("label", { className: "vw-toggle", title }, box, text), box };
}
