// Recorded scalars as the chart takes them from a kernel.

import type { SeriesPatch } from "../protocol";
import type { ReplayDocument } from "./document";

/** Weight of the past in the moving average, a step; the kernel's own (`metrics/scalars.py`). */
const SMOOTHING = 0.98;

/** One patch for each scalar, and the buffers that they name: rows of step, low, high, average. */
export function curves(series: ReplayDocument["series"]): { patches: SeriesPatch[]; buffers: DataView[] } {
  const entries = Object.entries(series);
  return {
    patches: entries.map(([name], buffer) => ({ name, start: 0, buffer })),
    buffers: entries.map(([, { steps, values }]) => rows(steps, values)),
  };
}

function rows(steps: readonly number[], values: readonly (number | null)[]): DataView {
  const view = new DataView(new ArrayBuffer(32 * steps.length));
  const average = new Average();
  steps.forEach((step, i) => {
    const value = values[i] ?? Number.NaN;
    const row = [step, value, value, average.after(step, value)];
    row.forEach((entry, column) => {
      view.setFloat64(32 * i + 8 * column, entry, true);
    });
  });
  return view;
}

/** The exponential moving average, divided by the sum of its weights; a value counts for all steps since the last. */
class Average {
  #value = Number.NaN;
  #weight = 0;
  #step: number | null = null;

  after(step: number, value: number): number {
    if (!Number.isFinite(value)) return this.#value;
    const past = SMOOTHING ** (this.#step === null ? 1 : Math.max(0, step - this.#step));
    this.#weight = past * this.#weight + (1 - past);
    const share = (1 - past) / this.#weight;
    this.#value = share < 1 ? this.#value * (1 - share) + value * share : value;
    this.#step = step;
    return this.#value;
  }
}
