// A small copy of the whole picture in a corner of the window while it is zoomed, marking the part that is shown. It
// can be dragged, even where the program listens to the pointer.

import { element } from "../base/dom";
import { drags, whenPressed } from "../base/let_go";
import type { PictureView } from "../pictures/picture";
import { centred, type Layer, type Placement, type Viewport } from "../pictures/viewport";

/** Largest side in CSS pixels, and as a share of the window's side. Smaller windows have no overview. */
const MOST_SIDE = 112;
const MOST_SHARE = 0.3;
const LEAST_WINDOW = 120;

export class Overview implements Layer {
  readonly element: HTMLElement;
  #picture: PictureView;
  #show: (viewport: Viewport) => void;
  #marker = element("div", { className: "vw-marker" });
  #copy: HTMLCanvasElement | null = null;

  /** Calls `show` with the part to which the user has dragged the mark. */
  constructor(picture: PictureView, show: (viewport: Viewport) => void) {
    this.#picture = picture;
    this.#show = show;
    this.element = element("div", { className: "vw-overview", hidden: true }, this.#marker);
    this.element.setAttribute("aria-hidden", "true"); // keys do the same
    const { element: node } = this;
    whenPressed(node, (event) => {
      node.setPointerCapture?.(event.pointerId);
      this.#move(event);
    });
    node.addEventListener("pointermove", (event) => {
      if (drags(event)) this.#move(event);
    });
    // Keeps these events from the picture below.
    for (const kind of ["pointerdown", "pointermove", "pointerup", "click", "dblclick", "touchstart"])
      node.addEventListener(kind, (event) => event.stopPropagation());
  }

  place({ viewport, width, height }: Placement): void {
    const { spec, zoomed } = this.#picture;
    const shown = zoomed && Math.min(width, height) >= LEAST_WINDOW;
    this.element.hidden = !shown;
    if (!shown) {
      this.#copy?.remove();
      this.#copy = null;
      return;
    }
    const scale = Math.min(MOST_SIDE / Math.max(width, height), MOST_SHARE);
    Object.assign(this.element.style, { width: `${width * scale}px`, height: `${height * scale}px` });
    Object.assign(this.#marker.style, {
      left: `${(100 * viewport.left) / spec.width}%`,
      top: `${(100 * viewport.top) / spec.height}%`,
      width: `${(100 * (viewport.right - viewport.left)) / spec.width}%`,
      height: `${(100 * (viewport.bottom - viewport.top)) / spec.height}%`,
    });
    if (this.#copy === null) this.#draw(width * scale * devicePixelRatio, height * scale * devicePixelRatio);
  }

  #draw(width: number, height: number): void {
    const { wholePicture } = this.#picture;
    if (wholePicture === null) return;
    this.#copy = element("canvas", { width: Math.ceil(width), height: Math.ceil(height) });
    const context = this.#copy.getContext("2d", { alpha: false });
    context?.drawImage(wholePicture, 0, 0, this.#copy.width, this.#copy.height);
    this.element.prepend(this.#copy);
  }

  #move(event: PointerEvent): void {
    const { spec, viewport } = this.#picture;
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const middle = {
      x: ((event.clientX - left) / width) * spec.width,
      y: ((event.clientY - top) / height) * spec.height,
    };
    this.#show(centred(viewport, middle, spec));
  }
}
