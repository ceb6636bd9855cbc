// @vitest-environment node
import { describe, expect, it } from "vitest";
import { type KeptTraining, readTraining } from "../../src/replay/training";
import { unpacked } from "../../src/training/packed";
import truth from "../training/truth.json";

const packed = (numbers: readonly number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(numbers).buffer)));
const linear = { kind: "linear", inputs: 2, outputs: 3, bias: true, scale: 0 };
const weights = {
  step: 5,
  count: 5,
  lr: 0.01,
  parameters: packed(Array(9).fill(0.5)),
  moments: packed(Array(18).fill(0)),
};

const training = (news: object = {}) => ({
  version: 1,
  output: { canvas: "Out/image", height: 2, width: 3 },
  series: "loss",
  steps_per_frame: 6,
  controls: [{ setting: "lr", panel: "Training", control: "slider:learning rate" }],
  loss: "mse",
  layers: [linear],
  optimizer: { kind: "adam", lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, momentum: 0 },
  samples: 6,
  inputs: { format: "grid", data: "" },
  targets: { format: "uint8", data: btoa(String.fromCharCode(...Array(18).keys())) },
  weights: [weights],
  ...news,
});

/** As the page reads it and the worker unpacks it. */
function read(saved: unknown): KeptTraining & { numbers: ReturnType<typeof unpacked> } {
  const kept = readTraining(saved);
  return {
    ...kept,
    numbers: unpacked(kept.problem, (kept.weights[0] as KeptTraining["weights"][number]).weights),
  };
}

describe("a kept training", () => {
  it("is read with its numbers", () => {
    const [problem, weights] = read(training()).numbers;
    expect([...problem.inputs.slice(0, 6)]).toEqual([-1, -1, 0, -1, 1, -1]);
    expect(problem.targets[17]).toBe(Math.fround(17 / 255));
    expect(weights.parameters[8]).toBe(0.5);
  });

  it.each(truth.lines)("has torch's places of $length pixels in a row", (...line) => {
    const width = line.length;
    const output = { canvas: "Out/image", height: 1, width };
    const targets = { format: "float32", data: packed(Array(3 * width).fill(0)) };
    const [{ inputs }] = read(training({ output, samples: width, targets })).numbers;
    const places = [...inputs].filter((_, i) => i % 2 === 0);
    expect(places).toEqual(line.map(Math.fround));
  });

  it("may have samples that are no picture", () => {
    const inputs = { format: "float32", data: packed(Array(12).fill(2)) };
    const kept = read(training({ output: null, inputs }));
    expect(kept.numbers[0].inputs[11]).toBe(2);
    expect(kept.output).toBeNull();
  });

  it.each([
    ["another version", { version: 2 }, "version 2"],
    ["no text", { targets: { format: "uint8", data: 7 } }, "not a text"],
    ["a truncated target", { targets: { format: "uint8", data: "AAAA" } }, "another size"],
    ["a damaged target", { targets: { format: "uint8", data: "!".repeat(24) } }, "damaged"],
    ["a padded target", { targets: { format: "uint8", data: `${"A".repeat(22)}==` } }, "damaged"],
    ["NaN", { weights: [{ ...weights, parameters: packed(Array(9).fill(Number.NaN)) }] }, "not all finite"],
    ["too few moments", { weights: [{ ...weights, moments: "" }] }, "another size"],
    ["no weights", { weights: [] }, "no weights"],
    ["steps that go back", { weights: [weights, weights] }, "go back"],
    ["a huge picture", { output: { canvas: "", height: 1 << 20, width: 1 << 20 } }, "another size"],
    ["huge data", { samples: 1 << 20, layers: [{ ...linear, inputs: 4096 }] }, "too much data"],
    ["too many samples", { samples: 1e12 }, "too many"],
    ["a huge layer", { layers: [{ ...linear, outputs: 1e9 }] }, "too wide"],
    ["layers that do not fit", { layers: [linear, linear] }, "do not fit"],
    ["an unknown layer", { layers: [{ ...linear, kind: "conv" }] }, "not one of"],
    ["no layers", { layers: [] }, "does not begin"],
    ["places of no picture", { output: null }, "does not have"],
    ["an unknown setting", { controls: [{ setting: "seed", panel: "", control: "" }] }, "not one of"],
    ["a beta of 1", { optimizer: { ...training().optimizer, beta1: 1 } }, "out of range"],
    ["nothing", null, "not an object"],
  ])("with %s is refused, and says why", (_, news, reason) => {
    expect(() => read(news === null ? null : training(news))).toThrow(reason);
  });
});
