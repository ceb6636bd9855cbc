// The toolbar: buttons that control the run, its state, and its speed limit.

import { element, setText } from "../base/dom";
import { short } from "../base/numbers";
import { PATIENCE, type Wire } from "../wire/connection";
import type { Command, Status } from "../wire/protocol";
import { RunLine } from "./status_line";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  resume: "M5 3.2v9.6l8-4.8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  step: "M3 3.2v9.6l7-4.8zM11 3h2v10h-2z",
  stop: "M4 4h8v8H4z",
  reset: "M8 3a5 5 0 1 1-4.9 6h1.6A3.5 3.5 0 1 0 8 4.5c-.9 0-1.8.4-2.4 1L7 7H3V3l1.5 1.5A5 5 0 0 1 8 3z",
  hide: "M4 7.2h8v1.6H4z",
  maximise: "M2.5 2.5h11v11h-11zM4 5v7h8V5z",
  restore: "M5 2.5h8.5V11H11v2.5H2.5V5H5zM6.5 5H11v4.5h1V4H6.5zM4 7.5V12h5.5V7.5z",
} as const;
type Icon = keyof typeof ICONS;
const RATES: [number, string][] = [
  [0, "max"],
  [60, "60/s"],
  [30, "30/s"],
  [10, "10/s"],
  [1, "1/s"],
];

/** Tooltip of each button, by its name. */
const HINTS = {
  Run: "Run: frames follow one another until Pause or Stop",
  Pause: "Pause: waits after the current frame. Resume continues from there; waiting cells keep waiting",
  Resume: "Resume: continues with the next frame",
  "Run one frame": "Run one frame, then pause again",
  Stop: "Stop: ends the run after the current frame, and waiting cells continue. Nothing is lost: Run starts it again",
  Reset: "Reset: forgets what was logged and starts over, as the program's reset says",
};

export class Toolbar {
  readonly element: HTMLElement;
  #title = element("span", { className: "vw-title" });
  /** Runs, pauses or resumes. */
  readonly toggle: HTMLButtonElement;
  #step: HTMLButtonElement;
  #stop: HTMLButtonElement;
  #reset: HTMLButtonElement;
  /** State, step and speed. */
  readonly run = new RunLine();
  #rate = element("select", {
    title: "Maximum frames per second: max is as fast as the training goes",
    attributes: { "aria-label": "Speed: maximum frames per second" },
  });
  #other = element("option"); // a rate set by the program
  #chosen: { rate: number; at: number } | null = null;
  #state: Status["state"] = "idle";

  constructor(wire: Wire) {
    const send = (name: Command["name"], value: number) => {
      this.run.asked(name);
      wire.send({ kind: "command", name, value });
    };
    this.toggle = command("Run", "resume", () => send(this.#state === "running" ? "pause" : "resume", 0));
    this.#step = command("Run one frame", "step", () => send("step", 0));
    this.#stop = command("Stop", "stop", () => send("stop", 0));
    this.#reset = command("Reset", "reset", () => send("reset", 0));
    this.#rate.append(
      ...RATES.map(([rate, text]) => element("option", { value: String(rate), textContent: text })),
    );
    this.#rate.addEventListener("change", () => {
      this.#chosen = { rate: Number(this.#rate.value), at: performance.now() };
      send("tick_rate", this.#chosen.rate);
    });
    const buttons = element("div", { className: "vw-buttons" });
    buttons.setAttribute("role", "toolbar");
    buttons.setAttribute("aria-label", "Run");
    const speed = element("label", { className: "vw-rate" }, "Speed", this.#rate);
    buttons.append(this.toggle, this.#step, this.#stop, this.#reset);
    this.element = element("div", { className: "vw-toolbar" }, buttons, this.run.element, this.#title, speed);
    this.disable();
  }

  set title(title: string) {
    setText(this.#title, title);
    this.#title.title = title;
  }

  /** Disables everything, because no kernel is connected. */
  disable(): void {
    for (const control of [this.toggle, this.#step, this.#stop, this.#reset, this.#rate])
      control.disabled = true;
    this.#reset.hidden = true;
  }

  update(status: Status): void {
    this.#state = status.state;
    this.run.update(status);
    const running = status.state === "running";
    const closed = status.state === "closed";
    const name = running ? "Pause" : status.state === "idle" || status.state === "stopped" ? "Run" : "Resume";
    setFace(this.toggle, name, running ? "pause" : "resume", HINTS[name]);
    this.toggle.disabled = closed;
    this.#step.disabled = closed || status.state === "idle" || status.state === "stopped";
    this.#stop.disabled = closed || status.state === "idle" || status.state === "stopped";
    this.#reset.hidden = !status.can_reset;
    this.#reset.disabled = closed;
    this.#rate.disabled = closed;
    this.#showRate(status.tick_rate);
  }

  // The rate chosen here is shown until the kernel has received it.
  #showRate(rate: number): void {
    const chosen = this.#chosen;
    if (chosen !== null && rate !== chosen.rate && performance.now() - chosen.at < PATIENCE) return;
    this.#chosen = null;
    const value = String(rate);
    if (RATES.some(([known]) => known === rate)) this.#other.remove();
    else if (this.#other.value !== value || this.#other.parentNode === null) {
      Object.assign(this.#other, { value, textContent: `${short(rate)}/s` });
      this.#rate.append(this.#other);
    }
    if (this.#rate.value !== value) this.#rate.value = value;
  }
}

function command(name: keyof typeof HINTS, icon: Icon, click: () => void): HTMLButtonElement {
  return iconButton(name, icon, click, HINTS[name]);
}

/** A button with an icon, an accessible `name`, and a tooltip `hint`. */
export function iconButton(name: string, icon: Icon, click: () => void, hint = name): HTMLButtonElement {
  const made = element("button", { type: "button", className: "vw-tool" });
  made.addEventListener("click", click);
  setFace(made, name, icon, hint);
  return made;
}

/** Changes the name, icon and tooltip of a button. */
export function setFace(made: HTMLButtonElement, name: string, icon: Icon, hint = name): void {
  if (made.getAttribute("aria-label") === name) return;
  made.setAttribute("aria-label", name);
  made.title = hint;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[icon]);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  made.replaceChildren(svg);
}
