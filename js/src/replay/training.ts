// Reads the training that a replay can continue. It is untrusted, so everything in it is checked; a replay whose
// training is invalid still plays. The numbers, which take time, are left to the worker (`training/packed.ts`).

import {
  ACTIVATIONS,
  type Layer,
  LOSSES,
  type Loss,
  momentsOf,
  type Optimizer,
  parameterCount,
  RESIDUAL,
} from "../training/definition";
import { FEATURES } from "../training/features";
import type { Packed, PackedFeatures, PackedProblem, PackedWeights } from "../training/packed";
import type { Color } from "../training/picture";
import {
  COLOR,
  choice,
  expect,
  file,
  flag,
  later,
  list,
  nullable,
  object,
  type Read,
  real,
  text,
  whole,
  wrong,
} from "./schema";

/** The only version that is read. */
const VERSION = 1;
const MOST_LAYERS = 64;
const MOST_WIDTH = 4_096;
const MOST_PARAMETERS = 1 << 22;
const MOST_SAMPLES = 1 << 20;
/** Maximum count of numbers in one layer over all samples. */
const MOST_NUMBERS = 1 << 26;
/** Maximum numbers in the matrix of Fourier features. */
const MOST_FEATURES = 1 << 20;
const MOST_KEPT = 64;
const MOST_STEPS = 10_000;

/** What a slider can set for each frame. */
export const SETTINGS = ["lr", "steps", "weight_decay", "momentum", "beta1", "beta2", "eps"] as const;
export type Setting = (typeof SETTINGS)[number];

/** The canvas that shows the network's output, one pixel per sample. */
export interface Output {
  canvas: string;
  height: number;
  width: number;
  /** Colours of the classes; empty if the canvas shows no label map. */
  colors: readonly Color[];
}

/** A control of the recorded view from which a setting takes its range and value. */
export interface Mapped {
  setting: Setting;
  panel: string;
  control: string;
}

export interface KeptWeights {
  step: number;
  lr: number;
  weights: PackedWeights;
}

export interface KeptTraining {
  output: Output | null;
  series: string;
  stepsPerFrame: number;
  controls: Mapped[];
  problem: PackedProblem;
  /** Sorted by step; at least one. */
  weights: KeptWeights[];
}

const packed = { format: choice("uint8", "float32"), data: file };

const color: Read<Color> = (value, path) => {
  if (typeof value !== "string" || !COLOR.test(value)) throw wrong(path, value, "a colour");
  const part = (at: number) => Number.parseInt(value.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
};

const described = object({
  version: whole,
  output: nullable(
    object<Output>({
      canvas: text,
      height: whole,
      width: whole,
      colors: later(list(color, MOST_WIDTH), []),
    }),
  ),
  series: text,
  steps_per_frame: whole,
  controls: list(
    object<Mapped>({ setting: choice(...SETTINGS), panel: text, control: text }),
    SETTINGS.length,
  ),
  loss: choice(...LOSSES),
  features: later(
    nullable(
      object<PackedFeatures>({ inputs: whole, kinds: list(choice(...FEATURES), MOST_WIDTH), matrix: file }),
    ),
    null,
  ),
  layers: list(
    object<Layer>({
      kind: choice("linear", ...RESIDUAL, ...ACTIVATIONS),
      inputs: whole,
      outputs: whole,
      bias: flag,
      scale: real,
    }),
    MOST_LAYERS,
  ),
  optimizer: object<Optimizer>({
    kind: choice("sgd", "adam", "adamw"),
    lr: real,
    beta1: real,
    beta2: real,
    eps: real,
    weight_decay: real,
    momentum: real,
  }),
  samples: whole,
  inputs: object({ ...packed, format: choice("grid", "uint8", "float32") }),
  targets: object<Packed>(packed),
  weights: list(object({ step: whole, count: whole, lr: real, parameters: file, moments: file }), MOST_KEPT),
});

/** Throws `ReplayError` with the reason if the training is invalid. */
export function readTraining(saved: unknown): KeptTraining {
  const found = described(saved, "training", 0);
  expect(
    found.version === VERSION,
    `its training has the format version ${found.version}; version ${VERSION} goes on`,
  );
  const { output, samples, layers, optimizer, loss, inputs, targets, features } = found;
  expect(samples >= 1 && samples <= MOST_SAMPLES, "its training has no samples, or too many");
  checkLayers(layers, samples);
  checkOptimizer(optimizer);
  expect(
    found.steps_per_frame >= 1 && found.steps_per_frame <= MOST_STEPS,
    "its training has no steps in a frame",
  );
  if (features !== null) checkFeatures(features, layers);
  const first = features?.inputs ?? (layers[0] as Layer).inputs;
  expect(samples * first <= MOST_NUMBERS, "its training has too much data");
  const last = (layers.at(-1) as Layer).outputs;
  if (output !== null) checkOutput(output, samples, last, loss);
  const places =
    output !== null && inputs.format === "grid" && first === 2
      ? ({ format: "grid", height: output.height, width: output.width } as const)
      : checkPacked({ ...inputs, format: numbers(inputs.format) }, samples * first, "inputs");
  checkPacked(targets, samples * last, "targets");
  checkWeights(found.weights, parameterCount(layers), optimizer);
  return {
    output,
    series: found.series,
    stepsPerFrame: found.steps_per_frame,
    controls: found.controls,
    problem: { features, layers, loss, optimizer, samples, inputs: places, targets },
    weights: found.weights.map(({ step, lr, ...weights }) => ({ step, lr, weights })),
  };
}

function numbers(format: "grid" | Packed["format"]): Packed["format"] {
  if (format !== "grid") return format;
  expect(false, "its inputs are the places of pixels that it does not have");
  return "float32";
}

function checkLayers(layers: readonly Layer[], samples: number): void {
  expect(layers[0]?.kind === "linear", "its network does not begin with a linear layer");
  let before = (layers[0] as Layer).inputs;
  const begun: number[] = []; // the widths of the residual blocks around a layer
  for (const { kind, inputs, outputs } of layers) {
    const fits =
      inputs === before && outputs >= 1 && outputs <= MOST_WIDTH && (kind === "linear" || inputs === outputs);
    expect(fits, "the layers of its network do not fit each other, or are too wide");
    before = outputs;
    if (kind === "branch") begun.push(outputs);
    if (kind === "add")
      expect(begun.pop() === outputs, "a residual block of its network ends where none fits");
  }
  expect(begun.length === 0, "a residual block of its network does not end");
  const { inputs } = layers[0] as Layer;
  expect(inputs >= 1 && inputs <= MOST_WIDTH, "its network has no inputs, or too many");
  expect(parameterCount(layers) <= MOST_PARAMETERS, "its network has too many parameters");
  expect(samples * Math.max(inputs, before) <= MOST_NUMBERS, "its training has too much data");
}

function checkFeatures({ inputs, kinds, matrix }: PackedFeatures, layers: readonly Layer[]): void {
  const fits = inputs >= 1 && inputs <= MOST_WIDTH && kinds.length === layers[0]?.inputs;
  expect(fits, "its features do not fit its network");
  expect(kinds.length * inputs <= MOST_FEATURES, "its features are too many");
  checkPacked({ format: "float32", data: matrix }, kinds.length * inputs, "features");
}

function checkOutput({ height, width, colors }: Output, samples: number, channels: number, loss: Loss): void {
  const fits = height >= 1 && width >= 1 && height * width === samples;
  expect(fits, "its picture has another size than its samples");
  if (loss === "cross_entropy" && colors.length > 0)
    expect(colors.length === channels, "its classes have too few colours, or too many");
  else if (loss === "cross_entropy") expect(channels === 2 || channels === 3, "its classes have no colours");
  else expect(channels === 1 || channels === 3, "its network makes neither grey nor colours");
}

function checkOptimizer({ lr, beta1, beta2, eps, weight_decay, momentum }: Optimizer): void {
  const share = (value: number) => value >= 0 && value < 1;
  const sound = lr >= 0 && share(beta1) && share(beta2) && share(momentum) && eps >= 0 && weight_decay >= 0;
  expect(sound, "a setting of its optimiser is out of range");
}

function checkWeights(
  kept: readonly { step: number; count: number; lr: number; parameters: string; moments: string }[],
  parameters: number,
  optimizer: Optimizer,
): void {
  expect(kept.length > 0, "it has no weights");
  kept.forEach(({ step, count, lr, ...data }, i) => {
    expect(step >= 0 && count >= 0 && lr >= 0, "its weights have no step or no learning rate");
    expect(i === 0 || step > (kept[i - 1]?.step as number), "the steps of its weights go back");
    checkPacked({ format: "float32", data: data.parameters }, parameters, "weights");
    const none = optimizer.kind === "sgd" && data.moments === ""; // earlier versions kept no moments without momentum
    const moments = none ? 0 : momentsOf(optimizer) * parameters;
    checkPacked({ format: "float32", data: data.moments }, moments, "moments");
  });
}

/** Checks how many numbers there are by the length of the text. */
function checkPacked(found: Packed, count: number, what: string): Packed {
  const bytes = count * (found.format === "uint8" ? 1 : 4);
  expect(
    found.data.length === 4 * Math.ceil(bytes / 3),
    `its ${what} have another size than its network needs`,
  );
  return found;
}
