// Gestures that zoom and pan a picture: wheel with Ctrl or Cmd, pinch, drag, double click and keys.
//
// The wheel alone scrolls the page. While the program listens to the pointer, drags and clicks are the program's, and
// only the wheel with Ctrl, pinches, keys and the overview zoom and pan.

import type { PictureView } from "../pictures/picture";
import { type Point, panned, toTexel, type Viewport, whole, zoomed } from "../pictures/viewport";

/** Fewest texels that the window can show along the longer side of the picture. */
const FEWEST = 4;
/** Zoom factor of the `+` key, and how far an arrow key pans, as a share of the window. */
const KEY_FACTOR = 1.5;
const KEY_SHARE = 1 / 8;
/** A trackpad's pinch arrives as a wheel with Ctrl, in steps that add up to 100 for a factor of e. One notch of a real
 *  wheel can be 100 or more, so steps are limited. */
const WHEEL_UNIT = 100;
const WHEEL_MOST = 40;
const LINE = 16;

/** Directions of the arrow keys. */
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Two fingers: the point between them, and their distance, in CSS pixels of the page. */
interface Pinch extends Point {
  distance: number;
}

/** Safari's event for two fingers on a trackpad, which other browsers report as a wheel with Ctrl. */
interface GestureEvent extends UIEvent {
  readonly scale: number; // since the fingers were put down
  readonly clientX: number;
  readonly clientY: number;
}

export class Gestures {
  #picture: PictureView;
  #show: (viewport: Viewport) => void;
  #listening = new AbortController();
  #dragged: (Point & { id: number }) | null = null;
  #pinch: Pinch | null = null;
  #scale = 1; // of the current gesture

  /** Calls `show` with the part of `picture` that the user wants to see. */
  constructor(picture: PictureView, show: (viewport: Viewport) => void) {
    this.#picture = picture;
    this.#show = show;
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      hear: (event: HTMLElementEventMap[K]) => void,
    ) => picture.window.addEventListener(kind, hear, { signal: this.#listening.signal, passive: false });
    on("wheel", (event) => this.#wheel(event));
    on("pointerdown", (event) => this.#press(event));
    on("pointermove", (event) => this.#drag(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"] as const)
      on(kind, () => this.#release());
    on("dblclick", () => {
      if (!this.#programs) this.#all();
    });
    on("keydown", (event) => this.#key(event));
    for (const kind of ["gesturestart", "gesturechange"])
      picture.window.addEventListener(kind, (event) => this.#gesture(event as GestureEvent), {
        signal: this.#listening.signal,
        passive: false,
      });
    on("touchstart", (event) => this.#touch(event));
    on("touchmove", (event) => this.#touch(event));
    for (const kind of ["touchend", "touchcancel"] as const) on(kind, (event) => this.#touch(event));
  }

  #gesture(event: GestureEvent): void {
    event.preventDefault(); // the browser would zoom the page
    const before = event.type === "gesturestart" ? event.scale : this.#scale;
    this.#scale = event.scale;
    if (this.#pinch !== null || !(event.scale > 0)) return; // a touch screen reports its touches, too
    this.#zoom(event.scale / before, event.clientX, event.clientY);
  }

  /** Whether pointer input goes to the program. */
  get #programs(): boolean {
    return this.#picture.spec.pointer !== "off";
  }

  /** The smallest share of the picture that can be shown. */
  get #least(): number {
    const { width, height } = this.#picture.spec;
    return Math.min(1, Math.max(FEWEST / Math.max(width, height), 1 / Math.min(width, height)));
  }

  #all(): void {
    this.#show(whole(this.#picture.spec));
  }

  /** Magnifies by `factor` about a point of the page, in CSS pixels. */
  #zoom(factor: number, clientX: number, clientY: number): void {
    const { window, placement } = this.#picture;
    const { left, top } = window.getBoundingClientRect();
    const fixed = toTexel(placement, { x: clientX - left, y: clientY - top });
    this.#magnify(factor, fixed);
  }

  #magnify(factor: number, fixed: Point): void {
    const { viewport, spec } = this.#picture;
    if (spec.width > 0) this.#show(zoomed(viewport, factor, fixed, spec, this.#least));
  }

  /** Moves the picture by CSS pixels. */
  #pan(dx: number, dy: number): void {
    const { placement, spec } = this.#picture;
    const { viewport, width, height } = placement;
    const across = (viewport.right - viewport.left) / width;
    const down = (viewport.bottom - viewport.top) / height;
    this.#show(panned(viewport, -dx * across, -dy * down, spec));
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault(); // the browser would zoom the page
    event.stopPropagation();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE);
    const step = Math.min(WHEEL_MOST, Math.max(-WHEEL_MOST, pixels));
    this.#zoom(Math.exp(-step / WHEEL_UNIT), event.clientX, event.clientY);
  }

  #press(event: PointerEvent): void {
    const { zoomed, window } = this.#picture;
    if (this.#programs || !zoomed || !event.isPrimary || event.button > 1) return;
    window.setPointerCapture?.(event.pointerId);
    this.#dragged = { id: event.pointerId, x: event.clientX, y: event.clientY };
    window.classList.add("vw-dragged");
  }

  #drag(event: PointerEvent): void {
    const from = this.#dragged;
    if (from === null || from.id !== event.pointerId || this.#pinch !== null) return;
    this.#dragged = { id: from.id, x: event.clientX, y: event.clientY };
    this.#pan(event.clientX - from.x, event.clientY - from.y);
  }

  #release(): void {
    this.#dragged = null;
    this.#picture.window.classList.remove("vw-dragged");
  }

  #touch(event: TouchEvent): void {
    const [one, two] = event.touches;
    if (event.touches.length !== 2 || one === undefined || two === undefined) {
      this.#pinch = null;
      return;
    }
    event.preventDefault(); // the browser would scroll, or zoom the page
    const now = {
      x: (one.clientX + two.clientX) / 2,
      y: (one.clientY + two.clientY) / 2,
      distance: Math.max(1, Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY)),
    };
    const before = this.#pinch;
    this.#pinch = now;
    if (before === null) {
      this.#release();
      this.#picture.interrupt();
      return;
    }
    this.#zoom(now.distance / before.distance, before.x, before.y);
    this.#pan(now.x - before.x, now.y - before.y);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.#picture.window) return;
    const { viewport, zoomed, placement } = this.#picture;
    const middle = { x: (viewport.left + viewport.right) / 2, y: (viewport.top + viewport.bottom) / 2 };
    const arrow = ARROWS[event.key];
    if (event.key === "+" || event.key === "=") this.#magnify(KEY_FACTOR, middle);
    else if (event.key === "-" || event.key === "_") this.#magnify(1 / KEY_FACTOR, middle);
    else if (event.key === "0") this.#all();
    else if (arrow !== undefined && zoomed && !event.shiftKey) {
      const [x, y] = arrow;
      this.#pan(-x * KEY_SHARE * placement.width, -y * KEY_SHARE * placement.height);
    } else return;
    event.preventDefault(); // arrows would scroll the page
    event.stopPropagation();
  }

  destroy(): void {
    this.#listening.abort();
  }
}
