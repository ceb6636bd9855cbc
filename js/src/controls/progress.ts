// A progress bar.

import { element, setText } from "../base/dom";
import type { Progress } from "../wire/protocol";
import type { ControlView } from "./control";

export class ProgressView implements ControlView<Progress> {
  readonly element: HTMLElement;
  #fill = element("div", { className: "vw-fill" });
  #overlay = element("span", { className: "vw-overlay" });

  constructor(spec: Progress) {
    this.element = element("div", { className: "vw-control vw-progress" }, this.#fill, this.#overlay);
    this.element.setAttribute("role", "progressbar");
    this.element.setAttribute("aria-label", "Progress");
    this.update(spec);
  }

  update(spec: Progress): void {
    this.#fill.style.width = `${spec.fraction * 100}%`;
    const percent = Math.round(spec.fraction * 100);
    this.element.setAttribute("aria-valuenow", String(percent));
    const text = spec.overlay || `${percent}%`;
    this.element.setAttribute("aria-valuetext", text);
    setText(this.#overlay, text);
  }

  destroy(): void {
    this.element.remove();
  }
}
