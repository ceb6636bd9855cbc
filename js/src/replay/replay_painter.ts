// Decodes and paints recorded pictures. Only the frame requested last matters; an older one is never painted after it.

import { type Decoded, decode } from "../pictures/decode";
import type { Surface } from "../pictures/painter";
import type { ReplayBlob } from "./document";
import { imageSize } from "./image_size";

/** Pictures decoded at the same time, and most pixels of each. Recorded pictures have at most 512 pixels a side. */
const AT_ONCE = 16;
export const MOST_PIXELS = 1 << 22;

export interface ReplayPainterEvents {
  surface(canvas: string): Surface | undefined;
  /** All pictures of the request `token` have been painted. */
  painted(token: number): void;
}

interface Moment {
  token: number;
  blobs: ReadonlyMap<string, number>; // by canvas
}

export class ReplayPainter {
  #blobs: readonly ReplayBlob[];
  #events: ReplayPainterEvents;
  #shown = new Map<string, number>();
  #wanted: Moment | null = null;
  #busy = false;
  #destroyed = false;

  constructor(blobs: readonly ReplayBlob[], events: ReplayPainterEvents) {
    this.#blobs = blobs;
    this.#events = events;
  }

  /** Requests the `blobs` of each canvas. A request that still waits for decoding is replaced by a newer one. */
  show(token: number, blobs: ReadonlyMap<string, number>): void {
    this.#wanted = { token, blobs };
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#wanted !== null && !this.#destroyed) {
      const { token, blobs } = this.#wanted;
      this.#wanted = null;
      const news = [...blobs].filter(([canvas, blob]) => this.#shown.get(canvas) !== blob);
      for (let at = 0; at < news.length; at += AT_ONCE) {
        const some = news.slice(at, at + AT_ONCE);
        const pictures = await Promise.all(some.map(([, blob]) => this.#decode(blob)));
        some.forEach(([canvas, blob], i) => {
          this.#paint(canvas, blob, pictures[i] ?? null);
        });
      }
      if (!this.#destroyed) this.#events.painted(token);
    }
    this.#busy = false;
  }

  async #decode(index: number): Promise<Decoded | null> {
    const blob = this.#blobs[index];
    if (blob === undefined) return null;
    try {
      const bytes = Uint8Array.from(atob(blob.data), (letter) => letter.charCodeAt(0));
      const file = new DataView(bytes.buffer);
      const [width, height] = imageSize(file) ?? [0, 0];
      if (width * height > MOST_PIXELS) throw new Error(`it has ${width} x ${height} pixels`);
      return await decode(file, blob.format);
    } catch (error) {
      console.warn("vultorch_widget: a recorded picture could not be decoded", error);
      return null;
    }
  }

  #paint(canvas: string, blob: number, picture: Decoded | null): void {
    if (picture === null) return;
    if (!this.#destroyed) {
      this.#events.surface(canvas)?.paint(picture, this.#blobs[blob]?.lossless ?? false, null);
      this.#shown.set(canvas, blob);
    }
    picture.close();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#wanted = null;
  }
}
