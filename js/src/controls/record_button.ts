// The button that starts and stops a recording.

import { element } from "../base/dom";
import type { RecordButton } from "../wire/protocol";
import { type Sender, setControl } from "./change";
import { type ControlView, showLabel } from "./control";

export class RecordButtonView implements ControlView<RecordButton> {
  readonly element = element("button", {
    className: "vw-control vw-button vw-record",
    type: "button",
  });
  #clicks = 0;
  #saving = false;

  constructor(spec: RecordButton, sender: Sender) {
    this.element.addEventListener("click", () => {
      if (this.#saving) return;
      this.#clicks += 1;
      setControl(sender, true, this.#clicks);
    });
    this.update(spec);
  }

  update(spec: RecordButton): void {
    showLabel(this.element, spec);
    this.element.dataset.record = spec.state;
    this.#saving = spec.state === "saving";
    this.element.setAttribute("aria-disabled", String(this.#saving)); // `disabled` would take the focus from it
  }

  destroy(): void {
    this.element.remove();
  }
}
