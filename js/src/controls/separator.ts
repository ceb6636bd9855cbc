// A thin horizontal rule.

import { element } from "../base/dom";
import type { Separator } from "../wire/protocol";
import type { ControlView } from "./control";

export class SeparatorView implements ControlView<Separator> {
  readonly element = element("hr", { className: "vw-control vw-separator" });

  update(): void {}

  destroy(): void {
    this.element.remove();
  }
}
