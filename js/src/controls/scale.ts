// Where on a slider's track a value lies, and back. The track goes from 0 to 1.

import type { Slider } from "../protocol";

type Range = Pick<Slider, "min" | "max" | "log" | "step">;

export function toTrack(value: number, range: Range): number {
  const { min, max, log } = range;
  if (max === min) return 0;
  const part = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return clamp(part, 0, 1);
}

/** The value at `part` of the track, rounded to the slider's grid or to what a hand can mean. */
export function fromTrack(part: number, range: Range): number {
  const { min, max, log } = range;
  if (part <= 0) return min;
  if (part >= 1) return max;
  return rounded(log ? min * (max / min) ** part : min + part * (max - min), range);
}

export function rounded(value: number, range: Range): number {
  const { min, max, log, step } = range;
  if (step > 0) value = min + Math.round((value - min) / step) * step;
  else if (log) value = Number(value.toPrecision(3));
  else value = Number(value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(max - min || 1)))));
  return clamp(value, min, max);
}

/** How far an arrow key moves along the track: one step of the grid, or a hundredth. */
export function keyStep(range: Range): number {
  if (range.step > 0 && !range.log && range.max > range.min) return range.step / (range.max - range.min);
  return 0.01;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
