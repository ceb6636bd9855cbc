// Text in a colour, and paragraphs.

import { element, setText } from "../dom";
import type { Control, TextColored, TextWrapped } from "../protocol";
import type { ControlView } from "./control";

export class TextColoredView implements ControlView {
  readonly element = element("div", { className: "vw-control vw-text vw-colored" });

  constructor(spec: TextColored) {
    this.update(spec);
  }

  update(control: Control): void {
    const { text, color } = control as TextColored;
    setText(this.element, text);
    const [red = 0, green = 0, blue = 0, opacity = 1] = color;
    const given = `rgb(${[red, green, blue].map((part) => part * 255).join(" ")} / ${opacity})`;
    this.element.style.setProperty("--vw-given", given);
  }

  destroy(): void {
    this.element.remove();
  }
}

export class TextWrappedView implements ControlView {
  readonly element = element("p", { className: "vw-control vw-wrapped" });

  constructor(spec: TextWrapped) {
    this.update(spec);
  }

  update(control: Control): void {
    setText(this.element, (control as TextWrapped).text);
  }

  destroy(): void {
    this.element.remove();
  }
}
