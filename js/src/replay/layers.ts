// Composes the picture of a canvas from its layers, with some labels hidden. A replay keeps the layers beside the
// pictures.

import type { Decoded } from "../pictures/decode";
import type { Legend } from "../wire/protocol";

/** Square size of the compositor's checkerboard, which shows where nothing is painted. */
const CHECKER = 8;
const GRAYS = [153, 102];
const MAGENTA = 0xff00ff;

/** Replaces the colours of hidden `labels` in RGBA `pixels` by the checkerboard. */
export function withoutHidden(pixels: Uint8ClampedArray, width: number, labels: Legend["labels"]): void {
  const hidden = numbers(labels.filter((label) => label.hidden));
  for (let i = 0; i < pixels.length; i += 4) {
    if (!hidden.has(rgb(pixels, i))) continue;
    const x = (i / 4) % width;
    const y = Math.floor(i / 4 / width);
    const odd = (Math.floor(x / CHECKER) + Math.floor(y / CHECKER)) % 2;
    pixels.fill(GRAYS[odd] as number, i, i + 3);
  }
}

/** Makes everything in RGBA `pixels` of an overlay transparent, except visible `labels` and what is not a label. */
export function onlyShown(pixels: Uint8ClampedArray, labels: Legend["labels"]): void {
  const shown = numbers(labels.filter((label) => !label.hidden)).add(MAGENTA);
  for (let i = 0; i < pixels.length; i += 4) if (!shown.has(rgb(pixels, i))) pixels[i + 3] = 0;
}

function numbers(labels: Legend["labels"]): Set<number> {
  return new Set(labels.map(({ color }) => Number.parseInt(color.slice(1), 16)));
}

function rgb(pixels: Uint8ClampedArray, i: number): number {
  return ((pixels[i] as number) << 16) | ((pixels[i + 1] as number) << 8) | (pixels[i + 2] as number);
}

/** `picture` with modified pixels. */
export function changed(
  picture: Decoded,
  change: (pixels: Uint8ClampedArray, width: number) => void,
): Decoded {
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(picture.image, 0, 0);
  const data = context.getImageData(0, 0, width, height);
  change(data.data, width);
  context.putImageData(data, 0, 0);
  picture.close();
  return { image: canvas, width, height, close: () => {} };
}

/** `over` drawn upon `under` with `alpha`. */
export function blended(under: Decoded, over: Decoded, alpha: number): Decoded {
  const { width, height } = under;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(under.image, 0, 0);
  context.globalAlpha = alpha;
  context.drawImage(over.image, 0, 0, width, height);
  under.close();
  over.close();
  return { image: canvas, width, height, close: () => {} };
}
