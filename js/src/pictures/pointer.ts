// Pointer input on a picture, in texels. Browsers report up to a thousand moves a second, so moves are merged: the
// last one is sent with the next animation frame.

import { notches } from "../base/wheel";
import type { Pointed } from "../wire/protocol";
import type { Viewport } from "./viewport";

export type PointerInput = Omit<Pointed, "kind" | "client" | "canvas">;
type Button = PointerInput["buttons"][number];

/** The picture's rectangle on the screen, and the visible part of the picture, in texels. */
export interface Target {
  rect: DOMRect;
  viewport: Viewport;
}

/** A click may move this many CSS pixels between press and release. */
const STEADY = 4;
const BITS: [number, Button][] = [
  [1, "left"],
  [4, "middle"],
  [2, "right"],
];
const BUTTONS: (Button | undefined)[] = ["left", "middle", "right"];
const MODIFIERS = { shift: "shiftKey", ctrl: "ctrlKey", alt: "altKey", meta: "metaKey" } as const;

export class PointerTracker {
  #box: HTMLElement;
  #target: () => Target | null;
  #send: (report: PointerInput) => void;
  #mode: "off" | "on" | "wheel" = "off";
  #listening: AbortController | null = null;
  #moved: PointerInput | null = null;
  #turned: PointerInput | null = null;
  #frame: number | null = null;
  #stroke = 0;
  #last: PointerInput | null = null;
  #pressed: { x: number; y: number } | null = null; // in CSS pixels; null once the pointer has moved away
  #interrupted = false; // two fingers are zooming; nothing is reported until the next press

  /** Calls `target` for every event; it returns null while there is no picture. */
  constructor(box: HTMLElement, target: () => Target | null, send: (report: PointerInput) => void) {
    this.#box = box;
    this.#target = target;
    this.#send = send;
  }

  set mode(mode: "off" | "on" | "wheel") {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#box.classList.toggle("vw-pointed", mode !== "off");
    this.destroy();
    if (mode !== "off") this.#listen(mode === "wheel");
  }

  #listen(wheel: boolean): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      hear: (event: HTMLElementEventMap[K]) => void,
    ) => {
      this.#box.addEventListener(kind, hear, { signal, passive: false });
    };
    on("pointermove", (event) => this.#move(event));
    on("pointerdown", (event) => this.#press(event));
    on("pointerup", (event) => this.#release(event));
    on("pointerleave", (event) => this.#leave(event));
    on("pointercancel", (event) => this.#leave(event));
    on("contextmenu", (event) => {
      event.preventDefault(); // the program uses the right button
      event.stopPropagation(); // JupyterLab has its own menu
    });
    if (wheel) on("wheel", (event) => this.#wheel(event));
  }

  /** Ends the pointer's gesture as far as the program can tell: a second finger turned it into one of the page. */
  interrupt(): void {
    if (this.#listening === null || this.#last === null) return;
    this.#pressed = this.#moved = null;
    this.#interrupted = true;
    this.#tell({ ...this.#last, action: "leave", button: "", buttons: [], wheel: 0 });
  }

  #move(event: PointerEvent): void {
    if (!event.isPrimary || this.#interrupted) return;
    if (event.button >= 0) {
      this.#change(event); // a second mouse button was pressed or released
      return;
    }
    this.#steady(event);
    this.#moved = this.#report("move", event);
    this.#schedule();
  }

  #change(event: PointerEvent): void {
    const name = BUTTONS[event.button];
    const down = BITS.some(([bit, button]) => button === name && (event.buttons & bit) !== 0);
    if (down) this.#press(event);
    else this.#release(event);
  }

  #press(event: PointerEvent): void {
    const name = BUTTONS[event.button];
    if (!event.isPrimary || name === undefined) return;
    this.#interrupted = false;
    this.#box.setPointerCapture?.(event.pointerId);
    this.#stroke += 1;
    this.#pressed = { x: event.clientX, y: event.clientY };
    this.#tell(this.#report("press", event, name));
  }

  #release(event: PointerEvent): void {
    const name = BUTTONS[event.button];
    if (!event.isPrimary || name === undefined || this.#interrupted) return;
    this.#steady(event);
    this.#tell(this.#report("release", event, name));
    if (this.#pressed !== null) this.#tell(this.#report("click", event, name));
    this.#pressed = null;
  }

  #leave(event: PointerEvent): void {
    if (!event.isPrimary || this.#interrupted) return;
    this.#pressed = null;
    const report = this.#report("leave", event);
    this.#tell(report === null ? null : { ...report, buttons: [] });
  }

  #wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey) return; // zooms
    event.preventDefault();
    const report = this.#report("wheel", event);
    if (report === null) return;
    this.#turned = { ...report, wheel: (this.#turned?.wheel ?? 0) - notches(event) };
    this.#schedule();
  }

  #steady({ clientX, clientY }: MouseEvent): void {
    if (this.#pressed === null) return;
    if (Math.hypot(clientX - this.#pressed.x, clientY - this.#pressed.y) > STEADY) this.#pressed = null;
  }

  #report(
    action: PointerInput["action"],
    event: MouseEvent,
    button: PointerInput["button"] = "",
  ): PointerInput | null {
    const target = this.#target();
    if (target === null || target.rect.width === 0 || target.rect.height === 0) return null;
    const { rect, viewport } = target;
    const across = (viewport.right - viewport.left) / rect.width;
    const down = (viewport.bottom - viewport.top) / rect.height;
    this.#last = {
      action,
      x: viewport.left + (event.clientX - rect.left) * across,
      y: viewport.top + (event.clientY - rect.top) * down,
      button,
      buttons: BITS.filter(([bit]) => (event.buttons & bit) !== 0).map(([, name]) => name),
      wheel: 0,
      modifiers: (["shift", "ctrl", "alt", "meta"] as const).filter((key) => event[MODIFIERS[key]]),
      stroke: this.#stroke,
    };
    return this.#last;
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => this.#flush());
  }

  /** Sends pending moves and wheel turns now. */
  #flush(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    for (const report of [this.#moved, this.#turned]) {
      if (report !== null) this.#send(report);
    }
    this.#moved = this.#turned = null;
  }

  #tell(report: PointerInput | null): void {
    this.#flush(); // keeps the order of events
    if (report !== null) this.#send(report);
  }

  /** Removes all listeners and drops what is pending. */
  destroy(): void {
    this.#listening?.abort();
    this.#listening = null;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = this.#moved = this.#turned = null;
  }
}
