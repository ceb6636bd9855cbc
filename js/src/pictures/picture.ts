// One canvas: a box that measures its device pixels, and the picture fitted into it.

import { element, setText } from "../base/dom";
import type { Wire } from "../wire/connection";
import type { CanvasSpec } from "../wire/protocol";
import type { Decoded } from "./decode";
import type { Surface } from "./painter";
import { PointerTracker, type Target } from "./pointer";

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
  #box: HTMLElement;
  #note = element("div", { className: "vw-note" });
  #name = element("span");
  #size = element("span");
  #caption = element("figcaption", { className: "vw-caption" }, this.#name, " ", this.#size);
  #context: CanvasRenderingContext2D | null;
  #spec: CanvasSpec;
  #room: Room = { width: 0, height: 0 };
  #observer: ResizeObserver;
  #events: PictureEvents;
  #pointing: PointerTracker;
  #empty = true;
  #recalled = false;

  /** Sends pointer input on `wire`. */
  constructor(spec: CanvasSpec, wire: Wire, events: PictureEvents) {
    this.#spec = spec;
    this.#events = events;
    this.#box = element("div", { className: "vw-picture" }, this.canvas, this.#note);
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

  update(spec: CanvasSpec): void {
    this.#spec = spec;
    this.canvas.style.imageRendering = spec.filter === "nearest" ? "pixelated" : "auto";
    const what = hasTexels(spec) ? `${spec.width} by ${spec.height} texels` : "empty";
    this.canvas.setAttribute("aria-label", `${spec.name}, ${what}`);
    setText(this.#name, spec.name);
    setText(this.#size, resolution(spec));
    this.#caption.title = [spec.name, resolution(spec), spec.detail].filter(Boolean).join(" · ");
    if (!hasTexels(spec)) this.#empty = true;
    this.#describe();
    this.live = true;
    this.place();
  }

  /** Whether pointer input is sent, if the program listens to it. */
  set live(live: boolean) {
    this.#pointing.mode = live ? this.#spec.pointer : "off";
  }

  #target(): Target | null {
    const { width, height } = this.#spec;
    return this.canvas.hidden ? null : { rect: this.canvas.getBoundingClientRect(), width, height };
  }

  paint({ image, width, height }: Decoded, lossless: boolean): void {
    const { canvas } = this;
    const resized = canvas.width !== width || canvas.height !== height;
    if (resized) Object.assign(canvas, { width, height });
    this.#context?.drawImage(image, 0, 0);
    canvas.dataset.lossless = String(lossless);
    if (resized) this.place();
    if (!this.#empty && !this.#recalled) return;
    this.#empty = this.#recalled = false;
    this.#describe();
  }

  /** Shows a saved picture, labelled as such, until the first frame arrives. */
  recall(picture: Decoded): void {
    if (!this.#empty) return;
    this.paint(picture, false);
    this.#recalled = true;
    this.#describe();
  }

  /** Whether the first frame is still to come. */
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
    this.canvas.hidden = error !== "" || this.#empty;
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
    const { width, height } = this.canvas;
    // A picture that was rendered for this size is shown pixel for pixel, even if the kernel rounded the size
    // differently.
    if (Math.abs(width - size.width) <= 1 && Math.abs(height - size.height) <= 1)
      Object.assign(size, { width, height });
    const left = Math.max(0, Math.floor((this.#room.width - size.width) / 2));
    Object.assign(this.canvas.style, {
      width: `${size.width / ratio}px`,
      height: `${size.height / ratio}px`,
      left: `${left / ratio}px`,
      top: "0", // aligns the tops of pictures side by side
    });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#pointing.destroy();
    this.element.remove();
  }
}
