// Controls that are one native element.

import { element, setText } from "../base/dom";
import type { Button, Checkbox, Combo, Control, Progress, Separator } from "../wire/protocol";
import { Change, type Sender, setControl } from "./change";
import { type ControlView, labelled, type Named, showLabel, spokenName, WAITS } from "./control";

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
  #clicks = 0;

  constructor(spec: Button, sender: Sender) {
    this.element.addEventListener("click", () => {
      this.#clicks += 1;
      setControl(sender, true, this.#clicks); // each click is a message of its own
    });
    this.update(spec);
  }

  update(control: Control): void {
    const spec = control as Button;
    showName(this.element, spec);
    this.element.style.width = spec.width > 0 ? `${spec.width}px` : "";
    this.element.style.height = spec.height > 0 ? `${spec.height}px` : "";
  }

  destroy(): void {
    this.element.remove();
  }
}

export class CheckboxView implements ControlView {
  readonly element: HTMLElement;
  #box = element("input", { type: "checkbox" });
  #text = element("span");
  #change: Change;

  constructor(spec: Checkbox, sender: Sender) {
    this.#change = new Change(sender, (waits) => this.#wait(waits));
    this.element = element("label", { className: "vw-control vw-checkbox" }, this.#box, this.#text);
    this.#box.addEventListener("change", () => {
      this.#change.make(this.#box.checked);
      this.#change.flush();
    });
    this.update(spec);
  }

  #wait(waits: boolean): void {
    this.element.classList.toggle("vw-pending", waits);
    this.element.title = waits ? WAITS : "";
    this.#box.setAttribute("aria-description", this.element.title);
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
