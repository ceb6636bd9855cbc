// The hand on a control: what it changes goes out once an animation frame, and what comes back does not pull against it.

import type { ControlPlace, Files } from "../files/files";
import { PATIENCE, type Wire } from "../wire/connection";
import type { SetControl } from "../wire/protocol";

export type Value = SetControl["value"];

/** Milliseconds after which a control that waits for the kernel looks so; a frame is mostly shorter. */
export const PENDING = 700;

/** What a control speaks to. */
export interface Sender {
  readonly wire: Wire;
  readonly place: ControlPlace;
  readonly files: Files;
  /** Has the control shown again what the kernel said last. */
  again(): void;
  /** Is told of what the control changes by. */
  made(change: Change): void;
}

/** Tells the kernel that a control has a value, by the page's change number `revision` to it. */
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
  #last = ""; // whose change, and which, the kernel told of last
  #otherSince: number | null = null; // when it told of another page's, since what was sent last
  /** Whether a hand is on it now. */
  held = false;

  /** `waiting` hears that a change has not been acknowledged for a while, and that it no longer waits. */
  constructor(sender: Sender, waiting: (waits: boolean) => void = () => {}) {
    this.#sender = sender;
    this.#waiting = waiting;
    sender.made(this);
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
    this.#otherSince = null;
    setControl(this.#sender, this.#value, this.#revision);
    this.#value = null;
    this.#pending ??= setTimeout(() => this.#waiting(true), PENDING);
  }

  /**
   * Whether a value from the kernel is to be shown: not while a hand holds the control, nor from before its change. That
   * may take as long as a frame does; only where another page has changed the control as well may its change be all
   * that the kernel ever says.
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

  /** Nobody is there any more to acknowledge what was sent. */
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

  /** The change that was sent last. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether the kernel has heard of every change that was made here. */
  get settled(): boolean {
    return this.#value === null && this.#acknowledged >= this.#revision;
  }

  destroy(): void {
    this.flush();
    this.#stopWaiting();
    if (this.#pending !== null) clearTimeout(this.#pending);
  }
}
