// How a step runs on the graphics card: where values are stored, and which kernels run in which order. A step goes
// through all samples a chunk at a time, so that neither a buffer nor a kernel's work grows with the picture.

import { type Layer, momentsOf, type Outline, parameterCount } from "./definition";
import { activation, activationBack, gather, scatter, sum } from "./gpu_elements";
import { type BufferName, type Kernel, STRIDE } from "./gpu_kernel";
import { compare, totalLoss } from "./gpu_losses";
import { step } from "./gpu_optimizers";
import { outer, product, total } from "./gpu_products";

/** Maximum numbers in a chunk's values and gradients, unless 64 samples need more. */
const MOST_VALUES = 1 << 24;
/** Maximum operations per product kernel, unless 64 samples need more: a fraction of a second on the slowest card. */
const MOST_WORK = 1 << 28;
const MOST_CHUNK = 1 << 16;
/** Maximum numbers in the partial gradients, and minimum samples per part. */
const MOST_PARTIALS = 1 << 22;
const LEAST_PART = 256;
/** Maximum steps per frame. */
export const MOST_STEPS = 1 << 14;

export interface Plan {
  /** The first sample of each chunk, and how many samples a chunk has room for. */
  starts: readonly number[];
  stride: number;
  /** The kernels for each chunk: to train, and to predict. */
  train: Kernel[];
  predict: Kernel[];
  /** The kernels after all chunks. */
  step: Kernel;
  /** How many numbers each storage buffer holds. */
  sizes: Record<Exclude<BufferName, "chunk" | "settings">, number>;
}

const rounded = (count: number, by: number) => Math.ceil(count / by) * by;

/** A layer, and where its values and their gradients are stored. */
interface Placed {
  layer: Layer;
  from: number;
  to: number;
  /** The gradients of its input and its output. */
  before: number;
  gradient: number;
  /** Linear layers only: its first parameter. */
  place: number;
  /** Both ends of a residual block: its input. Its beginning: the gradient that bypasses its layers. */
  entry: number;
  passing: number;
}

/** A chunk has at most `most` samples. */
export function planOf(problem: Outline, most = MOST_CHUNK): Plan {
  const { layers, loss, optimizer, samples } = problem;
  const first = (layers[0] as Layer).inputs;
  const last = (layers.at(-1) as Layer).outputs;
  const parameters = parameterCount(layers);
  const stride = strideOf(layers, samples, most);
  const { placed, size } = places(layers, stride);
  const end = placed.at(-1) as Placed;
  const forward = placed.flatMap((each) => forwards(each, stride));
  const means = loss === "cross_entropy" ? samples : samples * last;
  const comparison = compare(loss, last, { from: end.to, gradient: end.gradient }, stride, means);
  const back = [...placed].reverse().map((each, i) => backwards(each, stride, i === placed.length - 1));
  const gathered = gather(first, 0, stride);
  return {
    starts: Array.from({ length: Math.ceil(samples / stride) }, (_, i) => i * stride),
    stride,
    train: [
      gathered,
      ...forward,
      comparison,
      totalLoss(comparison.workgroups[0]),
      ...back.flatMap(({ made }) => made),
    ],
    predict: [gathered, ...forward, scatter(last, end.to, stride)],
    step: step(optimizer.kind, parameters),
    sizes: {
      values: size,
      parameters,
      gradients: parameters,
      partials: Math.max(comparison.workgroups[0], ...back.map(({ partials }) => partials)),
      inputs: samples * first,
      targets: samples * last,
      moments: momentsOf(optimizer) * parameters,
      losses: MOST_STEPS,
      made: samples * last,
    },
  };
}

/** Samples per chunk: as many as the limits allow, in chunks of equal length. */
function strideOf(layers: readonly Layer[], samples: number, mostSamples: number): number {
  const values = layers.reduce((sum, { inputs, outputs }) => sum + inputs + 2 * outputs, 0);
  const heaviest = Math.max(
    ...layers.map(({ kind, inputs, outputs }) => (kind === "linear" ? inputs * outputs : 1)),
  );
  const most = Math.min(mostSamples, MOST_VALUES / values, MOST_WORK / (2 * heaviest));
  const chunks = Math.ceil(samples / Math.max(STRIDE, most));
  return rounded(Math.ceil(samples / chunks), STRIDE);
}

function places(layers: readonly Layer[], stride: number): { placed: Placed[]; size: number } {
  let size = 0;
  const block = (features: number) => {
    const at = size;
    size += features * stride;
    return at;
  };
  const placed: Placed[] = [];
  const around: { entry: number; begin: Placed }[] = []; // the residual blocks around a layer
  let parameter = 0;
  let from = block((layers[0] as Layer).inputs);
  let before = -1; // the samples have no gradient
  for (const layer of layers) {
    const { kind, inputs, outputs, bias } = layer;
    const branch = kind === "branch";
    const own: Placed = {
      layer,
      from,
      to: branch ? from : block(outputs),
      before,
      gradient: kind === "add" ? before : block(outputs), // both terms of a sum share its gradient
      place: parameter,
      entry: -1,
      passing: -1,
    };
    if (branch) around.push({ entry: from, begin: own });
    if (kind === "add") {
      const ended = around.pop() as (typeof around)[number];
      own.entry = ended.entry;
      ended.begin.passing = before;
    }
    if (kind === "linear") parameter += outputs * inputs + (bias ? outputs : 0);
    placed.push(own);
    [from, before] = [own.to, own.gradient];
  }
  return { placed, size };
}

function forwards({ layer, from, to, place, entry }: Placed, stride: number): Kernel[] {
  const { kind, inputs, outputs, bias } = layer;
  if (kind === "branch") return [];
  if (kind === "add") return [sum(outputs, from, entry, to, stride)];
  if (kind !== "linear") return [activation(layer, from, to, stride)];
  const biases = bias ? place + inputs * outputs : null;
  return [product({ place, inputs, outputs }, { from, to, bias: biases, back: false }, stride)];
}

/** The gradients of a layer's parameters and, unless it is the `last` on the way back, of its input. */
function backwards(own: Placed, stride: number, last: boolean): { made: Kernel[]; partials: number } {
  const { layer, from, to, before, gradient, place, passing } = own;
  const { kind, inputs, outputs, bias } = layer;
  if (kind === "add") return { made: [], partials: 0 };
  if (kind === "branch") return { made: [sum(outputs, gradient, passing, before, stride)], partials: 0 };
  if (kind !== "linear")
    return {
      made: [activationBack(layer, { from, to, gradient, before }, stride)],
      partials: 0,
    };
  const matrix = { place, inputs, outputs };
  const size = outputs * inputs + (bias ? outputs : 0);
  const most = Math.max(1, Math.min(Math.floor(MOST_PARTIALS / size), Math.ceil(stride / LEAST_PART)));
  const length = rounded(Math.ceil(stride / most), STRIDE);
  const parts = Math.ceil(stride / length);
  const made = [outer(matrix, { from, gradient, biased: bias }, stride, length), total(place, size, parts)];
  if (!last) made.push(product(matrix, { from: gradient, to: before, bias: null, back: true }, stride));
  return { made, partials: parts * size };
}
