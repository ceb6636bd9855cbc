// Where on a slider's track a value lies, and back. A track with a grid counts its steps; any other goes from 0 to 1.

import type { Slider } from "../wire/protocol";

export type Range = Pick<Slider, "min" | "max" | "log" | "step">;

/** Part of the range that counts as rounding. */
const ROUNDING = 1e-9;
/** Significant digits that tell all floats apart, and that tell a sum of two without its rounding. */
const ALL = 17;
const SUM = 15;
/** Fewest digits that a value off the grid is shown with. */
const FREE = 7;

/** Steps of the grid from one end to the other; 0 where the track has none. A logarithmic track is not divided evenly. */
export function steps({ min, max, log, step }: Range): number {
  return step > 0 && !log ? Math.floor((max - min) / step + ROUNDING) : 0;
}

/** The far end of the track. */
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

/** The value at a place of the track, rounded to the slider's grid or to what a hand can mean. */
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

/** As the kernel has it: SUM digits from the first one of what is added hide the rounding. 3 * 0.1 is meant as 0.3, and
 *  -0.3 + 3 * 0.1 as 0. Whole numbers have none. */
function onGrid(count: number, { min, step }: Range): number {
  const sum = min + count * step;
  const places = SUM - 1 - Math.floor(Math.log10(Math.abs(min) + count * step));
  const text = places > 100 ? sum.toPrecision(SUM) : sum.toFixed(Math.max(0, places));
  return Number(text) + 0; // no negative zero
}

/** Decimals that tell a thousandth of a linear range, or less. */
function decimals({ min, max }: Range): number {
  return 3 - Math.floor(Math.log10(max - min || 1));
}

/** The same of a logarithmic range, in significant digits: the closer its ends, the more. */
function ratioDigits({ min, max }: Range): number {
  return clamp(3 - Math.floor(Math.log10(Math.log(max / min))), 3, ALL);
}

/** Significant digits in which values of the range are shown: all that a hand can mean. */
export function digits(range: Range): number {
  const { min, max, log, step } = range;
  if (step > 0) return Number.isInteger(min) && Number.isInteger(step) ? ALL : SUM;
  if (log) return Math.max(FREE, ratioDigits(range));
  const whole = Math.floor(Math.log10(Math.max(Math.abs(min), Math.abs(max)) || 1)) + 1;
  return clamp(whole + decimals(range), FREE, ALL);
}

/** The value `count` key presses away: a step of the grid each, or a hundredth of the track. */
export function nudged(value: number, count: number, range: Range): number {
  const { min, max, log, step } = range;
  if (!log && step > 0) return rounded(value + count * step, range);
  const next = fromTrack(toTrack(value, range) + count / 100, range);
  if (next !== value || step === 0) return next;
  return rounded(clamp(value + Math.sign(count) * step, min, max), range); // a grid coarser than the press
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
