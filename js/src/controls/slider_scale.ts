// Converts between a slider's values and track positions. Tracks with a grid count its steps; others go from 0 to 1.

import type { Slider } from "../wire/protocol";

export type Range = Pick<Slider, "min" | "max" | "log" | "step">;

/** The fraction of the range that counts as rounding error. */
const ROUNDING = 1e-9;
/** Significant digits that distinguish all floats, and digits that hide the rounding error of a sum. */
const ALL = 17;
const SUM = 15;
/** The fewest significant digits for values without a grid. */
const FREE = 7;

/** The number of steps on the track, or 0 if it has no even steps, as logarithmic tracks never do. */
export function steps({ min, max, log, step }: Range): number {
  return step > 0 && !log ? Math.floor((max - min) / step + ROUNDING) : 0;
}

/** The position of the track's far end. */
export function length(range: Range): number {
  return steps(range) || 1;
}

export function toTrack(value: number, range: Range): number {
  const { min, max, log, step } = range;
  const count = steps(range);
  if (count > 0) return clamp(Math.round((value - min) / step), 0, count);
  if (max === min) return 0;
  const part = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return clamp(part, 0, 1);
}

/** The value at a position, rounded to the grid or to the precision of a drag. */
export function fromTrack(place: number, range: Range): number {
  const { min, max, log, step } = range;
  if (steps(range) > 0) return rounded(min + Math.round(place) * step, range);
  if (place <= 0) return min;
  if (place >= 1) return rounded(max, range);
  return rounded(log ? min * (max / min) ** place : min + place * (max - min), range);
}

export function rounded(value: number, range: Range): number {
  const { min, max, log, step } = range;
  if (step > 0) {
    const last = Math.floor((max - min) / step + ROUNDING);
    const count = clamp(Math.round((value - min) / step), 0, last);
    return clamp(onGrid(count, range), min, max);
  }
  if (value >= max) return max;
  if (log) return clamp(Number(value.toPrecision(ratioDigits(range))), min, max);
  return clamp(Number(value.toFixed(clamp(decimals(range), 0, 100))), min, max);
}

/** The value of a step, as in the kernel. Rounding to SUM significant digits hides float error: 3 * 0.1 becomes 0.3,
 *  and -0.3 + 3 * 0.1 becomes 0. Whole numbers have no such error. */
function onGrid(count: number, { min, step }: Range): number {
  const sum = min + count * step;
  const places = SUM - 1 - Math.floor(Math.log10(Math.abs(min) + count * step));
  const text = places > 100 ? sum.toPrecision(SUM) : sum.toFixed(Math.max(0, places));
  return Number(text) + 0; // no negative zero
}

/** Decimals that resolve at least a thousandth of a linear range. */
function decimals({ min, max }: Range): number {
  return 3 - Math.floor(Math.log10(max - min || 1));
}

/** Significant digits for the same resolution on a logarithmic range. Closer ends need more. */
function ratioDigits({ min, max }: Range): number {
  return clamp(3 - Math.floor(Math.log10(Math.log(max / min))), 3, ALL);
}

/** The number of significant digits to show for values of the range. */
export function digits(range: Range): number {
  const { min, max, log, step } = range;
  if (step > 0) return Number.isInteger(min) && Number.isInteger(step) ? ALL : SUM;
  if (log) return Math.max(FREE, ratioDigits(range));
  const whole = Math.floor(Math.log10(Math.max(Math.abs(min), Math.abs(max)) || 1)) + 1;
  return clamp(whole + decimals(range), FREE, ALL);
}

/** The value `count` key presses away. A key press is a step of the grid, or a hundredth of the track. */
export function nudged(value: number, count: number, range: Range): number {
  const { min, max, log, step } = range;
  if (!log && step > 0) return rounded(value + count * step, range);
  const next = fromTrack(toTrack(value, range) + count / 100, range);
  if (next !== value || step === 0) return next;
  return rounded(clamp(value + Math.sign(count) * step, min, max), range); // the grid is coarser than a key press
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
