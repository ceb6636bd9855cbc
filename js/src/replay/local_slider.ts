// A slider that the page itself owns: each change takes effect at once.

import type { Sender } from "../controls/change";
import { SliderView } from "../controls/slider";
import { NO_WIRE, type Outgoing } from "../wire/connection";
import type { Slider, SliderInt } from "../wire/protocol";

export class LocalSlider {
  #spec: Slider | SliderInt;
  #view: SliderView;

  constructor(spec: Slider | SliderInt) {
    this.#spec = spec;
    const sender: Sender = {
      wire: { ...NO_WIRE, send: (message: Outgoing) => this.#take(message) },
      place: { panel: "", control: spec.id },
      files: { upload: () => () => {}, download: () => {} },
      again: () => this.#view.update(this.#spec),
      made: () => {},
    };
    this.#view = new SliderView(spec, sender);
  }

  get element(): HTMLElement {
    return this.#view.element;
  }

  get value(): number {
    return this.#spec.value;
  }

  #take(message: Outgoing): void {
    if (message.kind !== "set_control" || typeof message.value !== "number") return;
    const { value, revision } = message;
    this.#spec = { ...this.#spec, value, origin: NO_WIRE.client, revision };
    this.#view.update(this.#spec);
  }

  destroy(): void {
    this.#view.destroy();
  }
}
