// Text: lines, coloured lines, and paragraphs.

import { element, setText } from "../base/dom";
import type { Text, TextColored, TextWrapped } from "../wire/protocol";
import type { ControlView } from "./control";

/** Verbatim text. */
class Words<S extends Text | TextColored | TextWrapped> implements ControlView<S> {
  readonly element: HTMLElement;

  constructor(place: HTMLElement, spec: S) {
    this.element = place;
    this.update(spec);
  }

  update(spec: S): void {
    setText(this.element, spec.text);
  }

  destroy(): void {
    this.element.remove();
  }
}

export class TextView extends Words<Text> {
  constructor(spec: Text) {
    super(element("div", { className: "vw-control vw-text" }), spec);
  }
}

export class TextWrappedView extends Words<TextWrapped> {
  constructor(spec: TextWrapped) {
    super(element("p", { className: "vw-control vw-wrapped" }), spec);
  }
}

export class TextColoredView extends Words<TextColored> {
  constructor(spec: TextColored) {
    super(element("div", { className: "vw-control vw-text vw-colored" }), spec);
  }

  override update(spec: TextColored): void {
    super.update(spec);
    const [red = 0, green = 0, blue = 0, opacity = 1] = spec.color;
    const given = `rgb(${[red, green, blue].map((part) => part * 255).join(" ")} / ${opacity})`;
    this.element.style.setProperty("--vw-given", given);
  }
}
