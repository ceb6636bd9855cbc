// Shows the pictures kept in the notebook until the first frame arrives, which takes a while if the kernel is busy.

import type { PictureView } from "../pictures/picture";
import { annotationsAt, type ReplayDocument, ShownBlobs } from "../replay/document";
import { read } from "../replay/reader";
import { picturesOf, ReplayPainter } from "../replay/replay_painter";
import type { Model } from "../wire/connection";
import type { Marks } from "../wire/protocol";

/** Milliseconds to wait for the first frame before the saved pictures are shown. */
export const NO_FRAME = 300;

/** The canvases of a view. */
interface Canvases {
  /** Whether any canvas is still waiting for its first frame. */
  readonly waiting: boolean;
  picture(canvas: string): PictureView | undefined;
  /** Draws `marks` over a canvas. */
  annotate(canvas: string, marks: readonly Marks[]): void;
}

export class Recall {
  #canvases: Canvases;
  #model: Model;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #painter: ReplayPainter<number> | null = null;

  constructor(canvases: Canvases, model: Model) {
    this.#canvases = canvases;
    this.#model = model;
  }

  /** Starts to wait for the first frame. */
  expect(): void {
    this.#timer ??= setTimeout(() => this.#show(), NO_FRAME);
  }

  #show(): void {
    if (!this.#canvases.waiting) return;
    const replay = this.#kept();
    if (replay === null) return;
    const last = replay.frames.length - 1;
    const marks = annotationsAt(replay.frames, last);
    this.#painter = new ReplayPainter(picturesOf(replay.blobs), {
      surface: (canvas) => {
        const picture = this.#canvases.picture(canvas);
        return (
          picture && {
            paint: (decoded) => {
              if (picture.recall(decoded)) this.#annotate(picture, marks.get(canvas) ?? []);
            },
          }
        );
      },
      painted: () => this.#end(), // drops its files as well
    });
    this.#painter.show(0, new ShownBlobs(replay.frames).at(last));
  }

  /** Draws the overlays of the saved picture, until the first frame, which has its own. */
  #annotate({ spec, painted }: PictureView, marks: readonly Marks[]): void {
    this.#canvases.annotate(spec.id, marks);
    const arrived = () => {
      painted.delete(arrived);
      this.#canvases.annotate(spec.id, []);
    };
    if (marks.length > 0) painted.add(arrived);
  }

  /** The replay kept in the notebook, or null if there is none that can be played. */
  #kept(): ReplayDocument | null {
    try {
      return read(this.#model.get("_replay"));
    } catch {
      return null;
    }
  }

  #end(): void {
    this.#painter?.destroy();
    this.#painter = null;
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#end();
  }
}
