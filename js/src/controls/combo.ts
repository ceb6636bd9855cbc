// A choice among several items.

import { element } from "../base/dom";
import type { Combo } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, type Named } from "./control";

export class ComboView implements ControlView<Combo> {
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

  update(spec: Combo): void {
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

// Uses a fragment, because the number of arguments in a call is limited.
function options(items: readonly string[]): DocumentFragment {
  const made = document.createDocumentFragment();
  for (const item of items) made.append(element("option", { textContent: item }));
  return made;
}
