// What does the training: WebAssembly or plain code, on one worker or several (`team.ts`), or the graphics card
// (`gpu_network.ts`).

import type { Settings, Weights } from "./definition";

/** Where a training stands after some steps. */
export interface Progress {
  /** Steps that the weights have taken in all. */
  count: number;
  /** The loss before the last step. */
  loss: number;
}

export interface Engine {
  /** The name of the engine, for users. */
  readonly name: string;
  /** The weights after the last step whose loss was finite, or after the previous frame. */
  readonly weights: Weights;
  /** Takes this many steps with these `settings`, but none after a loss that is not finite. */
  train(steps: number, settings: Settings): Progress | Promise<Progress>;
  /** The network's output for all samples: (samples, outputs). */
  predict(): Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;
}

/** Which engine to use: the fastest; WebGPU even if it is slow; or never WebGPU. */
export const WISHES = ["fastest", "webgpu", "webassembly"] as const;
export type Wish = (typeof WISHES)[number];
