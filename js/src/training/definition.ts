// What a page trains: a sequence of layers, with its data, loss and optimiser. One definition for every engine, in
// torch's terms.

export const ACTIVATIONS = [
  "relu",
  "leaky_relu",
  "silu",
  "gelu",
  "gelu_tanh",
  "tanh",
  "sigmoid",
  "sine",
] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** The beginning of a residual block, and its end, which adds the input of the block. Blocks may be nested. */
export const RESIDUAL = ["branch", "add"] as const;
export type Residual = (typeof RESIDUAL)[number];

export interface Layer {
  kind: "linear" | Activation | Residual;
  /** Numbers per sample before and after the layer. */
  inputs: number;
  outputs: number;
  /** Linear layers only: whether it adds a bias. */
  bias: boolean;
  /** The slope below zero of a leaky ReLU, or the frequency of a sine. */
  scale: number;
}

export interface Optimizer {
  kind: "sgd" | "adam" | "adamw";
  lr: number;
  /** Adam and AdamW only. */
  beta1: number;
  beta2: number;
  eps: number;
  weight_decay: number;
  /** SGD only. */
  momentum: number;
}

/** The settings that may change with each frame. */
export type Settings = Partial<Omit<Optimizer, "kind">>;

/** The mean over all numbers, or over all samples, whose targets are then class probabilities. */
export const LOSSES = ["mse", "l1", "cross_entropy"] as const;
export type Loss = (typeof LOSSES)[number];

/** Everything but the weights. Every step uses all samples. */
export interface Problem {
  layers: readonly Layer[];
  loss: Loss;
  optimizer: Optimizer;
  samples: number;
  /** (samples, inputs), (samples, outputs), row by row. */
  inputs: Float32Array;
  targets: Float32Array;
}

/** A problem without its data. */
export type Outline = Omit<Problem, "inputs" | "targets">;

/** The state after `count` steps: parameters in torch's order, each linear layer's weight (outputs, inputs) and bias, and
 *  the optimiser's moments in the same order: Adam's first, then its second; SGD's momentum. */
export interface Weights {
  count: number;
  parameters: Float32Array<ArrayBuffer>;
  moments: Float32Array<ArrayBuffer>;
}

export function parameterCount(layers: readonly Layer[]): number {
  return layers.reduce(
    (sum, { kind, inputs, outputs, bias }) =>
      kind === "linear" ? sum + outputs * inputs + (bias ? outputs : 0) : sum,
    0,
  );
}

/** How many moments an optimiser keeps for each parameter. SGD keeps one even without momentum, since a slider may set
 *  it. */
export function momentsOf({ kind }: Pick<Optimizer, "kind">): number {
  return kind === "sgd" ? 1 : 2;
}
