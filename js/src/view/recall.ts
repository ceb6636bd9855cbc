// The picture that the notebook has kept, shown until the first frame: a kernel that is busy may take a while for that.

import type { PictureView } from "../pictures/picture";
import { type ReplayDocument, ShownBlobs } from "../replay/document";
import { read } from "../replay/reader";
import { ReplayPainter } from "../replay/replay_painter";
import type { Model } from "../wire/connection";

/** Milliseconds to wait for the first frame before the kept picture is shown. */
export const NO_FRAME = 300;

/** Where pictures are shown. */
interface Canvases {
  /** Whether a canvas has had no picture yet. */
  readonly waiting: boolean;
  picture(canvas: string): PictureView | undefined;
}

export class Recall {
  #canvases: Canvases;
  #model: Model;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #painter: ReplayPainter | null = null;

  constructor(canvases: Canvases, model: Model) {
    this.#canvases = canvases;
    this.#model = model;
  }

  /** A kernel serves the view: its first frame should come soon. */
  expect(): void {
    this.#timer ??= setTimeout(() => this.#show(), NO_FRAME);
  }

  #show(): void {
    if (!this.#canvases.waiting) return;
    const replay = this.#kept();
    if (replay === null) return;
    this.#painter = new ReplayPainter(replay.blobs, {
      surface: (canvas) => {
        const picture = this.#canvases.picture(canvas);
        return picture && { paint: (decoded) => picture.recall(decoded) };
      },
      painted: () => {},
    });
    this.#painter.show(0, new ShownBlobs(replay.frames).at(replay.frames.length - 1));
  }

  /** The replay that the notebook has kept; null if it has none that can be played. */
  #kept(): ReplayDocument | null {
    try {
      return read(this.#model.get("_replay"));
    } catch {
      return null;
    }
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#painter?.destroy();
  }
}
