// What a view shows while no kernel serves it: why, how to go on, and the poster or replay that the notebook has kept.

import { EndedNotice, Placeholder } from "../frame/messages";
import { Player } from "../replay/player";
import { read, reason } from "../replay/reader";
import type { Model } from "../wire/connection";

/** Milliseconds without an answer after which the page shows what it has without a kernel. */
const NO_ANSWER = 3000;

/** Why there is nothing to see. */
const REASONS = {
  unanswered: "Waiting for the kernel, which may be busy. If none is connected, run the cell to start.",
  busy: "The kernel is busy. The view comes when it has time.",
  disconnected: "No kernel is connected. Run the cell to start.",
  closed: "This view is closed. Run the cell for a new one.",
};

export class Fallback {
  #root: HTMLElement;
  #model: Model;
  #ended = new EndedNotice((replayed) => this.#toggleReplay(replayed));
  #placeholder = new Placeholder();
  #served = false; // whether a kernel has shown something, which stays when it goes
  #reason: keyof typeof REASONS = "unanswered";
  #patience = setTimeout(() => this.#explain(), NO_ANSWER);

  /** Marks on `root` that there is nothing else to see. */
  constructor(root: HTMLElement, model: Model) {
    this.#root = root;
    this.#model = model;
  }

  get elements(): HTMLElement[] {
    return [this.#ended.element, this.#placeholder.element];
  }

  /** The kernel has sent a scene. */
  end(): void {
    this.#served = true;
    clearTimeout(this.#patience);
    this.#placeholder.hide();
    if (this.#root.dataset.state === "empty") this.#root.dataset.state = "waiting";
    this.#root.classList.remove("vw-nothing");
  }

  /** The kernel has sent what cannot be shown, for the reason `said`. */
  refuse(said: string): void {
    clearTimeout(this.#patience);
    this.#show(said);
  }

  /** The kernel is there and has no time: nobody need run the cell. */
  busy(): void {
    this.#reason = "busy";
  }

  /** No kernel is there. */
  disconnect(): void {
    this.#reason = "disconnected";
    if (this.#served) this.#ended.show(Boolean(this.#model.get("_replay")));
    else this.#explain();
  }

  /** A kernel is there again. */
  connect(): void {
    if (this.#reason === "disconnected") this.#reason = "unanswered";
    this.#ended.hide();
  }

  /** The kernel has closed the view. */
  close(): void {
    this.#reason = "closed";
    if (!this.#served) this.#explain();
  }

  // A notebook that was opened again, or a kernel that is busy: what there was to see, and no alarm.
  #explain(): void {
    clearTimeout(this.#patience);
    if (this.#served) return;
    this.#show(REASONS[this.#reason], this.#poster);
    this.#play();
  }

  get #poster(): string {
    return String(this.#model.get("_poster") ?? "");
  }

  // In place of the view that its kernel has left, or away again.
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
    const saved = this.#model.get("_replay");
    if (saved == null || saved === "") return;
    try {
      const replay = read(saved);
      if (replay.frames.length > 0) this.#placeholder.play(new Player(replay));
    } catch (error) {
      this.#placeholder.say(`The saved replay cannot be played: ${reason(error)}.`);
    }
  }

  destroy(): void {
    clearTimeout(this.#patience);
    this.#placeholder.hide();
  }
}
