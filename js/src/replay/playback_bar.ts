// The controls of a player: play and pause, speed, and a time line. The time line is aligned with the chart's step axis
// if there is a chart.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import type { Axis } from "../chart/chart";
import { iconButton, setFace } from "../frame/toolbar";
import { TimeLine } from "./time_line";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** Width of the thumb in CSS pixels, as in `replay.css`. Its centre is at the step. */
const THUMB = 16;

export interface PlaybackEvents {
  toggle(): void;
  seek(frame: number): void;
}

export class PlaybackBar {
  readonly element: HTMLElement;
  #toggle: HTMLButtonElement;
  #word = element("span");
  #line: TimeLine;
  #where = element("span", { className: "vw-where" });
  #said = element("span", { className: "vw-continue-said", attributes: { role: "status" } });
  #speed = element("select", { attributes: { "aria-label": "Speed of the replay" } });
  #steps: readonly number[];
  #ends = ""; // of the line

  /** `steps` are the steps of the frames. `goOn` trains on in the page, if the replay can. */
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
    this.#where.style.minWidth = `${2 * grouped(steps.at(-1) ?? 0).length + 7}ch`;
    const speed = element("label", { className: "vw-rate" }, "Speed", this.#speed);
    speed.title = "How fast the recorded pictures follow one another; not how fast the training was";
    const tools = element("div", { className: "vw-bar-tools" }, this.#toggle, this.#where, speed);
    if (goOn !== null) {
      const go = element("button", { type: "button", className: "vw-go-on", textContent: "Continue" });
      go.title =
        "Train on in this page from here, with a learning rate of your own; the replay stays as it is";
      go.addEventListener("click", goOn);
      this.#toggle.after(go, this.#said);
    }
    this.element = element("div", { className: "vw-bar" }, tools, this.#line.element);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Replay");
    this.element.hidden = steps.length < 2 && goOn === null; // there is nothing to play
    this.playing = false;
    this.align(null);
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
    this.#line.show(frame, `step ${step} of ${last}`);
    setText(this.#where, `step ${step} / ${last}`);
  }

  /** Aligns the time line with `axis`, which belongs to a chart as wide as the bar. It is null if there is no chart. */
  align(axis: Axis | null): void {
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
