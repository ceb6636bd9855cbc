// Keeps the focus within a view: passes it on when its element can no longer have it, and restores it after a move.

import { handingFocusOn } from "../base/dom";

export class Focus {
  #root: HTMLElement;
  #heir: (lost: Node) => HTMLElement;
  #focused: HTMLElement | null = null;

  /** `heir` chooses the element that receives the focus when an element of `root` loses it. */
  constructor(root: HTMLElement, heir: (lost: Node) => HTMLElement) {
    this.#root = root;
    this.#heir = heir;
    root.addEventListener("focusin", (event) => {
      this.#focused = event.target as HTMLElement;
    });
    root.addEventListener("focusout", (event) => {
      if (event.relatedTarget !== null) this.#focused = null; // the user moved it; the element was not removed
    });
  }

  /** Runs `change` and passes the focus on if its element was disabled, hidden or removed: keys would go to the page.
   *  */
  keep(change: () => void): void {
    handingFocusOn(this.#root, this.#heir, change);
  }

  /** Restores the focus that was lost when the view moved, unless another element has it. */
  restore(): void {
    if (document.activeElement === document.body) this.#focused?.focus({ preventScroll: true });
  }
}
