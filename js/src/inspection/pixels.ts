// Values of texels as painted, with 8 bits per colour, for when no kernel has the tensors.

import { element } from "../base/dom";
import type { Series } from "../chart/series";
import type { PictureView } from "../pictures/picture";
import { type Source, type Spot, same, type Texel } from "./source";

/** Looks up a texel's recorded history in a saved run. */
export type Lives = (canvas: string, x: number, y: number) => readonly Series[];

export class Pixels implements Source {
  readonly caveat = "8-bit pixels, not the tensor's values";
  readonly moment = null;
  pins: readonly Spot[] = [];
  #picture: (canvas: string) => PictureView | undefined;
  #changed: () => void;
  #lives: Lives;
  #copy: CanvasRenderingContext2D | null = null;

  /** Calls `changed` when a pin is set or removed. */
  constructor(
    picture: (canvas: string) => PictureView | undefined,
    changed: () => void,
    lives: Lives = () => [],
  ) {
    this.#picture = picture;
    this.#changed = changed;
    this.#lives = lives;
  }

  // Reading from the picture's own canvas over and over would move it out of the GPU's memory.
  get #scratch(): CanvasRenderingContext2D | null {
    this.#copy ??= element("canvas", { width: 1, height: 1 }).getContext("2d", {
      alpha: false,
      willReadFrequently: true,
    });
    return this.#copy;
  }

  point(): void {}

  pin(spot: Spot, pinned: boolean, alone: boolean): void {
    const others = alone ? [] : this.pins.filter((pin) => !same(pin, spot));
    this.pins = pinned ? [...others, spot] : others;
    this.#changed();
  }

  texel(canvas: string, x: number, y: number): Texel | null {
    const picture = this.#picture(canvas);
    if (picture === undefined || picture.canvas.hidden) return null;
    const { left, top, right, bottom } = picture.crop;
    const { width, height } = picture.canvas;
    const across = Math.floor(((x + 0.5 - left) / (right - left)) * width);
    const down = Math.floor(((y + 0.5 - top) / (bottom - top)) * height);
    if (!(across >= 0 && across < width && down >= 0 && down < height)) return null;
    const probe = this.#scratch;
    if (probe === null) return null;
    probe.drawImage(picture.canvas, across, down, 1, 1, 0, 0, 1, 1);
    const { data } = probe.getImageData(0, 0, 1, 1);
    return { picture: -1, column: x, row: y, dtype: "uint8", numbers: [...data.slice(0, 3)] };
  }

  life(canvas: string, x: number, y: number): readonly Series[] {
    return this.#lives(canvas, x, y);
  }
}
