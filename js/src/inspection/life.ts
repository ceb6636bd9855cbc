// A small chart of what a pinned texel held over the run, with one line per canvas and channel.

import { element } from "../base/dom";
import { grouped, short } from "../base/numbers";
import type { Series } from "../chart/series";

const WIDTH = 240;
const HEIGHT = 40;
const SVG = "http://www.w3.org/2000/svg";

export class LifeChart {
  readonly element: HTMLElement;
  #svg = document.createElementNS(SVG, "svg");
  #range = element("span");
  #steps = element("span");

  constructor() {
    this.#svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.setAttribute("aria-hidden", "true");
    const legend = element("div", { className: "vw-life-legend" }, this.#range, this.#steps);
    this.element = element("div", { className: "vw-life", hidden: true }, this.#svg, legend);
  }

  /** Draws the channels of each canvas, up to `until`: the step that a replay shows, or null for the whole run. */
  show(lives: readonly (readonly Series[])[], until: number | null): void {
    const lines = lives.flatMap((channels, canvas) =>
      channels.map((series, channel) => ({ series, canvas, channel, of: channels.length })),
    );
    const drawn = lines.filter(({ series }) => series.steps.length > 1);
    this.element.hidden = drawn.length === 0;
    if (drawn.length === 0) return;
    const first = Math.min(...drawn.map(({ series }) => series.steps[0] as number));
    const last = Math.max(...drawn.map(({ series }) => series.steps.at(-1) as number));
    const values = drawn
      .flatMap(({ series }) => [...series.low, ...series.high])
      .filter((one) => one !== null);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const x = (step: number) => ((step - first) / Math.max(1, last - first)) * WIDTH;
    const y = (value: number) => 2 + (1 - (high > low ? (value - low) / (high - low) : 0.5)) * (HEIGHT - 4);
    this.#svg.replaceChildren(
      ...drawn.map(({ series, canvas, channel, of }) => {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", course(series, x, y));
        path.setAttribute("class", `vw-life-line vw-channel-${of === 1 ? "gray" : channel}`);
        if (canvas === 0 && lives.length > 1) path.classList.add("vw-first");
        return path;
      }),
      ...(until === null ? [] : [mark(x(Math.min(last, Math.max(first, until))))]),
    );
    this.#range.textContent = values.length === 0 ? "not finite" : `${short(low, 3)} to ${short(high, 3)}`;
    this.#steps.textContent = `steps ${grouped(first)} to ${grouped(last)}`;
  }
}

/** A line through the last value of each point, with gaps where it is not finite. */
function course(series: Series, x: (step: number) => number, y: (value: number) => number): string {
  let pen = "M";
  return series.steps
    .map((step, i) => {
      const value = series.last[i];
      if (value == null) {
        pen = "M";
        return "";
      }
      const piece = `${pen}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return piece;
    })
    .join("");
}

function mark(at: number): SVGElement {
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", `M${at.toFixed(1)} 0V${HEIGHT}`);
  line.setAttribute("class", "vw-now");
  return line;
}
