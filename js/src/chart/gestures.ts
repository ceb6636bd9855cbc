// The user's gestures on the plot: a click selects a step, a drag selects a range, and Shift with a drag pans. Ctrl
// with the wheel zooms, as do keys. Positions are in CSS pixels from the left of the plot.

import { element } from "../base/dom";
import { whenPressed } from "../base/let_go";
import { notches } from "../base/wheel";

/** CSS pixels that a pointer must move to start a drag. */
const STEADY = 5;
/** Milliseconds within which a second click makes a double click. */
const DOUBLE = 300;
/** The zoom factor of a key press and of a wheel notch. */
const FACTOR = 1.5;
/** The share of the width that an arrow key pans by. */
const ALONG = 0.2;

export interface GestureEvents {
  /** Whether only a part is shown. */
  readonly zoomed: boolean;
  click(x: number, y: number): void;
  /** Shows only the part between two positions. */
  select(from: number, to: number): void;
  /** Moves the plot by this many pixels. */
  pan(by: number): void;
  /** Shows `factor` times as much, keeping the point at `x` in place. */
  scale(factor: number, x: number): void;
  whole(): void;
}

interface Press {
  readonly pointer: number;
  readonly from: number;
  readonly y: number;
  at: number;
  readonly pans: boolean;
  dragged: boolean;
}

export class Gestures {
  #over: HTMLElement;
  #events: GestureEvents;
  #box = element("div", { className: "vw-selection", hidden: true });
  #press: Press | null = null;
  #click: ReturnType<typeof setTimeout> | null = null;

  /** Listens on `over`, the area of a plot. */
  constructor(over: HTMLElement, events: GestureEvents) {
    this.#over = over;
    this.#events = events;
    over.append(this.#box);
    whenPressed(over, (event) => this.#begin(event));
    over.addEventListener("pointermove", (event) => this.#move(event));
    over.addEventListener("pointerup", (event) => this.#end(event));
    over.addEventListener("pointercancel", () => this.#forget());
    over.addEventListener("dblclick", () => events.whole());
    over.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #x({ clientX }: MouseEvent): number {
    return clientX - this.#over.getBoundingClientRect().left;
  }

  #begin(event: PointerEvent): void {
    if (!event.isPrimary) return;
    const x = this.#x(event);
    const y = event.clientY - this.#over.getBoundingClientRect().top;
    const pans = event.shiftKey && this.#events.zoomed;
    this.#press = { pointer: event.pointerId, from: x, y, at: x, pans, dragged: false };
  }

  #move(event: PointerEvent): void {
    const press = this.#press;
    if (press === null || event.pointerId !== press.pointer) return;
    const x = Math.min(this.#over.clientWidth, Math.max(0, this.#x(event)));
    if (!press.dragged && Math.abs(x - press.from) < STEADY) return;
    if (!press.dragged) this.#over.setPointerCapture?.(event.pointerId);
    press.dragged = true;
    if (press.pans) this.#events.pan(press.at - x);
    press.at = x;
    this.#box.hidden = press.pans;
    Object.assign(this.#box.style, {
      left: `${Math.min(press.from, x)}px`,
      width: `${Math.abs(x - press.from)}px`,
    });
  }

  #end(event: PointerEvent): void {
    const press = this.#press;
    this.#forget();
    if (press === null || event.pointerId !== press.pointer) return;
    if (!press.dragged) this.#clicked(press.from, press.y);
    else if (!press.pans) this.#events.select(Math.min(press.from, press.at), Math.max(press.from, press.at));
  }

  // Where a double click shows everything again, a click waits until it can no longer become one.
  #clicked(x: number, y: number): void {
    const second = this.#click !== null;
    this.#stopWaiting();
    if (second) return;
    if (!this.#events.zoomed) this.#events.click(x, y);
    else
      this.#click = setTimeout(() => {
        this.#click = null;
        this.#events.click(x, y);
      }, DOUBLE);
  }

  #stopWaiting(): void {
    if (this.#click !== null) clearTimeout(this.#click);
    this.#click = null;
  }

  #forget(): void {
    this.#press = null;
    this.#box.hidden = true;
  }

  #wheel(event: WheelEvent): void {
    if (!(event.ctrlKey || event.metaKey)) return; // scrolls the page
    event.preventDefault();
    this.#events.scale(FACTOR ** Math.max(-3, Math.min(3, notches(event))), this.#x(event));
  }

  /** Handles a key. Returns false if the key has no meaning here. */
  key(key: string): boolean {
    const width = this.#over.clientWidth;
    const { zoomed } = this.#events;
    if (key === "+" || key === "=") this.#events.scale(1 / FACTOR, width / 2);
    else if (key === "-" || key === "_") this.#events.scale(FACTOR, width / 2);
    else if (zoomed && key === "0") this.#events.whole();
    else if (zoomed && key === "ArrowLeft") this.#events.pan(-ALONG * width);
    else if (zoomed && key === "ArrowRight") this.#events.pan(ALONG * width);
    else return false;
    return true;
  }

  destroy(): void {
    this.#stopWaiting();
    this.#box.remove();
  }
}
