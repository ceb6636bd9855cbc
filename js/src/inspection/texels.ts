// Values of texels from the kernel. The page asks only when the pointer moves to another texel, and not again before an
// answer. The kernel sends new values on its own.

import { Series } from "../chart/series";
import type { Wire } from "../wire/connection";
import type { PinnedTexel, Pins, Probed, TexelBlock, TexelValues } from "../wire/protocol";
import { type Source, type Spot, same, type Texel } from "./source";
import { decoded, type Value } from "./values";

/** Milliseconds between two requests, and until the next if no answer comes. A message costs the training more than a
 *  frame does. */
const LEAST = 40;
const MOST = 400;

interface Known extends Omit<TexelValues, "buffer"> {
  numbers: Value[];
}

export class Texels implements Source {
  readonly caveat = "";
  pins: readonly PinnedTexel[] = [];
  moment: Source["moment"] = null;
  #wire: Wire;
  #changed: () => void;
  #known = new Map<string, Known>(); // single texels
  #blocks: Known[] = []; // the newest first
  #watched = new Map<string, TexelBlock>(); // by canvas
  #lives = new Map<string, Series[]>();
  #wanted: Spot | null = null;
  #asked: Spot | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #frame: number | null = null;

  /** Calls `changed` when values or pins have arrived. */
  constructor(wire: Wire, changed: () => void) {
    this.#wire = wire;
    this.#changed = changed;
  }

  point(spot: Spot | null): void {
    this.#wanted = spot;
    if (this.#timer === null) this.#ask();
  }

  #ask(): void {
    this.#timer = null;
    if (same(this.#wanted, this.#asked)) return;
    this.#asked = this.#wanted;
    const { canvas, x, y } = this.#asked ?? { canvas: "", x: 0, y: 0 };
    this.#wire.send({ kind: "probe_texel", canvas, x, y });
    this.#wait(MOST);
  }

  #wait(milliseconds: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  pin({ canvas, x, y }: Spot, pinned: boolean, alone: boolean): void {
    this.#wire.send({ kind: "pin_texel", canvas, x, y, pinned, alone });
  }

  /** Requests all values in a part of a canvas (at most 8,192 texels in all canvases together), or none. */
  watch(canvas: string, part: Omit<TexelBlock, "canvas"> | null): void {
    const before = this.#watched.get(canvas);
    if (part === null ? before === undefined : JSON.stringify({ canvas, ...part }) === JSON.stringify(before))
      return;
    if (part === null) this.#watched.delete(canvas);
    else this.#watched.set(canvas, { canvas, ...part });
    this.#blocks = this.#blocks.filter((block) => block.canvas !== canvas);
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#wire.send({ kind: "watch_texels", blocks: [...this.#watched.values()] });
    });
  }

  take({ frame, step, texels }: Probed, buffers: readonly DataView[]): void {
    for (const { buffer, ...block } of texels) {
      const bytes = buffers[buffer];
      if (bytes !== undefined) this.#keep({ ...block, numbers: decoded(block.dtype, bytes) });
    }
    this.moment = { frame, step };
    if (this.#timer !== null) this.#wait(LEAST);
    this.#prune();
    this.#changed();
  }

  #keep(block: Known): void {
    const { canvas, left, top, right, bottom } = block;
    if (right - left === 1 && bottom - top === 1) this.#known.set(key(canvas, left, top), block);
    if (!this.#watched.has(canvas)) return;
    // The newest comes first: an answer about a part that was watched before may still arrive after a new request.
    this.#blocks = [block, ...this.#blocks.filter((old) => !covers(block, old))];
  }

  /** Drops texels that are neither pointed at nor pinned: the kernel does not keep them up to date. */
  #prune(): void {
    const spots = [this.#asked, this.#wanted, ...this.pins].filter((spot) => spot !== null);
    for (const [name, { left, top }] of this.#known)
      if (!spots.some(({ x, y }) => x === left && y === top)) this.#known.delete(name);
  }

  takePins({ pins, lives }: Pins, buffers: readonly DataView[]): void {
    this.pins = pins;
    for (const { canvas, x, y, channel, start, buffer } of lives) {
      const bytes = buffers[buffer];
      if (bytes === undefined) continue;
      const name = key(canvas, x, y);
      const series = this.#lives.get(name) ?? [];
      this.#lives.set(name, series);
      series[channel] ??= new Series(String(channel));
      series[channel].apply({ name, start, buffer }, bytes);
    }
    for (const [name, series] of this.#lives)
      if (series.every(({ empty }) => empty)) this.#lives.delete(name);
    this.#prune();
    this.#changed();
  }

  texel(canvas: string, x: number, y: number): Texel | null {
    const single = this.#known.get(key(canvas, x, y));
    const block =
      single ??
      this.#blocks.find(
        (one) => one.canvas === canvas && one.left <= x && x < one.right && one.top <= y && y < one.bottom,
      );
    if (block === undefined) return null;
    const { left, top, right, channels, numbers, picture, column, row, dtype } = block;
    const at = ((y - top) * (right - left) + (x - left)) * channels;
    return {
      picture,
      column: column + x - left,
      row: row + y - top,
      dtype,
      numbers: numbers.slice(at, at + channels),
    };
  }

  life(canvas: string, x: number, y: number): readonly Series[] {
    return this.#lives.get(key(canvas, x, y)) ?? [];
  }

  /** Forgets what was requested: the kernel may be a new one. */
  restart(): void {
    this.#asked = null;
    if (this.#watched.size > 0)
      this.#wire.send({ kind: "watch_texels", blocks: [...this.#watched.values()] });
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }
}

function covers(block: Known, other: Known): boolean {
  return (
    block.canvas === other.canvas &&
    block.left <= other.left &&
    block.top <= other.top &&
    block.right >= other.right &&
    block.bottom >= other.bottom
  );
}

function key(canvas: string, x: number, y: number): string {
  return `${x},${y} ${canvas}`;
}
