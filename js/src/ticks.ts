// What the axes of the chart reach over and are marked with, for all values that a double can have. uPlot's own give
// out near 1e-24, where its marks of a logarithm never end, and round a logarithm's range up to whole decades, which
// leaves a line at the bottom of them. Pure, but for the width of letters.

import type uPlot from "uplot";
import { grouped } from "./numbers";

/** Distances between two marks of the axis of steps, which are whole. */
export const STEPS = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

/** CSS pixels of the axis of values, unless its marks need more. */
const WIDTH = 54;
/** CSS pixels beside the plot, unless the last mark of the axis of steps needs more. */
const MARGIN = 14;
/** Values that differ by less than this share of them are one value, with the rounding of sums. */
const FLAT = 1e-9;
/** Shares of the span of the values that their axis goes on for at each end. */
const LOG_ROOM = 0.05;
const LINEAR_ROOM = 0.1;
/** The least distance between two marks of the axis of values, as a share of its height. */
const GAP = 1 / 7;
/** The power of ten of the least double, 5e-324. */
const LEAST = -324;

/** Ways to mark a logarithm, from the closest: these digits of every so many powers of ten, at least `gap` decades apart. */
const LADDERS = [
  { digits: [1, 2, 5], every: 1, gap: Math.log10(2) },
  { digits: [1, 3], every: 1, gap: Math.log10(3) },
  ...[1, 2, 5, 10, 20, 50, 100].map((every) => ({ digits: [1], every, gap: every })),
];

/** What a logarithmic axis shows of values from `low` to `high`; they are null where there are none. */
export function logRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [1, 10];
  const span = decades(low, high);
  const room = span < FLAT ? 2 : 10 ** (LOG_ROOM * span);
  return [Math.max(Number.MIN_VALUE, low / room), Math.min(Number.MAX_VALUE, high * room)];
}

/** What a linear axis shows of values from `low` to `high`: nothing beyond zero where all are on one side of it. */
export function linearRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size === 0) return [-1, 1];
  const room = high - low > FLAT * size ? LINEAR_ROOM * (high - low) : size;
  const from = Math.max(-Number.MAX_VALUE, low >= 0 ? Math.max(0, low - room) : low - room);
  const to = Math.min(Number.MAX_VALUE, high <= 0 ? Math.min(0, high + room) : high + room);
  if (to - from <= Number.MAX_VALUE) return [from, to];
  return [-Number.MAX_VALUE / 2, Number.MAX_VALUE / 2]; // no axis is longer than a double can say
}

/** Marks of a logarithmic axis: powers of ten, with some between them if there are few, or even ones within a decade. */
export function logSplits(low: number, high: number): number[] {
  const gap = GAP * decades(low, high);
  const { digits, every } = LADDERS.find((ladder) => ladder.gap >= gap) ?? { digits: [1], every: 100 };
  const first = Math.floor(Math.log10(low) / every);
  const count = Math.ceil(Math.log10(high) / every) - first + 1;
  const rungs = Array.from({ length: count }, (_, i) =>
    digits.map((digit) => decimal(digit, (first + i) * every)),
  );
  const ladder = rungs.flat().filter((mark) => mark >= low && mark <= high);
  if (decades(low, high) > 1) return ladder;
  const even = [7, 6, 5, 4, 3, 2].map((parts) => multiples(low, high, (high - low) / parts));
  const apart = even.filter((marks) =>
    marks.every((mark, i) => i === 0 || decades(marks[i - 1] as number, mark) > 0.99 * gap),
  );
  return [ladder, ...apart].reduce((best, marks) => (marks.length > best.length ? marks : best));
}

/** Marks of a linear axis. */
export function linearSplits(low: number, high: number): number[] {
  return multiples(low, high, GAP * (high - low));
}

/** From `low` to `high`, multiples of the least of 1, 2 and 5 times a power of ten that is not below `distance`. */
function multiples(low: number, high: number, distance: number): number[] {
  const power = Math.max(LEAST, Math.floor(Math.log10(distance)));
  const enough = Math.max(distance, Number.MIN_VALUE);
  const digit = [1, 2, 5].find((candidate) => decimal(candidate, power) >= enough) ?? 10;
  const step = decimal(digit, power);
  const first = Math.ceil(low / step);
  const count = Math.min(1 / GAP, Math.floor(high / step) - first) + 1; // never more, however it was rounded
  const marks = Array.from({ length: Math.max(0, count) }, (_, i) => decimal((first + i) * digit, power));
  return marks.filter((mark) => mark >= low && mark <= high); // which rounding may miss as well
}

/** The double next to a decimal number, which sums and products of doubles miss. */
function decimal(digits: number, power: number): number {
  return Number(`${digits}e${power}`);
}

function decades(low: number, high: number): number {
  return Math.log10(high) - Math.log10(low);
}

/** CSS pixels that an axis of `marks` takes. */
export function widthFor(plot: uPlot, marks: readonly string[] | null, index: number): number {
  const { gap = 0 } = plot.axes[index] as { gap?: number };
  const widths = (marks ?? []).map((mark) => textWidth(plot, mark, index));
  return Math.max(WIDTH, Math.ceil(Math.max(0, ...widths) + 2 * gap));
}

/** CSS pixels beside the plot: the last mark of the axis of steps may have its middle at the very edge. */
export function overhang(plot: uPlot): number {
  const last = plot.scales.x?.max;
  return last == null ? MARGIN : Math.max(MARGIN, Math.ceil(textWidth(plot, grouped(last), 0) / 2) + 1);
}

function textWidth(plot: uPlot, text: string, index: number): number {
  const { font } = plot.axes[index] as { font?: unknown };
  plot.ctx.font = String((font as [string])[0]); // as uPlot keeps it, in device pixels
  return plot.ctx.measureText(text).width / devicePixelRatio;
}
