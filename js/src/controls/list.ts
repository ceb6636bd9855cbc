// The controls of one panel: elements are kept as long as their control is, so that no focus and no drag is lost.

import { keepingFocus } from "../dom";
import type { Control, ControlsPatch } from "../protocol";
import type { Sender } from "./change";
import type { ControlView } from "./control";
import { PlotView } from "./plot";
import { ButtonView, CheckboxView, ComboView, ProgressView, SeparatorView, TextView } from "./simple";
import { SliderView } from "./slider";

export function make(spec: Control, sender: Sender): ControlView {
  switch (spec.kind) {
    case "text":
      return new TextView(spec);
    case "separator":
      return new SeparatorView();
    case "button":
      return new ButtonView(spec, sender);
    case "checkbox":
      return new CheckboxView(spec, sender);
    case "slider":
    case "slider_int":
      return new SliderView(spec, sender);
    case "combo":
      return new ComboView(spec, sender);
    case "progress":
      return new ProgressView(spec);
    case "plot":
      return new PlotView(spec);
  }
}

export class ControlList {
  readonly element: HTMLElement;
  #views = new Map<string, ControlView>();
  #sender: (control: string) => Sender;

  constructor(element: HTMLElement, sender: (control: string) => Sender) {
    this.element = element;
    this.#sender = sender;
  }

  /** Shows exactly `controls`. */
  set(controls: readonly Control[]): void {
    this.patch({ panel: "", changed: [...controls], order: controls.map((control) => control.id) });
  }

  patch(patch: ControlsPatch): void {
    for (const spec of patch.changed) {
      const view = this.#views.get(spec.id);
      if (view !== undefined) view.update(spec);
      else this.#add(spec);
    }
    if (patch.order !== null) this.#arrange(patch.order);
    this.element.hidden = this.#views.size === 0;
  }

  #add(spec: Control): void {
    const view = make(spec, this.#sender(spec.id));
    view.element.dataset.vwControl = spec.id;
    this.#views.set(spec.id, view);
    this.element.append(view.element);
  }

  #arrange(order: readonly string[]): void {
    const wanted = new Set(order);
    for (const [id, view] of this.#views) {
      if (wanted.has(id)) continue;
      view.destroy();
      this.#views.delete(id);
    }
    keepingFocus(this.element, () => {
      order.forEach((id, i) => {
        const node = this.#views.get(id)?.element;
        const there = this.element.children[i] ?? null;
        if (node !== undefined && node !== there) this.element.insertBefore(node, there);
      });
    });
  }

  destroy(): void {
    for (const view of this.#views.values()) view.destroy();
    this.#views.clear();
  }
}
