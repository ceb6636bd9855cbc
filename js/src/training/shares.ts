// How many workers train together, and which samples each of them has.

import type { Outline } from "./definition";

/** Samples from `from` up to, but not including, `to`. */
export interface Share {
  from: number;
  to: number;
}

/** Maximum number of workers. More gain little: each step waits for the slowest of them, and for their gradients. */
const MOST = 8;
/** Minimum work of a worker in a step, in multiplications. It is some milliseconds, so that a step gains more than the
 *  messages cost. */
const LEAST_WORK = 1 << 25;
/** Minimum samples of a worker, so that parameters travel less than they are used. */
const LEAST_SAMPLES = 256;
/** Multiplications that take as long as an activation of one number, to and fro. */
const ACTIVATION = 20;

/** How many workers are worth while on a machine with that many cores. */
export function workersFor(problem: Outline, cores: number): number {
  const { samples } = problem;
  const gains = Math.min(samples / LEAST_SAMPLES, (samples * workOf(problem)) / LEAST_WORK);
  return Math.max(1, Math.floor(Math.min(cores, MOST, gains)));
}

/** What a step does for one sample, in multiplications: forward, back, and the gradients. */
function workOf({ layers }: Outline): number {
  return layers.reduce(
    (sum, { kind, inputs, outputs }) =>
      sum + (kind === "linear" ? 3 * inputs * outputs : ACTIVATION * outputs),
    0,
  );
}

/** The samples of one of `count` workers. They differ by one sample at most. */
export function shareOf(samples: number, worker: number, count: number): Share {
  const first = (at: number) => Math.floor((at * samples) / count);
  return { from: first(worker), to: first(worker + 1) };
}
