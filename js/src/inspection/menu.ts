// A menu of a picture: a button beside it, and the list that it opens. Uses plain elements, because buttons are
// disabled in a replay and while no kernel is connected, and this needs no kernel.

import { element, setText } from "../base/dom";
import type { PictureView } from "../pictures/picture";

/** An entry of a menu: an action, or a heading if it has none. */
export interface Entry {
  readonly label: string;
  /** Whether this is the chosen one of several options. Options do not close the menu. */
  readonly chosen?: boolean;
  /** Why it cannot be done now. */
  readonly refused?: string;
  readonly act?: () => void;
}

/** Returns an element that acts like a button for mouse, touch and keys. */
export function pressable(className: string, act: () => void): HTMLElement {
  const node = element("div", { className, tabIndex: 0, attributes: { role: "button" } });
  node.addEventListener("click", act);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  return node;
}

/** Shields the picture below from events on `node`, which its gestures or the program would handle. */
export function shielded(node: HTMLElement): void {
  const kinds = ["pointerdown", "pointermove", "pointerup", "click", "dblclick", "touchstart", "touchmove"];
  for (const kind of kinds) node.addEventListener(kind, (event) => event.stopPropagation());
}

/** Opens lists of entries below an element, one at a time. */
export class Popup {
  readonly #list = element("div", { className: "vw-menu", attributes: { role: "menu" } });
  #opener: HTMLElement | null = null;
  #entries: () => readonly Entry[] = () => [];
  #outside = (event: Event) => {
    const path = event.composedPath();
    if (!path.includes(this.#list) && (this.#opener === null || !path.includes(this.#opener))) this.close();
  };

  constructor() {
    shielded(this.#list);
    this.#list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Opens `entries` below `opener`, or closes them if they are open. */
  toggle(opener: HTMLElement, label: string, entries: () => readonly Entry[]): void {
    if (this.#opener === opener) {
      this.close();
      return;
    }
    this.close();
    const root = opener.closest<HTMLElement>(".vw-root");
    if (root === null) return;
    this.#opener = opener;
    this.#entries = entries;
    this.#list.setAttribute("aria-label", label);
    opener.setAttribute("aria-expanded", "true");
    root.append(this.#list);
    this.#fill();
    this.#place(root, opener);
    this.#items[0]?.focus({ preventScroll: true });
    addEventListener("pointerdown", this.#outside, true);
  }

  close(): void {
    removeEventListener("pointerdown", this.#outside, true);
    const opener = this.#opener;
    if (opener === null) return;
    const focused = this.#list.contains((this.#list.getRootNode() as Document | ShadowRoot).activeElement);
    this.#opener = null;
    opener.setAttribute("aria-expanded", "false");
    this.#list.remove();
    if (focused) opener.focus({ preventScroll: true });
  }

  /** Closes what was opened below an element within `part`. */
  closeBelow(part: HTMLElement): void {
    if (this.#opener !== null && part.contains(this.#opener)) this.close();
  }

  get #items(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  }

  #fill(): void {
    this.#list.replaceChildren(...this.#entries().map((entry) => this.#line(entry)));
  }

  #line(entry: Entry): HTMLElement {
    const { label, act, chosen, refused } = entry;
    if (act === undefined) return element("div", { className: "vw-menu-head", textContent: label });
    const line = element("div", { className: "vw-menu-item", textContent: label, tabIndex: -1 });
    line.setAttribute("role", chosen === undefined ? "menuitem" : "menuitemradio");
    if (chosen !== undefined) line.setAttribute("aria-checked", String(chosen));
    if (refused !== undefined) {
      line.setAttribute("aria-disabled", "true");
      line.title = refused;
    }
    line.addEventListener("click", () => this.#choose(entry));
    return line;
  }

  #choose({ act, chosen, refused }: Entry): void {
    if (refused !== undefined) return;
    if (chosen === undefined) this.close();
    act?.();
    if (chosen === undefined) return;
    const at = this.#items.findIndex((item) => item === document.activeElement || item.matches(":focus"));
    this.#fill();
    this.#items[Math.max(0, at)]?.focus({ preventScroll: true });
  }

  #place(root: HTMLElement, opener: HTMLElement): void {
    const frame = root.getBoundingClientRect();
    const button = opener.getBoundingClientRect();
    const { style } = this.#list;
    style.maxHeight = `${Math.max(80, frame.height - 12)}px`;
    const list = this.#list.getBoundingClientRect();
    const left = Math.min(button.right - frame.left - list.width, frame.width - list.width - 6);
    const top = Math.min(button.bottom - frame.top + 2, frame.height - list.height - 6);
    style.left = `${Math.max(6, left)}px`;
    style.top = `${Math.max(6, top)}px`;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
      return;
    }
    const items = this.#items;
    const at = items.findIndex((item) => item.matches(":focus"));
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const next = to[event.key];
    if (next !== undefined) items.at(next % items.length)?.focus({ preventScroll: true });
    else if (event.key === "Enter" || event.key === " ") items[at]?.click();
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab") {
      this.close();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  destroy(): void {
    this.close();
    this.#list.remove();
  }
}

/** The button of a picture's menu. It is beside the picture, so that every texel can still be pointed at. */
export function menuButton(picture: PictureView, popup: Popup, entries: () => readonly Entry[]): HTMLElement {
  const label = `Menu of ${picture.spec.name}`;
  const button = pressable("vw-menu-button", () => popup.toggle(button, label, entries));
  setText(button, "⋯");
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", label);
  button.title = label;
  return button;
}
