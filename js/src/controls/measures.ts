// A line of numbers that say how far one picture is from another.

import { element, setText } from "../base/dom";
import type { Measures } from "../wire/protocol";
import type { ControlView } from "./control";

export class MeasuresView implements ControlView<Measures> {
  readonly element: HTMLElement;
  #label = element("span", { className: "vw-measures-label" });
  #items: HTMLElement[] = [];

  constructor(spec: Measures) {
    this.element = element("div", { className: "vw-control vw-measures" }, this.#label);
    this.update(spec);
  }

  update(spec: Measures): void {
    setText(this.#label, spec.label);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", spec.label);
    while (this.#items.length > spec.items.length) this.#items.pop()?.remove();
    spec.items.forEach((item, at) => {
      const node = this.#items[at] ?? element("span", { className: "vw-measure" });
      if (this.#items[at] === undefined) {
        this.#items.push(node);
        this.element.append(node);
      }
      setText(node, item);
    });
  }

  destroy(): void {
    this.element.remove();
  }
}
