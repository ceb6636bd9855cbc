// Where the values of texels come from: the kernel, or the painted pixels.

import type { Series } from "../chart/series";
import type { TexelBlock } from "../wire/protocol";
import type { Value } from "./values";

export interface Spot {
  canvas: string;
  x: number;
  y: number;
}

/** One texel. `picture`, `column` and `row` locate it in a batch; `picture` is -1 if there is only one. */
export interface Texel {
  picture: number;
  column: number;
  row: number;
  dtype: string;
  numbers: readonly Value[];
}

export interface Source {
  /** A caveat about the values, if they are not those of the tensor. */
  readonly caveat: string;
  readonly pins: readonly Spot[];
  /** When the values were read, as the frame and the step of the run. */
  readonly moment: { readonly frame: number; readonly step: number } | null;
  /** Sets the texel under the pointer. */
  point(spot: Spot | null): void;
  /** Pins a texel or removes its pin; `alone` removes all other pins first. */
  pin(spot: Spot, pinned: boolean, alone: boolean): void;
  /** The values of a texel, if known. */
  texel(canvas: string, x: number, y: number): Texel | null;
  /** Requests the values in a part of a canvas for as long as they are wanted; null ends that. */
  watch?(canvas: string, part: Omit<TexelBlock, "canvas"> | null): void;
  /** The values of a pinned texel over the run, by channel. */
  life(canvas: string, x: number, y: number): readonly Series[];
}

export function same(a: Spot | null, b: Spot | null): boolean {
  return a === b || (a !== null && b !== null && a.canvas === b.canvas && a.x === b.x && a.y === b.y);
}
