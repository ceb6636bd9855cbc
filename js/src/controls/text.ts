// Text: lines, lines in a colour, and paragraphs.

import { element, setText } from "../base/dom";
import type { Control, Text, TextColored, TextWrapped } from "../wire/protocol";
import type { ControlView } from "./control";

type Words = Text | TextColored | TextWrapped;

export class TextView implements ControlView {
  readonly element: HTMLElement;

  constructor(spec: Words, place = element("div", { className: "vw-control vw-text" }) as HTMLElement) {
    this.element = place;
    this.update(spec);
  }

  update(control: Control): void {
    setText(this.element, (control as Words).text);
  }

  destroy(): void {
    this.element.remove();
  }
}

export class TextWrappedView extends TextView {
  constructor(spec: TextWrapped) {
    super(spec, element("p", { className: "vw-control vw-wrapped" }));
  }
}

export class TextColoredView extends TextView {
  constructor(spec: TextColored) {
    super(spec, element("div", { className: "vw-control vw-text vw-colored" }));
  }

  override update(control: Control): void {
    super.update(control);
    const [red = 0, green = 0, blue = 0, opacity = 1] = (control as TextColored).color;
    const given = `rgb(${[red, green, blue].map((part) => part * 255).join(" ")} / ${opacity})`;
    this.element.style.setProperty("--vw-given", given);
  }
}
