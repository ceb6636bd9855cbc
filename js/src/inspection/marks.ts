// Marks around texels, over one picture.

import { element } from "../base/dom";
import { type Layer, type Placement, type Point, toCss } from "../pictures/viewport";

/** Smallest side of a mark in CSS pixels. A smaller texel gets the mark around it. */
const LEAST = 9;

export interface Mark extends Point {
  pinned: boolean;
}

export class Marks implements Layer {
  readonly element = element("div", { className: "vw-marks" });
  #placement: Placement | null = null;
  #marks: readonly Mark[] = [];
  #moved: () => void;

  /** Calls `moved` when texels have moved on the screen. */
  constructor(moved: () => void) {
    this.#moved = moved;
    this.element.setAttribute("aria-hidden", "true");
  }

  show(marks: readonly Mark[]): void {
    this.#marks = marks;
    this.#draw();
  }

  place(placement: Placement): void {
    this.#placement = placement;
    this.#draw();
    this.#moved();
  }

  #draw(): void {
    const { element: area } = this;
    while (area.childElementCount > this.#marks.length) area.lastElementChild?.remove();
    const placement = this.#placement;
    if (placement === null) return;
    this.#marks.forEach(({ x, y, pinned }, i) => {
      const node = (area.children[i] ?? area.appendChild(element("div"))) as HTMLElement;
      node.className = pinned ? "vw-texel-mark vw-pin-mark" : "vw-texel-mark";
      const { left, top, width, height } = boxOf(placement, { x, y });
      Object.assign(node.style, {
        left: `${left}px`,
        top: `${top}px`,
        width: `${width}px`,
        height: `${height}px`,
      });
    });
  }
}

/** Where the mark of a texel lies in the window, in CSS pixels. */
export function boxOf(placement: Placement, { x, y }: Point): DOMRectReadOnly {
  const from = toCss(placement, { x, y });
  const to = toCss(placement, { x: x + 1, y: y + 1 });
  const width = Math.max(LEAST, to.x - from.x);
  const height = Math.max(LEAST, to.y - from.y);
  return new DOMRectReadOnly(
    (from.x + to.x) / 2 - width / 2,
    (from.y + to.y) / 2 - height / 2,
    width,
    height,
  );
}
