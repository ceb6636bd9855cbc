// A small line plot, drawn as one SVG path.

import { element, setText } from "../dom";
import { short } from "../numbers";
import type { Control, Plot } from "../protocol";
import { type ControlView, visibleLabel } from "./control";

const SVG = "http://www.w3.org/2000/svg";

/** The path of `values` in a box of 100 by 100; a gap where a value is missing. */
export function path(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  let pen = "M";
  let text = "";
  values.forEach((value, i) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * 100 : 50;
    text += `${pen}${x.toFixed(2)} ${(96 - ((value - low) / span) * 92).toFixed(2)}`;
    pen = "L";
  });
  return text;
}

export class PlotView implements ControlView {
  readonly element: HTMLElement;
  #label = element("div", { className: "vw-label" });
  #overlay = element("span", { className: "vw-overlay" });
  #low = element("span", { className: "vw-low" });
  #high = element("span", { className: "vw-high" });
  #box: HTMLElement;
  #path = document.createElementNS(SVG, "path");

  constructor(spec: Plot) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.append(this.#path);
    this.#box = element("div", { className: "vw-plot-box" }, this.#overlay, this.#low, this.#high);
    this.#box.prepend(svg);
    this.element = element("div", { className: "vw-control vw-plot" }, this.#label, this.#box);
    this.update(spec);
  }

  update(control: Control): void {
    const spec = control as Plot;
    setText(this.#label, visibleLabel(spec.label));
    this.#label.hidden = this.#label.textContent === "";
    setText(this.#overlay, spec.overlay);
    this.#box.style.height = `${spec.height}px`;
    this.element.style.width = spec.width > 0 ? `${spec.width}px` : "";
    this.#path.setAttribute("d", path(spec.values));
    const known = spec.values.filter((value): value is number => value !== null);
    setText(this.#low, known.length > 0 ? short(Math.min(...known), 3) : "");
    setText(this.#high, known.length > 0 ? short(Math.max(...known), 3) : "");
  }

  destroy(): void {
    this.element.remove();
  }
}
