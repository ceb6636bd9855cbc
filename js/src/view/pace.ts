// How often moments of the past are shown while somebody drags the time line. The page rests after each, because it may
// share its processor with the training.

/** The page rests after a moment for this many times as long as it took to show. */
const REST = 3;
/** The longest rest in milliseconds, so that the drag is followed even on a busy machine. */
const LONGEST = 200;

export class Pace {
  #free = true;
  #next: (() => void) | null = null;
  #begun = 0;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `begin` at once, or after the rest unless something else is requested by then. */
  want(begin: () => void): void {
    this.#next = begin;
    if (this.#free) this.#go();
  }

  /** Notes that a moment begins to be shown. */
  begin(): void {
    this.#stop();
    this.#free = false;
    this.#begun = performance.now();
    this.#timer = setTimeout(() => this.#go(), LONGEST); // in case it cannot be painted
  }

  /** Notes that its pictures are painted. */
  painted(): void {
    if (this.#free) return;
    const took = performance.now() - this.#begun;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const rendering = performance.now();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        const rest = REST * (took + performance.now() - rendering);
        this.#timer = setTimeout(() => this.#go(), Math.min(LONGEST, rest));
      });
    });
  }

  /** Forgets what was requested, and ends the rest. */
  cancel(): void {
    this.#stop();
    this.#free = true;
    this.#next = null;
  }

  #go(): void {
    this.#stop();
    this.#free = true;
    const next = this.#next;
    this.#next = null;
    next?.();
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }
}
