// The controls of a player: play and pause, speed, and a time line. The time line is in proportion to steps, has a
// dot for each picture, and is aligned with the chart's step axis if there is a chart.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import { indexAt } from "../base/steps";
import type { Axis } from "../chart/chart";
import { iconButton, setFace } from "../frame/toolbar";

const SVG = "http://www.w3.org/2000/svg";
const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** Frames that PageUp and PageDown skip. */
const LEAP = 10;
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
  #line = element("input", {
    type: "range",
    step: "1",
    className: "vw-timeline",
    attributes: { "aria-label": "Time line" },
  });
  #dots = document.createElementNS(SVG, "svg");
  #path = document.createElementNS(SVG, "path");
  #track: HTMLElement;
  #where = element("span", { className: "vw-where" });
  #speed = element("select", { attributes: { "aria-label": "Speed of the replay" } });
  #steps: readonly number[];
  #frame = 0;
  #first = 0;
  #last = 0;

  /** `steps` are the steps of the frames. */
  constructor(steps: readonly number[], events: PlaybackEvents) {
    this.#steps = steps;
    this.#toggle = iconButton("Play", "resume", () => events.toggle());
    this.#toggle.classList.add("vw-play");
    this.#listen(events);
    this.#speed.append(
      ...SPEEDS.map((speed) => element("option", { value: String(speed), textContent: `${speed}×` })),
    );
    this.#speed.value = "1";
    this.#where.style.minWidth = `${2 * grouped(steps.at(-1) ?? 0).length + 7}ch`;
    const speed = element("label", { className: "vw-rate" }, "Speed", this.#speed);
    speed.title = "How fast the recorded pictures follow one another; not how fast the training was";
    this.#dots.setAttribute("class", "vw-dots");
    this.#dots.setAttribute("preserveAspectRatio", "none");
    this.#dots.setAttribute("viewBox", "0 0 1000 1");
    this.#dots.setAttribute("aria-hidden", "true");
    this.#dots.append(this.#path);
    this.#track = element("div", { className: "vw-track" }, this.#line);
    this.#track.append(this.#dots);
    const tools = element("div", { className: "vw-bar-tools" }, this.#toggle, this.#where, speed);
    this.element = element("div", { className: "vw-bar" }, tools, this.#track);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Replay");
    this.element.hidden = steps.length < 2; // there is nothing to play
    this.playing = false;
    this.align(null);
  }

  #listen({ toggle, seek }: PlaybackEvents): void {
    this.#line.addEventListener("input", () => seek(nearest(this.#steps, Number(this.#line.value))));
    this.#line.addEventListener("change", () => this.#place()); // snaps to the frame that is shown
    this.#line.addEventListener("keydown", (event) => {
      const moved = this.#moved(event.key);
      if (moved === null && event.key !== " ") return;
      event.preventDefault();
      if (moved === null) toggle();
      else seek(moved);
    });
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

  /** Playback speed, relative to the usual one. */
  get speed(): number {
    return Number(this.#speed.value);
  }

  set playing(playing: boolean) {
    setFace(this.#toggle, playing ? "Pause" : "Play", playing ? "pause" : "resume");
    setText(this.#word, playing ? "Pause" : "Play");
    this.#toggle.append(this.#word); // next to the icon, which replaced all children
  }

  show(frame: number): void {
    this.#frame = frame;
    const step = grouped(this.#steps[frame] ?? 0);
    const last = grouped(this.#steps.at(-1) ?? 0);
    this.#line.setAttribute("aria-valuetext", `step ${step} of ${last}`);
    setText(this.#where, `step ${step} / ${last}`);
    this.#place();
  }

  /** Aligns the time line with `axis`, which belongs to a chart as wide as the bar. It is null if there is no chart. */
  align(axis: Axis | null): void {
    const { left, width } = axis ?? { left: THUMB, width: 0 };
    this.#track.style.marginLeft = `${left - THUMB / 2}px`;
    this.#track.style.width = axis === null ? `calc(100% - ${THUMB}px)` : `${width + THUMB}px`;
    const first = axis?.first ?? this.#steps[0] ?? 0;
    const last = Math.max(first + 1, axis?.last ?? this.#steps.at(-1) ?? 0);
    if (first === this.#first && last === this.#last) return;
    [this.#first, this.#last] = [first, last];
    Object.assign(this.#line, { min: String(first), max: String(last) });
    const dots = this.#steps.map((step) => `M${(1000 * this.#part(step)).toFixed(1)} .5h0`); // the round caps make dots
    this.#path.setAttribute("d", dots.join(""));
    this.#place();
  }

  #place(): void {
    const step = this.#steps[this.#frame] ?? 0;
    this.#line.value = String(step);
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
