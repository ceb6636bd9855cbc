// One canvas: a box that measures its device pixels, and in it a window onto the picture. The window is as large as the
// whole picture fitted into the box. It shows all of the picture, or magnifies a part of it: the viewport. The kernel
// then sends a picture of that part; until it arrives, the page shows the pixels it has.

import { element, setText } from "../base/dom";
import type { Wire } from "../wire/connection";
import type { CanvasSpec } from "../wire/protocol";
import type { Decoded } from "./decode";
import type { Surface } from "./painter";
import { PointerTracker, type Target } from "./pointer";
import { isWhole, type Layer, type Placement, type Viewport, whole } from "./viewport";

export interface Room {
  width: number;
  height: number;
}

export interface PictureEvents {
  /** The number of available device pixels has changed. */
  resized(): void;
  /** The browser has discarded what was painted. */
  lost(): void;
}

/** Device pixels per texel from which a zoomed picture shows texels as they are, without filtering. */
export const DISTINCT = 8;

/** Fits the picture into `room`, both in device pixels. The result is in whole pixels, so that edges do not blur. */
export function fitted(spec: CanvasSpec, room: Room, ratio: number): Room {
  if (!hasTexels(spec)) return { width: 0, height: 0 };
  if (spec.fit === "stretch") return room;
  let scale = Math.min(room.width / spec.width, room.height / spec.height);
  if (spec.fit === "natural") scale = Math.min(scale, ratio);
  return {
    width: Math.max(1, Math.round(spec.width * scale)),
    height: Math.max(1, Math.round(spec.height * scale)),
  };
}

/** Whether there is anything to paint. A bound tensor may be empty. */
function hasTexels(spec: CanvasSpec): boolean {
  return spec.width > 0 && spec.height > 0;
}

/** The size as text, such as "256 × 256", or an empty text if no tensor is bound. */
export function resolution(spec: CanvasSpec): string {
  return spec.detail !== "" ? `${spec.width} × ${spec.height}` : "";
}

/** Rounds a length to device pixels. The browser reports them `exact`ly, but CSS pixels instead on an emulated
 *  screen. */
function devicePixels(length: number, exact: number | undefined): number {
  const computed = length * devicePixelRatio;
  return exact !== undefined && Math.abs(exact - computed) < 1.5 ? exact : Math.round(computed);
}

export class PictureView implements Surface {
  readonly element: HTMLElement;
  readonly canvas = element("canvas", { className: "vw-canvas" });
  /** Called after each painted picture, and after each change of what belongs to it. */
  readonly painted = new Set<() => void>();
  /** Clips the canvas. Layers over the picture are its children. It takes the focus, and so receives keys. */
  readonly window: HTMLElement;
  /** Buttons of this picture, to be placed beside it. */
  readonly tools = element("span", { className: "vw-picture-tools" });
  #box: HTMLElement;
  #note = element("div", { className: "vw-note" });
  #name = element("span");
  #size = element("span");
  #caption = element("figcaption", { className: "vw-caption" }, this.#name, " ", this.#size);
  #context: CanvasRenderingContext2D | null;
  #spec: CanvasSpec;
  #room: Room = { width: 0, height: 0 };
  #frame: Room = { width: 0, height: 0 }; // of the window, in device pixels
  #viewport: Viewport | null = null; // null: the whole picture
  #crop: Viewport | null = null; // the part that the canvas has pixels of; null: the whole picture
  #under: HTMLCanvasElement | null = null; // the last whole picture, visible where the canvas has no pixels yet
  #layers = new Set<Layer>();
  #observer: ResizeObserver;
  #events: PictureEvents;
  #pointing: PointerTracker;
  #live = true;
  #empty = true;
  #recalled = false;

  /** Sends pointer input on `wire`. */
  constructor(spec: CanvasSpec, wire: Wire, events: PictureEvents) {
    this.#spec = spec;
    this.#events = events;
    this.window = element("div", { className: "vw-window", tabIndex: 0 }, this.canvas);
    this.window.setAttribute("role", "group");
    this.#box = element("div", { className: "vw-picture" }, this.window, this.#note);
    this.element = element("figure", { className: "vw-cell" }, this.#box, this.#caption);
    this.canvas.dataset.vwCanvas = spec.id;
    this.canvas.setAttribute("role", "img");
    this.canvas.addEventListener("contextrestored", () => this.#events.lost());
    this.#context = this.canvas.getContext("2d", { alpha: false });
    this.#observer = new ResizeObserver((entries) => this.#measure(entries[0]));
    this.#observe();
    this.#pointing = new PointerTracker(
      this.#box,
      () => this.#target(),
      (report) => wire.send({ kind: "pointed", canvas: spec.id, ...report }),
    );
    this.update(spec);
  }

  /** Device pixels available for the picture. */
  get room(): Room {
    return this.#room;
  }

  get spec(): CanvasSpec {
    return this.#spec;
  }

  update(spec: CanvasSpec): void {
    const { width, height } = this.#spec;
    if (spec.width !== width || spec.height !== height) {
      this.#viewport = this.#crop = null;
      this.#forgetWhole();
    }
    this.#spec = spec;
    this.window.setAttribute("aria-label", `${spec.name}: press + and - to zoom`);
    const what = hasTexels(spec) ? `${spec.width} by ${spec.height} texels` : "empty";
    this.canvas.setAttribute("aria-label", `${spec.name}, ${what}`);
    setText(this.#name, spec.name);
    setText(this.#size, resolution(spec));
    this.#caption.title = [spec.name, resolution(spec), spec.detail].filter(Boolean).join(" · ");
    if (!hasTexels(spec)) this.#empty = true;
    this.#describe();
    this.live = this.#live;
    this.place();
  }

  /** Puts the buttons into the caption. */
  captionTools(): void {
    if (this.tools.parentNode !== this.#caption) this.#caption.append(this.tools);
  }

  /** Whether pointer input is sent, if the program listens to it. */
  set live(live: boolean) {
    this.#live = live;
    this.#pointing.mode = live ? this.#spec.pointer : "off";
  }

  /** Takes the pointer away from the program, for a gesture of two fingers. */
  interrupt(): void {
    this.#pointing.interrupt();
  }

  #target(): Target | null {
    if (this.canvas.hidden) return null;
    return { rect: this.window.getBoundingClientRect(), viewport: this.viewport };
  }

  /** The part of the picture that the window shows, in texels. It has the picture's aspect ratio. */
  get viewport(): Viewport {
    return this.#viewport ?? whole(this.#spec);
  }

  set viewport(viewport: Viewport) {
    const zoomed = !isWhole(viewport, this.#spec);
    if (zoomed && this.#viewport === null) this.#keepWhole();
    this.#viewport = zoomed ? viewport : null;
    this.place();
  }

  /** Whether the window shows a part of the picture only. */
  get zoomed(): boolean {
    return this.#viewport !== null;
  }

  /** Where texels lie in the window. */
  get placement(): Placement {
    const ratio = devicePixelRatio;
    return {
      viewport: this.viewport,
      width: this.#frame.width / ratio,
      height: this.#frame.height / ratio,
    };
  }

  /** The part of the picture that the canvas has pixels of, in texels. */
  get crop(): Viewport {
    return this.#crop ?? whole(this.#spec);
  }

  /** Whether each pixel of the canvas is a texel. */
  get exact(): boolean {
    const { left, top, right, bottom } = this.crop;
    return this.canvas.width === right - left && this.canvas.height === bottom - top;
  }

  /** A canvas with the whole picture, perhaps an older one than is shown; null if there is none. */
  get wholePicture(): HTMLCanvasElement | null {
    if (this.#crop === null) return this.#empty ? null : this.canvas;
    return this.#under;
  }

  /** Device pixels per texel, along the axis that has fewer. */
  get scale(): number {
    const { left, top, right, bottom } = this.viewport;
    return Math.min(this.#frame.width / (right - left), this.#frame.height / (bottom - top));
  }

  /** Puts `layer` over the picture, and above earlier layers. */
  addLayer(layer: Layer): void {
    this.#layers.add(layer);
    this.window.append(layer.element);
    layer.place(this.placement);
  }

  removeLayer(layer: Layer): void {
    this.#layers.delete(layer);
    layer.element.remove();
  }

  /** Draws what belongs to the picture over a copy of it at the origin of `context`. */
  copyLayers(context: CanvasRenderingContext2D, placement: Placement): void {
    for (const layer of this.#layers) layer.copy?.(context, placement);
  }

  /** Copies the whole picture before the canvas gets pictures of a part. */
  #keepWhole(): void {
    const { width, height } = this.canvas;
    if (this.#crop !== null || this.#empty || width === 0 || height === 0) return;
    this.#under ??= element("canvas", { className: "vw-canvas" });
    Object.assign(this.#under, { width, height });
    this.#under.getContext("2d", { alpha: false })?.drawImage(this.canvas, 0, 0);
    this.window.prepend(this.#under);
  }

  #forgetWhole(): void {
    this.#under?.remove();
    this.#under = null;
  }

  /** Paints a picture of `crop`, or of the whole. */
  paint({ image, width, height }: Decoded, lossless: boolean, crop: Viewport | null = null): void {
    const { canvas } = this;
    const moved = JSON.stringify(crop) !== JSON.stringify(this.#crop);
    const resized = moved || canvas.width !== width || canvas.height !== height;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.#crop = crop;
    this.#context?.drawImage(image, 0, 0);
    canvas.dataset.lossless = String(lossless);
    if (resized) this.place();
    if (this.#empty || this.#recalled) {
      this.#empty = this.#recalled = false;
      this.#describe();
    }
    for (const painted of this.painted) painted();
  }

  /** Shows a saved picture, labelled as such, until the first frame arrives. Returns false if that has arrived. */
  recall(picture: Decoded): boolean {
    if (!this.#empty) return false;
    this.paint(picture, false);
    this.#recalled = true;
    this.#describe();
    return true;
  }

  /** Whether the first frame has yet to arrive. */
  get waiting(): boolean {
    return this.#empty && hasTexels(this.#spec) && this.#spec.error === "";
  }

  #describe(): void {
    const { error, detail } = this.#spec;
    const nothing = detail === "" ? "Nothing is bound" : "The tensor is empty";
    const kept = this.#recalled ? "As last saved" : "";
    const waiting = !hasTexels(this.#spec) ? nothing : this.#empty ? "Waiting for a frame" : kept;
    this.element.classList.toggle("vw-recalled", waiting !== "" && waiting === kept);
    this.element.classList.toggle("vw-broken", error !== "");
    setText(this.#note, error || waiting);
    this.#note.hidden = this.#note.textContent === "";
    this.canvas.hidden = this.window.hidden = this.tools.hidden = error !== "" || this.#empty;
  }

  #observe(): void {
    try {
      this.#observer.observe(this.#box, { box: "device-pixel-content-box" });
    } catch {
      this.#observer.observe(this.#box); // Safari does not report device pixels
    }
  }

  #measure(entry: ResizeObserverEntry | undefined): void {
    if (entry === undefined) return;
    const exact = entry.devicePixelContentBoxSize?.[0];
    const width = devicePixels(entry.contentRect.width, exact?.inlineSize);
    const height = devicePixels(entry.contentRect.height, exact?.blockSize);
    if (width === this.#room.width && height === this.#room.height) return;
    this.#room = { width, height };
    this.place();
    this.#events.resized();
  }

  /** Fits the picture into its box. Call this also when the size of a CSS pixel may have changed. */
  place(): void {
    const ratio = devicePixelRatio;
    const size = fitted(this.#spec, this.#room, ratio);
    // A picture that was rendered for this size is shown pixel for pixel, even if the kernel rounded the size
    // differently. The window keeps that size while it magnifies.
    const { width, height } = this.#crop === null && !this.zoomed ? this.canvas : this.#frame;
    if (Math.abs(width - size.width) <= 1 && Math.abs(height - size.height) <= 1)
      Object.assign(size, { width, height });
    this.#frame = size;
    const left = Math.max(0, Math.floor((this.#room.width - size.width) / 2));
    Object.assign(this.window.style, {
      width: `${size.width / ratio}px`,
      height: `${size.height / ratio}px`,
      left: `${left / ratio}px`,
      top: "0", // aligns the tops of pictures side by side
    });
    this.window.classList.toggle("vw-zoomed", this.zoomed);
    this.#lay(this.canvas, this.crop);
    if (this.#under !== null) this.#lay(this.#under, whole(this.#spec));
    if (!this.zoomed && this.#crop === null) this.#forgetWhole();
    const { placement } = this;
    for (const layer of this.#layers) layer.place(placement);
  }

  /** Positions a `canvas` that has the pixels of `crop` over those texels. */
  #lay(canvas: HTMLCanvasElement, crop: Viewport): void {
    const { viewport, width, height } = this.placement;
    const across = width / (viewport.right - viewport.left);
    const down = height / (viewport.bottom - viewport.top);
    const plain = this.#spec.filter === "nearest" || (this.zoomed && this.scale >= DISTINCT);
    Object.assign(canvas.style, {
      width: `${(crop.right - crop.left) * across}px`,
      height: `${(crop.bottom - crop.top) * down}px`,
      left: `${(crop.left - viewport.left) * across}px`,
      top: `${(crop.top - viewport.top) * down}px`,
      imageRendering: plain ? "pixelated" : "auto",
    });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#pointing.destroy();
    this.element.remove();
  }
}
