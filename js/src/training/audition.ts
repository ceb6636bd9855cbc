// Decides whether the graphics card may take over: it must give the same results as the current engine, and be faster.
// It repeats a finished frame from the weights before it, so that only the card does extra work.

import type { Settings, Weights } from "./definition";
import type { Engine, Progress } from "./engine";

/** Maximum number of steps that are compared; small differences grow with every step. */
export const COMPARED = 3;
/** Largest difference of the parameters, relative to how far they have moved. */
const MOVED_WITHIN = 1e-2;
const LOSS_WITHIN = 1e-3;
/** Largest difference of the network's output, relative to its values. */
const MADE_WITHIN = 1e-3;
/** Smallest movement that can be compared, relative to the parameters. Below it, rounding hides any difference. */
const LEAST_MOVED = 1e-5;
/** Milliseconds that a card gets, and the share of the other engine's time that it may need at most. */
const LENGTH = 1_000;
const SHARE = 0.8;
/** A card is given up at once if its first steps take this many times as long as the other engine's. */
const FIRST = 4;
const LEAST = 100;
const ROUNDS = 2;

/** A frame of the current engine: before it, after its first few steps, and at its end. */
export interface Sample {
  start: Weights;
  steps: number;
  compared: { steps: number; loss: number; parameters: Float32Array };
  settings: Settings;
  end: Weights;
  /** The network's output at the end; null if the page shows none. */
  made: Float32Array | null;
  /** Milliseconds that a step took, and a picture. */
  step: number;
  picture: number;
}

/** An engine that can be given up: it rejects after `until`, in the time of `performance.now()`. */
export interface Candidate extends Engine {
  load(weights: Weights): void;
  train(steps: number, settings: Settings, until?: number): Promise<Progress>;
  predict(until?: number): Promise<Float32Array<ArrayBuffer>>;
  destroy(): void;
}

export type Verdict = "faster" | "slower" | "different";

/** Whether the parameters have moved far enough to compare. */
export function tells({ start, compared }: Pick<Sample, "start" | "compared">): boolean {
  const moved = away(compared.parameters, start.parameters);
  return Number.isFinite(moved) && moved > LEAST_MOVED * Math.max(length(start.parameters), 1e-30);
}

/** Rejects if the candidate fails, or takes too long. */
export async function audition(
  candidate: Candidate,
  sample: Sample,
  now: () => number = () => performance.now(),
): Promise<Verdict> {
  const { start, steps, compared, settings, end, made, step, picture } = sample;
  const begun = now();
  const until = begun + LENGTH;
  candidate.load(start);
  const first = FIRST * compared.steps * step + LEAST;
  const { loss } = await candidate.train(compared.steps, settings, Math.min(until, begun + first));
  if (!(Math.abs(loss - compared.loss) <= LOSS_WITHIN * Math.abs(compared.loss))) return "different";
  const { parameters } = candidate.weights;
  const moved = away(compared.parameters, start.parameters);
  if (!(away(parameters, compared.parameters) <= MOVED_WITHIN * moved)) return "different";
  candidate.load(end);
  if (made !== null) {
    const found = await candidate.predict(until);
    if (!(away(found, made) <= MADE_WITHIN * length(made))) return "different";
  }
  // It is warm by now, as the other one is. Takes fewer steps than the frame if those would take too long.
  const cold = (now() - begun) / compared.steps;
  const left = (until - now()) / (2 * ROUNDS);
  const taken = Math.max(1, Math.min(steps, Math.floor(left / cold)));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    candidate.load(end);
    const at = now();
    await candidate.train(taken, settings, until);
    if (made !== null) await candidate.predict(until);
    best = Math.min(best, now() - at);
  }
  const other = taken * step + (made === null ? 0 : picture);
  return best <= SHARE * other ? "faster" : "slower";
}

function length(numbers: Float32Array): number {
  let sum = 0;
  for (const number of numbers) sum += number * number;
  return Math.sqrt(sum);
}

function away(found: Float32Array, wanted: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < wanted.length; i++) sum += ((found[i] as number) - (wanted[i] as number)) ** 2;
  return Math.sqrt(sum);
}
