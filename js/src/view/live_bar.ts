// The time line of a live run, under the toolbar: its position, what was recorded, and the way back to now.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import { indexAt } from "../base/steps";
import { BranchChoice } from "../replay/branch_choice";
import { TimeLine } from "../replay/time_line";
import type { BranchSteps } from "../wire/protocol";

/** After this many milliseconds without an answer, the bar says that the kernel has not answered. */
const SLOW = 700;

export interface LiveBarEvents {
  /** Shows the key frame of `step`, or the present. */
  seek(step: number | null): void;
  /** Shows an abandoned branch, or the present if the name is empty. */
  choose(branch: string): void;
  /** Continues the run from `step` of a branch, which is empty for the present one. */
  goOn(step: number, branch: string): void;
  /** Opens the dialog of futures for `button`. */
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
  #goBack = element("button", {
    type: "button",
    className: "vw-button vw-go-back",
    textContent: "Go back to its end",
    hidden: true,
  });
  #choice: BranchChoice;
  #futures = element("button", {
    type: "button",
    className: "vw-button vw-explore",
    textContent: "Futures",
    title: "Runs the next steps with several values of controls, to keep the best",
    hidden: true,
  });
  #first = Number.POSITIVE_INFINITY; // the first step with a checkpoint
  #steps: readonly number[] = [];
  #last = 0; // the current step, or the step at which the viewed branch ends
  #branch: BranchSteps | null = null; // null: the present one
  #at: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #slow = false;

  constructor(events: LiveBarEvents) {
    this.#line = new TimeLine("Earlier steps", (frame) => events.seek(this.#steps[frame] ?? null));
    this.#live = element("button", { type: "button", className: "vw-button vw-live", textContent: "Live" });
    this.#live.addEventListener("click", () => events.seek(null));
    this.#goOn.addEventListener("click", () => {
      if (this.#at !== null) events.goOn(this.#at, this.#branch?.name ?? "");
    });
    this.#goBack.addEventListener("click", () => {
      if (this.#branch !== null) events.goOn(END, this.#branch.name);
    });
    this.#choice = new BranchChoice((branch) => events.choose(branch));
    this.#futures.addEventListener("click", () => events.explore(this.#futures));
    this.element = element("div", { className: "vw-live-bar", hidden: true });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Look back");
    this.element.append(
      this.#line.element,
      this.#where,
      this.#choice.element,
      this.#goOn,
      this.#goBack,
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

  /** Shows key frames at `steps`, in order, of a run that has reached step `last`, or of an abandoned `branch`. */
  set(steps: readonly number[], last: number, branch: BranchSteps | null = null): void {
    this.#steps = steps;
    this.#branch = branch;
    this.#last = Math.max(last, steps.at(-1) ?? 0);
    // Shown from the first frame on, and after a reset too: an empty line is better than panels that move under the
    // mouse when the first key frame is taken.
    if (this.#last > 0) this.element.hidden = false;
    // The present has its own position, even if the last key frame is current.
    if (branch === null) this.#line.set([...steps, this.#last + 1], steps[0] ?? 0, this.#last + 1);
    else this.#line.set(steps, steps[0] ?? 0, this.#last);
    this.#choice.show(branch?.name ?? "");
    this.#describe();
  }

  /** Hides the line, because nothing can be viewed now. */
  hide(): void {
    this.element.hidden = true;
  }

  /** Offers to continue from `steps`, each with a checkpoint at or before it. */
  set checkpoints(steps: readonly number[]) {
    this.#first = steps[0] ?? Number.POSITIVE_INFINITY;
    this.#describe();
  }

  /** Offers these branches for viewing. */
  set branches(left: readonly BranchSteps[]) {
    this.#choice.branches = left;
  }

  /** Takes a function that returns a description of each branch to show beside its name. */
  set told(told: (branch: string) => string) {
    this.#choice.told = told;
  }

  /** Shows the key frame of step `at`, or the present. */
  show(at: number | null): void {
    if (at !== this.#at)
      setText(this.#said, at === null ? "Live again" : `Looking back at step ${grouped(at)}`);
    this.#at = at;
    this.#describe();
  }

  /** Notes whether an answer from the kernel is pending. */
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
    const branch = this.#branch;
    const left = branch !== null;
    const frame = back ? indexAt(this.#steps, at) : this.#steps.length;
    const now = left ? "no pictures are kept" : "live";
    const place = back
      ? `step ${grouped(at)} of ${grouped(this.#last)} · ${branch?.name ?? "looking back"}`
      : now;
    this.#line.show(frame, back ? `step ${grouped(at)}, ${branch?.name ?? "looking back"}` : now);
    setText(this.#where, this.#slow ? "The kernel is busy…" : place);
    this.#where.style.setProperty("--vw-where", `${2 * grouped(this.#last).length + 24}ch`);
    // Only the kernel knows which checkpoints a branch has.
    this.#goOn.hidden = !back || (at < this.#first && at <= (branch?.shared ?? at));
    this.#goBack.hidden = !left;
    this.#goBack.title = left
      ? `The run stands at step ${grouped(branch.last)} of ${branch.name} then; the present stays as a branch`
      : "";
    this.#futures.hidden = back || left || this.#first === Number.POSITIVE_INFINITY;
    this.#live.disabled = !back && !left && !this.#slow;
    this.#live.title =
      back || left ? "Back to what the training shows now (Escape)" : "This is what the training shows now";
    this.element.classList.toggle("vw-is-back", back || left);
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
