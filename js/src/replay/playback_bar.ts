// The controls of a player: play and pause, speed, and a time line. The time line is aligned with the chart's step axis
// if there is a chart.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import type { Axis } from "../chart/chart";
import { iconButton, setFace } from "../frame/toolbar";
import { BranchChoice, type Left } from "./branch_choice";
import { TimeLine } from "./time_line";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** Width of the thumb in CSS pixels, as in `replay.css`. Its centre is at the step. */
const THUMB = 16;

export interface PlaybackEvents {
  toggle(): void;
  seek(frame: number): void;
  /** Plays an abandoned branch, or the present one if the name is empty. */
  choose(branch: string): void;
}

export class PlaybackBar {
  readonly element: HTMLElement;
  #toggle: HTMLButtonElement;
  #word = element("span");
  #line: TimeLine;
  #where = element("span", { className: "vw-where" });
  #said = element("span", { className: "vw-continue-said", attributes: { role: "status" } });
  #speed = element("select", { attributes: { "aria-label": "Speed of the replay" } });
  #go = element("button", {
    type: "button",
    className: "vw-go-on",
    textContent: "Continue",
    title: "Train on in this page from here, with a learning rate of your own; the replay stays as it is",
  });
  #choice: BranchChoice;
  #steps: readonly number[];
  #branch = ""; // the branch being played; empty: the present one
  #axis: Axis | null = null;
  #ends = ""; // of the line

  /** `steps` are the steps of the frames. `goOn` continues the training in the page, if the replay allows it. */
  constructor(steps: readonly number[], events: PlaybackEvents, goOn: (() => void) | null = null) {
    this.#steps = steps;
    this.#toggle = iconButton("Play", "resume", () => events.toggle());
    this.#toggle.classList.add("vw-play");
    this.#line = new TimeLine(
      "Time line",
      (frame) => events.seek(frame),
      (key) => {
        if (key === " ") events.toggle();
        return key === " ";
      },
    );
    this.#speed.append(
      ...SPEEDS.map((speed) => element("option", { value: String(speed), textContent: `${speed}×` })),
    );
    this.#speed.value = "1";
    this.#choice = new BranchChoice((branch) => events.choose(branch));
    const speed = element("label", { className: "vw-rate" }, "Speed", this.#speed);
    speed.title = "How fast the recorded pictures follow one another; not how fast the training was";
    const tools = element("div", { className: "vw-bar-tools" });
    tools.append(this.#toggle, this.#where, this.#choice.element, speed);
    if (goOn !== null) {
      this.#go.addEventListener("click", goOn);
      this.#toggle.after(this.#go, this.#said);
    }
    this.element = element("div", { className: "vw-bar" }, tools, this.#line.element);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Replay");
    this.element.hidden = steps.length < 2 && goOn === null; // there is nothing to play
    this.playing = false;
    this.#fit();
    this.align(null);
  }

  /** Offers abandoned branches, with the description from `told` beside the name of each. */
  offer(left: readonly Left[], told: (branch: string) => string): void {
    this.#choice.told = told;
    this.#choice.branches = left;
    if (left.length > 0) this.element.hidden = false;
  }

  /** From now on, has frames at `steps`: those of an abandoned `branch`, or of the present if the name is empty. */
  set(steps: readonly number[], branch: string): void {
    this.#steps = steps;
    this.#branch = branch;
    this.#choice.show(branch);
    this.#go.hidden = branch !== ""; // its weights belong to the present
    this.say("");
    this.#fit();
    this.#ends = "";
    this.align(this.#axis);
  }

  #fit(): void {
    const more = this.#branch === "" ? 0 : this.#branch.length + 3;
    this.#where.style.minWidth = `${2 * grouped(this.#steps.at(-1) ?? 0).length + 7 + more}ch`;
  }

  /** Playback speed, relative to the usual one. */
  get speed(): number {
    return Number(this.#speed.value);
  }

  say(words: string): void {
    setText(this.#said, words);
  }

  focus(): void {
    this.#toggle.focus({ preventScroll: true });
  }

  set playing(playing: boolean) {
    setFace(this.#toggle, playing ? "Pause" : "Play", playing ? "pause" : "resume");
    setText(this.#word, playing ? "Pause" : "Play");
    this.#toggle.append(this.#word); // next to the icon, which replaced all children
  }

  show(frame: number): void {
    const step = grouped(this.#steps[frame] ?? 0);
    const last = grouped(this.#steps.at(-1) ?? 0);
    const branch = this.#branch;
    this.#line.show(frame, `step ${step} of ${last}${branch && `, ${branch}`}`);
    setText(this.#where, `step ${step} / ${last}${branch && ` · ${branch}`}`);
  }

  /** Aligns the time line with `axis`, which belongs to a chart as wide as the bar. It is null if there is no chart. */
  align(axis: Axis | null): void {
    this.#axis = axis;
    const { left, width } = axis ?? { left: THUMB, width: 0 };
    const track = this.#line.element;
    track.style.marginLeft = `${left - THUMB / 2}px`;
    track.style.width = axis === null ? `calc(100% - ${THUMB}px)` : `${width + THUMB}px`;
    const first = axis?.first ?? this.#steps[0] ?? 0;
    const last = axis?.last ?? this.#steps.at(-1) ?? 0;
    if (this.#ends === `${first} ${last}`) return;
    this.#ends = `${first} ${last}`;
    this.#line.set(this.#steps, first, last);
  }
}
