// A push button.

import { element } from "../base/dom";
import type { Button } from "../wire/protocol";
import { type Sender, setControl } from "./change";
import { type ControlView, showName } from "./control";

export class ButtonView implements ControlView<Button> {
  readonly element = element("button", {
    className: "vw-control vw-button",
    type: "button",
  });
  #clicks = 0;

  constructor(spec: Button, sender: Sender) {
    this.element.addEventListener("click", () => {
      this.#clicks += 1;
      setControl(sender, true, this.#clicks); // each click is a message of its own
    });
    this.update(spec);
  }

  update(spec: Button): void {
    showName(this.element, spec);
    this.element.style.width = spec.width > 0 ? `${spec.width}px` : "";
    this.element.style.height = spec.height > 0 ? `${spec.height}px` : "";
  }

  destroy(): void {
    this.element.remove();
  }
}
