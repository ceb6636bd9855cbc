// Controls side by side. The list of controls puts them in: a row knows only which they are.

import { element } from "../base/dom";
import type { Control, Row } from "../wire/protocol";
import type { ControlView } from "./control";

export class RowView implements ControlView {
  readonly element = element("div", { className: "vw-control vw-line" });
  controls: readonly string[] = [];

  constructor(spec: Row) {
    this.update(spec);
  }

  update(control: Control): void {
    this.controls = (control as Row).controls;
  }

  /** Leaves what stands in it where the row stood. */
  destroy(): void {
    this.element.replaceWith(...this.element.childNodes);
  }
}
