// The trainings of torch that engines are held against, as problems.

import type { Layer, Loss, Optimizer, Problem, Weights } from "../../src/training/definition";
import { momentsOf } from "../../src/training/definition";
import { type Features, featuresOf } from "../../src/training/features";
import type { PackedProblem, PackedWeights } from "../../src/training/packed";
import truth from "./truth.json";

export const WITHIN = 1e-4;
export const { steps, trainings } = truth;
export type Training = (typeof trainings)[number];

/** The data and the first weights of one of torch's trainings. */
export function begun(training: Training): [Problem, Weights] {
  const inputs = Float32Array.from(truth.inputs);
  const features = training.features as Features | null;
  const optimizer = training.optimizer as Optimizer;
  const parameters = Float32Array.from(training.start ?? truth.start);
  const problem: Problem = {
    layers: training.layers as Layer[],
    loss: training.loss as Loss,
    optimizer,
    samples: truth.targets.length / 3,
    inputs:
      features === null
        ? inputs
        : featuresOf(inputs, { ...features, matrix: Float32Array.from(features.matrix) }),
    targets: Float32Array.from(training.targets ?? truth.targets),
  };
  return [
    problem,
    { count: 0, parameters, moments: new Float32Array(momentsOf(optimizer) * parameters.length) },
  ];
}

/** Layers of these widths with ReLU between them and a sigmoid at the end. */
export function layersOf(...widths: number[]): Layer[] {
  return widths.slice(1).flatMap((outputs, i): Layer[] => {
    const linear = { kind: "linear", inputs: widths[i] as number, outputs, bias: true, scale: 0 } as const;
    const kind = i === widths.length - 2 ? "sigmoid" : "relu";
    return [linear, { kind, inputs: outputs, outputs, bias: false, scale: 0 }];
  });
}

/** Something to train, the same each time: samples in -1..1, targets in 0..1, and parameters as torch begins with. */
export function drawn(samples: number, ...widths: number[]): [Problem, Weights] {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
  const numbers = (count: number, least: number, most: number) =>
    Float32Array.from({ length: count }, () => least + (most - least) * random());
  const layers = layersOf(...widths);
  const optimizer: Optimizer = {
    kind: "adam",
    lr: 2e-3,
    beta1: 0.9,
    beta2: 0.999,
    eps: 1e-8,
    weight_decay: 0,
    momentum: 0,
  };
  const parameters = Float32Array.from(
    layers.flatMap(({ kind, inputs, outputs }) =>
      kind === "linear"
        ? [...numbers(outputs * (inputs + 1), -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs))]
        : [],
    ),
  );
  const problem: Problem = {
    layers,
    loss: "mse",
    optimizer,
    samples,
    inputs: numbers(samples * (widths[0] as number), -1, 1),
    targets: numbers(samples * (widths.at(-1) as number), 0, 1),
  };
  return [problem, { count: 0, parameters, moments: new Float32Array(2 * parameters.length) }];
}

/** How far `found` is from `wanted`, relative to it. */
export function distance(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  const off = Array.from(wanted, (value, i) => (found[i] as number) - value);
  return Math.hypot(...off) / Math.hypot(...Array.from(wanted));
}

/** A problem and its weights as a document stores them. */
export function stored([problem, weights]: [Problem, Weights]): [PackedProblem, PackedWeights] {
  const packed = (numbers: Float32Array) =>
    btoa(Array.from(new Uint8Array(numbers.buffer), (byte) => String.fromCharCode(byte)).join(""));
  const float32 = (numbers: Float32Array) => ({ format: "float32", data: packed(numbers) }) as const;
  return [
    { ...problem, features: null, inputs: float32(problem.inputs), targets: float32(problem.targets) },
    {
      count: weights.count,
      parameters: packed(weights.parameters),
      moments: packed(weights.moments),
    },
  ];
}
