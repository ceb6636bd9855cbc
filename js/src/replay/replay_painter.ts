// Decodes and paints recorded pictures. Only the frame requested last matters; an older one is never painted after it.

import { isLayer, LABELS, layersOf, OVERLAY, UNDER } from "../annotations/layer_ids";
import { bytesOf } from "../base/base64";
import { type Decoded, decode } from "../pictures/decode";
import type { Surface } from "../pictures/painter";
import type { Legend } from "../wire/protocol";
import type { ReplayBlob } from "./document";
import { imageSize } from "./image_size";
import { blended, changed, onlyShown, withoutHidden } from "./layers";

/** Pictures decoded at the same time, and most pixels of each. Recorded pictures have at most 512 pixels a side. */
const AT_ONCE = 16;
export const MOST_PIXELS = 1 << 22;

/** A recorded picture. */
export interface RecordedPicture {
  readonly format: "jpeg" | "png";
  readonly lossless: boolean;
  /** Its file. */
  bytes(): DataView<ArrayBuffer>;
}

/** Recorded pictures by number. A number always means the same picture. */
export type RecordedPictures = (number: number) => RecordedPicture | undefined;

/** The pictures of a saved run. */
export function picturesOf(blobs: readonly ReplayBlob[]): RecordedPictures {
  return (number) => {
    const blob = blobs[number];
    if (blob === undefined) return undefined;
    const bytes = () => new DataView(bytesOf(blob.data).buffer);
    return { format: blob.format, lossless: blob.lossless, bytes };
  };
}

export interface ReplayPainterEvents<T> {
  surface(canvas: string): Surface | undefined;
  /** All pictures of the request `token` have been painted. */
  painted(token: T): void;
}

interface Request<T> {
  token: T;
  blobs: ReadonlyMap<string, number>; // by canvas or layer
}

export class ReplayPainter<T> {
  #recorded: RecordedPictures;
  #events: ReplayPainterEvents<T>;
  #shown = new Map<string, string>(); // canvas -> its blobs, by layer
  #chosen = new Map<string, readonly Legend[]>(); // by canvas, if the user has hidden or shown labels
  #wanted: Request<T> | null = null;
  #latest: Request<T> | null = null;
  #busy = false;
  #destroyed = false;

  constructor(recorded: RecordedPictures, events: ReplayPainterEvents<T>) {
    this.#recorded = recorded;
    this.#events = events;
  }

  /** Requests the `blobs` of each canvas. A newer request replaces one that is still waiting for decoding. */
  show(token: T, blobs: ReadonlyMap<string, number>): void {
    this.#wanted = this.#latest = { token, blobs };
    if (!this.#busy) void this.#work();
  }

  /** From now on, shows the labels of `canvas` as `legends` say. */
  choose(canvas: string, legends: readonly Legend[]): void {
    this.#chosen.set(canvas, legends);
    if (this.#latest !== null) this.show(this.#latest.token, this.#latest.blobs);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#wanted !== null && !this.#destroyed) {
      const { token, blobs } = this.#wanted;
      this.#wanted = null;
      const news = [...blobs].filter(
        ([canvas]) => !isLayer(canvas) && this.#shown.get(canvas) !== this.#recipe(canvas, blobs),
      );
      for (let at = 0; at < news.length; at += AT_ONCE) {
        const some = news.slice(at, at + AT_ONCE);
        const recipes = some.map(([canvas]) => this.#recipe(canvas, blobs));
        const pictures = await Promise.all(some.map(([canvas]) => this.#make(canvas, blobs)));
        some.forEach(([canvas, blob], i) => {
          this.#paint(canvas, blob, recipes[i] as string, pictures[i] ?? null);
        });
      }
      if (!this.#destroyed) this.#events.painted(token);
    }
    this.#busy = false;
  }

  /** What the picture of `canvas` is made of: its own file, or layers once the user has chosen labels. */
  #recipe(canvas: string, blobs: Request<T>["blobs"]): string {
    const legends = this.#chosen.get(canvas);
    const files = [canvas, ...layersOf(canvas)].map((id) => blobs.get(id));
    return JSON.stringify(legends === undefined ? files[0] : [files, legends]);
  }

  async #make(canvas: string, blobs: Request<T>["blobs"]): Promise<Decoded | null> {
    const legends = this.#chosen.get(canvas) ?? [];
    const picture = legends.find(({ layer }) => layer === "picture");
    const overlay = legends.find(({ layer }) => layer === "overlay");
    const labelled = picture === undefined ? undefined : blobs.get(LABELS + canvas);
    const over = overlay === undefined ? undefined : blobs.get(OVERLAY + canvas);
    const under = over === undefined ? undefined : blobs.get(UNDER + canvas);
    let made = await this.#decode(labelled ?? under ?? blobs.get(canvas) ?? -1);
    if (made !== null && picture !== undefined && labelled !== undefined)
      made = changed(made, (pixels, width) => withoutHidden(pixels, width, picture.labels));
    if (made === null || overlay === undefined || over === undefined) return made;
    const mask = await this.#decode(over);
    if (mask === null) return made;
    return blended(
      made,
      changed(mask, (pixels) => onlyShown(pixels, overlay.labels)),
      overlay.alpha,
    );
  }

  async #decode(index: number): Promise<Decoded | null> {
    const blob = this.#recorded(index);
    if (blob === undefined) return null;
    try {
      const file = blob.bytes();
      const [width, height] = imageSize(file) ?? [0, 0];
      if (width * height > MOST_PIXELS) throw new Error(`it has ${width} x ${height} pixels`);
      return await decode(file, blob.format);
    } catch (error) {
      console.warn("vultorch_widget: a recorded picture could not be decoded", error);
      return null;
    }
  }

  #paint(canvas: string, blob: number, recipe: string, picture: Decoded | null): void {
    if (picture === null) return;
    if (!this.#destroyed) {
      this.#events.surface(canvas)?.paint(picture, this.#recorded(blob)?.lossless ?? false, null);
      this.#shown.set(canvas, recipe);
    }
    picture.close();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#wanted = null;
  }
}
