// Reports to the kernel what was painted, as rarely as possible. A message to the kernel costs the training more than a
// frame does: the kernel answers "busy" and then "idle", and for each JupyterLab fetches an icon, lays out and paints.

import type { Wire } from "./connection";
import { Phase } from "./phase";

/** Shortest time between two reports of painted frames, in milliseconds. */
export const INTERVAL = 250;
/** The interval while every frame is painted at a steady rate. After a report TCP delays the next frame's
 *  acknowledgement by 40 ms, and Jupyter's server, which leaves Nagle's algorithm on, holds back the frames behind it
 *  as long: with four reports a second, 15% of 55 frames a second arrived in bunches and were never seen. */
export const STEADY_INTERVAL = 1000;
/** The interval once frames were steady for a whole `STEADY_INTERVAL`. */
export const LONGEST_INTERVAL = 2000;
/** Bytes per second above which the interval stays short: frames sent between two reports queue up on a slow
 *  connection. */
const STEADY_BYTES = 1 << 20;
/** Share by which a steady rate may change between two reports. One frame more or less is always allowed. */
const STEADY_RATE = 0.25;
/** Unpainted frames of a page that keeps up: a few in flight, plus a share of all that arrived, since some are
 *  skipped. */
const IN_HAND = 3;
const SKIPPED = 0.1;
/** Fewest frames between two reports that make a rate. Slower frames are reported one by one. */
const SLOW = 2;
/** Milliseconds without an expected update after which the page reports that it is still there. */
export const SILENCE = 2000;
/** Milliseconds between two requests for whole pictures. Bounds the requests for a picture that never decodes. */
export const RESYNC = 1000;

export class Reporter {
  #wire: Wire;
  #now: () => number;
  #seq = 0;
  #painted = 0;
  #paintedAt = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #interval = INTERVAL;
  #rate = 0; // frames painted per second between the last two reports
  #reported = 0; // frames painted in total at the last report
  #arrived = 0; // frames and
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

  /** Counts a frame that has arrived but is not yet painted. */
  arrived(bytes: number): void {
    this.#arrived += 1;
    this.#bytes += bytes;
    if (this.#interval === INTERVAL || keepsUp(this.#arrived, this.#painted - this.#reported)) return;
    this.#interval = INTERVAL; // the kernel has to slow down soon
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#reportSoon();
  }

  /** Counts a frame that was painted. */
  painted(seq: number): void {
    this.#seq = seq;
    this.#painted += 1;
    this.#paintedAt = this.#now();
    this.#reportSoon();
  }

  /** Records an animation frame; see `Phase.drawn`. */
  drawn(at: number, ready: readonly number[]): void {
    this.#phase.drawn(at, ready);
  }

  #reportSoon(): void {
    const wait = this.#reportedAt + this.#interval - this.#now();
    if (wait <= 0) this.#report();
    else this.#timer ??= setTimeout(() => this.#report(), wait); // reports the last frame too
  }

  /** Reports at once if the visibility of the view has changed. */
  show(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (visible || this.#answered) this.#report();
  }

  /** Whether the kernel has answered with a scene. Before that no view reports that it is hidden: a view below the fold
   *  also gets its layout, so that it does not jump when scrolled into view. */
  set answered(answered: boolean) {
    const first = answered && !this.#answered;
    this.#answered = answered;
    if (first && this.#visible === false) this.#report();
  }

  /** Notes a sign of life from the kernel. While it is `ticking`, a long silence makes the page report. */
  heard(ticking: boolean): void {
    this.#heardAt = this.#now();
    if (ticking && this.#watch === null) this.#watch = setInterval(() => this.#ask(), SILENCE);
    if (!ticking && this.#watch !== null) this.#stopWatching();
  }

  /** Asks for whole pictures, because what is shown may be wrong. */
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
    if (this.#untrusted) this.resync(); // it was too soon; try again later
  }

  /** Chooses the next interval from what arrived and was painted since the last report. */
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

/** Whether a page that painted this many of the frames that arrived is keeping up. */
function keepsUp(arrived: number, painted: number): boolean {
  return arrived - painted <= IN_HAND + SKIPPED * arrived;
}
