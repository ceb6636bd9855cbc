// The button that starts and stops a recording.

import { element } from "../base/dom";
import type { RecordButton } from "../wire/protocol";
import type { Change, Sender } from "./change";
import { type ControlView, clicks, showLabel } from "./control";

export class RecordButtonView implements ControlView<RecordButton> {
  readonly element = element("button", {
    className: "vw-control vw-button vw-record",
    type: "button",
  });
  #change: Change;
  #saving = false;

  constructor(spec: RecordButton, sender: Sender) {
    this.#change = clicks(this.element, sender, () => !this.#saving);
    this.update(spec);
  }

  update(spec: RecordButton): void {
    showLabel(this.element, spec);
    this.element.dataset.record = spec.state;
    this.#saving = spec.state === "saving";
    this.element.setAttribute("aria-disabled", String(this.#saving)); // `disabled` would remove the focus
    this.#change.accepts(spec.origin, spec.revision);
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
