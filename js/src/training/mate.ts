// One of the workers that train together, on its own share of the samples. It has no optimiser: with every task it gets
// the parameters, and the memory in which they came goes back, with the gradients in it.

import { parameterCount } from "./definition";
import { Network } from "./network";
import { type PackedProblem, problemOf } from "./packed";
import type { Share } from "./shares";

/** To take a share of the samples; to sum up its losses and their gradients; or to compute the network's output. */
export type Task =
  | { kind: "join"; problem: PackedProblem; share: Share }
  | { kind: "learn" | "predict"; numbers: Float32Array<ArrayBuffer> };

export type Done =
  | { kind: "joined" | "refused" }
  /** `numbers` are the gradients. */
  | { kind: "learned"; sum: number; numbers: Float32Array<ArrayBuffer> }
  | { kind: "predicted"; made: Float32Array<ArrayBuffer>; numbers: Float32Array<ArrayBuffer> };

export class Mate {
  #network: Network | null = null;
  #done: (done: Done, moved: Transferable[]) => void;

  constructor(done: (done: Done, moved: Transferable[]) => void) {
    this.#done = done;
  }

  take(task: Task): void {
    try {
      if (task.kind === "join") this.#join(task.problem, task.share);
      else if (this.#network !== null) this.#work(this.#network, task.kind, task.numbers);
    } catch {
      this.#done({ kind: "refused" }, []); // whoever has its samples next finds out why
    }
  }

  #join(problem: PackedProblem, share: Share): void {
    const parameters = new Float32Array(parameterCount(problem.layers));
    this.#network = new Network(problemOf(problem, share), {
      count: 0,
      parameters,
      moments: new Float32Array(),
    });
    this.#done({ kind: "joined" }, []);
  }

  #work(network: Network, kind: "learn" | "predict", numbers: Float32Array<ArrayBuffer>): void {
    network.weights.parameters.set(numbers);
    if (kind === "learn") {
      const sum = network.learn();
      numbers.set(network.gradients);
      this.#done({ kind: "learned", sum, numbers }, [numbers.buffer]);
    } else {
      const made = network.predict();
      this.#done({ kind: "predicted", made, numbers }, [numbers.buffer, made.buffer]);
    }
  }
}
