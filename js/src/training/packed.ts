// A problem and its weights as a document stores them, in base64, and their conversion to numbers. Workers do the
// conversion, because it would block the page, and each converts only its own samples.

import { bytesOf } from "../base/base64";
import {
  type Layer,
  type Loss,
  momentsOf,
  type Optimizer,
  type Problem,
  parameterCount,
  type Weights,
} from "./definition";
import { type Features, featuresOf } from "./features";
import type { Share } from "./shares";

/** Little-endian numbers in base64. Bytes represent 0..1. */
export interface Packed {
  format: "uint8" | "float32";
  data: string;
}

/** The position of every pixel: x and y in -1..1, row by row. */
export interface Grid {
  format: "grid";
  height: number;
  width: number;
}

/** The matrix is float32, little-endian, in base64. */
export type PackedFeatures = Omit<Features, "matrix"> & { matrix: string };

export interface PackedProblem {
  features: PackedFeatures | null;
  layers: readonly Layer[];
  loss: Loss;
  optimizer: Optimizer;
  samples: number;
  inputs: Packed | Grid;
  targets: Packed;
}

export interface PackedWeights {
  count: number;
  parameters: string;
  moments: string;
}

/** The numbers of a problem, or only of those samples. Throws with the reason if they are invalid. */
export function problemOf(packed: PackedProblem, share: Share = { from: 0, to: packed.samples }): Problem {
  const { layers, samples, targets } = packed;
  const outputs = (layers.at(-1) as Layer).outputs;
  return {
    ...packed,
    samples: share.to - share.from,
    inputs: inputsOf(packed, share),
    targets: rows(targets, samples, outputs, share, "targets"),
  };
}

/** The numbers of the weights. Throws with the reason if they are invalid. */
export function weightsOf({ layers, optimizer }: PackedProblem, weights: PackedWeights): Weights {
  const parameters = parameterCount(layers);
  const floats = (data: string, count: number, what: string) =>
    numbers({ format: "float32", data }, count, what);
  return {
    count: weights.count,
    parameters: floats(weights.parameters, parameters, "weights"),
    moments:
      weights.moments === "" && optimizer.kind === "sgd" // earlier versions kept no moments without momentum
        ? new Float32Array(parameters)
        : floats(weights.moments, momentsOf(optimizer) * parameters, "moments"),
  };
}

/** The inputs of the first layer for those samples. */
function inputsOf({ features, layers, samples, inputs }: PackedProblem, share: Share): Float32Array {
  const given = features?.inputs ?? (layers[0] as Layer).inputs;
  const found =
    inputs.format === "grid"
      ? coordinates(inputs.height, inputs.width, share)
      : rows(inputs, samples, given, share, "inputs");
  if (features === null) return found;
  const { kinds, matrix: data } = features;
  return featuresOf(found, {
    ...features,
    matrix: numbers({ format: "float32", data }, kinds.length * given, "features"),
  });
}

/** The rows of a share of (samples, width). */
function rows(packed: Packed, samples: number, width: number, { from, to }: Share, what: string) {
  return numbers(packed, samples * width, what, from * width, to * width);
}

/** Those from `from` up to `to`, of `count` numbers. */
function numbers(
  { format, data }: Packed,
  count: number,
  what: string,
  from = 0,
  to = count,
): Float32Array<ArrayBuffer> {
  const bytes = decoded(data);
  if (bytes?.length !== count * (format === "uint8" ? 1 : 4)) throw new Error(`its ${what} are damaged`);
  if (format === "uint8") return Float32Array.from(bytes.subarray(from, to), (value) => value / 255);
  const view = new DataView(bytes.buffer, 4 * from);
  const made = Float32Array.from({ length: to - from }, (_, i) => view.getFloat32(4 * i, true));
  if (!made.every(Number.isFinite)) throw new Error(`its ${what} are not all finite`);
  return made;
}

function decoded(data: string): Uint8Array<ArrayBuffer> | null {
  try {
    return bytesOf(data);
  } catch {
    return null;
  }
}

/** Rounds as torch does. */
function coordinates(height: number, width: number, { from, to }: Share): Float32Array {
  const [ys, xs] = [line(height), line(width)];
  const made = new Float32Array(2 * (to - from));
  for (let i = from, at = 0; i < to; i++) {
    made[at++] = xs[i % width] as number;
    made[at++] = ys[Math.floor(i / width)] as number;
  }
  return made;
}

function line(count: number): Float32Array {
  const step = Math.fround(2 / (count - 1));
  const at = (i: number) => (i < count / 2 ? -1 + step * i : 1 - step * (count - 1 - i));
  return Float32Array.from({ length: count }, (_, i) => (count === 1 ? -1 : at(i)));
}
