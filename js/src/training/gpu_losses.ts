// The mean loss and its gradient.

import type { Loss } from "./definition";
import { literal } from "./gpu_curves";
import { declared, GROUP, type Kernel } from "./gpu_kernel";

/** Approximate number of operations for the loss of one number. */
const LOSS_WORK = 10;

// `made` and `wanted` belong to feature c of sample s, whose gradient `give` sets.
const COMPARED: Record<Loss, (features: number, scale: string) => string> = {
  mse: (features, scale) => `
    for (var c = 0u; c < ${features}u; c++) {
      let error = made(c, s) - wanted(c, s);
      loss += error * error;
      give(c, s, 2.0 * error * ${scale});
    }`,
  l1: (features, scale) => `
    for (var c = 0u; c < ${features}u; c++) {
      let error = made(c, s) - wanted(c, s);
      loss += abs(error);
      give(c, s, sign(error) * ${scale});
    }`,
  cross_entropy: (features, scale) => `
    var most = made(0u, s);
    for (var c = 1u; c < ${features}u; c++) { most = max(most, made(c, s)); }
    var sum = 0.0;
    var weight = 0.0;
    for (var c = 0u; c < ${features}u; c++) {
      sum += exp(made(c, s) - most);
      weight += wanted(c, s);
    }
    let whole = log(sum);
    for (var c = 0u; c < ${features}u; c++) {
      let score = made(c, s) - most - whole;
      if (wanted(c, s) != 0.0) { loss -= wanted(c, s) * score; }
      give(c, s, (weight * exp(score) - wanted(c, s)) * ${scale});
    }`,
};

const TREE = `
  sums[index] = loss;
  for (var half = ${GROUP / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { sums[index] += sums[index + half]; }
  }`;

/** The gradient of the loss, a mean over `numbers`, and the partial loss of every 64 samples in the chunk. */
export function compare(
  loss: Loss,
  features: number,
  { from, gradient }: { from: number; gradient: number },
  stride: number,
  numbers: number,
): Kernel {
  const uses = {
    values: "read_write",
    targets: "read",
    partials: "read_write",
    chunk: "uniform",
  } as const;
  const scale = literal(1 / numbers);
  return {
    uses,
    workgroups: [stride / GROUP, 1, 1],
    work: LOSS_WORK * features * stride,
    code: `${declared(uses, "f32")}
var<workgroup> sums: array<f32, ${GROUP}>;
fn made(c: u32, s: u32) -> f32 { return values[${from}u + c * ${stride}u + s]; }
fn wanted(c: u32, s: u32) -> f32 { return targets[(chunk.start + s) * ${features}u + c]; }
fn give(c: u32, s: u32, error: f32) { values[${gradient}u + c * ${stride}u + s] = error; }

@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(global_invocation_id) own: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let s = own.x;
  var loss = 0.0;
  if (s < chunk.count) {${COMPARED[loss](features, scale)}
  } else {
    for (var c = 0u; c < ${features}u; c++) { give(c, s, 0.0); }
  }${TREE}
  if (index == 0u) { partials[group.x] = sums[0] * ${scale}; }
}`,
  };
}

/** losses[place] = the sum of `parts`, plus that of earlier chunks. */
export function totalLoss(parts: number): Kernel {
  const uses = { partials: "read", losses: "read_write", chunk: "uniform", settings: "uniform" } as const;
  return {
    uses,
    workgroups: [1, 1, 1],
    work: parts,
    code: `${declared(uses, "f32")}
var<workgroup> sums: array<f32, ${GROUP}>;
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) index: u32) {
  var loss = 0.0;
  for (var i = index; i < ${parts}u; i += ${GROUP}u) { loss += partials[i]; }${TREE}
  if (index == 0u) {
    var whole = sums[0];
    if (chunk.start > 0u) { whole += losses[settings.place]; }
    losses[settings.place] = whole;
  }
}`,
  };
}
