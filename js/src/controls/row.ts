// Controls side by side. The control list moves them into the row, which knows only their ids.

import { element } from "../base/dom";
import type { Row } from "../wire/protocol";
import type { ControlView } from "./control";

export class RowView implements ControlView<Row> {
  readonly element = element("div", { className: "vw-control vw-line" });
  inside: readonly string[] = [];

  constructor(spec: Row) {
    this.update(spec);
  }

  update(spec: Row): void {
    this.inside = spec.controls;
  }

  /** Releases its controls where they are. */
  destroy(): void {
    this.element.replaceWith(...this.element.childNodes);
  }
}
