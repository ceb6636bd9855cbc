// The chart of logged scalars: values and moving averages as lines, minimum and maximum as a band. The number of drawn
// points is bounded by the pixels, which bounds the cost of a redraw.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element, setText } from "../base/dom";
import { Kept } from "../wire/kept";
import type { GhostCurve, GhostRun, RulerPatch } from "../wire/protocol";
import { HALF_LIFE } from "./average";
import { type Axes, axesOf } from "./axes";
import { type Extent, type Table, tabulate } from "./columns";
import { HEIGHT, markBeyond, optionsFor, scaleName } from "./drawing";
import { Gestures } from "./gestures";
import { GhostList, type Settings } from "./ghost_list";
import { drawable, Ghosts } from "./ghosts";
import { type Inks, inkProbe, readInks } from "./inks";
import { nearest, type Spot } from "./nearest";
import { type Reading, Readout } from "./readout";
import { type Measure, type Ruler, Rulers } from "./rulers";
import { type Patch, Series } from "./series";
import { namesIn, saved, toggled } from "./shown";
import { type Course, type Happened, StepMarks } from "./step_marks";

/** Shortest and longest time between two redraws in milliseconds. Each redraw takes time from the training. */
const REDRAW = 200;
const MOST_REDRAW = 1000;
/** Between these limits, a redraw waits for this multiple of the previous redraw's duration. */
const IDLE_SHARE = 20;
/** Maximum rows of all series together, and the number that each series may always have. */
const MOST_ROWS = 40_000;
const LEAST_ROWS = 64;
/** Maximum number of series that are drawn. */
const MOST_SERIES = 100;
/** Maximum number of series that a note names. */
const MOST_NAMED = 4;
/** The key of these choices in what the widget keeps. */
const PART = "chart";
/** CSS pixels around a curve within which a click selects it. */
const REACH = 8;
/** The fewest steps that are shown. */
const LEAST_EXTENT = 2;
/** The scale is logarithmic by default, unless more than this share of a series' points is below zero. */
const NEGATIVE = 0.1;

/** The step axis: its place in CSS pixels from the chart's left edge, and the steps at its ends. */
export interface Axis {
  left: number;
  width: number;
  first: number;
  last: number;
}

/** Receives the step the user clicks, and the branch whose curve was clicked (empty for curves of the present). */
export type Chosen = (step: number, branch: string | null) => void;

export class Chart {
  readonly element: HTMLElement;
  #readout = new Readout((names, hide) => this.#hide("series", names, hide));
  #ghosts = new Ghosts();
  #ghostList = new GhostList((names, hide) => this.#hide("runs", names, hide));
  #rulers = new Rulers();
  #log = toggle("Log", "Logarithmic scale");
  #ema = toggle(
    "EMA",
    `Exponential moving average over steps, with a half-life of ${HALF_LIFE} steps: the darker line`,
  );
  #axes = toggle("Axes", "An axis for each thing that is measured, instead of one for all");
  #x = element("select", { className: "vw-chart-x", attributes: { "aria-label": "Horizontal axis" } });
  #whole = element("button", {
    type: "button",
    className: "vw-button",
    textContent: "All steps",
    hidden: true,
  });
  #note = element("div", { className: "vw-chart-note", attributes: { role: "status" } });
  #host = element("div", { className: "vw-plot-host", tabIndex: 0 });
  #line = element("div", { className: "vw-mark", hidden: true });
  #series = new Map<string, Series>();
  #listed: Series[] = []; // the named ones
  #shown: Series[] = []; // the ones among them that are drawn
  #hidden: { readonly series: ReadonlySet<string>; readonly runs: ReadonlySet<string> } = {
    series: new Set(),
    runs: new Set(),
  };
  #measure: Measure | null = null; // chosen for the x axis, even if there is no such ruler; null: steps
  #table: Table | null = null;
  #scales: string[] = []; // of the drawn series
  #logs: boolean[] = []; // whether these are logarithmic
  #plot: uPlot | null = null;
  #gestures: Gestures | null = null;
  #marks = new StepMarks();
  #happened: readonly Happened[] = []; // in the present
  #course: Course | null = null; // of the branch that is viewed
  #extent: Extent | null = null; // of the x axis, chosen by the user; null: everything
  #shape = "";
  #kept: Kept;
  #chosenLog: boolean | null = null;
  #pause = 0; // the first redraw is immediate, so that nothing below moves later
  #drawn = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #frame: number | null = null;
  #stale = false;
  #observer: ResizeObserver;
  #width = 0; // cached, as is `#left`, in CSS pixels: measuring the plot's host may force a layout
  #left = 0;
  #marked: number | null = null;
  #shared = -1; // the last step that the viewed branch shares with the present
  #chosen: Chosen | null;

  /** Called with the step axis whenever it is drawn, or with null if it has no steps. */
  onAxis: ((axis: Axis | null) => void) | null = null;

  /** Calls `chosen` with what the user clicks. `kept` holds the user's earlier choices. */
  constructor(chosen: Chosen | null = null, kept = new Kept()) {
    this.#chosen = chosen;
    this.#kept = kept;
    this.#readKept();
    const tools = element("div", { className: "vw-chart-tools" });
    tools.append(this.#whole, this.#x, this.#log.label, this.#ema.label, this.#axes.label);
    this.#axes.label.hidden = true;
    this.#whole.title = "Shows all steps again (double click, or 0)";
    this.#whole.addEventListener("click", () => this.#show(null));
    this.#host.setAttribute("role", "group");
    this.#host.setAttribute("aria-label", "Chart: press + and - to zoom");
    this.#host.addEventListener("keydown", (event) => this.#key(event));
    const head = element("div", { className: "vw-chart-head" }, this.#readout.element, tools);
    const probe = inkProbe(() => this.#schedule());
    const parts = [head, this.#ghostList.element, this.#note, this.#host];
    this.element = element("section", { className: "vw-chart", hidden: true }, ...parts);
    this.element.append(probe);
    this.element.setAttribute("aria-label", "Logged values");
    this.#log.box.addEventListener("change", () => {
      this.#chosenLog = this.#log.box.checked;
      this.#keep();
    });
    for (const { box } of [this.#ema, this.#axes]) box.addEventListener("change", () => this.#keep());
    this.#offerMeasures();
    this.#x.addEventListener("change", () => this.#measureBy(this.#x.value));
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.#host);
  }

  /** Events to mark at their steps in the present. */
  set marks(marks: readonly Happened[]) {
    this.#happened = marks;
    if (this.#course === null) this.#showMarks(marks);
  }

  /** Has the marks and best values of a branch that was left, in the place of the present's; null: the present's. */
  set course(course: Course | null) {
    if (course === null && this.#course === null) return;
    this.#course = course;
    this.#showMarks(course?.marks ?? this.#happened);
    this.#read(this.#pointed);
  }

  #showMarks(marks: readonly Happened[]): void {
    this.#marks.marks = marks;
    if (this.#plot !== null) this.#placeMarks(this.#plot);
  }

  /** Applies the user's choices as they are kept now. */
  takeKept(): void {
    this.#readKept();
    this.#schedule();
  }

  #readKept(): void {
    const kept = (this.#kept.part(PART) ?? {}) as Record<string, unknown>;
    const { log, ema, axes, x, hidden, hiddenRuns } = kept;
    this.#measure = x === "seconds" || x === "epochs" ? x : null;
    this.#hidden = { series: namesIn(hidden), runs: namesIn(hiddenRuns) };
    this.#showHidden();
    this.#chosenLog = typeof log === "boolean" ? log : null;
    this.#ema.box.checked = ema !== false;
    this.#axes.box.checked = axes !== false;
  }

  #keep(): void {
    const log = this.#chosenLog;
    const chosen = {
      ...(log === null ? {} : { log }),
      ...(this.#ema.box.checked ? {} : { ema: false }),
      ...(this.#axes.box.checked ? {} : { axes: false }),
      ...(this.#measure === null ? {} : { x: this.#measure }),
      ...saved("hidden", this.#hidden.series),
      ...saved("hiddenRuns", this.#hidden.runs),
    };
    this.#kept.keep(PART, Object.keys(chosen).length > 0 ? chosen : undefined);
    this.#draw();
  }

  #hide(what: "series" | "runs", names: readonly string[], hide: boolean): void {
    this.#hidden = { ...this.#hidden, [what]: toggled(this.#hidden[what], names, hide) };
    this.#showHidden();
    this.#keep();
  }

  #showHidden(): void {
    this.#readout.hidden = this.#hidden.series;
    this.#ghostList.hidden = this.#hidden.runs;
    this.#ghosts.hidden = this.#hidden.runs;
  }

  /** The current settings of the controls by label, to compare with those of other runs. */
  set settings(settings: Settings) {
    this.#ghostList.settings = settings;
  }

  /** Takes the other measures that go with steps, such as seconds. */
  rule(patches: readonly RulerPatch[], buffers: readonly DataView[]): void {
    if (patches.length === 0) return;
    this.#rulers.take(patches, buffers);
    this.#offerMeasures();
    this.#schedule();
  }

  /** The measure of the x axis: the chosen one, if there is a ruler for it. */
  get #along(): Measure | null {
    return this.#rulers.of(this.#measure) === null ? null : this.#measure;
  }

  #offerMeasures(): void {
    const measures = ["steps", ...this.#rulers.measures];
    this.#x.hidden = measures.length < 2;
    if (this.#x.options.length !== measures.length)
      this.#x.replaceChildren(...measures.map((value) => element("option", { value, textContent: value })));
    this.#x.value = this.#along ?? "steps";
  }

  // The zoomed part stays in view.
  #measureBy(value: string): void {
    const steps = this.#extent?.map((place) => this.#stepAt(place));
    this.#measure = value === "seconds" || value === "epochs" ? value : null;
    if (steps !== undefined) this.#extent = steps.map((step) => this.#place(step)) as [number, number];
    this.#keep();
  }

  /** The place of a step on the x axis, and back. */
  #place(step: number): number {
    return placeOn(this.#rulers.of(this.#measure), step);
  }

  #stepAt(place: number): number {
    return stepOn(this.#rulers.of(this.#measure), place);
  }

  patch(patches: readonly Patch[], buffers: readonly DataView[]): void {
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

  /** Shows the curves of abandoned branches and of other runs. */
  haunt(curves: readonly GhostCurve[], buffers: readonly DataView[], runs: readonly GhostRun[] = []): void {
    this.#ghosts.take(curves, buffers, runs);
    this.#ghostList.runs = this.#ghosts.runs;
    this.#schedule();
  }

  /** Draws a line at `step` and shows the values there, unless the pointer is over the chart; null removes it. A
   *  non-empty `branch` names the branch being viewed, which is separate from the present after step `shared`. */
  mark(step: number | null, branch = "", shared = -1): void {
    this.#marked = step;
    this.#shared = shared;
    if (branch !== this.#ghosts.chosen) {
      this.#ghosts.chosen = branch;
      this.#schedule();
    }
    if (this.#plot !== null) this.#placeMark(this.#plot);
    this.#read(this.#pointed);
  }

  /** The row under the pointer, null if that is not over the plot. */
  get #pointed(): number | null {
    return this.#plot?.cursor.idx ?? null;
  }

  /** Whether `step` belongs to the branch that is viewed, and the present does not share it. */
  #apart(step: number | null): boolean {
    return this.#ghosts.chosen !== "" && step !== null && step > this.#shared;
  }

  // In an animation frame, so that a hidden page draws nothing, and always with the newest data.
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
    this.#stale = !this.element.isConnected; // outside a document it has no colours; the observer reports when it is placed
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
    this.#listed = logged.slice(0, MOST_SERIES);
    this.#shown = this.#listed.filter(({ name }) => !this.#hidden.series.has(name));
    this.element.hidden = logged.length === 0;
    if (logged.length === 0) return;
    const measure = this.#along;
    this.#ghosts.along(measure, this.#rulers.of(measure));
    this.#x.value = measure ?? "steps";
    this.#fitExtent();
    const axes = this.#decideAxes();
    const logs = this.#decideLogs(axes);
    const most = MOST_ROWS / Math.max(1, this.#shown.length);
    if (this.#width === 0) this.#measureHost();
    const room = Math.min(2 * Math.max(100, this.#width), most);
    const steps = this.#extent && ([0, 1] as const).map((end) => this.#stepAt(this.#extent?.[end] ?? 0));
    const extent = steps as [number, number] | null;
    const table = tabulate(this.#shown, Math.max(LEAST_ROWS, room), of(axes, logs), extent);
    this.#table = table;
    const all = readInks(this.element, this.#listed.length);
    this.#readout.set(
      this.#listed.map(({ name }) => name),
      all.series,
    );
    const inks = {
      ...all,
      series: all.series.filter((_, i) => this.#shown.includes(this.#listed[i] as Series)),
    };
    const { spread } = table;
    const columns = this.#columns(table);
    const shape = JSON.stringify([
      logs,
      axes,
      this.#ema.box.checked,
      this.#shown.map(({ name }) => name),
      spread,
      inks,
      measure,
    ]);
    const plot = shape === this.#shape ? this.#plot : null;
    this.#shape = ""; // until drawing succeeds; otherwise the next attempt makes a new plot
    if (plot === null) this.#make(columns, spread, inks, axes, logs);
    else plot.batch(() => plot.setData(columns)); // a batch draws before this returns, so errors are raised here
    this.#shape = shape;
    this.#sayNote(logged.length);
    if (this.#pointed === null) this.#read(null);
  }

  /** The columns of `table`, with positions on the x axis instead of steps. */
  #columns({ columns: [steps, ...rest] }: Table): Table["columns"] {
    return [this.#along === null ? steps : steps.map((step) => this.#place(step)), ...rest];
  }

  // After a Reset, the selected steps may no longer exist.
  #fitExtent(): void {
    if (this.#extent === null || this.#extent[0] < this.#ends()[1]) return;
    this.#extent = null;
    this.#whole.hidden = true;
    this.#host.classList.remove("vw-zoomed");
  }

  #decideAxes(): Axes {
    const names = this.#shown.map(({ name }) => name);
    const apart = axesOf(names, false);
    this.#axes.label.hidden = apart.names.length < 2;
    return this.#axes.box.checked ? apart : axesOf(names, true);
  }

  // A few values without a logarithm do not rule out a logarithmic scale for the rest.
  #decideLogs(axes: Axes): boolean[] {
    const logs = axes.names.map((_, axis) => {
      const here = this.#shown.filter((_, i) => axes.of[i] === axis);
      const possible = here.some((series) => series.anyPositive);
      return possible && (this.#chosenLog ?? here.every((series) => series.negative <= NEGATIVE));
    });
    const possible = this.#shown.some((series) => series.anyPositive);
    this.#log.box.disabled = !possible;
    this.#log.box.checked = logs.includes(true);
    this.#log.label.title = possible ? "Logarithmic scale" : "Logarithmic scale: no value is greater than 0";
    return logs;
  }

  #sayNote(logged: number): void {
    const beyond = this.#shown.filter((_, i) => (this.#table?.beyond[i]?.length ?? 0) > 0);
    const notes = [
      beyond.length > 0 ? `▾ not on a logarithmic scale, being 0 or less: values of ${names(beyond)}` : "",
      logged > this.#listed.length ? `The first ${this.#listed.length} of ${logged} series are drawn` : "",
    ];
    setText(this.#note, notes.filter(Boolean).join(" · "));
  }

  #make(
    columns: Table["columns"],
    spread: readonly boolean[],
    inks: Inks,
    axes: Axes,
    logs: readonly boolean[],
  ): void {
    this.#gestures?.destroy();
    this.#plot?.destroy();
    this.#scales = axes.of.map(scaleName);
    this.#logs = of(axes, logs);
    const names = this.#shown.map(({ name }) => name);
    const options = optionsFor(
      {
        inks,
        axes,
        logs,
        ema: this.#ema.box.checked,
        width: Math.max(100, this.#width),
        spread,
        names,
        ghosts: this.#ghosts,
        measure: this.#along,
      },
      {
        extent: () => this.#extent && [...this.#extent],
        pointed: (row) => this.#read(row),
        under: (plot) => this.#ghosts.draw(plot, names, inks, this.#logs, this.#scales),
        drawn: (plot) => this.#finish(plot, inks),
      },
    );
    const plot = new uPlot(options, columns, (made, draw) => {
      this.#plot = made;
      this.#host.append(made.root);
      made.batch(draw);
    });
    this.#plot = plot;
    // If the plot was made while hidden and is shown before the next frame, no observer reports its width.
    if (this.#width === 0) requestAnimationFrame(() => this.#resize());
    if (plot.over === undefined) return;
    plot.over.append(this.#line, this.#marks.element);
    this.#gestures = this.#makeGestures(plot);
  }

  #makeGestures(plot: uPlot): Gestures {
    const chart = this;
    const placeAt = (x: number) => plot.posToVal(x, "x");
    return new Gestures(plot.over, {
      get zoomed() {
        return chart.#extent !== null;
      },
      click: (x, y) => this.#click(plot, [x, y]),
      select: (from, to) => this.#show([placeAt(from), placeAt(to)]),
      pan: (by) => this.#pan(placeAt(by) - placeAt(0)),
      scale: (factor, x) => {
        const { min, max } = plot.scales.x ?? {};
        if (min == null || max == null) return;
        const at = placeAt(x);
        this.#show([at - (at - min) * factor, at + (max - at) * factor]);
      },
      whole: () => this.#show(null),
    });
  }

  #click(plot: uPlot, spot: Spot): void {
    const names = this.#shown.map(({ name }) => name);
    const ghost = this.#ghosts.nearest(plot, names, this.#logs, this.#scales, spot);
    const present = this.#distance(plot, spot);
    if (ghost !== null && ghost.distance <= REACH && ghost.distance < present) {
      this.#chosen?.(ghost.step, ghost.branch);
      return;
    }
    const { chosen } = this.#ghosts;
    // A branch may extend beyond the last step of the present, and has its own clock.
    const step =
      chosen === "" || present <= REACH
        ? this.#table?.columns[0][plot.posToIdx(spot[0])]
        : this.#stepOfBranch(plot.posToVal(spot[0], "x"));
    if (step !== undefined) this.#chosen?.(step, present <= REACH ? "" : null);
  }

  /** Distance in CSS pixels from `spot` to the closest drawn curve of the present. */
  #distance(plot: uPlot, spot: Spot): number {
    const distances = this.#shown.map(({ steps, last }, i) => {
      const [scale, log] = [this.#scales[i] ?? "y", this.#logs[i] ?? false];
      const curve = steps.map((step, at): Spot | null => {
        const value = last[at];
        if (value == null || !drawable(value, log)) return null;
        return [plot.valToPos(this.#place(step), "x"), plot.valToPos(value, scale)];
      });
      return nearest(curve, spot)?.distance ?? Number.POSITIVE_INFINITY;
    });
    return Math.min(Number.POSITIVE_INFINITY, ...distances);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.#host) return;
    if (this.#gestures?.key(event.key)) event.preventDefault();
  }

  /** Moves along the x axis, but not past its ends. */
  #pan(distance: number): void {
    const [first, last] = this.#ends();
    const [from, to] = this.#extent ?? [first, last];
    const by = Math.max(first - from, Math.min(last - to, distance));
    this.#show([from + by, to + by]);
  }

  /** Shows `extent` of the x axis, or all of it. */
  #show(extent: Extent | null): void {
    const [first, last] = this.#ends();
    const [from, to] = extent ?? [first, last];
    const [low, high] = [Math.max(first, from), Math.min(last, to)];
    const all = extent === null || high - low >= last - first;
    if (!all && this.#stepAt(high) - this.#stepAt(low) < LEAST_EXTENT) return;
    this.#extent = all ? null : [low, high];
    this.#whole.hidden = all;
    this.#host.classList.toggle("vw-zoomed", !all);
    this.#draw();
  }

  /** The ends of the x axis when everything is shown. */
  #ends(): Extent {
    const all = this.#shown.filter((series) => !series.empty).map(({ steps }) => steps);
    const first = all.length === 0 ? null : Math.min(...all.map((steps) => this.#place(steps[0] ?? 0)));
    const last = all.length === 0 ? null : Math.max(...all.map((steps) => this.#place(steps.at(-1) ?? 0)));
    const names = this.#shown.map(({ name }) => name);
    const [low, high] = this.#ghosts.places(first, last, names);
    return [low ?? 0, high ?? 0];
  }

  #finish(plot: uPlot, inks: Inks): void {
    if (this.#table !== null) markBeyond(plot, this.#table, inks);
    this.#placeMark(plot);
    this.#placeMarks(plot);
    this.#tellAxis(plot);
  }

  #placeMarks(plot: uPlot): void {
    const { chosen } = this.#ghosts;
    const ruler = this.#course === null ? this.#rulers.of(this.#measure) : this.#ghosts.rulerOf(chosen);
    const position = (step: number) => plot.valToPos(placeOn(ruler, step), "x");
    this.#marks.place(position, plot.bbox.width / devicePixelRatio);
  }

  #placeMark(plot: uPlot): void {
    const [from, to] = this.#extent ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const { chosen } = this.#ghosts;
    const own = this.#apart(this.#marked);
    const ruler = own ? this.#ghosts.rulerOf(chosen) : this.#rulers.of(this.#measure);
    const place = this.#marked === null ? null : placeOn(ruler, this.#marked);
    this.#line.hidden = place === null || place < from || place > to;
    if (place === null) return;
    const end = plot.bbox.width / devicePixelRatio; // while a run goes on, the curves are drawn up to here only
    this.#line.style.left = `${Math.min(end, plot.valToPos(place, "x"))}px`;
  }

  #tellAxis({ bbox, scales }: uPlot): void {
    if (this.onAxis === null) return;
    if (this.#along !== null) {
      this.onAxis(null);
      return;
    }
    const { min, max } = scales.x ?? {};
    if (min == null || max == null || this.#width === 0) return;
    const [left, width] = [bbox.left / devicePixelRatio, bbox.width / devicePixelRatio];
    this.onAxis({ left: this.#left + left, width, first: min, last: max });
  }

  // Shows the values under the pointer, else those at the mark, else the newest. Rows belong to the present, so the values
  // of a branch are looked up by the step under the pointer.
  #read(pointed: number | null): void {
    const steps = this.#table?.columns[0] ?? [];
    const { chosen } = this.#ghosts;
    const row = chosen === "" ? pointed : null;
    const place = pointed === null || chosen === "" ? null : this.#stepPointedAt;
    if (row === null && place === null && this.#marked === null) {
      this.#readout.show(null, this.#readings(Number.POSITIVE_INFINITY), this.#bests);
      return;
    }
    const step = (row === null ? (place ?? this.#marked) : steps[row]) ?? 0;
    const first = Math.min(step, row === null ? step : (steps[row - 1] ?? step - 1) + 1);
    const readings = this.#apart(step)
      ? this.#listed.map(({ name }) => this.#ghosts.read(chosen, name, step))
      : this.#readings(step, first);
    const several = readings.some(({ range }) => range !== undefined);
    this.#readout.show([several ? first : step, step], readings, this.#bests);
  }

  #readings(step: number, first: number | null = null): Reading[] {
    return this.#listed.map((series) => series.read(step, first));
  }

  /** The step of the branch that is looked at under the pointer. */
  get #stepPointedAt(): number | null {
    const plot = this.#plot;
    if (plot === null) return null;
    return this.#stepOfBranch(plot.posToVal(plot.cursor.left ?? 0, "x"));
  }

  #stepOfBranch(place: number): number {
    return Math.floor(stepOn(this.#ghosts.rulerOf(this.#ghosts.chosen), place));
  }

  get #bests() {
    const course = this.#course;
    return this.#listed.map(({ name, best }) => (course === null ? best : (course.bests.get(name) ?? null)));
  }

  #resize(): void {
    if (this.#stale) this.#schedule();
    this.#measureHost();
    const width = this.#width;
    if (this.#plot === null || width <= 0 || width === this.#plot.width) return;
    this.#plot.setSize({ width, height: HEIGHT });
    this.#schedule(); // a different width may fit more or fewer rows
  }

  #measureHost(): void {
    this.#width = this.#host.clientWidth;
    this.#left = this.#host.getBoundingClientRect().left - this.element.getBoundingClientRect().left;
  }

  destroy(): void {
    this.#observer.disconnect();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#gestures?.destroy();
    this.#plot?.destroy();
    this.#plot = null;
    this.element.remove();
  }
}

/** The position of a step along `ruler`, and the inverse; null: steps. */
function placeOn(ruler: Ruler | null, step: number): number {
  return ruler?.at(step) ?? step;
}

function stepOn(ruler: Ruler | null, place: number): number {
  return ruler?.stepAt(place) ?? place;
}

/** For each series, the entry of `values` that belongs to its axis. */
function of<T>({ of: axes }: Axes, values: readonly T[]): T[] {
  return axes.map((axis) => values[axis] as T);
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
