// A user's change to a control: sent at most once per animation frame, and not overwritten by older values echoed by
// the kernel.

import type { ControlPlace, Files } from "../files/files";
import { PATIENCE, type Wire } from "../wire/connection";
import type { SetControl } from "../wire/protocol";

export type Value = SetControl["value"];

/** Milliseconds without an acknowledgement after which a control looks pending. Most frames are shorter. */
export const PENDING = 700;

/** How a control sends its changes. */
export interface Sender {
  readonly wire: Wire;
  readonly place: ControlPlace;
  readonly files: Files;
  /** Shows the kernel's last description of the control again. */
  again(): void;
  /** Registers the control's `Change`. */
  made(change: Change): void;
}

/** Sends a value to the kernel. `revision` counts this page's changes to the control. */
export function setControl({ wire, place }: Sender, value: Value, revision: number): void {
  wire.send({ kind: "set_control", ...place, value, revision });
}

export class Change {
  #sender: Sender;
  #waiting: (waits: boolean) => void;
  #revision = 0;
  #acknowledged = 0;
  #value: Value | null = null;
  #frame: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #pending: ReturnType<typeof setTimeout> | null = null;
  #last = ""; // revision and origin of the last change that the kernel reported
  #otherSince: number | null = null; // when it reported a change by another page, since the last one sent here
  /** True while the user holds the control. */
  held = false;

  /** Calls `waiting` with true once a change is unacknowledged for `PENDING`, and with false once it is acknowledged.
   *  */
  constructor(sender: Sender, waiting: (waits: boolean) => void = () => {}) {
    this.#sender = sender;
    this.#waiting = waiting;
    sender.made(this);
  }

  /** Takes a new value. Only the last one within an animation frame is sent. */
  make(value: Value): void {
    this.#value = value;
    this.#frame ??= requestAnimationFrame(() => this.flush());
  }

  /** Sends the value waiting for the next animation frame now. */
  flush(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (this.#value === null) return;
    this.#revision += 1;
    this.#otherSince = null;
    setControl(this.#sender, this.#value, this.#revision);
    this.#value = null;
    this.#pending ??= setTimeout(() => this.#waiting(true), PENDING);
  }

  /**
   * True if a value from the kernel should be shown. It should not be while the user holds the control, or if it is
   * older than the user's change, which may stay unacknowledged for a whole frame. If another page has changed the
   * control as well, the kernel may never acknowledge ours: in that case the other value is shown after `PATIENCE`.
   */
  accepts(origin: string, revision: number): boolean {
    const { client } = this.#sender.wire;
    if (origin === client) this.#acknowledged = Math.max(this.#acknowledged, revision);
    const news = `${revision} ${origin}`;
    if (news !== this.#last && origin !== client && origin !== "") this.#otherSince = performance.now();
    this.#last = news;
    this.#stopWaiting();
    if (this.settled) this.#rest();
    if (this.held || this.#value !== null) return false;
    if (this.settled) return true;
    if (this.#otherSince === null) return false;
    const left = this.#otherSince + PATIENCE - performance.now();
    if (left > 0) this.#timer = setTimeout(() => this.#sender.again(), left);
    else this.abandon();
    return left <= 0;
  }

  /** Stops waiting for an acknowledgement, because the kernel is gone. */
  abandon(): void {
    this.#acknowledged = this.#revision;
    this.#rest();
  }

  #rest(): void {
    if (this.#pending === null) return;
    clearTimeout(this.#pending);
    this.#pending = null;
    this.#waiting(false);
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The number of the last change sent. */
  get revision(): number {
    return this.#revision;
  }

  /** True if the kernel has acknowledged every change made here. */
  get settled(): boolean {
    return this.#value === null && this.#acknowledged >= this.#revision;
  }

  destroy(): void {
    this.flush();
    this.#stopWaiting();
    if (this.#pending !== null) clearTimeout(this.#pending);
  }
}
