// Kernels that treat each value on its own: activations and sums, and copying samples in and out.

import type { Layer } from "./definition";
import { curveText } from "./gpu_curves";
import { declared, GROUP, type Kernel, LANES } from "./gpu_kernel";

const overValues = (features: number, stride: number) =>
  [Math.ceil(stride / LANES / GROUP), features, 1] as const;

/** Runs `line` for each of `features` and four samples `i`. */
function elementwise(
  features: number,
  stride: number,
  work: number,
  functions: string,
  line: string,
): Kernel {
  const uses = { values: "read_write" } as const;
  const quads = stride / LANES;
  return {
    uses,
    workgroups: overValues(features, stride),
    work: work * features * stride,
    code: `${declared(uses, "vec4f")}
${functions}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) own: vec3u) {
  if (own.x >= ${quads}u) { return; }
  let i = own.y * ${quads}u + own.x;
  ${line}
}`,
  };
}

const at = (place: number) => `values[${place / LANES}u + i]`;
/** Approximate number of operations in an activation. */
const CURVE_WORK = 10;

/** values[to] = the activation of values[from] */
export function activation(layer: Layer, from: number, to: number, stride: number): Kernel {
  return elementwise(
    layer.outputs,
    stride,
    CURVE_WORK,
    curveText(layer),
    `let x = ${at(from)};
  ${at(to)} = at(x);`,
  );
}

/** The gradient before an activation, from the gradient after it. */
export function activationBack(
  layer: Layer,
  places: { from: number; to: number; gradient: number; before: number },
  stride: number,
): Kernel {
  const { from, to, gradient, before } = places;
  return elementwise(
    layer.outputs,
    stride,
    CURVE_WORK,
    curveText(layer),
    `let x = ${at(from)};
  let y = ${at(to)};
  ${at(before)} = ${at(gradient)} * slope(x, y);`,
  );
}

/** values[to] = values[a] + values[b] */
export function sum(features: number, a: number, b: number, to: number, stride: number): Kernel {
  return elementwise(features, stride, 1, "", `${at(to)} = ${at(a)} + ${at(b)};`);
}

/** Runs `lines` for each of `features` and each sample of a chunk. */
function samplewise(features: number, stride: number, uses: Kernel["uses"], lines: string): Kernel {
  return {
    uses,
    workgroups: [stride / GROUP, features, 1],
    work: features * stride,
    code: `${declared(uses, "f32")}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) own: vec3u) {
  ${lines}
}`,
  };
}

/** Loads a chunk of the inputs, whose samples lie row by row. Zeros follow the last sample. */
export function gather(features: number, to: number, stride: number): Kernel {
  return samplewise(
    features,
    stride,
    { values: "read_write", inputs: "read", chunk: "uniform" },
    `var value = 0.0;
  if (own.x < chunk.count) { value = inputs[(chunk.start + own.x) * ${features}u + own.y]; }
  values[${to}u + own.y * ${stride}u + own.x] = value;`,
  );
}

/** Stores the network's output for a chunk, sample by sample. */
export function scatter(features: number, from: number, stride: number): Kernel {
  return samplewise(
    features,
    stride,
    { values: "read_write", made: "read_write", chunk: "uniform" },
    `if (own.x >= chunk.count) { return; }
  made[(chunk.start + own.x) * ${features}u + own.y] = values[${from}u + own.y * ${stride}u + own.x];`,
  );
}
