// Ticks at the top of the plot for steps at which something happened, each with a description.

import { element } from "../base/dom";
import { grouped } from "../base/numbers";
import type { BestValue, StepMark } from "../wire/protocol";

/** Something that happened at a step: a mark set by the program, or a control that was moved. */
export interface Happened {
  readonly step: number;
  readonly kind: StepMark["kind"] | "control";
  readonly text: string;
}

/** What happened on the way to the end of a branch, and the best values there, by series. */
export interface Course {
  readonly marks: readonly Happened[];
  readonly bests: ReadonlyMap<string, BestValue>;
}

/** Those of the `present` marks that a branch has, too, which has left it after step `shared`. Where a branch begins,
 *  only that one has a mark. */
export function common<T extends Happened>(present: readonly T[], shared: number): T[] {
  return present.filter(({ step, kind }) => step < shared || (step === shared && kind !== "branch"));
}

/** Maximum number of ticks that are drawn. */
const MOST = 200;
/** Marks closer than this, in CSS pixels, share a tick. */
const CLOSE = 5;
/** Maximum number of marks that a tick names. */
const MOST_NAMED = 8;

const WORDS: Record<Happened["kind"], string> = {
  note: "",
  alarm: "Alarm: ",
  checkpoint: "Checkpoint",
  branch: "Branch: ",
  control: "",
};
/** A shared tick looks like the first of these kinds among its marks. */
const ORDER: readonly Happened["kind"][] = ["alarm", "branch", "note", "checkpoint", "control"];

export class StepMarks {
  readonly element = element("div", { className: "vw-step-marks" });
  #marks: readonly Happened[] = [];
  #drawn = "";

  set marks(marks: readonly Happened[]) {
    this.#marks = [...marks].sort((a, b) => a.step - b.step);
    this.#drawn = "";
  }

  /** Places the ticks by `position`, in CSS pixels from the left of a plot of `width`. */
  place(position: (step: number) => number, width: number): void {
    const ticks: { at: number; marks: Happened[] }[] = [];
    for (const mark of this.#marks) {
      const at = Math.round(position(mark.step));
      if (!(at >= 0 && at <= width)) continue;
      const last = ticks.at(-1);
      if (last !== undefined && at - last.at < CLOSE) last.marks.push(mark);
      else ticks.push({ at, marks: [mark] });
    }
    const text = ticks.map(({ at, marks }) => `${at}:${marks.length}`).join();
    if (text === this.#drawn) return; // most redraws move nothing
    this.#drawn = text;
    this.element.replaceChildren(...ticks.slice(-MOST).map(({ at, marks }) => tick(at, marks)));
  }
}

function tick(at: number, marks: readonly Happened[]): HTMLElement {
  const kind = ORDER.find((one) => marks.some((mark) => mark.kind === one)) ?? "note";
  const lines = marks.slice(0, MOST_NAMED).map(said);
  const more = marks.length - lines.length;
  const title = [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
  const made = element("i", { className: "vw-step-mark", title });
  made.dataset.vwKind = kind;
  made.style.left = `${at}px`;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", title);
  return made;
}

function said({ step, kind, text }: Happened): string {
  const words = `${WORDS[kind]}${kind === "checkpoint" && text !== "" ? ": " : ""}${text}`;
  return `step ${grouped(step)} · ${words || kind}`;
}
