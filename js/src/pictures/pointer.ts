// A pointer over a picture: what it does there, in texels. Moves wait for the next animation frame, and only the last of
// them goes out: screens tell a thousand a second.

import type { Pointed } from "../wire/protocol";

export type PointerInput = Omit<Pointed, "kind" | "client" | "canvas">;
type Button = PointerInput["buttons"][number];

/** What there is to point at: the picture's place on the screen, and its texels. */
export interface Target {
  rect: DOMRect;
  width: number;
  height: number;
}

/** CSS pixels that a press may move and still be a click. */
const STEADY = 4;
/** CSS pixels, lines and pages that a notch of a wheel scrolls, by `WheelEvent.deltaMode`. */
const NOTCH = [100, 3, 1];
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
  #pressed: { x: number; y: number } | null = null; // in CSS pixels; null once it has moved

  /** `target` is asked with every event; null where there is nothing to point at. */
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
      event.preventDefault(); // the right button is the program's
      event.stopPropagation(); // JupyterLab has a menu of its own
    });
    if (wheel) on("wheel", (event) => this.#wheel(event));
  }

  #move(event: PointerEvent): void {
    if (!event.isPrimary) return;
    if (event.button >= 0) {
      this.#change(event); // another button of a mouse of which one is down
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
    this.#box.setPointerCapture?.(event.pointerId);
    this.#stroke += 1;
    this.#pressed = { x: event.clientX, y: event.clientY };
    this.#tell(this.#report("press", event, name));
  }

  #release(event: PointerEvent): void {
    const name = BUTTONS[event.button];
    if (!event.isPrimary || name === undefined) return;
    this.#steady(event);
    this.#tell(this.#report("release", event, name));
    if (this.#pressed !== null) this.#tell(this.#report("click", event, name));
    this.#pressed = null;
  }

  #leave(event: PointerEvent): void {
    if (!event.isPrimary) return;
    this.#pressed = null;
    const report = this.#report("leave", event);
    this.#tell(report === null ? null : { ...report, buttons: [] });
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const report = this.#report("wheel", event);
    if (report === null) return;
    const notches = -event.deltaY / (NOTCH[event.deltaMode] ?? 1);
    this.#turned = { ...report, wheel: (this.#turned?.wheel ?? 0) + notches };
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
    const { rect, width, height } = target;
    return {
      action,
      x: ((event.clientX - rect.left) / rect.width) * width,
      y: ((event.clientY - rect.top) / rect.height) * height,
      button,
      buttons: BITS.filter(([bit]) => (event.buttons & bit) !== 0).map(([, name]) => name),
      wheel: 0,
      modifiers: (["shift", "ctrl", "alt", "meta"] as const).filter((key) => event[MODIFIERS[key]]),
      stroke: this.#stroke,
    };
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => this.#flush());
  }

  /** Sends what waits for the next animation frame. */
  #flush(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    for (const report of [this.#moved, this.#turned]) {
      if (report !== null) this.#send(report);
    }
    this.#moved = this.#turned = null;
  }

  #tell(report: PointerInput | null): void {
    this.#flush(); // what came before is told before
    if (report !== null) this.#send(report);
  }

  /** Stops listening. */
  destroy(): void {
    this.#listening?.abort();
    this.#listening = null;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = this.#moved = this.#turned = null;
  }
}
