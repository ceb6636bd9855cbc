// The status line: whether it runs, how far it is, how fast, and what makes the pictures.

import { element, setText } from "./dom";
import { fixed, grouped } from "./numbers";
import type { Status } from "./protocol";

const WORDS: Record<Status["state"], string> = {
  idle: "Ready",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  failed: "Failed",
  closed: "Closed",
};

export class StatusLine {
  readonly element: HTMLElement;
  #state = element("span", { className: "vw-state", attributes: { "aria-live": "polite" } });
  #iteration = item("Steps so far", 10);
  #speed = item("Steps a second", 12);
  #shown = item("Frames painted a second", 12);
  #latency = item("From tensor ready to painted", 6);
  #backend = element("span", { className: "vw-item vw-backend" });

  constructor() {
    const items = [this.#iteration, this.#speed, this.#shown, this.#latency];
    this.element = element("footer", { className: "vw-status" }, this.#state, ...items, this.#backend);
  }

  update(status: Status): void {
    this.element.dataset.state = status.state;
    setText(this.#state, WORDS[status.state]);
    const running = status.state === "running";
    const logged = status.iteration > 0;
    setText(this.#iteration, logged ? `step ${grouped(status.iteration)}` : `frame ${grouped(status.frame)}`);
    const speed = logged
      ? speedText(status.steps_per_second, "step")
      : speedText(status.ticks_per_second, "frame");
    setText(this.#speed, running ? speed : "");
    // A page tells what it painted in a second; of frames that are rarer that says nothing.
    const often = running && status.ticks_per_second >= 2;
    setText(this.#shown, often ? `${fixed(status.shown_per_second, 0)} fps shown` : "");
    const latency = status.latency_ms;
    setText(this.#latency, running && latency !== null ? `${fixed(latency, 0)} ms` : "");
    setText(this.#backend, status.backend);
    this.#backend.title = status.backend_detail;
  }

  /** The kernel has closed the view. */
  close(): void {
    this.element.dataset.state = "closed";
    setText(this.#state, WORDS.closed);
    for (const rate of [this.#speed, this.#shown, this.#latency]) setText(rate, "");
  }

  /** No kernel answers. */
  disconnect(): void {
    this.element.dataset.state = "disconnected";
    setText(this.#state, "Not connected");
  }
}

/** A speed in as many digits as mean something: of what is rarer than one in ten seconds, how long one takes. */
export function speedText(rate: number, what: "step" | "frame"): string {
  if (rate > 0 && rate < 0.1) return `${fixed(1 / rate, 0)} s/${what}`;
  return `${rate >= 100 ? grouped(rate) : fixed(rate, 1)} ${what}s/s`;
}

/** A number that has room for `digits`, so that what follows it does not jump. */
function item(title: string, digits: number): HTMLElement {
  const made = element("span", { className: "vw-item", title });
  made.style.minWidth = `${digits}ch`;
  return made;
}
