// The legend of a canvas's labels. A click on a label hides or shows it.

import { element, setText } from "../base/dom";
import type { Legend } from "../wire/protocol";

/** The user wants to hide or show label number `label` of `layer`. */
export type HideLabel = (layer: Legend["layer"], label: number, hidden: boolean) => void;

export class LegendView {
  readonly element = element("div", { className: "vw-legend", attributes: { role: "group" } });
  #name = element("span", { className: "vw-legend-name" });
  #hide: HideLabel;
  #entries = new Map<string, HTMLElement>(); // by layer and number

  constructor(hide: HideLabel) {
    this.#hide = hide;
  }

  /** Shows `legends`. `name` says whose labels they are, if that is not obvious. */
  update(canvas: string, legends: readonly Legend[], named: boolean): void {
    this.element.hidden = legends.length === 0;
    this.element.setAttribute("aria-label", `Labels of ${canvas}`);
    setText(this.#name, canvas);
    const before = this.#entries;
    this.#entries = new Map();
    const nodes: HTMLElement[] = named ? [this.#name] : [];
    for (const { layer, labels } of legends) {
      for (const [label, { name, color, hidden }] of labels.entries()) {
        const key = `${layer} ${label}`;
        const entry = before.get(key) ?? this.#make(layer, label);
        (entry.firstElementChild as HTMLElement).style.backgroundColor = color;
        setText(entry.lastElementChild as HTMLElement, name);
        entry.title = `${label}: ${name}`;
        entry.setAttribute("aria-checked", String(!hidden));
        this.#entries.set(key, entry);
        nodes.push(entry);
      }
    }
    const moved =
      nodes.length !== this.element.children.length ||
      nodes.some((node, i) => this.element.children[i] !== node);
    if (moved) this.element.replaceChildren(...nodes);
  }

  // Not a button: a replay disables its buttons, but its labels can still be hidden.
  #make(layer: Legend["layer"], label: number): HTMLElement {
    const entry = element(
      "span",
      { className: "vw-legend-label", tabIndex: 0, attributes: { role: "checkbox" } },
      element("span", { className: "vw-label-color" }),
      element("span", { className: "vw-label-name" }),
    );
    const toggle = () => {
      if (this.element.ariaDisabled === "true") return;
      const hidden = entry.getAttribute("aria-checked") === "true";
      entry.setAttribute("aria-checked", String(!hidden)); // immediately; the kernel confirms it later
      this.#hide(layer, label, hidden);
    };
    entry.addEventListener("click", toggle);
    entry.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return; // runs the cell
      event.preventDefault();
      toggle();
    });
    return entry;
  }

  /** Whether hiding a label has any effect. */
  set live(live: boolean) {
    this.element.ariaDisabled = String(!live);
  }
}
