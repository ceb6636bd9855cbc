// The points of one logged scalar, updated by patches from the kernel.

import { indexAt } from "../base/steps";
import type { BestValue, SeriesPatch } from "../wire/protocol";
import type { Reading } from "./readout";

/** A patch of a series. A patch that is not from a kernel has no best value. */
export type Patch = Omit<SeriesPatch, "best"> & Partial<Pick<SeriesPatch, "best">>;

/** Columns of a point: step, low, high, ema, last. */
export const COLUMNS = 5;

export type Value = number | null; // null if not finite

export class Series {
  readonly name: string;
  steps: number[] = [];
  low: Value[] = [];
  high: Value[] = [];
  ema: Value[] = [];
  last: Value[] = [];
  best: BestValue | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** Keeps the first `patch.start` points and takes the rest from `buffer`. */
  apply(patch: Patch, buffer: DataView): void {
    this.best = patch.best ?? null;
    for (const column of [this.steps, this.low, this.high, this.ema, this.last])
      column.length = Math.min(column.length, patch.start);
    for (let at = 0; at + 8 * COLUMNS <= buffer.byteLength; at += 8 * COLUMNS) {
      const step = buffer.getFloat64(at, true);
      if (!Number.isFinite(step) || step <= (this.steps.at(-1) ?? Number.NEGATIVE_INFINITY)) continue; // a damaged file
      this.steps.push(step);
      const low = finite(buffer.getFloat64(at + 8, true));
      this.low.push(low);
      this.high.push(finite(buffer.getFloat64(at + 16, true)));
      // The kernel's average stays constant while no finite value is logged. Drawn as it is, it would look like a
      // plateau.
      this.ema.push(low === null ? null : finite(buffer.getFloat64(at + 24, true)));
      this.last.push(finite(buffer.getFloat64(at + 32, true)));
    }
  }

  /** Reads the values of steps `first` to `step`, or just the last one up to `step` if `first` is null. */
  read(step: number, first: number | null): Reading {
    const at = indexAt(this.steps, step);
    const logged = this.steps[at];
    if (logged === undefined || logged > step) return { name: this.name, last: undefined, ema: undefined };
    const reading: Reading = { name: this.name, last: this.last[at], ema: this.ema[at] };
    if (first === null) return reading;
    if (logged < first) return { ...reading, since: logged };
    const before = indexAt(this.steps, first);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = (this.steps[before] as number) < first ? before + 1 : before; i <= at; i++) {
      least = Math.min(least, this.low[i] ?? least);
      most = Math.max(most, this.high[i] ?? most);
    }
    return least < most ? { ...reading, range: [least, most] } : reading;
  }

  get empty(): boolean {
    return this.steps.length === 0;
  }

  /** The share of points with values below zero. */
  get negative(): number {
    let count = 0;
    for (const value of this.low) if (value !== null && value < 0) count++;
    return count / Math.max(1, this.low.length);
  }

  /** Whether any value has a logarithm. */
  get anyPositive(): boolean {
    return this.high.some((value) => value !== null && value > 0);
  }
}

function finite(value: number): Value {
  return Number.isFinite(value) ? value : null; // drawn as a gap
}
