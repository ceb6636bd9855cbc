// The controls of one panel. Elements live as long as their controls, so that focus and drags survive updates.

import { keepingFocus } from "../base/dom";
import type { Files } from "../files/files";
import type { Wire } from "../wire/connection";
import type { Control, ControlsPatch } from "../wire/protocol";
import type { Change } from "./change";
import { type Shown, show } from "./kinds";

export class ControlList {
  readonly element: HTMLElement;
  #views = new Map<string, Shown>();
  #specs = new Map<string, Control>();
  #changes = new Map<string, Change>();
  #panel: string;
  #wire: Wire;
  #files: Files;
  #order: readonly string[] = [];

  /** Shows the controls of the panel with the id `panel` in `element`. */
  constructor(element: HTMLElement, panel: string, wire: Wire, files: Files) {
    this.element = element;
    this.#panel = panel;
    this.#wire = wire;
    this.#files = files;
  }

  /** True if there are no controls. */
  get empty(): boolean {
    return this.#views.size === 0;
  }

  /** Shows exactly `controls`. */
  set(controls: readonly Control[]): void {
    this.patch({ panel: "", changed: [...controls], order: controls.map((control) => control.id) });
  }

  patch(patch: ControlsPatch): void {
    for (const spec of patch.changed) {
      this.#specs.set(spec.id, spec);
      const view = this.#views.get(spec.id);
      if (view !== undefined) view.update(spec);
      else this.#add(spec);
    }
    const rows = patch.changed.some((spec) => spec.kind === "row");
    if (patch.order !== null || rows)
      keepingFocus(this.element, () => this.#arrange(patch.order ?? this.#order));
    this.element.hidden = this.empty;
  }

  /** Discards unacknowledged changes and shows the kernel's last values, because the kernel is gone. */
  abandon(): void {
    for (const [id, change] of this.#changes) {
      change.abandon();
      const spec = this.#specs.get(id);
      if (spec !== undefined) this.#views.get(id)?.update(spec);
    }
  }

  #add(spec: Control): void {
    const again = () => this.#views.get(spec.id)?.update(this.#specs.get(spec.id) ?? spec);
    const made = (change: Change) => void this.#changes.set(spec.id, change);
    const place = { panel: this.#panel, control: spec.id };
    const view = show(spec.kind, spec, { wire: this.#wire, files: this.#files, place, again, made });
    view.element.dataset.vwControl = spec.id;
    this.#views.set(spec.id, view);
    this.element.append(view.element);
  }

  #arrange(order: readonly string[]): void {
    this.#order = order;
    const wanted = new Set(order);
    for (const [id, view] of this.#views) {
      if (wanted.has(id)) continue;
      view.destroy();
      this.#views.delete(id);
      this.#specs.delete(id);
      this.#changes.delete(id);
    }
    for (const [container, nodes] of this.#places()) {
      nodes.forEach((node, i) => {
        const there = container.children[i] ?? null;
        if (node !== there) container.insertBefore(node, there);
      });
      container.hidden = nodes.length === 0;
    }
  }

  /** The elements in the panel itself and in each of its rows, in order. */
  #places(): Map<HTMLElement, HTMLElement[]> {
    const rows = new Map<string, HTMLElement>();
    const places = new Map<HTMLElement, HTMLElement[]>([[this.element, []]]);
    for (const view of this.#views.values()) {
      if (view.inside === null) continue;
      places.set(view.element, []);
      for (const id of view.inside) rows.set(id, view.element);
    }
    for (const id of this.#order) {
      const node = this.#views.get(id)?.element;
      if (node !== undefined) places.get(rows.get(id) ?? this.element)?.push(node);
    }
    return places;
  }

  destroy(): void {
    for (const view of this.#views.values()) view.destroy();
    this.#views.clear();
  }
}
