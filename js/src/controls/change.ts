// The hand on a control: what it changes goes out once an animation frame, and what comes back does not pull against it.

import type { Files, Told } from "../files";
import type { SetControl } from "../protocol";

export type Value = SetControl["value"];

/** Milliseconds after which a change that nobody has acknowledged no longer holds back what the kernel says. */
export const PATIENCE = 2000;

/** The way to the kernel. */
export interface Wire {
  readonly client: string;
  send(value: Value, revision: number): void;
  /** Sends a file for this control; returns what stops that. */
  upload(file: File, told: Told): () => void;
  download: Files["download"];
}

/** What a control speaks to. */
export interface Sender extends Wire {
  /** Has the control shown again what the kernel said last. */
  again(): void;
}

export class Change {
  #sender: Sender;
  #revision = 0;
  #acknowledged = 0;
  #sentAt = 0;
  #value: Value | null = null;
  #frame: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Whether a hand is on it now. */
  held = false;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** A new value; of several in one frame only the last is sent. */
  make(value: Value): void {
    this.#value = value;
    this.#frame ??= requestAnimationFrame(() => this.flush());
  }

  /** Sends now what waits for the next animation frame. */
  flush(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (this.#value === null) return;
    this.#revision += 1;
    this.#sentAt = performance.now();
    this.#sender.send(this.#value, this.#revision);
    this.#value = null;
  }

  /** Whether a value from the kernel is to be shown: not while a hand holds the control, nor from before its change. */
  accepts(origin: string, revision: number): boolean {
    if (origin === this.#sender.client) this.#acknowledged = Math.max(this.#acknowledged, revision);
    this.#stopWaiting();
    if (this.held || this.#value !== null) return false;
    const left = this.settled ? 0 : this.#sentAt + PATIENCE - performance.now();
    if (left <= 0) return true;
    // Where another page changed it as well, that may be all that the kernel ever says.
    if (origin !== this.#sender.client) this.#timer = setTimeout(() => this.#sender.again(), left);
    return false;
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Whether the kernel has heard of every change that was made here. */
  get settled(): boolean {
    return this.#value === null && this.#acknowledged >= this.#revision;
  }

  destroy(): void {
    this.flush();
    this.#stopWaiting();
  }
}
