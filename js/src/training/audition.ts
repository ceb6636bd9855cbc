// Whether the graphics card may take over: it trains as the engine that works does, and faster. It is asked after a frame,
// with the weights before and after that frame, so that nothing is trained twice for it but on the card.

import type { Settings, Weights } from "./definition";
import type { Engine, Progress } from "./engine";

/** Most steps that are compared; small differences grow with every step. */
export const COMPARED = 3;
/** Greatest difference, relative to how far the parameters have moved. */
const MOVED_WITHIN = 1e-2;
const LOSS_WITHIN = 1e-3;
/** Greatest difference of what the network makes, relative to its numbers. */
const MADE_WITHIN = 1e-3;
/** Least movement that can be compared, relative to the parameters: below, rounding hides it. */
const LEAST_MOVED = 1e-5;
/** A card has this long, in milliseconds, and has to need no more than this share of the other's time. */
const LENGTH = 1_000;
const SHARE = 0.8;
/** A card whose first steps take this many times as long as the other's is given up at once. */
const FIRST = 4;
const LEAST = 100;
const ROUNDS = 2;

/** A frame of the engine that works: before it, after its first few steps, and after all. */
export interface Sample {
  start: Weights;
  steps: number;
  compared: { steps: number; loss: number; parameters: Float32Array };
  settings: Settings;
  end: Weights;
  /** What the network makes after all; null if the page shows none. */
  made: Float32Array | null;
  /** How long it took, in milliseconds: a step, and a picture. */
  step: number;
  picture: number;
}

/** An engine whose work can be given up: it rejects after `until`, of `performance.now()`. */
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
  // Warm by now, as the other one is. Fewer steps than the frame's, if those would take too long.
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
