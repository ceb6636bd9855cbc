// Ranges and ticks of the chart's axes, for every double. uPlot's own fail near 1e-24, where its logarithmic ticks
// never terminate, and round a logarithmic range up to whole decades, which can leave the line at the very bottom.
// Pure, except for measuring text.

import type uPlot from "uplot";
import { grouped } from "../base/numbers";

/** Distances between two ticks of the step axis, which are whole numbers. */
export const STEPS = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

/** Width of the value axis in CSS pixels, unless its labels need more. */
const WIDTH = 54;
/** CSS pixels right of the plot, unless the last label of the step axis needs more. */
const MARGIN = 14;
/** Values that differ by less than this share count as equal up to rounding. */
const FLAT = 1e-9;
/** Padding of an axis at each end, as a share of the span of its values. */
const LOG_ROOM = 0.05;
const LINEAR_ROOM = 0.1;
/** Usual and smallest distance between two ticks of the value axis, as a share of its height. */
const GAP = 1 / 7;
const LEAST_GAP = 2 / 15; // the next larger step, 2 to 5, is 2.5 times that, or a third: there are always three ticks
/** Exponent of the smallest double, 5e-324. */
const LEAST = -324;

/** Logarithmic ticks from dense to sparse: `digits` at each multiple of `every` decades, at least `gap` decades
 *  apart. */
const LADDERS = [
  { digits: [1, 2, 5], every: 1, gap: Math.log10(2) },
  { digits: [1, 3], every: 1, gap: Math.log10(3) },
  ...[1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100].map((every) => ({
    digits: [1],
    every,
    gap: every,
  })),
];
/** Ticks within a decade, in tenths, the most readable first. More are added until there are `ENOUGH`. */
const WITHIN = [
  [10, 20, 50],
  [30, 70],
  [40, 60, 80, 90],
  [15, 25, 35, 45, 55, 65, 75, 85, 95],
  Array.from({ length: 90 }, (_, i) => i + 10),
];
const ENOUGH = 4;
/** Span in decades below which a logarithmic axis might as well be linear. */
const EVEN = 0.1;
/** Fewest ticks of an axis. */
const LEAST_MARKS = 3;

/** The range of a logarithmic axis for values from `low` to `high`, which are null if there are none. */
export function logRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [1, 10];
  const span = decades(low, high);
  const room = span < FLAT ? 2 : 10 ** (LOG_ROOM * span);
  return [Math.max(Number.MIN_VALUE, low / room), Math.min(Number.MAX_VALUE, high * room)];
}

/** The range of a linear axis for values from `low` to `high`. It does not cross zero unless the values do. */
export function linearRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size === 0) return [-1, 1];
  const room = high - low > FLAT * size ? LINEAR_ROOM * (high - low) : size;
  const from = Math.max(-Number.MAX_VALUE, low >= 0 ? Math.max(0, low - room) : low - room);
  const to = Math.min(Number.MAX_VALUE, high <= 0 ? Math.min(0, high + room) : high + room);
  if (to - from <= Number.MAX_VALUE) return [from, to];
  return [-Number.MAX_VALUE / 2, Number.MAX_VALUE / 2]; // the length of an axis has to be a finite double
}

/** Ticks of a logarithmic axis: powers of ten, and some between them if there are few; evenly spaced within a decade.
 *  */
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

/** Ticks within less than a decade, at least `gap` decades apart. */
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

/** Exponents at each multiple of `every`, from at most that of `low` to at least that of `high`. */
function powers(low: number, high: number, every: number): number[] {
  const first = Math.floor(Math.log10(low) / every);
  const count = Math.ceil(Math.log10(high) / every) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * every);
}

/** Ticks of a linear axis: multiples of 1, 2 or 5 times a power of ten, the smallest with enough space between. */
export function linearSplits(low: number, high: number): number[] {
  const distance = LEAST_GAP * (high - low);
  const power = Math.max(LEAST, Math.floor(Math.log10(distance)));
  const enough = Math.max(distance, Number.MIN_VALUE);
  const digit = [1, 2, 5].find((candidate) => decimal(candidate, power) >= enough) ?? 10;
  const step = decimal(digit, power);
  const first = Math.ceil(low / step);
  const count = Math.min(1 / GAP, Math.floor(high / step) - first) + 1; // a bound, whatever the rounding
  const marks = Array.from({ length: Math.max(0, count) }, (_, i) => decimal((first + i) * digit, power));
  return marks.filter((mark) => mark >= low && mark <= high); // rounding may exceed the range
}

/** The double nearest to a decimal number; arithmetic would round more than once. */
function decimal(digits: number, power: number): number {
  return Number(`${digits}e${power}`);
}

function decades(low: number, high: number): number {
  return Math.log10(high) - Math.log10(low);
}

/** Width in CSS pixels of an axis with these labels. */
export function widthFor(plot: uPlot, marks: readonly string[] | null, index: number): number {
  const { gap = 0 } = plot.axes[index] as { gap?: number };
  const widths = (marks ?? []).map((mark) => textWidth(plot, mark, index));
  return Math.max(WIDTH, Math.ceil(Math.max(0, ...widths) + 2 * gap));
}

/** CSS pixels right of the plot, for half of the last step label: it may be centred at the edge. */
export function overhang(plot: uPlot): number {
  const last = plot.scales.x?.max;
  return last == null ? MARGIN : Math.max(MARGIN, Math.ceil(textWidth(plot, grouped(last), 0) / 2) + 1);
}

function textWidth(plot: uPlot, text: string, index: number): number {
  const { font } = plot.axes[index] as { font?: unknown };
  plot.ctx.font = String((font as [string])[0]); // uPlot keeps it in device pixels
  return plot.ctx.measureText(text).width / devicePixelRatio;
}
