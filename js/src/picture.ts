// One canvas of the user's: a box that reports how many device pixels it has, and the picture fitted into it.

import { element, setText } from "./dom";
import type { Surface } from "./painter";
import type { CanvasSpec } from "./protocol";

export interface Room {
  width: number;
  height: number;
}

/** The picture's size in device pixels when it is fitted into `room`; whole pixels, or edges would blur. */
export function fitted(spec: CanvasSpec, room: Room, ratio: number): Room {
  if (spec.width === 0 || spec.height === 0) return { width: 0, height: 0 };
  if (spec.fit === "stretch") return room;
  let scale = Math.min(room.width / spec.width, room.height / spec.height);
  if (spec.fit === "natural") scale = Math.min(scale, ratio);
  return {
    width: Math.max(1, Math.round(spec.width * scale)),
    height: Math.max(1, Math.round(spec.height * scale)),
  };
}

/** Whole device pixels of a length. The browser knows them `exact`ly; an emulated screen has it tell CSS pixels. */
function devicePixels(length: number, exact: number | undefined): number {
  const computed = length * devicePixelRatio;
  return exact !== undefined && Math.abs(exact - computed) < 1.5 ? exact : Math.round(computed);
}

export class PictureView implements Surface {
  readonly element: HTMLElement;
  readonly canvas = element("canvas", { className: "vw-canvas" });
  #note = element("div", { className: "vw-note" });
  #context: CanvasRenderingContext2D | null;
  #spec: CanvasSpec;
  #room: Room = { width: 0, height: 0 };
  #observer: ResizeObserver;
  #resized: () => void;
  #empty = true;

  constructor(spec: CanvasSpec, resized: () => void) {
    this.#spec = spec;
    this.#resized = resized;
    this.element = element("div", { className: "vw-picture" }, this.canvas, this.#note);
    this.canvas.dataset.vwCanvas = spec.id;
    this.canvas.setAttribute("role", "img");
    this.#context = this.canvas.getContext("2d", { alpha: false });
    this.#observer = new ResizeObserver((entries) => this.#measure(entries[0]));
    this.#observe();
    this.update(spec);
  }

  /** Device pixels there are for the picture. */
  get room(): Room {
    return this.#room;
  }

  update(spec: CanvasSpec): void {
    this.#spec = spec;
    this.canvas.style.imageRendering = spec.filter === "nearest" ? "pixelated" : "auto";
    const what = spec.width > 0 ? `${spec.width} by ${spec.height} texels` : "empty";
    this.canvas.setAttribute("aria-label", `${spec.name}, ${what}`);
    if (spec.width === 0) this.#empty = true;
    this.#describe();
    this.#place();
  }

  paint(bitmap: ImageBitmap, lossless: boolean): void {
    const { canvas } = this;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#context?.drawImage(bitmap, 0, 0);
    canvas.dataset.lossless = String(lossless);
    if (!this.#empty) return;
    this.#empty = false;
    this.#describe();
  }

  #describe(): void {
    const { error, width } = this.#spec;
    this.element.classList.toggle("vw-broken", error !== "");
    setText(
      this.#note,
      error !== "" ? error : width === 0 ? "Nothing is bound" : this.#empty ? "Waiting for a frame" : "",
    );
    this.#note.hidden = this.#note.textContent === "";
    this.canvas.hidden = error !== "" || width === 0 || this.#empty;
  }

  #observe(): void {
    try {
      this.#observer.observe(this.element, { box: "device-pixel-content-box" });
    } catch {
      this.#observer.observe(this.element); // Safari has no device pixels here
    }
  }

  #measure(entry: ResizeObserverEntry | undefined): void {
    if (entry === undefined) return;
    const exact = entry.devicePixelContentBoxSize?.[0];
    const width = devicePixels(entry.contentRect.width, exact?.inlineSize);
    const height = devicePixels(entry.contentRect.height, exact?.blockSize);
    if (width === this.#room.width && height === this.#room.height) return;
    this.#room = { width, height };
    this.#place();
    this.#resized();
  }

  #place(): void {
    const ratio = globalThis.devicePixelRatio || 1;
    const size = fitted(this.#spec, this.#room, ratio);
    const left = Math.floor((this.#room.width - size.width) / 2);
    const top = Math.floor((this.#room.height - size.height) / 2);
    Object.assign(this.canvas.style, {
      width: `${size.width / ratio}px`,
      height: `${size.height / ratio}px`,
      left: `${left / ratio}px`,
      top: `${top / ratio}px`,
    });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.element.remove();
  }
}
