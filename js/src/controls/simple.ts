// Controls that are one native element.

import { element, setText } from "../dom";
import type { Button, Checkbox, Combo, Control, Progress, Separator } from "../protocol";
import { Change, type Sender } from "./change";
import {
  type ControlView,
  clicks,
  labelled,
  type Named,
  showLabel,
  showWaiting,
  spokenName,
} from "./control";

export class SeparatorView implements ControlView {
  readonly element = element("hr", { className: "vw-control vw-separator" });

  update(_spec: Separator | Control): void {}

  destroy(): void {
    this.element.remove();
  }
}

/** Shows what `button` is called: one of whose label nothing is shown would be an empty square. */
export function showName(button: HTMLElement, spec: Named): void {
  setText(button, spokenName(spec) || "…");
}

export class ButtonView implements ControlView {
  readonly element = element("button", {
    className: "vw-control vw-button",
    type: "button",
  });
  #change: Change;

  constructor(spec: Button, sender: Sender) {
    this.#change = clicks(this.element, sender);
    this.update(spec);
  }

  update(control: Control): void {
    const spec = control as Button;
    showName(this.element, spec);
    this.element.style.width = spec.width > 0 ? `${spec.width}px` : "";
    this.element.style.height = spec.height > 0 ? `${spec.height}px` : "";
    this.#change.accepts(spec.origin, spec.revision);
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}

export class CheckboxView implements ControlView {
  readonly element: HTMLElement;
  #box = element("input", { type: "checkbox" });
  #text = element("span");
  #change: Change;

  constructor(spec: Checkbox, sender: Sender) {
    this.#change = new Change(sender, (waits) => showWaiting(this.element, waits, this.#box));
    this.element = element("label", { className: "vw-control vw-checkbox" }, this.#box, this.#text);
    this.#box.addEventListener("change", () => {
      this.#change.make(this.#box.checked);
      this.#change.flush();
    });
    this.update(spec);
  }

  update(control: Control): void {
    const spec = control as Checkbox;
    showLabel(this.#text, spec, this.#box);
    if (this.#change.accepts(spec.origin, spec.revision)) this.#box.checked = spec.value;
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}

export class ComboView implements ControlView {
  readonly element: HTMLElement;
  #name: (spec: Named) => void;
  #select = element("select");
  #items: string[] = [];
  #change: Change;

  constructor(spec: Combo, sender: Sender) {
    const { row, name, waiting } = labelled("combo", this.#select);
    this.#change = new Change(sender, waiting);
    this.element = row;
    this.#name = name;
    this.#select.addEventListener("change", () => {
      this.#change.make(this.#select.selectedIndex);
      this.#change.flush();
    });
    this.update(spec);
  }

  update(control: Control): void {
    const spec = control as Combo;
    this.#name(spec);
    const chosen = this.#select.selectedIndex;
    if (spec.items.length !== this.#items.length || spec.items.some((item, i) => item !== this.#items[i])) {
      this.#items = spec.items;
      this.#select.replaceChildren(options(spec.items));
      this.#select.selectedIndex = Math.min(chosen, spec.items.length - 1);
    }
    if (this.#change.accepts(spec.origin, spec.revision)) this.#select.selectedIndex = spec.value;
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}

// In a fragment: a call takes only so many arguments.
function options(items: readonly string[]): DocumentFragment {
  const made = document.createDocumentFragment();
  for (const item of items) made.append(element("option", { textContent: item }));
  return made;
}

export class ProgressView implements ControlView {
  readonly element: HTMLElement;
  #fill = element("div", { className: "vw-fill" });
  #overlay = element("span", { className: "vw-overlay" });

  constructor(spec: Progress) {
    this.element = element("div", { className: "vw-control vw-progress" }, this.#fill, this.#overlay);
    this.element.setAttribute("role", "progressbar");
    this.element.setAttribute("aria-label", "Progress");
    this.update(spec);
  }

  update(control: Control): void {
    const spec = control as Progress;
    this.#fill.style.width = `${spec.fraction * 100}%`;
    const percent = Math.round(spec.fraction * 100);
    this.element.setAttribute("aria-valuenow", String(percent));
    const text = spec.overlay || `${percent}%`;
    this.element.setAttribute("aria-valuetext", text);
    setText(this.#overlay, text);
  }

  destroy(): void {
    this.element.remove();
  }
}
