// Controls side by side. The list of controls puts them in: a row knows only which they are.

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

  /** Leaves what stands in it where the row stood. */
  destroy(): void {
    this.element.replaceWith(...this.element.childNodes);
  }
}
