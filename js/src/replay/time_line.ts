// A time line: a slider in proportion to steps, with a dot for each picture. Keys move from picture to picture.

import { element } from "../base/dom";
import { whenLetGo, whenPressed } from "../base/let_go";
import { indexAt } from "../base/steps";

const SVG = "http://www.w3.org/2000/svg";
/** Frames that PageUp and PageDown skip. */
const LEAP = 10;

export class TimeLine {
  /** As wide as the line, plus half a thumb at each end. */
  readonly element: HTMLElement;
  #line = element("input", {
    type: "range",
    step: "1",
    className: "vw-timeline",
  });
  #path = document.createElementNS(SVG, "path");
  #steps: readonly number[] = [];
  #frame = 0;
  #first = 0;
  #last = 0;
  #held = false; // held by a pointer, under which it must not move
  #waiting: (() => void) | null = null;
  #stop = () => {}; // waiting for the end of a drag

  /** `name` is for screen readers. Calls `seek` with the frame that the user chooses, and `other` with any other key, which may use it. */
  constructor(name: string, seek: (frame: number) => void, other: (key: string) => boolean = () => false) {
    this.#line.setAttribute("aria-label", name);
    const dots = document.createElementNS(SVG, "svg");
    dots.setAttribute("class", "vw-dots");
    dots.setAttribute("preserveAspectRatio", "none");
    dots.setAttribute("viewBox", "0 0 1000 1");
    dots.setAttribute("aria-hidden", "true");
    dots.append(this.#path);
    this.element = element("div", { className: "vw-track" }, this.#line);
    this.element.append(dots);
    this.#line.addEventListener("input", () => seek(nearest(this.#steps, Number(this.#line.value))));
    this.#line.addEventListener("change", () => this.#place()); // snaps to the frame that is shown
    this.#line.addEventListener("keydown", (event) => {
      const moved = this.#moved(event.key);
      if (moved === null && !other(event.key)) return;
      event.preventDefault();
      if (moved !== null) seek(moved);
    });
    whenPressed(this.#line, (event) => {
      this.#stop();
      this.#hold(true);
      this.#stop = whenLetGo(event, () => this.#hold(false));
    });
    this.#line.addEventListener("blur", () => this.#hold(false));
  }

  /** The frame that a key leads to, or null. Keys move by frames, not by steps. */
  #moved(key: string): number | null {
    const end = this.#steps.length - 1;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -LEAP, PageUp: LEAP }[
      key
    ];
    if (key === "Home") return 0;
    if (key === "End") return end;
    return by === undefined ? null : Math.min(end, Math.max(0, this.#frame + by));
  }

  #hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    this.#stop();
    this.#waiting?.();
    this.#waiting = null;
  }

  /** From now on, shows frames at `steps` on a line from `first` to `last`. Waits until no pointer holds the line. */
  set(steps: readonly number[], first: number, last: number): void {
    this.#steps = steps;
    const spread = () => this.#spread(first, last);
    if (this.#held) this.#waiting = spread;
    else spread();
  }

  #spread(first: number, last: number): void {
    [this.#first, this.#last] = [first, Math.max(first + 1, last)];
    Object.assign(this.#line, { min: String(this.#first), max: String(this.#last) });
    const dots = this.#steps.map((step) => `M${(1000 * this.#part(step)).toFixed(1)} .5h0`); // the round caps make dots
    this.#path.setAttribute("d", dots.join(""));
    this.#place();
  }

  /** Shows `frame`. Screen readers announce `said`. */
  show(frame: number, said: string): void {
    this.#frame = frame;
    this.#line.setAttribute("aria-valuetext", said);
    this.#place();
  }

  #place(): void {
    if (this.#held) {
      this.#fill(Number(this.#line.value));
      return;
    }
    const step = this.#steps[this.#frame] ?? 0;
    this.#line.value = String(step);
    this.#fill(step);
  }

  /** Colours the line up to `step`. */
  #fill(step: number): void {
    this.#line.style.setProperty("--vw-part", String(this.#part(step)));
  }

  /** The position of `step` on the line, from 0 to 1. */
  #part(step: number): number {
    return Math.min(1, Math.max(0, (step - this.#first) / (this.#last - this.#first)));
  }
}

/** The frame closest to `step`. */
function nearest(steps: readonly number[], step: number): number {
  const before = indexAt(steps, step);
  const after = Math.min(steps.length - 1, before + 1);
  const [low = 0, high = 0] = [steps[before], steps[after]];
  return Math.abs(high - step) < Math.abs(step - low) ? after : before;
}
