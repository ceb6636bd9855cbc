// Whether a view is on a screen: scrolled into sight, laid out, and in the tab that is shown.

export class Visibility {
  #element: Element;
  #changed: (visible: boolean) => void;
  #inSight = false;
  #observer: IntersectionObserver;
  #listener = () => this.#tell();

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

  #tell(): void {
    this.#changed(this.#inSight && document.visibilityState === "visible" && this.#element.isConnected);
  }

  destroy(): void {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#listener);
  }
}
