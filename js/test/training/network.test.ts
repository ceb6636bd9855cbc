// @vitest-environment node
import { describe, expect, it } from "vitest";
import { fastest, type Kernels, plainCode } from "../../src/training/kernels";
import { Network } from "../../src/training/network";
import { begun, distance, steps, type Training, trainings, WITHIN } from "./problems";

const ENGINES: Record<string, (size: number) => Kernels> = {
  JavaScript: plainCode,
  "WebAssembly (SIMD)": (size) => fastest(size, ["plain"]),
};

describe.each(Object.entries(ENGINES))("training by %s follows torch's", (name, make) => {
  it.each(trainings)("$name", (training) => {
    const network = new Network(...begun(training), make);
    expect(network.name).toBe(name);
    const losses = Array.from({ length: steps }, () => network.step({ lr: training.optimizer.lr }));
    training.losses.forEach((wanted, i) => {
      const found = losses[10 * i] as number;
      expect(Math.abs(found - wanted) / wanted).toBeLessThan(WITHIN);
    });
    expect(distance(network.weights.parameters, training.parameters)).toBeLessThan(WITHIN);
  });
});

it("SGD that starts without momentum takes it from a slider", () => {
  const training = trainings.find(({ optimizer }) => optimizer.kind === "sgd") as Training;
  const network = new Network(...begun(training), plainCode);
  network.step({ momentum: 0 });
  const losses = [1, 2, 3].map(() => network.step({ momentum: 0.9 }));
  expect(losses.every(Number.isFinite)).toBe(true);
});
