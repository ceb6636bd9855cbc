// When frames become ready within the interval of the display: the kernel, which chooses when to send them, cannot know.
//
// A frame that is ready just after an animation frame waits for the next one, 17 ms on a screen of 60 Hz, and one that is
// ready while another waits is shown an animation frame late. Frames that are ready a little before each animation
// frame are shown as fresh as can be, and none is missed.

/** Frames below which nothing is said. */
const ENOUGH = 12;
/** Frames that are looked back at. */
const MOST = 64;
/** Milliseconds between animation frames below which it does not matter when a frame comes. */
const SHORTEST = 12;
const LONGEST = 40;
/** Milliseconds before the animation frame at which late frames are to be ready, and the part of frames that is late. */
const MARGIN = 1.5;
const LATE = 0.1;
/** Length of the mean of all phases, as vectors of length 1, below which frames come at any time. */
const COHERENT = 0.5;
/** Part of the interval by which frames may be later than their mean, as far as they are waited for: what is later still
 *  was held up on its way, and to send all others so much earlier would only make them old. */
const LATEST = 0.25;

/** ``interval`` is between animation frames, ``early`` how much later frames could be sent; milliseconds, 0 if unknown. */
export interface Beat {
  interval: number;
  early: number;
}

const UNKNOWN: Beat = { interval: 0, early: 0 };

export class Phase {
  #last = 0;
  #intervals: number[] = [];
  #waits: number[] = []; // from ready to the next animation frame

  /** An animation frame has begun at `at`; frames were `ready` since the one before. Times of `performance.now`. */
  drawn(at: number, ready: readonly number[]): void {
    if (at > this.#last && at - this.#last < 4 * LONGEST) keep(this.#intervals, at - this.#last);
    this.#last = at;
    for (const time of ready) keep(this.#waits, at - time);
  }

  /** What the frames since the last call, or since the first, come to. */
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

  // Animation frames that nobody asked for are missing, and then an interval is two or more.
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

/** `value` less whole intervals, from minus a half to half an interval. */
function around(value: number, interval: number): number {
  return value - interval * Math.round(value / interval);
}
