// Renderings of one widget, which hosts may replace: JupyterLab makes a new one whenever the output is brought up to
// date, and forgets the old without a word. What it showed moves over, with the focus, as if nothing had happened.

import { App } from "../view/app";
import type { Model } from "../wire/connection";

interface Rendering {
  app: App;
  place: HTMLElement;
  /** Whether the host has put it into something. */
  placed: boolean;
}

export class Renderings {
  #all = new Set<Rendering>();

  /** Shows a view of `model` in `place`; returns what ends that. */
  add(model: Model, place: HTMLElement): () => void {
    const left = this.#left();
    const rendering = { app: left ?? new App(model), place, placed: place.parentNode !== null };
    this.#all.add(rendering);
    rendering.app.element.dataset.vwRoot = "";
    place.classList.add("vw-place");
    place.append(rendering.app.element);
    // Most hosts do that last. A timer, for a page in the background has no animation frames.
    setTimeout(() => {
      rendering.placed ||= place.parentNode !== null;
    });
    if (left !== null) requestAnimationFrame(() => left.focusAgain());
    return () => {
      if (this.#all.delete(rendering)) rendering.app.destroy();
    };
  }

  /** The pictures of the newest. */
  get pictures(): readonly HTMLCanvasElement[] {
    return [...this.#all].at(-1)?.app.pictures ?? [];
  }

  /** The app of a rendering that was taken out of the page by itself, if there is one; it has that no longer. */
  #left(): App | null {
    for (const rendering of this.#all) {
      if (!rendering.placed || rendering.place.parentNode !== null) continue;
      this.#all.delete(rendering);
      return rendering.app;
    }
    return null;
  }
}
