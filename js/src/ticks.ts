// What the axes of the chart are marked with. Pure, but for the width of letters.

import type uPlot from "uplot";
import { short } from "./numbers";

/** Distances between two marks of the axis of steps, which are whole. */
export const STEPS = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

/** CSS pixels of the axis of values, unless its marks need more. */
const WIDTH = 54;

/** Of a logarithmic axis' splits only powers of ten, unless there are too few of them to read a value by. */
export function decades(_: unknown, splits: readonly (number | null)[]): (number | null)[] {
  const powers = splits.map((split) =>
    split !== null && Number.isInteger(Math.log10(split)) ? split : null,
  );
  return powers.filter((split) => split !== null).length < 2 ? [...splits] : powers;
}

/** What is written at marks of a logarithmic axis. */
export function powers(ticks: readonly (number | null)[]): string[] {
  return ticks.map((tick) => (tick === null ? "" : short(tick, 3)));
}

/** What is written at marks that are `distance` apart: digits enough to tell each from the next. */
export function evenly(ticks: readonly (number | null)[], distance: number): string[] {
  return ticks.map((tick) => (tick === null ? "" : short(tick, place(tick) - place(distance) + 2))); // 2.5 has two
}

/** The power of ten of the first digit. */
function place(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) + 1e-9);
}

/** CSS pixels that an axis of `marks` takes. */
export function widthFor(plot: uPlot, marks: readonly string[] | null, index: number): number {
  const axis = plot.axes[index] as { font?: unknown; gap?: number };
  plot.ctx.font = String((axis.font as [string])[0]); // as uPlot keeps it, in device pixels
  const widths = (marks ?? []).map((mark) => plot.ctx.measureText(mark).width / devicePixelRatio);
  return Math.max(WIDTH, Math.ceil(Math.max(0, ...widths) + 2 * (axis.gap ?? 0)));
}
