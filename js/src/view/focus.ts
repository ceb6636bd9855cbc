// The focus within a view: passed on when the element that has it can keep it no longer, restored after the view moved.

import { handingFocusOn } from "../base/dom";

export class Focus {
  #root: HTMLElement;
  #heir: (lost: Node) => HTMLElement;
  #focused: HTMLElement | null = null;

  /** `heir` says what gets the focus that an element of `root` loses. */
  constructor(root: HTMLElement, heir: (lost: Node) => HTMLElement) {
    this.#root = root;
    this.#heir = heir;
    root.addEventListener("focusin", (event) => {
      this.#focused = event.target as HTMLElement;
    });
    root.addEventListener("focusout", (event) => {
      if (event.relatedTarget !== null) this.#focused = null; // it went elsewhere, rather than down with the element
    });
  }

  /** Runs `change`, which may disable, hide or remove what has the focus: keys would then go to the page. */
  keep(change: () => void): void {
    handingFocusOn(this.#root, this.#heir, change);
  }

  /** Gives back the focus that was lost when the view moved, unless something else has it. */
  restore(): void {
    if (document.activeElement === document.body) this.#focused?.focus({ preventScroll: true });
  }
}
