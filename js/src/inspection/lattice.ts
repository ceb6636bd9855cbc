// The edges of texels, drawn over a picture zoomed so far that its pixels are texels, and values inside large texels.

import { element, setText } from "../base/dom";
import { short } from "../base/numbers";
import { DISTINCT, type PictureView } from "../pictures/picture";
import { type Layer, type Placement, toCss } from "../pictures/viewport";
import type { Source, Texel } from "./source";

/** Device pixels per texel from which its value is written into it, and the maximum number of such texels. */
const LEGIBLE = 48;
const MOST_TEXELS = 2048;
/** Largest and smallest height of the text in CSS pixels, and the share of a line that it takes. */
const LARGEST = 14;
const LEAST = 5;
const LINE = 1.2;
/** Width of a letter as a share of its height, and the share of a texel that text may take. */
const LETTER = 0.62;
const FILLED = 0.86;

export class Lattice implements Layer {
  readonly element = element("div", { className: "vw-lattice", hidden: true });
  #edges: HTMLCanvasElement | null = null; // created on first use
  #values: HTMLCanvasElement | null = null;
  #caveat = element("div", { className: "vw-caveat", hidden: true });
  #picture: PictureView;
  #source: Source | null = null;

  constructor(picture: PictureView) {
    this.#picture = picture;
    this.element.append(this.#caveat);
  }

  /** Writes the values that `source` knows. Call it again when they have changed. */
  show(source: Source): void {
    if (source !== this.#source) this.#source?.watch?.(this.#picture.spec.id, null);
    this.#source = source;
    if (this.#picture.zoomed) this.#write(this.#picture.placement);
  }

  place(placement: Placement): void {
    const { zoomed, scale, exact } = this.#picture;
    const shown = zoomed && scale >= DISTINCT && exact;
    this.element.hidden = !shown;
    if (shown) this.#draw(placement);
    this.#write(placement);
  }

  #draw(placement: Placement): void {
    const { viewport } = placement;
    this.#edges ??= this.element.appendChild(element("canvas", { className: "vw-edges" }));
    const context = cleared(this.#edges, placement);
    if (context === null) return;
    const { width, height } = this.#edges;
    context.fillStyle = "rgb(90 90 90)";
    for (let x = Math.ceil(viewport.left); x < viewport.right; x++)
      context.fillRect(Math.round(toCss(placement, { x, y: 0 }).x * devicePixelRatio), 0, 1, height);
    for (let y = Math.ceil(viewport.top); y < viewport.bottom; y++)
      context.fillRect(0, Math.round(toCss(placement, { x: 0, y }).y * devicePixelRatio), width, 1);
  }

  #write(placement: Placement): void {
    const { scale, spec } = this.#picture;
    const left = Math.floor(placement.viewport.left);
    const top = Math.floor(placement.viewport.top);
    const right = Math.ceil(placement.viewport.right);
    const bottom = Math.ceil(placement.viewport.bottom);
    const legible =
      !this.element.hidden && scale >= LEGIBLE && (right - left) * (bottom - top) <= MOST_TEXELS;
    this.#source?.watch?.(spec.id, legible ? { left, top, right, bottom } : null);
    const caveat = (legible && this.#source?.caveat) || "";
    setText(this.#caveat, caveat);
    this.#caveat.hidden = caveat === "";
    if (!legible || this.#source === null) {
      this.#values?.remove();
      this.#values = null;
      return;
    }
    this.#values ??= this.element.appendChild(element("canvas"));
    const context = cleared(this.#values, placement);
    if (context === null) return;
    context.scale(devicePixelRatio, devicePixelRatio);
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const texel = this.#source.texel(spec.id, x, y);
        if (texel !== null) this.#label(context, placement, x, y, texel);
      }
  }

  /** One line per channel, in text that fits. */
  #label(context: CanvasRenderingContext2D, placement: Placement, x: number, y: number, texel: Texel): void {
    const from = toCss(placement, { x, y });
    const to = toCss(placement, { x: x + 1, y: y + 1 });
    const lines = texel.numbers.map((value) => (typeof value === "bigint" ? String(value) : short(value, 3)));
    const longest = Math.max(1, ...lines.map(({ length }) => length));
    const across = (FILLED * (to.x - from.x)) / (LETTER * longest);
    const down = (FILLED * (to.y - from.y)) / (LINE * lines.length);
    const size = Math.min(LARGEST, across, down);
    if (size < LEAST) return;
    context.font = `${size}px ui-monospace, monospace`;
    context.textAlign = "center";
    context.direction = "ltr"; // signs go before digits
    context.textBaseline = "middle";
    context.lineWidth = size / 4;
    context.strokeStyle = "rgb(0 0 0 / 75%)";
    context.fillStyle = "#fff";
    const middle = (from.x + to.x) / 2;
    lines.forEach((line, n) => {
      const at = (from.y + to.y) / 2 + (n - (lines.length - 1) / 2) * size * LINE;
      context.strokeText(line, middle, at);
      context.fillText(line, middle, at);
    });
  }
}

/** The context of `canvas`, cleared, and as large as the window in device pixels. */
function cleared(canvas: HTMLCanvasElement, placement: Placement): CanvasRenderingContext2D | null {
  const width = Math.round(placement.width * devicePixelRatio);
  const height = Math.round(placement.height * devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context?.resetTransform();
  context?.clearRect(0, 0, width, height);
  return context;
}
