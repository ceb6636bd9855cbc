// Which parts of canvases are visible, in the form that is saved. Pure.

import { panned, type Size, type Viewport } from "../pictures/viewport";
import { readByCanvas } from "../wire/kept";

/** A viewport, with the size of the picture that it is a part of. */
export interface Sight {
  readonly viewport: Viewport;
  readonly size: Size;
}

const MOST_SIDE = 2 ** 31;

/** Reads saved sights by canvas, which are untrusted. Invalid ones are dropped. */
export function readSights(value: unknown): Map<string, Sight> {
  return readByCanvas(value, readSight);
}

function readSight(saved: unknown): Sight | undefined {
  const numbers = Array.isArray(saved) ? saved : [];
  if (numbers.length !== 6 || !numbers.every((one) => typeof one === "number")) return undefined;
  const [left, top, right, bottom, width, height] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const size = { width, height };
  const inside = left >= 0 && top >= 0 && left < right && top < bottom && right <= width && bottom <= height;
  if (!inside || !(Math.max(width, height) <= MOST_SIDE)) return undefined;
  // A viewport has the aspect ratio of its picture, whatever was saved.
  return { viewport: panned({ left, top, right, bottom }, 0, 0, size), size };
}

/** The inverse of `readSights`. */
export function writtenSights(sights: ReadonlyMap<string, Sight>): Record<string, readonly number[]> {
  return Object.fromEntries(
    [...sights].map(([canvas, { viewport, size }]) => {
      const { left, top, right, bottom } = viewport;
      return [canvas, [left, top, right, bottom, size.width, size.height]];
    }),
  );
}
