// A copy of a picture's pixels and of what is drawn over them, laid over another picture so that texels line up.

import { element } from "../base/dom";
import type { PictureView } from "../pictures/picture";
import type { Placement, Viewport } from "../pictures/viewport";

export class Mirror {
  readonly canvas = element("canvas", { className: "vw-canvas" });
  /** What is drawn over the picture. */
  readonly over = element("canvas", { className: "vw-annotations" });
  #picture: PictureView;
  #context = this.canvas.getContext("2d", { alpha: false });

  constructor(picture: PictureView) {
    this.#picture = picture;
    for (const canvas of [this.canvas, this.over]) canvas.setAttribute("aria-hidden", "true");
  }

  /** Copies what the picture shows now. */
  draw(): void {
    const { canvas } = this.#picture;
    const { width, height } = canvas;
    if (width === 0 || height === 0) return;
    if (this.canvas.width !== width || this.canvas.height !== height)
      Object.assign(this.canvas, { width, height });
    this.#context?.drawImage(canvas, 0, 0);
  }

  /** Lays the copy where its texels belong, in a window that shows `viewport` of a picture of `width` x `height` texels. */
  place(placement: Placement, width: number, height: number): void {
    const { crop, spec } = this.#picture;
    // Pictures of different sizes are stretched to match.
    const wide = width / spec.width;
    const high = height / spec.height;
    const { left, top, right, bottom } = crop;
    lay(
      this.canvas,
      { left: left * wide, top: top * high, right: right * wide, bottom: bottom * high },
      placement,
    );
    this.canvas.style.imageRendering = this.#picture.canvas.style.imageRendering;
    const seen = placement.viewport;
    const viewport = {
      left: seen.left / wide,
      top: seen.top / high,
      right: seen.right / wide,
      bottom: seen.bottom / high,
    };
    this.#drawOver({ ...placement, viewport });
  }

  #drawOver(placement: Placement): void {
    const { over } = this;
    const ratio = devicePixelRatio;
    const [width, height] = [placement.width, placement.height].map((length) => Math.round(length * ratio));
    Object.assign(over, { width, height }); // which also clears it
    Object.assign(over.style, { width: `${placement.width}px`, height: `${placement.height}px` });
    const context = over.getContext("2d");
    if (context === null || !width || !height) return;
    context.scale(ratio, ratio);
    this.#picture.copyLayers(context, placement);
  }
}

/** Positions a canvas that has the pixels of `crop` over those texels. */
export function lay(canvas: HTMLCanvasElement, crop: Viewport, { viewport, width, height }: Placement): void {
  const across = width / (viewport.right - viewport.left);
  const down = height / (viewport.bottom - viewport.top);
  Object.assign(canvas.style, {
    width: `${(crop.right - crop.left) * across}px`,
    height: `${(crop.bottom - crop.top) * down}px`,
    left: `${(crop.left - viewport.left) * across}px`,
    top: `${(crop.top - viewport.top) * down}px`,
  });
}
