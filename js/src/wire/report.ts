// Tells the kernel what was painted, as seldom as will do. A message to the kernel costs the training more than a frame:
// the kernel answers that it is busy, and idle again, for which JupyterLab fetches an icon, lays its page out and paints.

import type { Wire } from "./connection";
import { Phase } from "./phase";

/** Milliseconds between two reports while frames are painted faster than that. */
export const INTERVAL = 250;
/** The same while all that comes is painted, as fast as before. After a report TCP keeps the next frame's acknowledgement
 *  back for 40 ms, and Jupyter's server, which leaves Nagle's algorithm on, keeps the frames behind it back as long: with
 *  four reports a second 15% of 55 frames a second came in bunches and were never seen. */
export const STEADY_INTERVAL = 1000;
/** The same once that has been so for as long. */
export const LONGEST_INTERVAL = 2000;
/** Bytes a second above which it does not come to that: what is sent between two reports waits in a slow line. */
const STEADY_BYTES = 1 << 20;
/** Part by which frames painted a second may differ from those before; one frame more or less always may. */
const STEADY_RATE = 0.25;
/** Frames that may have come and not be painted, and the part of all that came that may be added: some are skipped. */
const IN_HAND = 3;
const SKIPPED = 0.1;
/** Frames painted between two reports below which each is reported: a rate cannot be told from one. */
const SLOW = 2;
/** Milliseconds without an update, while one was to be expected, after which the page says that it is still there. */
export const SILENCE = 2000;
/** Milliseconds between two requests for whole pictures: a picture that never decodes must not ask for ever more. */
export const RESYNC = 1000;

export class Reporter {
  #wire: Wire;
  #now: () => number;
  #seq = 0;
  #painted = 0;
  #paintedAt = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #interval = INTERVAL;
  #rate = 0; // frames painted a second between the last two reports
  #reported = 0; // frames painted by the last report
  #arrived = 0; // frames, and
  #bytes = 0; // their bytes, since the last report
  #visible: boolean | null = null; // not known yet
  #timer: ReturnType<typeof setTimeout> | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;
  #heardAt = 0;
  #untrusted = false;
  #answered = false;
  #resyncedAt = Number.NEGATIVE_INFINITY;
  #phase = new Phase();

  constructor(wire: Wire, now: () => number = () => performance.now()) {
    this.#wire = wire;
    this.#now = now;
  }

  /** A frame has come, to be painted. */
  arrived(bytes: number): void {
    this.#arrived += 1;
    this.#bytes += bytes;
    if (this.#interval === INTERVAL || keepsUp(this.#arrived, this.#painted - this.#reported)) return;
    this.#interval = INTERVAL; // the kernel should hear of it soon
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#reportSoon();
  }

  /** A frame is on the screen. */
  painted(seq: number): void {
    this.#seq = seq;
    this.#painted += 1;
    this.#paintedAt = this.#now();
    this.#reportSoon();
  }

  /** An animation frame has begun `at` a time; frames were `ready` since the one before. */
  drawn(at: number, ready: readonly number[]): void {
    this.#phase.drawn(at, ready);
  }

  #reportSoon(): void {
    const wait = this.#reportedAt + this.#interval - this.#now();
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
    this.#interval = this.#chooseInterval(now);
    this.#reportedAt = now;
    const resync = this.#untrusted && now - this.#resyncedAt >= RESYNC;
    const age_ms = this.#painted > 0 ? now - this.#paintedAt : 0;
    if (resync) {
      this.#untrusted = false;
      this.#resyncedAt = now;
    }
    const { interval, early } = this.#phase.take();
    this.#wire.send({
      kind: "report",
      seq: this.#seq,
      age_ms,
      painted: this.#painted,
      visible: this.#visible ?? true,
      resync,
      next_ms: this.#interval,
      beat_ms: interval,
      early_ms: early,
    });
    if (this.#untrusted) this.resync(); // too soon: later
  }

  /** How long the next report may wait, by what has come and was painted since the last. */
  #chooseInterval(now: number): number {
    const seconds = (now - this.#reportedAt) / 1000;
    const painted = this.#painted - this.#reported;
    const [arrived, bytes, before] = [this.#arrived, this.#bytes, this.#rate];
    this.#arrived = this.#bytes = 0;
    this.#reported = this.#painted;
    this.#rate = painted / seconds;
    const holds = Math.abs(painted - before * seconds) <= Math.max(1, STEADY_RATE * before * seconds);
    const quick = bytes <= STEADY_BYTES * seconds;
    if (!(holds && quick && painted >= SLOW && keepsUp(arrived, painted))) return INTERVAL;
    return this.#interval === INTERVAL ? STEADY_INTERVAL : LONGEST_INTERVAL;
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

/** Whether a page that painted these of the frames that arrived is not behind. */
function keepsUp(arrived: number, painted: number): boolean {
  return arrived - painted <= IN_HAND + SKIPPED * arrived;
}
