// Boxes, points and captions over one picture. They are redrawn at the screen's resolution whenever the picture moves,
// so they stay sharp at any zoom.

import { element } from "../base/dom";
import type { Marks } from "../wire/protocol";
import { draw } from "./drawing";
import { described, type Placement } from "./layout";

/** A layer of a picture; see `pictures/viewport.ts`. */
export class Overlay {
  readonly element = element("canvas", { className: "vw-annotations", hidden: true });
  #pictures: readonly Marks[] = [];
  #placement: Placement | null = null;

  constructor() {
    this.element.setAttribute("role", "img");
  }

  /** Shows `pictures` in place of what was shown before. */
  show(pictures: readonly Marks[]): void {
    this.#pictures = pictures;
    this.element.hidden = pictures.length === 0;
    this.element.setAttribute("aria-label", described(pictures));
    this.#draw();
  }

  /** Follows the picture. */
  place(placement: Placement): void {
    this.#placement = placement;
    this.#draw();
  }

  /** Draws the same over a copy of the picture at the origin of `context`. */
  copy(context: CanvasRenderingContext2D, placement: Placement): void {
    draw(context, this.#pictures, placement);
  }

  #draw(): void {
    const placement = this.#placement;
    if (placement === null || this.element.hidden) return;
    const ratio = devicePixelRatio;
    const width = Math.round(placement.width * ratio);
    const height = Math.round(placement.height * ratio);
    const { element } = this;
    if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
    const context = element.getContext("2d");
    if (context === null || width === 0 || height === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context, this.#pictures, placement);
  }
}
