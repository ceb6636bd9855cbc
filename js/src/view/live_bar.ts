// The time line of a run that goes on, under the toolbar: where it stands, what was recorded, and the way back to now.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import { indexAt } from "../base/steps";
import { TimeLine } from "../replay/time_line";

/** Milliseconds without an answer of the kernel after which that is said. */
const SLOW = 700;

export interface LiveBarEvents {
  /** Shows the key frame of `step`, or the present. */
  seek(step: number | null): void;
}

export class LiveBar {
  readonly element: HTMLElement;
  #line: TimeLine;
  #where = element("span", { className: "vw-where" });
  #said = element("span", { className: "vw-unseen", attributes: { role: "status" } });
  #live: HTMLButtonElement;
  #steps: readonly number[] = [];
  #last = 0; // the present step
  #at: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #slow = false;

  constructor(events: LiveBarEvents) {
    this.#line = new TimeLine("Earlier steps", (frame) => events.seek(this.#steps[frame] ?? null));
    this.#live = element("button", { type: "button", className: "vw-button vw-live", textContent: "Live" });
    this.#live.addEventListener("click", () => events.seek(null));
    this.element = element("div", { className: "vw-live-bar", hidden: true });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Look back");
    this.element.append(this.#line.element, this.#where, this.#live, this.#said);
    this.#describe();
  }

  /** The key frame at or before `step`, or the first. */
  keyFrame(step: number): number | null {
    return this.#steps[indexAt(this.#steps, step)] ?? null;
  }

  /** Shows key frames at `steps`, in order, of a run that has come to step `last`. */
  set(steps: readonly number[], last: number): void {
    this.#steps = steps;
    this.#last = Math.max(last, steps.at(-1) ?? 0);
    this.element.hidden = steps.length < 2;
    // The present has a place of its own, also where the last key frame is of now.
    this.#line.set([...steps, this.#last + 1], steps[0] ?? 0, this.#last + 1);
    this.#describe();
  }

  /** Shows the key frame of step `at`, or the present. */
  show(at: number | null): void {
    if (at !== this.#at)
      setText(this.#said, at === null ? "Live again" : `Looking back at step ${grouped(at)}`);
    this.#at = at;
    this.#describe();
  }

  /** Notes whether the kernel has to answer. */
  set waiting(waiting: boolean) {
    if (waiting && this.#timer !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#slow = false;
    if (waiting)
      this.#timer = setTimeout(() => {
        this.#slow = true;
        this.#describe();
      }, SLOW);
    this.#describe();
  }

  #describe(): void {
    const at = this.#at;
    const back = at !== null;
    const frame = back ? indexAt(this.#steps, at) : this.#steps.length;
    const place = back ? `step ${grouped(at)} of ${grouped(this.#last)} · looking back` : "live";
    this.#line.show(frame, back ? `step ${grouped(at)}, looking back` : "live");
    setText(this.#where, this.#slow ? "The kernel is busy…" : place);
    this.#where.style.minWidth = `${2 * grouped(this.#last).length + 24}ch`;
    this.#live.disabled = !back && !this.#slow;
    this.#live.title = back
      ? "Back to what the training shows now (Escape)"
      : "This is what the training shows now";
    this.element.classList.toggle("vw-is-back", back);
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
