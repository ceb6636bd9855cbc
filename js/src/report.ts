// Tells the kernel what was painted, as seldom as will do. A message to the kernel costs the training more than a frame.

/** Milliseconds between two reports while frames are painted faster than that. */
export const INTERVAL = 250;
/** Milliseconds without an update, while one was to be expected, after which the page says that it is still there. */
export const SILENCE = 2000;
/** Milliseconds between two requests for whole pictures: a picture that never decodes must not ask for ever more. */
export const RESYNC = 1000;

export interface Painted {
  seq: number;
  age_ms: number;
  painted: number;
  visible: boolean;
  resync: boolean;
}

export class Reporter {
  #send: (report: Painted) => void;
  #now: () => number;
  #seq = 0;
  #painted = 0;
  #paintedAt = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #visible: boolean | null = null; // not known yet
  #timer: ReturnType<typeof setTimeout> | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;
  #heardAt = 0;
  #untrusted = false;
  #answered = false;
  #resyncedAt = Number.NEGATIVE_INFINITY;

  constructor(send: (report: Painted) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** A frame is on the screen. */
  painted(seq: number): void {
    this.#seq = seq;
    this.#painted += 1;
    this.#paintedAt = this.#now();
    const wait = this.#reportedAt + INTERVAL - this.#paintedAt;
    if (wait <= 0) this.#report();
    else this.#timer ??= setTimeout(() => this.#report(), wait); // so that the last frame is reported too
  }

  /** The view came onto the screen, or left it. */
  show(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (visible || this.#answered) this.#report();
  }

  /** The kernel is asked for the scene, or has answered. Until then no view says that it is not seen: one that is below
   *  the fold is to have its layout, and not to jump when it is scrolled to. */
  set answered(answered: boolean) {
    const first = answered && !this.#answered;
    this.#answered = answered;
    if (first && this.#visible === false) this.#report();
  }

  /** Something was heard from the kernel, which is `ticking` or not. */
  heard(ticking: boolean): void {
    this.#heardAt = this.#now();
    if (ticking && this.#watch === null) this.#watch = setInterval(() => this.#ask(), SILENCE);
    if (!ticking && this.#watch !== null) this.#stopWatching();
  }

  /** What is shown cannot be trusted any more: asks for whole pictures. */
  resync(): void {
    this.#untrusted = true;
    const wait = this.#resyncedAt + RESYNC - this.#now();
    if (wait <= 0) this.#report();
    else this.#timer ??= setTimeout(() => this.#report(), wait);
  }

  #ask(): void {
    if (this.#visible === true && this.#now() - this.#heardAt >= SILENCE) this.#report();
  }

  #report(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const now = this.#now();
    this.#reportedAt = now;
    const resync = this.#untrusted && now - this.#resyncedAt >= RESYNC;
    const age_ms = this.#painted > 0 ? now - this.#paintedAt : 0;
    if (resync) {
      this.#untrusted = false;
      this.#resyncedAt = now;
    }
    this.#send({ seq: this.#seq, age_ms, painted: this.#painted, visible: this.#visible ?? true, resync });
    if (this.#untrusted) this.resync(); // too soon: later
  }

  #stopWatching(): void {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
  }

  destroy(): void {
    this.#stopWatching();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
