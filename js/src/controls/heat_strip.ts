// Histograms over time as a picture: a column for each measurement, time to the right, large positive values at the top.

import { element } from "../base/dom";

/** Quantisation levels of the square root of a share; see `NetworkStrips`. */
const MOST = 35;

/** The digits in the first `columns` columns of `strip`: [column][bin], from negative bins to positive ones. Null for a
 *  column that was not measured. */
export function columnsOf(strip: string, bins: number, columns: number): (number[] | null)[] {
  const found: (number[] | null)[] = [];
  if (bins < 1) return found; // in a replay that we did not write
  for (let at = 0; at + bins <= strip.length && found.length < columns; at += bins) {
    const digits = [...strip.slice(at, at + bins)].map((digit) => Number.parseInt(digit, MOST + 1));
    found.push(digits.every((digit) => digit >= 0) ? digits : null);
  }
  return found;
}

export class HeatStrip {
  readonly element: HTMLCanvasElement;
  #drawn = "";
  #columns: (number[] | null)[] = [];
  #bins = 1;

  constructor(kind: string) {
    this.element = element("canvas", { className: `vw-strip vw-strip-${kind}`, attributes: { role: "img" } });
  }

  /** Shows the first `columns` columns of `strip`. `name` is for screen readers and the tooltip. */
  show(strip: string, bins: number, columns: number, name: string): void {
    this.element.hidden = strip === "";
    if (this.element.title !== name) {
      this.element.title = name;
      this.element.setAttribute("aria-label", name);
    }
    const state = `${bins} ${columns} ${strip}`;
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.#columns = columnsOf(strip, bins, columns);
    this.#bins = bins;
    this.draw();
  }

  /** Draws with the current colours. The browser scales the cells up without smoothing. */
  draw(): void {
    const canvas = this.element;
    const context = canvas.getContext("2d");
    if (context === null) return;
    canvas.width = Math.max(1, this.#columns.length);
    canvas.height = this.#bins;
    context.fillStyle = getComputedStyle(canvas).color;
    this.#columns.forEach((digits, x) => {
      digits?.forEach((digit, bin) => {
        context.globalAlpha = digit / MOST;
        context.fillRect(x, this.#bins - 1 - bin, 1, 1);
      });
    });
  }
}
