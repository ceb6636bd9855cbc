// Shown while no kernel serves the view: the reason, how to go on, and the poster or replay that the notebook has kept.

import { EndedNotice, Placeholder } from "../frame/messages";
import { Player } from "../replay/player";
import { read, reason } from "../replay/reader";
import type { Model } from "../wire/connection";
import { Kept } from "../wire/kept";

/** Milliseconds to wait for the kernel's first answer. */
const NO_ANSWER = 3000;

/** Reasons why there is no view, as shown to the user. */
const REASONS = {
  unanswered: "Waiting for the kernel, which may be busy. If none is connected, run the cell to start.",
  busy: "The kernel is busy. The view appears once it has time.",
  disconnected: "No kernel is connected. Run the cell to start.",
  closed: "This view is closed. Run the cell for a new one.",
};

/** The newest replay of a view. */
export interface Newest {
  /** Whether there is one. A cheap check. */
  exists(): boolean;
  /** Composes its text, which may take megabytes. */
  compose(): string;
}

export class Fallback {
  #root: HTMLElement;
  #model: Model;
  #replay: Newest;
  #ended = new EndedNotice((replayed) => this.#toggleReplay(replayed));
  #placeholder = new Placeholder();
  #served = false; // whether a kernel has sent a scene, which stays visible without the kernel
  #reason: keyof typeof REASONS = "unanswered";
  #patience = setTimeout(() => this.#explain(), NO_ANSWER);

  /** `root` is marked while it shows only the fallback. */
  constructor(root: HTMLElement, model: Model, replay: Newest) {
    this.#root = root;
    this.#model = model;
    this.#replay = replay;
  }

  get elements(): HTMLElement[] {
    return [this.#ended.element, this.#placeholder.element];
  }

  /** Hides the fallback, because the kernel has sent a scene. */
  end(): void {
    this.#served = true;
    clearTimeout(this.#patience);
    this.#placeholder.hide();
    if (this.#root.dataset.state === "empty") this.#root.dataset.state = "waiting";
    this.#root.classList.remove("vw-nothing");
  }

  /** Shows why the scene that the kernel has sent cannot be shown. */
  refuse(said: string): void {
    clearTimeout(this.#patience);
    this.#show(said);
  }

  /** Notes that the kernel is connected but busy, so the user need not run the cell. */
  busy(): void {
    this.#reason = "busy";
  }

  /** Shows that no kernel is connected. */
  disconnect(): void {
    this.#reason = "disconnected";
    if (this.#served) this.#ended.show(this.#replay.exists());
    else this.#explain();
  }

  /** Notes that a kernel is connected again. */
  connect(): void {
    if (this.#reason === "disconnected") this.#reason = "unanswered";
    this.#ended.hide();
  }

  /** Shows that the kernel has closed the view. */
  close(): void {
    this.#reason = "closed";
    if (!this.#served) this.#explain();
  }

  // Often nothing is wrong: the notebook was reopened, or the kernel is busy. So this is not styled as an error.
  #explain(): void {
    clearTimeout(this.#patience);
    if (this.#served) return;
    this.#show(REASONS[this.#reason], this.#poster);
    this.#play();
  }

  get #poster(): string {
    return String(this.#model.get("_poster") ?? "");
  }

  // Replaces the view of an ended kernel by its replay, or shows the view again.
  #toggleReplay(replayed: boolean): void {
    this.#root.classList.toggle("vw-nothing", replayed);
    this.#placeholder.hide();
    if (!replayed) return;
    this.#placeholder.show("What the notebook keeps of this run.", this.#poster);
    this.#play();
  }

  #show(said: string, poster = ""): void {
    this.#placeholder.show(said, poster);
    this.#root.classList.add("vw-nothing");
    this.#root.dataset.state = "empty";
  }

  #play(): void {
    if (!this.#replay.exists()) return;
    try {
      const replay = read(this.#replay.compose());
      if (replay.frames.length > 0)
        this.#placeholder.play(new Player(replay, () => {}, new Kept(this.#model)));
    } catch (error) {
      this.#placeholder.say(`The saved replay cannot be played: ${reason(error)}.`);
    }
  }

  destroy(): void {
    clearTimeout(this.#patience);
    this.#placeholder.hide();
  }
}
