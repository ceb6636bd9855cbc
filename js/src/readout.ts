// What the chart says in numbers: the step and the values under the pointer, or the newest.

import { element, setText } from "./dom";
import { grouped, short } from "./numbers";

export interface Reading {
  name: string;
  /** As in the columns of the chart: `null` is not finite, `undefined` was not logged. */
  low: number | null | undefined;
  high: number | null | undefined;
  ema: number | null | undefined;
}

/** How the line of a series is drawn. */
export interface Ink {
  color: string;
  /** CSS pixels of a dash and of the gap after it; empty for a solid line. */
  dash: readonly number[];
}

export class Readout {
  readonly element = element("div", { className: "vw-readout" });
  #step = element("span", { className: "vw-step" });
  #values: HTMLElement[] = [];

  /** Shows one entry for each ink. */
  set inks(inks: readonly Ink[]) {
    const entries = inks.map((ink) => {
      const swatch = element("i", { className: "vw-swatch" });
      swatch.style.background = sample(ink);
      return { swatch, value: element("span") };
    });
    this.#values = entries.map(({ value }) => value);
    const parts = entries.map(({ swatch, value }) =>
      element("span", { className: "vw-reading" }, swatch, value),
    );
    this.element.replaceChildren(this.#step, ...parts);
  }

  show(step: number, readings: readonly Reading[]): void {
    setText(this.#step, `step ${grouped(step)}`);
    readings.forEach((reading, i) => {
      const value = this.#values[i];
      if (value === undefined) return;
      setText(value, describe(reading));
      value.classList.toggle("vw-diverged", reading.high === null);
    });
  }
}

/** A dashed line at half its size, which leaves two dashes of it in a swatch. */
function sample({ color, dash: [dash = 0, gap = 0] }: Ink): string {
  if (gap === 0) return color;
  const [end, next] = [dash / 2, (dash + gap) / 2];
  return `repeating-linear-gradient(90deg, ${color} 0 ${end}px, transparent ${end}px ${next}px)`;
}

function describe({ name, low, high, ema }: Reading): string {
  if (low === null || high === null) return `${name} not finite`; // NaN or infinite: the kernel does not tell which
  if (low === undefined || high === undefined) return `${name} –`;
  const value = [...new Set([short(low, 3), short(high, 3)])].join(" to "); // two where a point stands for many steps
  return `${name} ${value}${ema == null ? "" : ` · EMA ${short(ema, 3)}`}`;
}
