// The time line of a replay, with what plays it and how fast.

import { element, OWN_KEYS, setText } from "../dom";
import { grouped } from "../numbers";
import { button, face } from "../toolbar";

const SPEEDS = [0.25, 0.5, 1, 2, 4];

export interface BarEvents {
  toggle(): void;
  seek(frame: number): void;
}

export class Bar {
  readonly element: HTMLElement;
  #toggle: HTMLButtonElement;
  #line = element("input", {
    type: "range",
    min: "0",
    step: "1",
    className: "vw-timeline",
    attributes: { "aria-label": "Time line", ...OWN_KEYS },
  });
  #where = element("span", { className: "vw-where" });
  #speed = element("select", { title: "Speed", attributes: { "aria-label": "Speed", ...OWN_KEYS } });
  #steps: readonly number[];

  /** `steps` are those of the frames, `unit` what they count. */
  constructor(steps: readonly number[], events: BarEvents) {
    this.#steps = steps;
    this.#toggle = button("Play", "resume", () => events.toggle());
    this.#line.max = String(steps.length - 1);
    this.#line.addEventListener("input", () => events.seek(Number(this.#line.value)));
    this.#line.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      events.toggle();
    });
    this.#speed.append(
      ...SPEEDS.map((speed) => element("option", { value: String(speed), textContent: `${speed}×` })),
    );
    this.#speed.value = "1";
    this.#where.style.minWidth = `${2 * grouped(steps.at(-1) ?? 0).length + 8}ch`;
    const parts = [this.#toggle, this.#line, this.#where, this.#speed];
    this.element = element("div", { className: "vw-toolbar vw-bar" }, ...parts);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Replay");
    this.element.hidden = steps.length < 2; // nothing moves
  }

  /** How many times as fast as usual. */
  get speed(): number {
    return Number(this.#speed.value);
  }

  set playing(playing: boolean) {
    face(this.#toggle, playing ? "Pause" : "Play", playing ? "pause" : "resume");
  }

  show(frame: number): void {
    const step = grouped(this.#steps[frame] ?? 0);
    const last = grouped(this.#steps.at(-1) ?? 0);
    this.#line.value = String(frame);
    this.#line.setAttribute("aria-valuetext", `step ${step} of ${last}`);
    this.#line.style.setProperty("--vw-part", String(frame / Math.max(1, this.#steps.length - 1)));
    setText(this.#where, `step ${step} / ${last}`);
  }
}
