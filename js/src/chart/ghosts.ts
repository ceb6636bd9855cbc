// The curves of branches that were left: pale lines under those of the present, with the branch's name at their end.

import type uPlot from "uplot";
import type { GhostCurve } from "../wire/protocol";
import { type Inks, mixed } from "./inks";

/** How much of a ghost's colour is that of its series, in percent. */
const PALE = 40;
/** CSS pixels between the end of a curve and its name, and between the name and the edge of the plot. */
const GAP = 4;
/** Bytes of a point: step and value. */
const POINT = 16;

interface Ghost {
  branch: string;
  series: string;
  points: [number, number][];
}

export class Ghosts {
  #ghosts: Ghost[] = [];

  take(curves: readonly GhostCurve[], buffers: readonly DataView[]): void {
    this.#ghosts = curves.map(({ branch, series, buffer }) => {
      const view = buffers[buffer];
      const count = Math.floor((view?.byteLength ?? 0) / POINT);
      const points = Array.from({ length: count }, (_, i): [number, number] => [
        view?.getFloat64(POINT * i, true) ?? 0,
        view?.getFloat64(POINT * i + 8, true) ?? 0,
      ]);
      return { branch, series, points };
    });
  }

  /** The range from `low` to `high` with the steps of all ghosts. */
  steps(low: number | null, high: number | null): [number | null, number | null] {
    return widened(
      low,
      high,
      this.#ghosts.flatMap(({ points }) => points.map(([step]) => step)),
    );
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
    const here = this.#ghosts.filter(({ series }) => names === null || names.includes(series));
    const values = here.flatMap(({ points }) =>
      points
        .filter(([step]) => extent === null || (step >= extent[0] && step <= extent[1]))
        .map(([, value]) => value),
    );
    return widened(
      low,
      high,
      values.filter((value) => drawable(value, log)),
    );
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
    ctx.font = `${11 * devicePixelRatio}px ${inks.font}`;
    for (const { branch, series, points } of this.#ghosts) {
      const at = names.indexOf(series);
      const color = inks.series[at]?.color;
      if (color === undefined) continue;
      this.#drawOne(plot, branch, points, mixed(color, PALE), logs[at] ?? false, scales[at] ?? "y");
    }
    ctx.restore();
  }

  #drawOne(
    plot: uPlot,
    branch: string,
    points: [number, number][],
    color: string,
    log: boolean,
    scale: string,
  ): void {
    const { ctx, bbox } = plot;
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.beginPath();
    let drawn = false; // whether the previous point was
    let end: [number, number] | null = null;
    for (const [step, value] of points) {
      const there = drawable(value, log);
      if (there) {
        end = [plot.valToPos(step, "x", true), plot.valToPos(value, scale, true)];
        if (drawn) ctx.lineTo(...end);
        else ctx.moveTo(...end);
      }
      drawn = there;
    }
    ctx.stroke();
    if (end === null) return;
    const gap = GAP * devicePixelRatio;
    const right = bbox.left + bbox.width - ctx.measureText(branch).width - gap;
    ctx.textBaseline = end[1] - bbox.top > 16 * devicePixelRatio ? "bottom" : "top";
    ctx.fillText(branch, Math.min(end[0] + gap, right), end[1]);
  }
}

function drawable(value: number, log: boolean): boolean {
  return Number.isFinite(value) && (!log || value > 0);
}

function widened(low: number | null, high: number | null, more: number[]): [number | null, number | null] {
  let [least, most] = [low, high];
  for (const value of more) {
    least = least === null ? value : Math.min(least, value);
    most = most === null ? value : Math.max(most, value);
  }
  return [least, most];
}
