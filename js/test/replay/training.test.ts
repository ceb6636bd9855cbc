// @vitest-environment node
import { describe, expect, it } from "vitest";
import { type KeptTraining, type KeptWeights, readTraining } from "../../src/replay/training";
import type { Problem, Weights } from "../../src/training/definition";
import { problemOf, weightsOf } from "../../src/training/packed";
import truth from "../training/truth.json";

const packed = (numbers: readonly number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(numbers).buffer)));
const linear = { kind: "linear", inputs: 2, outputs: 3, bias: true, scale: 0 };
const residual = (kind: string) => ({ kind, inputs: 3, outputs: 3, bias: false, scale: 0 });
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
  features: null,
  layers: [linear],
  optimizer: { kind: "adam", lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, momentum: 0 },
  samples: 6,
  inputs: { format: "grid", data: "" },
  targets: { format: "uint8", data: btoa(String.fromCharCode(...Array(18).keys())) },
  weights: [weights],
  ...news,
});

const features = (news: object = {}) => ({
  inputs: 2,
  kinds: ["sin", "cos"],
  matrix: packed([Math.PI / 2, 0, 0, Math.PI / 2]),
  ...news,
});

const classifier = ({ classes = 3, colors = [] as string[] }) =>
  training({
    output: { canvas: "Out/image", height: 2, width: 3, colors },
    loss: "cross_entropy",
    layers: [{ ...linear, outputs: classes }],
    targets: { format: "uint8", data: btoa("\0".repeat(6 * classes)) },
    weights: [
      {
        ...weights,
        parameters: packed(Array(3 * classes).fill(0)),
        moments: packed(Array(6 * classes).fill(0)),
      },
    ],
  });

/** As the page reads it and the worker unpacks it. */
function read(saved: unknown): KeptTraining & { numbers: [Problem, Weights] } {
  const kept = readTraining(saved);
  const [{ weights }] = kept.weights as [KeptWeights];
  return { ...kept, numbers: [problemOf(kept.problem), weightsOf(kept.problem, weights)] };
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

  it("makes features of its inputs", () => {
    const [{ inputs }] = read(training({ features: features() })).numbers;
    expect([...inputs.slice(0, 6)].map((value) => Math.round(1e6 * value) / 1e6 + 0)).toEqual([
      -1, 0, 0, 0, 1, 0,
    ]);
  });

  it("of an earlier version has neither features nor colours", () => {
    const { features: _, ...earlier } = training();
    const kept = readTraining(earlier);
    expect([kept.problem.features, kept.output?.colors]).toEqual([null, []]);
  });

  it("has the colours of its classes", () => {
    const colors = ["#ff0000", "#000000", "#010203"];
    expect(read(classifier({ colors })).output?.colors).toEqual([
      [255, 0, 0],
      [0, 0, 0],
      [1, 2, 3],
    ]);
  });

  it("may have no moments of SGD, as earlier versions wrote it without momentum", () => {
    const optimizer = { ...training().optimizer, kind: "sgd" };
    const kept = read(training({ optimizer, weights: [{ ...weights, moments: "" }] }));
    expect([...kept.numbers[1].moments]).toEqual(Array(9).fill(0));
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
    ["a residual block without an end", { layers: [linear, residual("branch")] }, "does not end"],
    ["a residual block without a beginning", { layers: [linear, residual("add")] }, "none fits"],
    [
      "a residual block of two widths",
      {
        layers: [
          linear,
          residual("branch"),
          { ...linear, inputs: 3, outputs: 2 },
          { ...residual("add"), inputs: 2, outputs: 2 },
        ],
      },
      "none fits",
    ],
    ["features of another width", { features: features({ kinds: ["sin"] }) }, "do not fit"],
    ["features without inputs", { features: features({ inputs: 0 }) }, "do not fit"],
    [
      "huge features",
      {
        features: features({ inputs: 4_096, kinds: Array(512).fill("sin") }),
        layers: [{ ...linear, inputs: 512 }],
      },
      "too many",
    ],
    ["an unknown feature", { features: features({ kinds: ["sin", "tan"] }) }, "not one of"],
    ["truncated features", { features: features({ matrix: "AAAA" }) }, "another size"],
    ["damaged features", { features: features({ matrix: "!".repeat(24) }) }, "damaged"],
    [
      "features that are NaN",
      { features: features({ matrix: packed(Array(4).fill(Number.NaN)) }) },
      "not all finite",
    ],
    ["five classes without colours", classifier({ classes: 5 }), "no colours"],
    ["too few colours of classes", classifier({ colors: ["#000000"] }), "too few colours"],
    ["a colour that is none", classifier({ colors: ["red", "#000000", "#ffffff"] }), "not a colour"],
    ["a beta of 1", { optimizer: { ...training().optimizer, beta1: 1 } }, "out of range"],
    ["nothing", null, "not an object"],
  ])("with %s is refused, and says why", (_, news, reason) => {
    expect(() => read(news === null ? null : training(news))).toThrow(reason);
  });
});
