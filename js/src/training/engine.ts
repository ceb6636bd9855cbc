// What trains: by WebAssembly or plain code (`network.ts`), or on the graphics card (`gpu_network.ts`).

import type { Settings, Weights } from "./definition";

/** Where the last of some steps has left a training. */
export interface Progress {
  /** Steps that the weights have taken. */
  count: number;
  /** Before the last step. */
  loss: number;
}

export interface Engine {
  /** What does the work, for people. */
  readonly name: string;
  /** After the last step whose loss was finite, or after the frame before. */
  readonly weights: Weights;
  /** Takes so many steps with these `settings`; none after one whose loss was not finite. */
  train(steps: number, settings: Settings): Progress | Promise<Progress>;
  /** What the network makes of all samples: (samples, outputs). */
  predict(): Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;
}

/** Which engine is to train: the fastest; WebGPU even if it is slow; or never WebGPU. */
export const WISHES = ["fastest", "webgpu", "webassembly"] as const;
export type Wish = (typeof WISHES)[number];
