// Renderings of one widget, which hosts may replace: JupyterLab makes a new one whenever the output is brought up to
// date, and forgets the old without a word. What it showed moves over, with the focus, as if nothing had happened.

import { App } from "../view/app";
import type { Model } from "../wire/connection";

export class Renderings {
  #all = new Set<Rendering>();

  /** Shows a view of `model` in `place`; returns what ends that. */
  add(model: Model, place: HTMLElement): () => void {
    const left = this.#left();
    const app = left?.handOver(() => new App(model)) ?? new App(model);
    if (left?.placed) this.#all.delete(left);
    const rendering = new Rendering(place, app);
    this.#all.add(rendering);
    // Most hosts do that last. A timer, for a page in the background has no animation frames.
    setTimeout(() => rendering.look());
    if (left !== null) requestAnimationFrame(() => app.focusAgain());
    return () => {
      this.#all.delete(rendering);
      rendering.end();
    };
  }

  /** The pictures of the newest. */
  get pictures(): readonly HTMLCanvasElement[] {
    return [...this.#all].filter((rendering) => rendering.app !== null).at(-1)?.app?.pictures ?? [];
  }

  /** A rendering that shows something and was taken out of the page by itself, if there is one. One that was not placed
   *  yet may have been given up as well: JupyterLab begins the next when a second update of an output follows closely. */
  #left(): Rendering | null {
    const away = [...this.#all].filter((rendering) => rendering.away);
    return away.find((rendering) => rendering.placed) ?? away[0] ?? null;
  }
}

class Rendering {
  /** Whether the host has put it into something. */
  placed = false;
  /** What it shows, unless that has moved to another place. */
  app: App | null = null;
  #place: HTMLElement;
  #watch: IntersectionObserver | null = null;

  constructor(place: HTMLElement, app: App) {
    this.#place = place;
    place.classList.add("vw-place");
    this.look();
    this.#show(app);
  }

  /** Whether what it shows is in no page. */
  get away(): boolean {
    return this.app !== null && this.#place.parentNode === null;
  }

  look(): void {
    this.placed ||= this.#place.parentNode !== null;
  }

  #show(app: App): void {
    this.app = app;
    app.element.dataset.vwRoot = "";
    this.#place.append(app.element);
  }

  /** Gives away what it shows. Should the host place it after all, it shows what `renew` makes as soon as it is seen. */
  handOver(renew: () => App): App | null {
    const app = this.app;
    this.app = null;
    if (this.placed) return app;
    this.#watch = new IntersectionObserver(() => {
      this.look();
      if (!this.placed) return;
      this.#watch?.disconnect();
      this.#show(renew());
    });
    this.#watch.observe(this.#place);
    return app;
  }

  /** Leaves no trace. */
  end(): void {
    this.#watch?.disconnect();
    this.app?.destroy();
    this.app = null;
  }
}
