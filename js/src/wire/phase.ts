// The phase at which frames become ready within the display's refresh interval. The kernel cannot measure it, but
// decides when to send.
//
// A frame that is ready just after an animation frame waits for the next one, 17 ms at 60 Hz. A frame that is ready
// while another one waits is shown one animation frame late. Frames that are ready shortly before each animation
// frame are shown with the least delay, and none is missed.

/** Fewest frames from which a phase is estimated. */
const ENOUGH = 12;
/** Most frames that are kept for the estimate. */
const MOST = 64;
/** Refresh intervals, in milliseconds, for which the phase matters and can be measured. */
const SHORTEST = 12;
const LONGEST = 40;
/** Milliseconds before the animation frame at which late frames should be ready, and the share counted as late. */
const MARGIN = 1.5;
const LATE = 0.1;
/** Length of the mean of all phases, as unit vectors, below which frames have no common phase. */
const COHERENT = 0.5;
/** Share of the interval by which a frame may trail the mean and still count. Later ones were delayed in transit, and
 *  sending all frames that much earlier would only make them stale. */
const LATEST = 0.25;

/** ``interval`` lies between animation frames; frames could be sent ``early`` later. Milliseconds, 0 if unknown. */
export interface Beat {
  interval: number;
  early: number;
}

const UNKNOWN: Beat = { interval: 0, early: 0 };

export class Phase {
  #last = 0;
  #intervals: number[] = [];
  #waits: number[] = []; // milliseconds from ready to the next animation frame

  /** Records an animation frame at `at` and the times since the last one at which frames became `ready`, both in
   *  milliseconds of `performance.now`. */
  drawn(at: number, ready: readonly number[]): void {
    if (at > this.#last && at - this.#last < 4 * LONGEST) keep(this.#intervals, at - this.#last);
    this.#last = at;
    for (const time of ready) keep(this.#waits, at - time);
  }

  /** Returns the phase of the frames since the last call. */
  take(): Beat {
    const waits = this.#waits.splice(0);
    const interval = this.#interval();
    if (waits.length < ENOUGH || interval < SHORTEST || interval > LONGEST) return UNKNOWN;
    const angles = waits.map((wait) => (2 * Math.PI * wait) / interval);
    const x = mean(angles.map(Math.cos));
    const y = mean(angles.map(Math.sin));
    if (Math.hypot(x, y) < COHERENT) return { interval, early: 0 };
    const wait = (Math.atan2(y, x) / (2 * Math.PI)) * interval;
    const deviations = waits.map((each) => around(each - wait, interval)).sort((a, b) => a - b);
    const late = Math.max(-LATEST * interval, deviations[Math.floor(LATE * deviations.length)] as number);
    return { interval, early: around(wait - (MARGIN - late), interval) };
  }

  // Animation frames that were not requested are missing, so a measured interval may span several refreshes.
  #interval(): number {
    const shortest = Math.min(...this.#intervals.filter((each) => each >= 4));
    const counts = this.#intervals.map((each) => Math.round(each / shortest));
    const total = this.#intervals.reduce((sum, each) => sum + each, 0);
    return Number.isFinite(shortest) ? total / counts.reduce((sum, each) => sum + each, 0) : 0;
  }
}

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > MOST) values.shift();
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns `value` modulo `interval`, between minus half and plus half an interval. */
function around(value: number, interval: number): number {
  return value - interval * Math.round(value / interval);
}
