// Whether the user can see an element: scrolled into view, laid out, in the visible tab, and painted by the browser.

export class Visibility {
  #element: Element;
  #changed: (visible: boolean) => void;
  #inSight = false;
  #drawing = true;
  #told: boolean | null = null;
  #observer: IntersectionObserver;
  #listener = () => this.#tell();

  /** Calls `changed` once the visibility is known, and whenever it changes. */
  constructor(element: Element, changed: (visible: boolean) => void) {
    this.#element = element;
    this.#changed = changed;
    this.#observer = new IntersectionObserver((entries) => {
      this.#inSight = entries.at(-1)?.isIntersecting ?? false;
      this.#tell();
    });
    this.#observer.observe(element);
    document.addEventListener("visibilitychange", this.#listener);
  }

  /** Whether animation frames arrive. A covered or minimised window counts as visible, but the browser does not paint
   *  it. */
  set drawing(drawing: boolean) {
    this.#drawing = drawing;
    this.#tell();
  }

  #tell(): void {
    const shown = document.visibilityState === "visible" && this.#element.isConnected;
    const visible = this.#inSight && this.#drawing && shown;
    if (visible === this.#told) return;
    this.#told = visible;
    this.#changed(visible);
  }

  destroy(): void {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#listener);
  }
}
