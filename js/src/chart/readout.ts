// The numbers above the chart: the newest values, or those at the step under the pointer.

import { element, setText } from "../base/dom";
import { grouped, short } from "../base/numbers";
import type { Ink } from "./inks";

export interface Reading {
  name: string;
  /** As in the columns of the chart, `null` is not finite and `undefined` was not logged. */
  last: number | null | undefined;
  ema: number | null | undefined;
  /** Minimum and maximum over several steps, if they differ. */
  range?: readonly [number, number];
  /** The step at which the value was logged, if that is earlier. */
  since?: number;
}

export class Readout {
  readonly element = element("div", { className: "vw-readout" });
  #step = element("span", { className: "vw-step" });
  #values: HTMLElement[] = [];
  #inks = "";

  /** Makes one entry for each ink. */
  set inks(inks: readonly Ink[]) {
    const wanted = JSON.stringify(inks);
    if (wanted === this.#inks) return;
    this.#inks = wanted;
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

  /** Shows values of the first to last of `steps`, or the newest values if it is null; the status has their step. */
  show(steps: readonly [number, number] | null, readings: readonly Reading[]): void {
    this.#step.hidden = steps === null;
    setText(this.#step, steps === null ? "" : said(...steps));
    readings.forEach((reading, i) => {
      const value = this.#values[i];
      if (value === undefined) return;
      setText(value, describe(reading));
      value.classList.toggle("vw-diverged", reading.last === null);
    });
  }
}

function said(first: number, last: number): string {
  return first < last ? `steps ${grouped(first)} to ${grouped(last)}` : `step ${grouped(last)}`;
}

/** The background of a swatch. Dashes are halved, so that two fit in. */
function sample({ color, dash: [dash = 0, gap = 0] }: Ink): string {
  if (gap === 0) return color;
  const [end, next] = [dash / 2, (dash + gap) / 2];
  return `repeating-linear-gradient(90deg, ${color} 0 ${end}px, transparent ${end}px ${next}px)`;
}

function describe({ name, last, ema, range, since }: Reading): string {
  if (last === undefined) return `${name} –`;
  const when = since === undefined ? "" : ` at step ${grouped(since)}`;
  if (last === null) return `${name} not finite${when}`; // NaN or infinite: the kernel does not send which
  const ends = [...new Set(range?.map((end) => short(end, 3)))];
  const extent = ends.length < 2 ? "" : ` (${ends.join(" to ")})`;
  const average = ema === null || ema === undefined ? "" : ` · EMA ${short(ema, 3)}`;
  return `${name} ${short(last, 3)}${extent}${when}${average}`;
}
