// A small line plot, drawn as SVG paths.

import { element, setText } from "../base/dom";
import { short } from "../base/numbers";
import type { Curve, Plot } from "../wire/protocol";
import { type ControlView, spokenName } from "./control";

const SVG = "http://www.w3.org/2000/svg";
/** The number of colours in the theme. Further curves repeat them, dashed. */
const COLORS = 6;

type Values = readonly (number | null)[];

/** The smallest and largest of all values, or null if there are none. */
export function extent(curves: readonly Values[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of curves.flat()) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/** SVG paths of `values` in a box of 100 by 100, filling `share` of its width: a line with gaps for missing values, and
 *  dots for values with gaps on both sides. */
export function drawn(
  values: Values,
  [low, high] = extent([values]) ?? [0, 0],
  share = 1,
): { line: string; dots: string } {
  const down = (value: number) => (high > low ? 96 - ((value - low) / (high - low)) * 92 : 50);
  let pen = "M";
  let line = "";
  let dots = "";
  values.forEach((value, i) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * 100 * share : 50 * share;
    const place = `${x.toFixed(2)} ${down(value).toFixed(2)}`;
    if (pen === "M" && (values[i + 1] ?? null) === null) {
      dots += `M${place}h0`; // drawn as a dot by its round line caps
      return;
    }
    line += pen + place;
    pen = "L";
  });
  return { line, dots };
}

export class PlotView implements ControlView<Plot> {
  readonly element: HTMLElement;
  #label = element("div", { className: "vw-label" });
  #overlay = element("span", { className: "vw-overlay" });
  #low = element("span", { className: "vw-low" });
  #high = element("span", { className: "vw-high" });
  #box: HTMLElement;
  #svg = document.createElementNS(SVG, "svg");
  #legend = element("div", { className: "vw-plot-legend" });
  #names: string[] = [];

  constructor(spec: Plot) {
    this.#svg.setAttribute("viewBox", "0 0 100 100");
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.setAttribute("role", "img");
    this.#box = element("div", { className: "vw-plot-box" }, this.#overlay, this.#low, this.#high);
    this.#box.prepend(this.#svg);
    const head = element("div", { className: "vw-plot-head" }, this.#label, this.#legend);
    this.element = element("div", { className: "vw-control vw-plot" }, head, this.#box);
    this.update(spec);
  }

  update(spec: Plot): void {
    setText(this.#label, spec.label);
    this.#label.title = spec.label;
    this.#svg.setAttribute("aria-label", [spokenName(spec), spec.overlay].filter(Boolean).join(": "));
    setText(this.#overlay, spec.overlay);
    this.#box.style.height = `${spec.height}px`;
    this.element.style.width = spec.width > 0 ? `${spec.width}px` : "";
    this.element.style.flex = spec.width > 0 ? "0 0 auto" : ""; // otherwise it fills the row
    this.#name(spec.curves);
    this.#draw(spec.curves);
  }

  // Skips the legend if only values changed, which is the usual case.
  #name(curves: readonly Curve[]): void {
    const names = curves.map((curve) => curve.name);
    if (names.length === this.#names.length && names.every((name, i) => name === this.#names[i])) return;
    this.#names = names;
    this.#svg.replaceChildren(...names.map((_, i) => strokes(i)));
    this.#legend.replaceChildren(
      ...names.flatMap((name, i) => (name === "" ? [] : [element("span", {}, key(i), name)])),
    );
  }

  #draw(curves: readonly Curve[]): void {
    const range = extent(curves.map((curve) => curve.values));
    const longest = Math.max(0, ...curves.map((curve) => curve.length - 1));
    curves.forEach(({ values, length }, i) => {
      const share = longest > 0 ? Math.max(0, length - 1) / longest : 1; // a single value is drawn in the middle
      const { line, dots } = drawn(values, range ?? undefined, share);
      const strokes = this.#svg.children[i]?.children;
      strokes?.[0]?.setAttribute("d", line);
      strokes?.[1]?.setAttribute("d", dots);
    });
    setText(this.#low, range === null ? "" : short(range[0], 3));
    setText(this.#high, range === null ? "" : short(range[1], 3));
  }

  destroy(): void {
    this.element.remove();
  }
}

/** The line and the dots of curve `index`, in its colour. */
function strokes(index: number): SVGGElement {
  const made = document.createElementNS(SVG, "g");
  const line = document.createElementNS(SVG, "path");
  const dots = document.createElementNS(SVG, "path");
  made.style.stroke = `var(--vw-series-${(index % COLORS) + 1})`;
  line.classList.toggle("vw-dashed", index >= COLORS);
  dots.classList.add("vw-plot-dots");
  made.append(line, dots);
  return made;
}

/** The sample of curve `index` in the legend. */
function key(index: number): HTMLElement {
  const made = element("i", { className: "vw-key" });
  made.style.borderColor = `var(--vw-series-${(index % COLORS) + 1})`;
  made.classList.toggle("vw-dashed", index >= COLORS);
  return made;
}
