// The border between two parts of the layout. The user drags it or moves it with keys, which divides the two parts'
// space differently.

import { element } from "../base/dom";
import { whenPressed } from "../base/let_go";
import type { ShownSplit } from "./choice";

/** How far a key moves a border, in percent of both parts: an arrow key, and Page Up or Page Down. */
const STEP = 2;
const PAGE = 10;
/** Smallest and largest share, in percent, of the part before a border. */
const LEAST = 5;
const MOST = 95;
const KEYS: Record<string, number> = {
  ArrowLeft: -STEP,
  ArrowUp: -STEP,
  ArrowRight: STEP,
  ArrowDown: STEP,
  PageUp: -PAGE,
  PageDown: PAGE,
  Home: -100,
  End: 100,
};

export interface BorderEvents {
  /** Whether the parts can be laid out if the first gets the share `part`, 0 to 1. */
  allows(border: Border, part: number): boolean;
  /** Gives the first part the share `part` of both. `done` is false while the user is still dragging. */
  move(border: Border, part: number, done: boolean): void;
  /** Restores the program's shares. */
  reset(border: Border): void;
}

export class Border {
  readonly element: HTMLElement;
  /** The parts are the children `at` and `at + 1` of this. */
  split: ShownSplit;
  readonly at: number;
  #events: BorderEvents;
  #drag: { id: number; from: number; part: number; length: number } | null = null;

  constructor(split: ShownSplit, at: number, events: BorderEvents) {
    this.split = split;
    this.at = at;
    this.#events = events;
    const node = element("div", { className: "vw-border", tabIndex: 0 });
    node.setAttribute("role", "separator");
    node.setAttribute("aria-orientation", split.direction === "row" ? "vertical" : "horizontal");
    node.title = "Drag to resize; double click for the program's layout";
    whenPressed(node, (event) => this.#press(event));
    node.addEventListener("pointermove", (event) => this.#pull(event));
    node.addEventListener("pointerup", () => this.#release());
    node.addEventListener("lostpointercapture", () => this.#release());
    node.addEventListener("dblclick", () => this.#events.reset(this));
    node.addEventListener("keydown", (event) => this.#key(event));
    node.addEventListener("focus", () => this.#tellLimits());
    this.element = node;
  }

  /** The share of the part before the border, 0 to 1. */
  get part(): number {
    const { weights } = this.split;
    const [before = 0, after = 0] = [weights[this.at], weights[this.at + 1]];
    return before / (before + after);
  }

  /** Takes over the current shares. */
  update(split: ShownSplit, before: string, after: string): void {
    this.split = split;
    const { element: node } = this;
    node.setAttribute("aria-label", `Border between ${before} and ${after}`);
    node.setAttribute("aria-valuenow", String(Math.round(100 * this.part)));
    if (!node.hasAttribute("aria-valuemin")) this.#tell(LEAST, MOST);
  }

  #tell(least: number, most: number): void {
    this.element.setAttribute("aria-valuemin", String(least));
    this.element.setAttribute("aria-valuemax", String(most));
  }

  /** Smallest and largest share, in percent, of the part before the border at the current width. */
  #limits(): { least: number; most: number } {
    const now = Math.round(100 * this.part);
    const allows = (percent: number) => this.#events.allows(this, percent / 100);
    let [least, most] = [now, now];
    while (least > LEAST && allows(least - 1)) least--;
    while (most < MOST && allows(most + 1)) most++;
    return { least, most };
  }

  #tellLimits(): void {
    const { least, most } = this.#limits();
    this.#tell(least, most);
  }

  #press(event: PointerEvent): void {
    if (!event.isPrimary) return;
    event.stopPropagation(); // sizes may change although the pointer is down
    const { element: node } = this;
    const sides = [node.previousElementSibling, node.nextElementSibling].map((side) => this.#length(side));
    node.setPointerCapture?.(event.pointerId);
    const length = sides.reduce((sum, side) => sum + side, 0);
    this.#drag = { id: event.pointerId, from: this.#along(event), part: this.part, length };
    node.classList.add("vw-moved");
  }

  #pull(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === null || drag.id !== event.pointerId || drag.length <= 0) return;
    this.#move(100 * (drag.part + (this.#along(event) - drag.from) / drag.length), false);
  }

  #release(): void {
    if (this.#drag === null) return;
    this.#drag = null;
    this.element.classList.remove("vw-moved");
    this.#events.move(this, this.part, true);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = KEYS[event.key];
    const drag = this.#drag;
    if (event.key === "Enter") this.#events.reset(this);
    else if (event.key === "Escape" && drag !== null) {
      this.#events.move(this, drag.part, false);
      this.#release();
    } else if (by !== undefined) {
      const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
      this.#move(Math.round(100 * this.part) + (sideways && this.#mirrored ? -by : by), true);
    } else return;
    event.preventDefault(); // arrows would scroll the page
    event.stopPropagation();
  }

  #move(percent: number, done: boolean): void {
    const { least, most } = this.#limits();
    this.#events.move(this, Math.min(most, Math.max(least, percent)) / 100, done);
  }

  get #mirrored(): boolean {
    return this.split.direction === "row" && getComputedStyle(this.element).direction === "rtl";
  }

  /** The pointer's position along the axis on which the border moves, in CSS pixels of the page. */
  #along({ clientX, clientY }: PointerEvent): number {
    if (this.split.direction === "column") return clientY;
    return this.#mirrored ? -clientX : clientX;
  }

  #length(side: Element | null): number {
    const box = side?.getBoundingClientRect();
    return (this.split.direction === "row" ? box?.width : box?.height) ?? 0;
  }
}
