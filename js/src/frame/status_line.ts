// The status of a run: state, step and speed in the toolbar, and at the foot of the view how its pictures arrive.

import { element, setText } from "../base/dom";
import { fixed, grouped } from "../base/numbers";
import { PATIENCE } from "../wire/connection";
import type { Command, Status } from "../wire/protocol";

const WORDS: Record<Status["state"], string> = {
  idle: "Ready",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  failed: "Failed",
  closed: "Closed",
};
/** Shown instead of the state while futures run, which is a pause for the run itself. */
const EXPLORING = "Exploring futures";
/** The state shown after a click on a button until the kernel obeys. */
const ASKED: Partial<Record<Command["name"], string>> = {
  pause: "Pausing…",
  step: "Pausing…",
  stop: "Stopping…",
  reset: "Resetting…",
};
/** Vulkan drivers that run on the CPU. */
const SOFTWARE = /^(llvmpipe|lavapipe|swiftshader|softpipe)\b/i;

/** State, step and speed. */
export class RunLine {
  readonly element: HTMLElement;
  #state = element("span", { className: "vw-state", attributes: { "aria-live": "polite" } });
  #step = item("Steps so far", 10);
  #speed = item("Steps a second", 10);
  #asked: { name: Command["name"]; word: string; at: number } | null = null; // a command that has not taken effect yet
  #known = { frame: 0, iteration: 0 };
  #began: number | null = null; // when the frame that keeps the kernel busy began
  #timer: ReturnType<typeof setInterval> | null = null;
  #running = false;
  #exploring = false;
  #word = ""; // for the state of the run

  constructor() {
    this.element = element("div", { className: "vw-run" }, this.#state, this.#step, this.#speed);
  }

  /** Shows that the user has sent a command, which takes effect when the current frame ends. */
  asked(name: Command["name"]): void {
    const word = ASKED[name];
    if (word === undefined || !this.#running) return;
    this.#asked = { name, word, at: performance.now() };
    setText(this.#state, word);
    this.#state.title = "Waits for the end of the current frame";
  }

  /** Notes that the kernel has been in a frame for `seconds`, or is busy with something else if this is 0. */
  busy(seconds: number): void {
    if (seconds <= 0) return;
    this.#began = performance.now() - 1000 * seconds;
    this.#timer ??= setInterval(() => this.#showFrame(), 1000);
    this.#showFrame();
  }

  #showFrame(): void {
    if (this.#began === null || !this.#running) return;
    setText(this.#speed, `in this frame for ${fixed((performance.now() - this.#began) / 1000, 0)} s`);
    this.#speed.title = "The callback, or the body of the loop, has been running for this long";
  }

  /** Forgets commands and long frames that were in progress. */
  rest(): void {
    this.#asked = this.#began = null;
    this.#state.title = "";
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  update(status: Status): void {
    this.#running = status.state === "running";
    const asked = this.#isAwaited(status) ? this.#asked : null;
    this.#known = status;
    this.rest();
    this.#asked = asked;
    this.#show(status.state, asked?.word ?? WORDS[status.state]);
    const logged = status.iteration > 0;
    setText(this.#step, logged ? `step ${grouped(status.iteration)}` : `frame ${grouped(status.frame)}`);
    this.#step.title = logged ? "Steps so far" : "Frames so far: calls of the callbacks";
    this.#speed.title = logged ? "Logged steps a second" : "Frames per second: calls of the callbacks";
    const speed = logged
      ? speedText(status.steps_per_second, "step")
      : speedText(status.ticks_per_second, "frame");
    setText(this.#speed, status.state === "running" ? speed : "");
  }

  /** Whether futures are running. */
  set exploring(exploring: boolean) {
    this.#exploring = exploring;
    setText(this.#state, exploring ? EXPLORING : this.#word);
  }

  #show(state: string, word: string): void {
    this.element.dataset.state = state;
    this.#word = word;
    setText(this.#state, this.#exploring ? EXPLORING : word);
  }

  // A status that was sent before the command arrived still has the old state. A Reset leaves the view running: it has
  // taken effect once the frame ends or steps start over.
  #isAwaited({ frame, iteration }: Status): boolean {
    const asked = this.#asked;
    if (asked === null || !this.#running || performance.now() - asked.at >= PATIENCE) return false;
    return asked.name !== "reset" || (frame === this.#known.frame && iteration >= this.#known.iteration);
  }

  /** Shows that the kernel has closed the view. */
  close(): void {
    this.#end("closed", WORDS.closed);
  }

  /** Shows that no kernel is connected. */
  disconnect(): void {
    this.#end("disconnected", "Not connected");
  }

  #end(state: string, word: string): void {
    this.rest();
    this.#running = false;
    this.#show(state, word);
    setText(this.#speed, "");
  }
}

/** Pictures per second, their latency, and the back end that renders them. */
export class StatusLine {
  readonly element: HTMLElement;
  #shown = item("Pictures painted here per second", 12);
  #latency = item("From the end of a frame until its pictures are painted", 12);
  #backend = new BackendDetails();

  constructor() {
    this.element = element(
      "footer",
      { className: "vw-status" },
      this.#shown,
      this.#latency,
      this.#backend.element,
    );
  }

  update(status: Status): void {
    const running = status.state === "running";
    setText(this.#shown, running ? speedText(status.shown_per_second, "picture") : "");
    const latency = status.latency_ms;
    setText(this.#latency, running && latency !== null ? `latency ${late(latency)}` : "");
    this.#backend.show(status.backend, status.backend_detail);
  }

  /** Clears the rates, because painting has stopped. */
  rest(): void {
    for (const rate of [this.#shown, this.#latency]) setText(rate, "");
  }
}

/** The back end in a word or two, with full details when opened. */
export class BackendDetails {
  readonly element = element("details", { className: "vw-maker" });
  #summary = element("summary");
  #all = element("div", { className: "vw-maker-all" });

  constructor() {
    this.element.append(this.#summary, this.#all);
  }

  show(backend: string, detail = ""): void {
    const all = [backend, detail].filter(Boolean).join("; ");
    setText(this.#summary, briefBackend(backend));
    setText(this.#all, all);
    this.#summary.title = all;
    this.element.hidden = backend === "";
  }
}

/** Shortens "Vulkan · llvmpipe (LLVM 15.0.6, 256 bits) · JPEG 85 (simplejpeg)" to "Vulkan (CPU) · JPEG". */
export function briefBackend(backend: string): string {
  const bare = backend.replace(/ \([^()]*\)/g, "").replace(" · input on the pictures' comm", "");
  const makers = bare.split(", ").map((maker) => {
    const [first = "", ...rest] = maker.split(" · ").map((part) => part.replace(/^JPEG \d+$/, "JPEG"));
    const [device, ...formats] = first === "Vulkan" || first === "torch" ? rest : [undefined, ...rest];
    return [device === undefined ? first : `${first} (${named(device)})`, ...formats].join(" · ");
  });
  return makers.join(", ");
}

function named(device: string): string {
  return device === "cpu" || SOFTWARE.test(device) ? "CPU" : device;
}

/** A rate as text. Anything slower than one in ten seconds is shown as seconds each. */
export function speedText(rate: number, what: "step" | "frame" | "picture"): string {
  if (rate > 0 && rate < 0.1) return `${fixed(1 / rate, 0)} s/${what}`;
  return `${rate >= 100 ? grouped(rate) : fixed(rate, 1)} ${what}s/s`;
}

function late(milliseconds: number): string {
  return milliseconds < 1000 ? `${fixed(milliseconds, 0)} ms` : `${fixed(milliseconds / 1000, 1)} s`;
}

/** A number with space for `digits`, so that what follows it does not jump. */
function item(title: string, digits: number): HTMLElement {
  const made = element("span", { className: "vw-item", title });
  made.style.minWidth = `${digits}ch`;
  return made;
}
