// A check box.

import { element } from "../base/dom";
import type { Checkbox } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, showLabel, showWaiting } from "./control";

export class CheckboxView implements ControlView<Checkbox> {
  readonly element: HTMLElement;
  #box = element("input", { type: "checkbox" });
  #text = element("span");
  #change: Change;

  constructor(spec: Checkbox, sender: Sender) {
    this.#change = new Change(sender, (waits) => showWaiting(this.element, waits, this.#box));
    this.element = element("label", { className: "vw-control vw-checkbox" }, this.#box, this.#text);
    this.#box.addEventListener("change", () => {
      this.#change.make(this.#box.checked);
      this.#change.flush();
    });
    this.update(spec);
  }

  update(spec: Checkbox): void {
    showLabel(this.#text, spec, this.#box);
    if (this.#change.accepts(spec.origin, spec.revision)) this.#box.checked = spec.value;
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
