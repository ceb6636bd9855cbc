// Trains a network on several workers at once: this one, and its mates. Each computes the gradients of its own samples;
// this one adds them up, always in the same order, and takes the step. If a mate is lost, the others share the samples.

import type { Loss, Settings, Weights } from "./definition";
import type { Engine, Progress } from "./engine";
import type { Done } from "./mate";
import { Network } from "./network";
import { type PackedProblem, type PackedWeights, problemOf, weightsOf } from "./packed";
import { Remote, type StartMate } from "./remote";
import { shareOf } from "./shares";

/** Milliseconds after which a mate that does not answer is lost. A task may also take this many times as long as this
 *  worker's own part of it. */
const SILENCE = 30_000;
const SLOWER = 20;

export class Team implements Engine {
  /** How many mates were lost, or could not be started. */
  lost = 0;
  #problem: PackedProblem;
  #start: StartMate;
  #own: Network;
  #mates: Remote[] = [];

  /** A team of at most `count` workers. Throws with the reason if the problem is invalid, or memory is short. */
  static async begin(
    problem: PackedProblem,
    weights: PackedWeights,
    count: number,
    start: StartMate,
  ): Promise<Team> {
    const workers = Math.max(1, Math.min(count, problem.samples));
    const team = new Team(problem, weightsOf(problem, weights), workers, start);
    await team.#joined();
    return team;
  }

  private constructor(problem: PackedProblem, weights: Weights, count: number, start: StartMate) {
    this.#problem = problem;
    this.#start = start;
    this.#own = this.#formed(weights, count);
  }

  get name(): string {
    const { length } = this.#mates;
    return length === 0 ? this.#own.name : `${this.#own.name} on ${length + 1} workers`;
  }

  get weights(): Weights {
    return this.#own.weights;
  }

  get loss(): Loss {
    return this.#problem.loss;
  }

  /** Numbers per sample that the network computes. */
  get outputs(): number {
    return this.#own.outputs;
  }

  /** Continues from these `weights`. */
  load(weights: Weights): void {
    this.#own.load(weights);
  }

  async train(steps: number, settings: Settings): Promise<Progress> {
    if (this.#mates.length === 0) return this.#own.train(steps, settings);
    let loss = 0;
    for (let step = 0; step < steps && Number.isFinite(loss); step++) loss = await this.#step(settings);
    return { count: this.weights.count, loss };
  }

  async #step(settings: Settings): Promise<number> {
    const { parameters } = this.weights;
    let [sum, answers] = await this.#all(
      (mate) => mate.ask("learn", parameters),
      () => this.#own.learn(),
    );
    const found = answers.filter((done) => done.kind === "learned");
    for (const done of found) sum += done.sum;
    add(
      this.#own.gradients,
      found.map(({ numbers }) => numbers),
    );
    return this.#own.move(sum, settings, this.#problem.samples);
  }

  /** The network's output for all samples: (samples, outputs). */
  async predict(): Promise<Float32Array<ArrayBuffer>> {
    const { parameters } = this.weights;
    const [first, answers] = await this.#all(
      (mate) => mate.ask("predict", parameters),
      () => this.#own.predict(),
    );
    if (this.#mates.length === 0) return first;
    const whole = new Float32Array(this.#problem.samples * this.outputs);
    whole.set(first);
    answers.forEach((done, i) => {
      if (done.kind === "predicted")
        whole.set(done.made, (this.#mates[i] as Remote).share.from * this.outputs);
    });
    return whole;
  }

  /** Starts mates, and returns the network of this worker's own samples. */
  #formed(weights: Weights, count: number): Network {
    const { samples } = this.#problem;
    const parameters = weights.parameters.length;
    for (let at = 1; at < count; at++)
      this.#mates.push(new Remote(this.#start, this.#problem, shareOf(samples, at, count), parameters));
    return new Network(problemOf(this.#problem, shareOf(samples, 0, count)), weights);
  }

  async #joined(): Promise<void> {
    await this.#all(
      (mate) => mate.joined,
      () => null,
    );
  }

  /** What this worker has done, and what each mate has, in their order. If mates are lost, those that are left share
   *  the samples and begin again. */
  async #all<Own>(ask: (mate: Remote) => Promise<Done | null>, work: () => Own): Promise<[Own, Done[]]> {
    for (;;) {
      const begun = performance.now();
      const asked = this.#mates.map(ask);
      const own = work();
      const answers = await this.#inTime(asked, SILENCE + SLOWER * (performance.now() - begun));
      const found = answers.filter((done) => done !== null);
      const lost = answers.length - found.length;
      if (lost === 0) return [own, found];
      this.lost += lost;
      for (const mate of this.#mates.splice(0)) mate.end();
      this.#own = this.#formed(this.weights, found.length + 1);
      await this.#joined();
    }
  }

  async #inTime(asked: Promise<Done | null>[], milliseconds: number): Promise<(Done | null)[]> {
    if (asked.length === 0) return [];
    const waiting = new Set(this.#mates);
    asked.forEach((answer, i) => {
      answer.then(() => waiting.delete(this.#mates[i] as Remote));
    });
    const timer = setTimeout(() => {
      for (const mate of waiting) mate.end();
    }, milliseconds);
    const answers = await Promise.all(asked);
    clearTimeout(timer);
    return answers;
  }
}

/** Adds these to `sums`, number by number, in double precision. */
function add(sums: Float32Array, others: readonly Float32Array[]): void {
  for (let i = 0; i < sums.length; i++) {
    let sum = sums[i] as number;
    for (const other of others) sum += other[i] as number;
    sums[i] = sum;
  }
}
