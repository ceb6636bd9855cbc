// What the axes of the chart reach over and are marked with, for all values that a double can have. uPlot's own give
// out near 1e-24, where its marks of a logarithm never end, and round a logarithm's range up to whole decades, which
// leaves a line at the bottom of them. Pure, but for the width of letters.

import type uPlot from "uplot";
import { grouped } from "../base/numbers";

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
/** The usual distance between two marks of the axis of values, as a share of its height, and the least. */
const GAP = 1 / 7;
const LEAST_GAP = 2 / 15; // two and a half times as much, as from 2 to 5, is a third: there are always three marks
/** The power of ten of the least double, 5e-324. */
const LEAST = -324;

/** Ways to mark a logarithm, from the closest: these digits of every so many powers of ten, at least `gap` decades apart. */
const LADDERS = [
  { digits: [1, 2, 5], every: 1, gap: Math.log10(2) },
  { digits: [1, 3], every: 1, gap: Math.log10(3) },
  ...[1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100].map((every) => ({
    digits: [1],
    every,
    gap: every,
  })),
];
/** Marks within a decade, those first that are read best, in tenths: the next are taken while there are not `ENOUGH`. */
const WITHIN = [
  [10, 20, 50],
  [30, 70],
  [40, 60, 80, 90],
  [15, 25, 35, 45, 55, 65, 75, 85, 95],
  Array.from({ length: 90 }, (_, i) => i + 10),
];
const ENOUGH = 4;
/** Decades so few that a logarithm is as good as linear. */
const EVEN = 0.1;
/** An axis has this many marks at least. */
const LEAST_MARKS = 3;

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
  const span = decades(low, high);
  if (span < EVEN) return linearSplits(low, high);
  if (span <= 1) {
    const [marks, even] = [within(low, high, GAP * span), linearSplits(low, high)];
    const top = even.at(-1) ?? high;
    const apart = even.length < 2 || decades(even.at(-2) as number, top) >= LEAST_GAP * span;
    return even.length > marks.length && (apart || marks.length < LEAST_MARKS) ? even : marks;
  }
  const { digits, every } = LADDERS.find(({ gap }) => gap >= GAP * span) ?? { digits: [1], every: 100 };
  return powers(low, high, every)
    .flatMap((power) => digits.map((digit) => decimal(digit, power)))
    .filter((mark) => mark >= low && mark <= high);
}

/** Marks of less than a decade, at least `gap` decades apart. */
function within(low: number, high: number, gap: number): number[] {
  const chosen: number[] = [];
  for (const digits of WITHIN) {
    for (const power of powers(low, high, 1)) {
      for (const mark of digits.map((digit) => decimal(digit, power - 1))) {
        if (mark < low || mark > high) continue;
        if (chosen.every((other) => Math.abs(decades(mark, other)) >= gap)) chosen.push(mark);
      }
    }
    if (chosen.length >= ENOUGH) break;
  }
  return chosen.sort((one, other) => one - other);
}

/** Every so many powers of ten, from one that is not above `low` to one that is not below `high`. */
function powers(low: number, high: number, every: number): number[] {
  const first = Math.floor(Math.log10(low) / every);
  const count = Math.ceil(Math.log10(high) / every) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * every);
}

/** Marks of a linear axis: multiples of the least of 1, 2 and 5 times a power of ten that leaves room between them. */
export function linearSplits(low: number, high: number): number[] {
  const distance = LEAST_GAP * (high - low);
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
