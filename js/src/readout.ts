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

export class Readout {
  readonly element = element("div", { className: "vw-readout" });
  #step = element("span", { className: "vw-step" });
  #values: HTMLElement[] = [];

  /** Shows one entry for each colour. */
  set colors(colors: readonly string[]) {
    const entries = colors.map((color) => {
      const swatch = element("i", { className: "vw-swatch" });
      swatch.style.background = color;
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

function describe({ name, low, high, ema }: Reading): string {
  if (low === null || high === null) return `${name} not finite`; // NaN or infinite: the kernel does not tell which
  if (low === undefined || high === undefined) return `${name} –`;
  const value = low === high ? short(high, 3) : `${short(low, 3)} to ${short(high, 3)}`; // one point for many steps
  return `${name} ${value}${ema == null ? "" : ` · EMA ${short(ema, 3)}`}`;
}
