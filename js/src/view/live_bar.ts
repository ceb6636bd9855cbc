// The time line of a run that goes on, under the toolbar: where it stands, what was recorded, and the way back to now.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import { indexAt } from "../base/steps";
import { BranchChoice } from "../replay/branch_choice";
import { TimeLine } from "../replay/time_line";
import type { BranchSteps } from "../wire/protocol";

/** Milliseconds without an answer of the kernel after which that is said. */
const SLOW = 700;

export interface LiveBarEvents {
  /** Shows the key frame of `step`, or the present. */
  seek(step: number | null): void;
  /** Shows a branch that was left, or the present if the name is empty. */
  choose(branch: string): void;
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
  #last = 0; // the present step, or that of the end of the branch that is looked at
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

  /** Shows key frames at `steps`, in order, of a run that has come to step `last`, or of a `branch` that was left. */
  set(steps: readonly number[], last: number, branch: BranchSteps | null = null): void {
    this.#steps = steps;
    this.#branch = branch;
    this.#last = Math.max(last, steps.at(-1) ?? 0);
    // From the first frame on, and after a reset too: panels that move under the mouse when the first key frame is
    // taken would be worse than a line with nothing on it.
    if (this.#last > 0) this.element.hidden = false;
    // The present has a place of its own, also where the last key frame is of now.
    if (branch === null) this.#line.set([...steps, this.#last + 1], steps[0] ?? 0, this.#last + 1);
    else this.#line.set(steps, steps[0] ?? 0, this.#last);
    this.#choice.show(branch?.name ?? "");
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

  /** Offers these branches to be looked at. */
  set branches(left: readonly BranchSteps[]) {
    this.#choice.branches = left;
  }

  /** Takes what is `told` of each branch beside its name. */
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
    // What checkpoints a branch has, the kernel knows.
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
