// Zoom and pan of all canvases of one rendering. Linked canvases show the same part. The kernel is told, so that it
// renders the visible part.

import type { PictureView } from "../pictures/picture";
import { isWhole, type Viewport, whole } from "../pictures/viewport";
import type { Wire } from "../wire/connection";
import { Kept } from "../wire/kept";
import { Lens } from "./lens";
import { linked } from "./links";
import { readSights, type Sight, writtenSights } from "./sights";
import type { Source } from "./source";

/** The key of these choices in what the widget keeps. */
const PART = "zoom";
/** Milliseconds without a move before a viewport is kept: telling the kernel costs training time. */
const SETTLE = 400;

export class Zoom {
  #wire: Wire;
  #kept: Kept;
  #sights: Map<string, Sight>; // by canvas, where less than the whole is visible
  #settled: ReturnType<typeof setTimeout> | undefined;
  #lenses = new Map<PictureView, Lens>();
  #source: Source | null = null;
  #told: string | null = "[]"; // null if what the kernel knows is uncertain
  #frame: number | null = null;

  /** Starts with what `kept` holds, and keeps it up to date. */
  constructor(wire: Wire, kept = new Kept()) {
    this.#wire = wire;
    this.#kept = kept;
    this.#sights = readSights(kept.part(PART));
  }

  /** Rereads the kept choices. Call `update` afterwards. */
  takeKept(): void {
    this.#sights = readSights(this.#kept.part(PART));
  }

  /** Takes over the canvases of a scene. Call it whenever they or their sizes may have changed. */
  update(pictures: Iterable<PictureView>): void {
    const present = new Set(pictures);
    for (const [picture, lens] of this.#lenses) {
      if (present.has(picture)) continue;
      lens.destroy();
      this.#lenses.delete(picture);
    }
    for (const picture of present) {
      const { width, height } = picture.spec;
      const known = this.#sights.get(picture.spec.id);
      // A canvas to which nothing is bound yet has no size.
      if (known !== undefined && width > 0 && !(known.size.width === width && known.size.height === height))
        this.#sights.delete(picture.spec.id);
      if (this.#lenses.has(picture)) continue;
      const lens = new Lens(picture, (viewport) => this.show(picture, viewport));
      if (this.#source !== null) lens.showValues(this.#source);
      this.#lenses.set(picture, lens);
    }
    for (const picture of present) {
      if (picture.spec.width === 0) continue;
      const known = linked(picture, present).map(({ spec }) => this.#sights.get(spec.id)?.viewport);
      this.#place(picture, known.find((one) => one !== undefined) ?? whole(picture.spec));
    }
    // The kernel may be a new one, or may have forgotten this page.
    if (this.#told !== "[]") this.#told = null;
    this.#schedule();
  }

  /** Writes the values that `source` knows into large texels. Call it again when they have changed. */
  showValues(source: Source): void {
    this.#source = source;
    for (const lens of this.#lenses.values()) lens.showValues(source);
  }

  /** Shows `viewport` of `picture`, and of all pictures linked with it. */
  show(picture: PictureView, viewport: Viewport): void {
    for (const other of linked(picture, this.#lenses.keys())) this.#place(other, viewport);
    this.#schedule();
    clearTimeout(this.#settled);
    this.#settled = setTimeout(() => this.#keep(), SETTLE);
  }

  #keep(): void {
    this.#settled = undefined;
    this.#kept.keep(PART, this.#sights.size > 0 ? writtenSights(this.#sights) : undefined);
  }

  #place(picture: PictureView, viewport: Viewport): void {
    const { id, width, height } = picture.spec;
    const size = { width, height };
    if (isWhole(viewport, size)) this.#sights.delete(id);
    else this.#sights.set(id, { viewport, size });
    picture.viewport = viewport;
  }

  // Pictures that move at once are reported together, at most once per animation frame.
  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#tell();
    });
  }

  #tell(): void {
    const viewports = [...this.#lenses.keys()]
      .filter((picture) => picture.zoomed)
      .map((picture) => ({ canvas: picture.spec.id, ...picture.viewport }));
    const text = JSON.stringify(viewports);
    if (text === this.#told) return;
    this.#told = text;
    this.#wire.send({ kind: "viewports", viewports });
  }

  destroy(): void {
    clearTimeout(this.#settled);
    if (this.#settled !== undefined) this.#keep();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    for (const lens of this.#lenses.values()) lens.destroy();
    this.#lenses.clear();
  }
}
