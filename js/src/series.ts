// The points of one logged scalar, as the kernel patches them.

import type { SeriesPatch } from "./protocol";

/** Columns of a point: step, low, high, ema. */
const COLUMNS = 4;

export class Series {
  readonly name: string;
  steps: number[] = [];
  low: (number | null)[] = [];
  high: (number | null)[] = [];
  ema: (number | null)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Keeps the first `patch.start` points and takes the rest from `buffer`. */
  apply(patch: SeriesPatch, buffer: DataView): void {
    for (const column of [this.steps, this.low, this.high, this.ema]) column.length = patch.start;
    for (let at = 0; at + 8 * COLUMNS <= buffer.byteLength; at += 8 * COLUMNS) {
      const low = finite(buffer.getFloat64(at + 8, true));
      this.steps.push(buffer.getFloat64(at, true));
      this.low.push(low);
      this.high.push(finite(buffer.getFloat64(at + 16, true)));
      // The kernel's average stays where it was while nothing finite comes: drawn on, it would look like a plateau.
      this.ema.push(low === null ? null : finite(buffer.getFloat64(at + 24, true)));
    }
  }

  get empty(): boolean {
    return this.steps.length === 0;
  }

  /** Whether a logarithm can show it. */
  get positive(): boolean {
    return this.low.every((value) => value === null || value > 0);
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null; // a gap
}
