// The edges of texels, drawn over a zoomed picture whose pixels are texels.

import { element } from "../base/dom";
import { DISTINCT, type PictureView } from "../pictures/picture";
import { type Layer, type Placement, toCss } from "../pictures/viewport";

export class Lattice implements Layer {
  readonly element = element("div", { className: "vw-lattice", hidden: true });
  #canvas: HTMLCanvasElement | null = null; // made when it is first needed
  #picture: PictureView;

  constructor(picture: PictureView) {
    this.#picture = picture;
  }

  place(placement: Placement): void {
    const { zoomed, scale, exact } = this.#picture;
    const shown = zoomed && scale >= DISTINCT && exact;
    this.element.hidden = !shown;
    if (shown) this.#draw(placement);
  }

  get #made(): HTMLCanvasElement {
    this.#canvas ??= this.element.appendChild(element("canvas"));
    return this.#canvas;
  }

  #draw(placement: Placement): void {
    const { viewport } = placement;
    const ratio = devicePixelRatio;
    const width = Math.round(placement.width * ratio);
    const height = Math.round(placement.height * ratio);
    const canvas = this.#made;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    context.fillStyle = "rgb(128 128 128 / 55%)";
    const at = (x: number, y: number) => {
      const { x: left, y: top } = toCss(placement, { x, y });
      return { left: Math.round(left * ratio), top: Math.round(top * ratio) };
    };
    for (let x = Math.ceil(viewport.left); x < viewport.right; x++)
      context.fillRect(at(x, 0).left, 0, 1, height);
    for (let y = Math.ceil(viewport.top); y < viewport.bottom; y++)
      context.fillRect(0, at(0, y).top, width, 1);
  }
}
