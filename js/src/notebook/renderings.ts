// The renderings of one widget. JupyterLab makes a new one whenever it updates the output, and drops the old one
// without notice. The view then moves to the new one, together with the focus.

import { App } from "../view/app";
import type { ShownPicture } from "../view/display";
import type { Newest } from "../view/fallback";
import type { Model } from "../wire/connection";

export class Renderings {
  #all = new Set<Rendering>();
  #replay: Newest | undefined;

  /** `replay` is the newest replay. Without it, views show the kernel's last one. */
  constructor(replay?: Newest) {
    this.#replay = replay;
  }

  /** Shows a view of `model` in `place`. Returns a function that ends it. */
  add(model: Model, place: HTMLElement): () => void {
    const left = this.#left();
    const app = left?.handOver(() => this.#app(model)) ?? this.#app(model);
    if (left?.placed) this.#all.delete(left);
    const rendering = new Rendering(place, app);
    this.#all.add(rendering);
    // Most hosts put `place` into the page last, so wait. With a timer, because a background page gets no animation
    // frames.
    setTimeout(() => rendering.look());
    if (left !== null) rendering.focusAgain();
    return () => {
      this.#all.delete(rendering);
      rendering.end();
    };
  }

  #app(model: Model): App {
    return new App(model, this.#replay);
  }

  /** The pictures of the newest rendering. */
  get pictures(): readonly ShownPicture[] {
    return [...this.#all].filter((rendering) => rendering.app !== null).at(-1)?.app?.pictures ?? [];
  }

  /** A rendering whose place the host has removed from the page, if there is one. A rendering that was never placed may
   *  have been dropped too: JupyterLab makes the next one if a second update of the output follows closely. */
  #left(): Rendering | null {
    const away = [...this.#all].filter((rendering) => rendering.away);
    return away.find((rendering) => rendering.placed) ?? away[0] ?? null;
  }
}

class Rendering {
  /** Whether the host has ever attached it to an element. */
  placed = false;
  /** The view, until it moves to another rendering. */
  app: App | null = null;
  #place: HTMLElement;
  #watch: IntersectionObserver | null = null;
  #arrival: MutationObserver | null = null;

  constructor(place: HTMLElement, app: App) {
    this.#place = place;
    place.classList.add("vw-place");
    this.look();
    this.#show(app);
  }

  /** Whether its view is not in any page. */
  get away(): boolean {
    return this.app !== null && this.#place.parentNode === null;
  }

  look(): void {
    this.placed ||= this.#place.parentNode !== null;
  }

  /** Restores the focus of a view that has moved here as soon as the host places it. An animation frame later, keys
   *  pressed in the meantime would be lost. */
  focusAgain(): void {
    this.#arrival = new MutationObserver(() => this.#arrive());
    this.#arrival.observe(document, { childList: true, subtree: true });
    requestAnimationFrame(() => this.#arrive()); // in a shadow root, where the observer cannot see
  }

  #arrive(): void {
    if (this.app?.element.isConnected !== true) return;
    this.#arrival?.disconnect();
    this.app.focusAgain();
  }

  #show(app: App): void {
    this.app = app;
    app.element.dataset.vwRoot = "";
    this.#place.append(app.element);
  }

  /** Gives the view away. If the host places this rendering after all, it gets a new view from `renew` once it is
   *  visible. */
  handOver(renew: () => App): App | null {
    const app = this.app;
    this.app = null;
    this.#arrival?.disconnect();
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

  end(): void {
    this.#watch?.disconnect();
    this.#arrival?.disconnect();
    this.app?.destroy();
    this.app = null;
  }
}
