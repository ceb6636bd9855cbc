// Positions boxes with values so that they do not cover what they describe. Pure.

import type { Point, Size } from "../pictures/viewport";

/** CSS pixels between a box and the pointer or texel, and between a box and the edges of the view. */
const APART = 14;
const MARGIN = 4;

interface Rect extends Point, Size {}

/** The top left corner of a box of `size` beside the pointer `at`: below and to the right if there is room. */
export function beside(at: Point, size: Size, within: Size): Point {
  return {
    x: after(at.x, size.width, within.width),
    y: after(at.y, size.height, within.height),
  };
}

function after(at: number, length: number, most: number): number {
  if (at + APART + length + MARGIN <= most) return at + APART;
  if (at - APART - length >= MARGIN) return at - APART - length;
  return Math.max(MARGIN, most - length - MARGIN);
}

/** The top left corner of a box of `size` in the corner of the `window` that is farthest from the `texel`. */
export function inCorner(texel: Rect, window: Rect, size: Size, within: Size): Point {
  const middle = { x: texel.x + texel.width / 2, y: texel.y + texel.height / 2 };
  const right = middle.x < window.x + window.width / 2;
  const bottom = middle.y < window.y + window.height / 2;
  const x = right ? window.x + window.width - size.width - MARGIN : window.x + MARGIN;
  const y = bottom ? window.y + window.height - size.height - MARGIN : window.y + MARGIN;
  const box = {
    x: clamped(x, within.width - size.width - MARGIN),
    y: clamped(y, within.height - size.height - MARGIN),
    ...size,
  };
  if (!covers(box, texel)) return box;
  // Too large for the window: goes above or below the texel, wherever the view has more room.
  const below = texel.y + texel.height + MARGIN;
  const above = texel.y - size.height - MARGIN;
  const y2 = below + size.height <= within.height || above < 0 ? below : above;
  return { x: box.x, y: clamped(y2, within.height - size.height - MARGIN) };
}

function clamped(value: number, most: number): number {
  return Math.max(MARGIN, Math.min(most, value));
}

function covers(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
