// What the x axis can show instead of steps: seconds of the run, and epochs.

import { indexAt } from "../base/steps";
import type { RulerPatch } from "../wire/protocol";

export type Measure = RulerPatch["measure"];

/** Bytes of a row: step and value. */
const ROW = 16;

/** Finds the value at a step, and back. Linear between its rows and beyond them. */
export class Ruler {
  #steps: number[] = [];
  #values: number[] = [];

  /** Whether there are enough rows to look anything up. */
  get useful(): boolean {
    return this.#steps.length > 1;
  }

  /** Keeps the first `start` rows and takes the rest from `buffer`. */
  apply(start: number, buffer: DataView): void {
    for (const column of [this.#steps, this.#values]) column.length = Math.min(column.length, start);
    for (let at = 0; at + ROW <= buffer.byteLength; at += ROW)
      this.add(buffer.getFloat64(at, true), buffer.getFloat64(at + 8, true));
  }

  /** Adds a row. Skips rows that do not increase, as in a damaged file. */
  add(step: number, value: number): void {
    const [before, least] = [this.#steps.at(-1), this.#values.at(-1)];
    if (!(Number.isFinite(step) && Number.isFinite(value))) return;
    if (before !== undefined && least !== undefined && !(step > before && value >= least)) return;
    this.#steps.push(step);
    this.#values.push(value);
  }

  /** The rows, as lists of steps and values. */
  get rows(): { steps: number[]; values: number[] } {
    return { steps: [...this.#steps], values: [...this.#values] };
  }

  /** The value at `step`. */
  at(step: number): number {
    return along(this.#steps, this.#values, step);
  }

  /** The step at which the value was `value`. */
  stepAt(value: number): number {
    return along(this.#values, this.#steps, value);
  }
}

function along(from: readonly number[], to: readonly number[], at: number): number {
  const i = Math.min(indexAt(from, at), from.length - 2);
  const [low = 0, high = 0, begin = 0, end = 0] = [from[i], from[i + 1], to[i], to[i + 1]];
  return high > low ? begin + ((end - begin) * (at - low)) / (high - low) : end;
}

export class Rulers {
  #rulers = new Map<Measure, Ruler>();

  take(patches: readonly RulerPatch[], buffers: readonly DataView[]): void {
    for (const { measure, start, buffer } of patches) {
      const bytes = buffers[buffer];
      const ruler = this.#rulers.get(measure) ?? new Ruler();
      this.#rulers.set(measure, ruler);
      if (bytes !== undefined) ruler.apply(start, bytes);
    }
  }

  /** The ruler of a measure, if it is useful. */
  of(measure: Measure | null): Ruler | null {
    const ruler = measure === null ? undefined : this.#rulers.get(measure);
    return ruler?.useful ? ruler : null;
  }

  /** The measures that can be chosen besides steps. */
  get measures(): Measure[] {
    return (["seconds", "epochs"] as const).filter((measure) => this.of(measure) !== null);
  }

  /** All useful rulers, by measure. */
  get all(): [Measure, Ruler][] {
    return [...this.#rulers].filter(([, ruler]) => ruler.useful);
  }
}

/** Increments of seconds that are easy to read. */
const SECONDS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => 60 * minutes),
  ...[1, 2, 4, 6, 12, 24, 48, 120, 240, 480, 1200, 2400, 4800, 12_000].map((hours) => 3600 * hours),
];
const EPOCHS = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power - 4}`)),
).flat();

/** Distances between two ticks of a measure. */
export function incrementsOf(measure: Measure): number[] {
  return measure === "seconds" ? SECONDS : EPOCHS;
}

/** Ticks of a measure as text: "0.5 s", "1:30", "2:00:00"; epochs as plain numbers. */
export function ticksOf(measure: Measure, ticks: readonly number[]): string[] {
  const most = Math.max(0, ...ticks);
  return ticks.map((tick) => {
    if (measure === "epochs") return String(Number(tick.toPrecision(6)));
    if (most < 60) return `${Number(tick.toPrecision(6))} s`;
    const whole = Math.round(tick);
    const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    if (most < 3600) parts.shift();
    return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
  });
}
