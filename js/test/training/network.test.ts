// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Layer, Loss, Optimizer, Problem, Weights } from "../../src/training/definition";
import { momentsOf } from "../../src/training/definition";
import { type Features, featuresOf } from "../../src/training/features";
import { fastest, type Kernels, plainCode } from "../../src/training/kernels";
import { Network } from "../../src/training/network";
import truth from "./truth.json";

const WITHIN = 1e-4;
const ENGINES: Record<string, (size: number) => Kernels> = {
  JavaScript: plainCode,
  "WebAssembly (SIMD)": (size) => fastest(size, ["plain"]),
};

function inputsOf(features: Features | null): Float32Array {
  const inputs = Float32Array.from(truth.inputs);
  if (features === null) return inputs;
  return featuresOf(inputs, { ...features, matrix: Float32Array.from(features.matrix) });
}

function begun(training: (typeof truth.trainings)[number], make: (size: number) => Kernels): Network {
  const optimizer = training.optimizer as Optimizer;
  const problem: Problem = {
    layers: training.layers as Layer[],
    loss: training.loss as Loss,
    optimizer,
    samples: truth.targets.length / 3,
    inputs: inputsOf(training.features as Features | null),
    targets: Float32Array.from(training.targets ?? truth.targets),
  };
  const parameters = Float32Array.from(training.start ?? truth.start);
  const moments = new Float32Array(momentsOf(optimizer) * parameters.length);
  return new Network(problem, { count: 0, parameters, moments } satisfies Weights, make);
}

/** How far `found` is from `wanted`, relative to it. */
function distance(found: ArrayLike<number>, wanted: readonly number[]): number {
  const off = wanted.map((value, i) => (found[i] as number) - value);
  return Math.hypot(...off) / Math.hypot(...wanted);
}

describe.each(Object.entries(ENGINES))("training by %s follows torch's", (name, make) => {
  it.each(truth.trainings)("$name", (training) => {
    const network = begun(training, make);
    expect(network.engine).toBe(name);
    const losses = Array.from({ length: truth.steps }, () => network.step({ lr: training.optimizer.lr }));
    training.losses.forEach((wanted, i) => {
      const found = losses[10 * i] as number;
      expect(Math.abs(found - wanted) / wanted).toBeLessThan(WITHIN);
    });
    expect(distance(network.weights.parameters, training.parameters)).toBeLessThan(WITHIN);
  });
});

it("SGD without momentum gets it from a slider", () => {
  const training = truth.trainings.find(({ optimizer }) => optimizer.kind === "sgd");
  const network = begun(training as (typeof truth.trainings)[number], plainCode);
  network.step({ momentum: 0 });
  const losses = [1, 2, 3].map(() => network.step({ momentum: 0.9 }));
  expect(losses.every(Number.isFinite)).toBe(true);
});
