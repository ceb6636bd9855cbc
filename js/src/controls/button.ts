// A push button.

import { element } from "../base/dom";
import type { Button } from "../wire/protocol";
import type { Change, Sender } from "./change";
import { type ControlView, clicks, showName } from "./control";

export class ButtonView implements ControlView<Button> {
  readonly element = element("button", {
    className: "vw-control vw-button",
    type: "button",
  });
  #change: Change;

  constructor(spec: Button, sender: Sender) {
    this.#change = clicks(this.element, sender);
    this.update(spec);
  }

  update(spec: Button): void {
    showName(this.element, spec);
    this.element.style.width = spec.width > 0 ? `${spec.width}px` : "";
    this.element.style.height = spec.height > 0 ? `${spec.height}px` : "";
    this.#change.accepts(spec.origin, spec.revision);
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
