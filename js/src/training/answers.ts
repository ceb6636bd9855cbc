// What the worker answers. It does nothing until it is asked for the next frame, so a page that asks for none, as one
// behind another tab, stands still.

import type { Optimizer } from "./definition";
import { Network } from "./network";
import { type PackedProblem, type PackedWeights, unpacked } from "./packed";
import { type Color, classPixelsOf, pixelsOf } from "./picture";

/** What may be set for each frame. */
export type Settings = Partial<Omit<Optimizer, "kind">>;

/** What the page asks for: to begin, or for `steps` more steps with `settings` and, if it is `shown`, the picture of what
 *  the network makes of all samples. Classes are painted in `colors`. */
export type Request =
  | { kind: "begin"; problem: PackedProblem; weights: PackedWeights }
  | { kind: "frame"; steps: number; settings: Settings; shown: boolean; colors: readonly Color[] };

export interface Frame {
  /** Steps that the weights have taken. */
  count: number;
  /** Before the last step. */
  loss: number;
  /** RGBA, a pixel for each sample. */
  pixels: Uint8ClampedArray<ArrayBuffer> | null;
  milliseconds: number;
}

export type Reply =
  | { kind: "ready"; engine: string }
  | ({ kind: "frame" } & Frame)
  | { kind: "failed"; reason: string };

export class Answers {
  #network: Network | null = null;
  #reply: (reply: Reply) => void;

  constructor(reply: (reply: Reply) => void) {
    this.#reply = reply;
  }

  take(request: Request): void {
    try {
      if (request.kind === "begin") this.#begin(request.problem, request.weights);
      else if (this.#network !== null) this.#train(this.#network, request);
    } catch (error) {
      const few = error instanceof RangeError;
      const said = error instanceof Error ? error.message : String(error);
      this.#reply({ kind: "failed", reason: few ? "there is too little memory" : said });
    }
  }

  #begin(problem: PackedProblem, weights: PackedWeights): void {
    this.#network = new Network(...unpacked(problem, weights));
    this.#reply({ kind: "ready", engine: this.#network.engine });
  }

  #train(network: Network, { steps, settings, shown, colors }: Extract<Request, { kind: "frame" }>): void {
    const began = performance.now();
    let loss = 0;
    for (let step = 0; step < steps && Number.isFinite(loss); step++) loss = network.step(settings);
    const pixels = shown ? painted(network, colors) : null;
    const { count } = network.weights;
    this.#reply({ kind: "frame", count, loss, pixels, milliseconds: performance.now() - began });
  }
}

function painted(network: Network, colors: readonly Color[]): Uint8ClampedArray<ArrayBuffer> {
  const { loss, outputs } = network;
  const made = network.predict();
  return loss === "cross_entropy" ? classPixelsOf(made, outputs, colors) : pixelsOf(made, outputs);
}
