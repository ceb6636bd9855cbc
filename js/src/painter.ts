// Decodes pictures off the main thread and paints those of one update together, in one animation frame, newest first.

import type { Picture, Update } from "./protocol";

export interface Surface {
  paint(bitmap: ImageBitmap, lossless: boolean): void;
}

interface Decoded {
  seq: number;
  pictures: { picture: Picture; bitmap: ImageBitmap }[];
}

export type Decode = (blob: Blob) => Promise<ImageBitmap>;

// Pixels as they were sent: no colour management and no multiplication by alpha would be exact.
const decodeExactly: Decode = (blob) =>
  createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });

export class Painter {
  #surface: (canvas: string) => Surface | undefined;
  #painted: (seq: number) => void;
  #failed: () => void;
  #decode: Decode;
  #newest = 0;
  #pending: Decoded[] = [];
  #frame: number | null = null;
  #destroyed = false;

  constructor(options: {
    surface: (canvas: string) => Surface | undefined;
    painted: (seq: number) => void;
    failed: () => void;
    decode?: Decode;
  }) {
    this.#surface = options.surface;
    this.#painted = options.painted;
    this.#failed = options.failed;
    this.#decode = options.decode ?? decodeExactly;
  }

  async take(update: Update, buffers: DataView[]): Promise<void> {
    let bitmaps: ImageBitmap[];
    try {
      bitmaps = await Promise.all(
        update.pictures.map((picture) => {
          const bytes = buffers[picture.buffer];
          if (bytes === undefined) throw new Error(`the update has no buffer ${picture.buffer}`);
          return this.#decode(
            new Blob([bytes as DataView<ArrayBuffer>], { type: `image/${picture.format}` }),
          );
        }),
      );
    } catch {
      this.#failed(); // the kernel sends it again, whole
      return;
    }
    const pictures = update.pictures.map((picture, i) => ({ picture, bitmap: bitmaps[i] as ImageBitmap }));
    this.#pending.push({ seq: update.seq, pictures });
    if (this.#destroyed) this.#drop();
    else this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  // An update need not have a picture of every canvas, so of what is waiting each canvas takes its newest.
  #paint(): void {
    this.#frame = null;
    const newest = new Map<string, { seq: number; picture: Picture; bitmap: ImageBitmap }>();
    for (const { seq, pictures } of this.#pending) {
      for (const { picture, bitmap } of pictures) {
        const known = newest.get(picture.canvas);
        if (known === undefined || known.seq < seq) newest.set(picture.canvas, { seq, picture, bitmap });
      }
    }
    for (const { seq, picture, bitmap } of newest.values()) {
      const surface = this.#surface(picture.canvas);
      if (surface !== undefined && seq > (this.#shown.get(picture.canvas) ?? 0)) {
        surface.paint(bitmap, picture.lossless);
        this.#shown.set(picture.canvas, seq);
      }
    }
    const highest = Math.max(0, ...this.#pending.map((decoded) => decoded.seq));
    this.#drop();
    if (highest > this.#newest) {
      this.#newest = highest;
      this.#painted(highest);
    }
  }

  #shown = new Map<string, number>(); // canvas -> seq of what it shows

  #drop(): void {
    for (const { pictures } of this.#pending) for (const { bitmap } of pictures) bitmap.close();
    this.#pending = [];
  }

  destroy(): void {
    this.#destroyed = true;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#drop();
  }
}
