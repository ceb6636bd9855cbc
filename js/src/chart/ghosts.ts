// The curves of abandoned branches and of other runs: pale lines under those of the present, each ending with the name
// of its branch or run.

import type uPlot from "uplot";
import { indexAt } from "../base/steps";
import type { GhostCurve, GhostRun } from "../wire/protocol";
import { type Inks, mixed } from "./inks";
import { nearest, type Spot } from "./nearest";
import type { Reading } from "./readout";
import { type Measure, type Ruler, Rulers } from "./rulers";

/** How much of a ghost's colour comes from its series, in percent. */
const PALE = 40;
/** The same for the branch being viewed. */
const CLEAR = 85;
/** The same for names, whose other colour is that of the text: as pale as the curves, they would be hard to read. */
const READABLE = 50;
/** CSS pixels between the end of a curve and its name, and between the name and the edge of the plot. */
const GAP = 4;
/** Height of a name in CSS pixels, and of its letters. */
const LINE = 14;
const LETTERS = 11;
/** CSS pixels at the top of the plot in which the ticks of step marks are. */
const TICKS = 10;
/** Bytes of a point: step and value. */
const POINT = 16;
/** Maximum number of characters of a name that are drawn. */
const MOST_NAME = 24;
/** Maximum number of branches and runs whose names are drawn. Beyond it, only the list above the chart names them. */
const MOST_NAMED = 6;
/** Maximum number of cached ranges. */
const MOST_RANGES = 32;

type Range = readonly [number | null, number | null];

interface Ghost {
  branch: string;
  series: string;
  points: [number, number][]; // step and value
  places: number[]; // positions of the points on the x axis
}

/** A name and the end of its curve, in device pixels of the canvas. */
interface Name {
  name: string;
  color: string;
  end: readonly [number, number];
}

/** The branch or run that ghosts belong to. */
export type Run = Omit<GhostRun, "rulers">;

export class Ghosts {
  #ghosts: Ghost[] = [];
  #rulers = new Map<string, Rulers>();
  #runs: Run[] = [];
  #hidden: ReadonlySet<string> = new Set();
  #measure: Measure | null = null;
  #present: Ruler | null = null;
  /** The branch being viewed, which is less pale; empty if none is. */
  chosen = "";
  #ranges = new Map<string, Range>(); // until something changes

  take(curves: readonly GhostCurve[], buffers: readonly DataView[], runs: readonly GhostRun[] = []): void {
    this.#ghosts = curves.map(({ branch, series, buffer }) => {
      const view = buffers[buffer];
      const count = Math.floor((view?.byteLength ?? 0) / POINT);
      const points = Array.from({ length: count }, (_, i): [number, number] => [
        view?.getFloat64(POINT * i, true) ?? 0,
        view?.getFloat64(POINT * i + 8, true) ?? 0,
      ]);
      return { branch, series, points, places: [] };
    });
    this.#runs = runs.map(({ rulers: _, ...run }) => run);
    this.#rulers = new Map(
      runs.map(({ name, rulers }) => {
        const own = new Rulers();
        own.take(rulers, buffers);
        return [name, own];
      }),
    );
    this.#place();
  }

  /** The branches and runs that the ghosts belong to. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Hides the ghosts of runs with these names. */
  set hidden(names: ReadonlySet<string>) {
    this.#hidden = names;
    this.#ranges.clear();
  }

  /** Sets the measure of the x axis. A run without its own ruler uses the `present` one. */
  along(measure: Measure | null, present: Ruler | null): void {
    if (measure === null && this.#measure === null) return;
    this.#measure = measure;
    this.#present = present;
    this.#place();
  }

  #place(): void {
    this.#ranges.clear();
    for (const one of this.#ghosts) {
      const ruler = this.rulerOf(one.branch);
      one.places = one.points.map(([step]) => ruler?.at(step) ?? step);
    }
  }

  /** The ruler of a branch or run, or the present one if it has none of its own; null if steps are shown. */
  rulerOf(branch: string): Ruler | null {
    if (this.#measure === null) return null;
    return this.#rulers.get(branch)?.of(this.#measure) ?? this.#present;
  }

  /** The last value of `series` up to `step` in a branch. */
  read(branch: string, series: string, step: number): Reading {
    const found = this.#ghosts.find((one) => one.branch === branch && one.series === series);
    const points = found?.points ?? [];
    const at = indexAt(
      points.map(([there]) => there),
      step,
    );
    const [there, value] = points[at] ?? [];
    if (there === undefined || value === undefined || there > step)
      return { name: series, last: undefined, ema: undefined };
    const last = Number.isFinite(value) ? value : null;
    return { name: series, last, ema: undefined, ...(there < step ? { since: there } : {}) };
  }

  /** The position closest to `spot` on the drawn branch curves of the series `names`, or null if there is none. */
  nearest(
    plot: uPlot,
    names: readonly string[],
    logs: readonly boolean[],
    scales: readonly string[],
    spot: Spot,
  ) {
    const left = new Set(this.#runs.filter(({ kind }) => kind === "branch").map(({ name }) => name));
    let found: { branch: string; step: number; distance: number } | null = null;
    for (const { branch, series, points, places } of this.#shown(names)) {
      if (!left.has(branch)) continue;
      const at = names.indexOf(series);
      const [scale, log] = [scales[at] ?? "y", logs[at] ?? false];
      const line = points.map(([, value], i): Spot | null =>
        drawable(value, log) ? [plot.valToPos(places[i] as number, "x"), plot.valToPos(value, scale)] : null,
      );
      const here = nearest(line, spot);
      if (here === null || (found !== null && found.distance <= here.distance)) continue;
      const [from, to] = [points[here.after]?.[0] ?? 0, points[here.after + 1]?.[0] ?? 0];
      found = { branch, step: Math.round(from + here.part * (to - from)), distance: here.distance };
    }
    return found;
  }

  /** The visible ghosts of the series `names`, or of all series. */
  #shown(names: readonly string[] | null): Ghost[] {
    return this.#ghosts.filter(
      ({ branch, series }) => !this.#hidden.has(branch) && (names === null || names.includes(series)),
    );
  }

  /** Extends the range from `low` to `high` by the positions of all ghosts of `names` on the x axis. */
  places(
    low: number | null,
    high: number | null,
    names: readonly string[] | null = null,
  ): [number | null, number | null] {
    const found = this.#once(JSON.stringify(["x", names]), () =>
      widened(
        [null, null],
        this.#shown(names).map(({ places }) => places),
      ),
    );
    return joined([low, high], found);
  }

  /** The range from `low` to `high` with the values of ghosts that can be drawn: those of `names` within `extent`, or
   *  all. */
  values(
    low: number | null,
    high: number | null,
    log: boolean,
    names: readonly string[] | null = null,
    extent: readonly [number, number] | null = null,
  ): [number | null, number | null] {
    const found = this.#once(JSON.stringify(["y", log, names, extent]), () =>
      widened(
        [null, null],
        this.#shown(names).map(({ points, places }) =>
          points
            .map(([, value]) => value)
            .filter(
              (value, i) =>
                drawable(value, log) &&
                (extent === null ||
                  ((places[i] as number) >= extent[0] && (places[i] as number) <= extent[1])),
            ),
        ),
      ),
    );
    return joined([low, high], found);
  }

  // Called on every redraw, while ghosts rarely change.
  #once(key: string, find: () => Range): Range {
    const known = this.#ranges.get(key);
    if (known !== undefined) return known;
    if (this.#ranges.size >= MOST_RANGES) this.#ranges.clear();
    const found = find();
    this.#ranges.set(key, found);
    return found;
  }

  /** Draws the ghosts of the series `names`, whose lines have the colours of `inks`. `logs` says of each whether its scale
   *  is logarithmic, and `scales` which that is. */
  draw(
    plot: uPlot,
    names: readonly string[],
    inks: Inks,
    logs: readonly boolean[],
    scales: readonly string[],
  ): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    const shown = this.#shown(names);
    const ends = new Map<string, Name>(); // of one curve each
    for (const one of shown) {
      const at = names.indexOf(one.series);
      const color = inks.series[at]?.color ?? inks.words;
      const pale = mixed(color, one.branch === this.chosen ? CLEAR : PALE);
      const end = this.#drawOne(plot, one, pale, logs[at] ?? false, scales[at] ?? "y");
      if (end !== null && !ends.has(one.branch))
        ends.set(one.branch, { name: one.branch, color: mixed(color, READABLE, inks.words), end });
    }
    const chosenFirst = [...ends.values()].sort(
      (one, other) => Number(other.name === this.chosen) - Number(one.name === this.chosen),
    );
    ctx.font = `${LETTERS * devicePixelRatio}px ${inks.font}`;
    if (new Set(shown.map(({ branch }) => branch)).size <= MOST_NAMED) write(plot, chosenFirst);
    ctx.restore();
  }

  /** Returns the last point of the curve between the left and right edges of the plot, or null if there is none. */
  #drawOne(
    plot: uPlot,
    { points, places }: Ghost,
    color: string,
    log: boolean,
    scale: string,
  ): [number, number] | null {
    const { ctx, bbox } = plot;
    ctx.strokeStyle = color;
    ctx.beginPath();
    let drawn = false; // whether the previous point was
    let end: [number, number] | null = null;
    points.forEach(([, value], i) => {
      const there = drawable(value, log);
      if (there) {
        const [x, y] = [plot.valToPos(places[i] as number, "x", true), plot.valToPos(value, scale, true)];
        if (drawn) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
        if (x >= bbox.left && x <= bbox.left + bbox.width) end = [x, y];
      }
      drawn = there;
    });
    ctx.stroke();
    return end;
  }
}

/** Writes each name above the end of its curve, or below it if that place is taken; skips names that have no place. */
function write({ ctx, bbox }: uPlot, names: readonly Name[]): void {
  const [gap, line] = [GAP * devicePixelRatio, LINE * devicePixelRatio];
  const [first, last] = [bbox.top + TICKS * devicePixelRatio, bbox.top + bbox.height - line];
  const taken: { left: number; right: number; top: number }[] = [];
  ctx.textAlign = "left"; // uPlot leaves what its axes needed
  ctx.textBaseline = "top";
  for (const { name, color, end } of names) {
    const text = name.length <= MOST_NAME ? name : `${name.slice(0, MOST_NAME - 1)}…`;
    const { width } = ctx.measureText(text);
    if (width + 2 * gap > bbox.width) continue;
    const left = Math.min(end[0] + gap, bbox.left + bbox.width - gap - width);
    const right = left + width;
    const free = (top: number) =>
      taken.every((other) => left >= other.right || right <= other.left || Math.abs(top - other.top) >= line);
    const top = [end[1] - line, end[1]].map((y) => Math.max(first, Math.min(last, y))).find(free);
    if (top === undefined) continue;
    taken.push({ left, right, top });
    ctx.fillStyle = color;
    ctx.fillText(text, left, top);
  }
}

export function drawable(value: number, log: boolean): boolean {
  return Number.isFinite(value) && (!log || value > 0);
}

function widened([low, high]: Range, more: readonly (readonly number[])[]): Range {
  let [least, most] = [low, high];
  for (const values of more) {
    for (const value of values) {
      if (least === null || value < least) least = value;
      if (most === null || value > most) most = value;
    }
  }
  return [least, most];
}

function joined([low, high]: Range, [least, most]: Range): [number | null, number | null] {
  const either = (choose: (...values: number[]) => number, one: number | null, other: number | null) =>
    one === null ? other : other === null ? one : choose(one, other);
  return [either(Math.min, low, least), either(Math.max, high, most)];
}
