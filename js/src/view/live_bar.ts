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
  /** Has the run go on from `step` of a branch, empty for the present one. */
  goOn(step: number, branch: string): void;
  /** Opens the dialog of futures, for `button`. */
  explore(button: HTMLElement): void;
}

/** The step that means the end of a branch. */
const END = -1;

export class LiveBar {
  readonly element: HTMLElement;
  #line: TimeLine;
  #where = element("span", { className: "vw-where" });
  #said = element("span", { className: "vw-unseen", attributes: { role: "status" } });
  #live: HTMLButtonElement;
  #goOn = element("button", {
    type: "button",
    className: "vw-button vw-go-on",
    textContent: "Go on from here",
    title: "The run goes back to this step, and on from there; what came after it stays as a branch",
    hidden: true,
  });
  #branches = element("select", {
    className: "vw-branches",
    title: "Goes back to the end of a branch that was left",
    hidden: true,
    attributes: { "aria-label": "Branches" },
  });
  #futures = element("button", {
    type: "button",
    className: "vw-button vw-explore",
    textContent: "Futures",
    title: "Runs the next steps with several values of controls, to keep the best",
    hidden: true,
  });
  #first = Number.POSITIVE_INFINITY; // the first step with a checkpoint
  #steps: readonly number[] = [];
  #last = 0; // the present step
  #at: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #slow = false;

  constructor(events: LiveBarEvents) {
    this.#line = new TimeLine("Earlier steps", (frame) => events.seek(this.#steps[frame] ?? null));
    this.#live = element("button", { type: "button", className: "vw-button vw-live", textContent: "Live" });
    this.#live.addEventListener("click", () => events.seek(null));
    this.#goOn.addEventListener("click", () => {
      if (this.#at !== null) events.goOn(this.#at, "");
    });
    this.#branches.addEventListener("change", () => {
      const branch = this.#branches.value;
      this.#branches.selectedIndex = 0;
      if (branch !== "") events.goOn(END, branch);
    });
    this.#futures.addEventListener("click", () => events.explore(this.#futures));
    this.element = element("div", { className: "vw-live-bar", hidden: true });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Look back");
    this.element.append(
      this.#line.element,
      this.#where,
      this.#goOn,
      this.#branches,
      this.#futures,
      this.#live,
      this.#said,
    );
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
    // From the first frame on, and after a reset too: panels that move under the mouse when the first key frame is
    // taken would be worse than a line with nothing on it.
    if (this.#last > 0) this.element.hidden = false;
    // The present has a place of its own, also where the last key frame is of now.
    this.#line.set([...steps, this.#last + 1], steps[0] ?? 0, this.#last + 1);
    this.#describe();
  }

  /** Takes the line away, because nothing can be looked back at any more. */
  hide(): void {
    this.element.hidden = true;
  }

  /** Offers to go on from steps with a checkpoint at or before them, at `steps`. */
  set checkpoints(steps: readonly number[]) {
    this.#first = steps[0] ?? Number.POSITIVE_INFINITY;
    this.#describe();
  }

  /** Offers to go back to these branches. */
  set branches(names: readonly string[]) {
    this.#branches.hidden = names.length === 0;
    const options = names.map((name) => element("option", { value: name, textContent: name }));
    this.#branches.replaceChildren(element("option", { value: "", textContent: "Back to…" }), ...options);
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
    this.#where.style.setProperty("--vw-where", `${2 * grouped(this.#last).length + 24}ch`);
    this.#goOn.hidden = !back || at < this.#first;
    this.#futures.hidden = back || this.#first === Number.POSITIVE_INFINITY;
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
