// Products with the parameter matrices: forward, backward, and their gradients, which are computed in parts.

import { declared, GROUP, type Kernel, LANES, times, WIDE_GROUP } from "./gpu_kernel";

/** How many rows of a matrix, and how many samples, a workgroup holds at once. */
const DEPTH = 16;
const SAMPLES = 16;
/** Up to this many rows, a product is computed four rows at a time, without tiles. */
const NARROW = 16;

/** A matrix of parameters (`outputs`, `inputs`), row by row from `place` on. */
export interface Matrix {
  place: number;
  inputs: number;
  outputs: number;
}

/** values[to][row] = bias[row] + the sum of matrix[row][k] values[from][k] over k, for all samples of a chunk; with
 *  `back`, for the transposed matrix. An invocation computes four rows of four samples. */
export function product(
  matrix: Matrix,
  { from, to, bias, back }: { from: number; to: number; bias: number | null; back: boolean },
  stride: number,
): Kernel {
  const [rows, depth] = back ? [matrix.inputs, matrix.outputs] : [matrix.outputs, matrix.inputs];
  const quads = stride / LANES;
  const place = back
    ? `${matrix.place}u + k * ${matrix.inputs}u + row`
    : `${matrix.place}u + row * ${matrix.inputs}u + k`;
  const uses = { values: "read_write", parameters: "read" } as const;
  const { wide, high, shared, begin, sums } = (rows > NARROW ? tiles : lines)(depth, from, quads);
  const tall = Math.ceil(rows / (LANES * high));
  return {
    uses,
    workgroups: [Math.ceil(quads / wide), tall, 1],
    work: 2 * tall * high * LANES * depth * stride,
    code: `${declared(uses, "vec4f")}
${shared}
fn weight(row: u32, k: u32) -> f32 {
  if (row < ${rows}u && k < ${depth}u) { return parameters[${place}]; }
  return 0.0;
}
fn weights_of(row: u32, k: u32) -> vec4f {
  var found = vec4f();
  for (var j = 0u; j < ${LANES}u; j++) { found[j] = weight(row + j, k); }
  return found;
}
fn start(row: u32) -> vec4f {
  ${bias === null ? "" : `if (row < ${rows}u) { return vec4f(parameters[${bias}u + row]); }`}
  return vec4f();
}

@compute @workgroup_size(${wide}, ${high})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) own: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let top = group.y * ${LANES * high}u;
  let row = top + own.y * ${LANES}u;
  let column = group.x * ${wide}u + own.x;
  ${times(LANES, (i) => `var sum${i} = start(row + ${i}u);`, "\n  ")}
  ${begin}${sums("sum0 += w.x * x; sum1 += w.y * x; sum2 += w.z * x; sum3 += w.w * x;")}
  if (column < ${quads}u) {
    ${times(LANES, (i) => `if (row + ${i}u < ${rows}u) { values[${to / LANES}u + (row + ${i}u) * ${quads}u + column] = sum${i}; }`, "\n    ")}
  }
}`,
  };
}

/** How a product loops over its sums, in a workgroup of `wide` times `high` invocations. */
interface Way {
  wide: number;
  high: number;
  shared: string;
  begin: string;
  sums(add: string): string;
}

/** A workgroup computes a tile, and holds what it needs for it a few rows at a time. */
function tiles(depth: number, from: number, quads: number): Way {
  const wide = 16;
  return {
    wide,
    high: wide,
    shared: `var<workgroup> weights: array<vec4f, ${DEPTH * wide}>;
var<workgroup> samples: array<vec4f, ${DEPTH * wide}>;`,
    begin: `let held = index / ${wide}u;
  let place = index % ${wide}u;`,
    sums: (add) => `
  for (var begun = 0u; begun < ${depth}u; begun += ${DEPTH}u) {
    let deep = min(${DEPTH}u, ${depth}u - begun);
    if (held < deep) {
      weights[index] = weights_of(top + place * ${LANES}u, begun + held);
      let nearest = group.x * ${wide}u + place;
      samples[index] = values[${from / LANES}u + (begun + held) * ${quads}u + min(nearest, ${quads - 1}u)];
    }
    workgroupBarrier();
    for (var k = 0u; k < deep; k++) {
      let w = weights[k * ${wide}u + own.y];
      let x = samples[k * ${wide}u + own.x];
      ${add}
    }
    workgroupBarrier();
  }`,
  };
}

/** With few rows, nothing is worth holding. */
function lines(depth: number, from: number, quads: number): Way {
  return {
    wide: GROUP,
    high: 1,
    shared: "",
    begin: `let nearest = min(column, ${quads - 1}u);`,
    sums: (add) => `
  for (var k = 0u; k < ${depth}u; k++) {
    let w = weights_of(row, k);
    let x = values[${from / LANES}u + k * ${quads}u + nearest];
    ${add}
  }`,
  };
}

/** Parts of the gradient of a matrix and its bias, each over `length` samples: the sums of gradient[row] input[column],
 *  one part after another, in the order of parameters. `total` adds them up. */
export function outer(
  { inputs, outputs }: Matrix,
  { from, gradient, biased }: { from: number; gradient: number; biased: boolean },
  stride: number,
  length: number,
): Kernel {
  const high = outputs > 16 ? 16 : 4;
  const wide = inputs > 16 ? 16 : 4;
  const quads = stride / LANES;
  const across = SAMPLES / LANES;
  const parts = Math.ceil(stride / length);
  const size = (inputs + (biased ? 1 : 0)) * outputs;
  const [broad, tall] = [Math.ceil(inputs / (LANES * wide)), Math.ceil(outputs / (LANES * high))];
  const uses = { values: "read_write", partials: "read_write" } as const;
  const loaded = (name: string, count: number, tile: number, place: number, first: string, rows: number) => `
    for (var i = index; i < ${count}u; i += ${wide * high}u) {
      let quad = i / ${across}u;
      let step = i % ${across}u;
      let column = begun + step;
      let row = ${first} + quad * ${LANES}u;
      ${times(LANES, (j) => `var r${j} = vec4f();`, " ")}
      if (column < end) {
        ${times(LANES, (j) => `if (row + ${j}u < ${rows}u) { r${j} = values[${place / LANES}u + (row + ${j}u) * ${quads}u + column]; }`, "\n        ")}
      }
      ${times(LANES, (k) => `${name}[(step * ${LANES}u + ${k}u) * ${tile}u + quad] = vec4f(r0[${k}], r1[${k}], r2[${k}], r3[${k}]);`, "\n      ")}
      ${name === "errors" && biased ? "rows += vec4f(dot(r0, vec4f(1.0)), dot(r1, vec4f(1.0)), dot(r2, vec4f(1.0)), dot(r3, vec4f(1.0)));" : ""}
    }`;
  return {
    uses,
    workgroups: [broad, tall, parts],
    work: 2 * broad * wide * LANES * tall * high * LANES * stride,
    code: `${declared(uses, "vec4f")}
var<workgroup> errors: array<vec4f, ${SAMPLES * high}>; // of ${SAMPLES} samples, four rows together
var<workgroup> given: array<vec4f, ${SAMPLES * wide}>;

fn keep(place: u32, row: u32, column: u32, sum: vec4f) {
  if (row >= ${outputs}u) { return; }
  ${times(LANES, (j) => `if (column + ${j}u < ${inputs}u) { partials[place + row * ${inputs}u + column + ${j}u] = sum[${j}]; }`, "\n  ")}
}

@compute @workgroup_size(${wide}, ${high})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) own: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let top = group.y * ${LANES * high}u;
  let left = group.x * ${LANES * wide}u;
  let end = min((group.z + 1u) * ${length / LANES}u, ${quads}u);
  ${times(LANES, (i) => `var sum${i} = vec4f();`, " ")}
  var rows = vec4f();
  for (var begun = group.z * ${length / LANES}u; begun < end; begun += ${across}u) {${loaded("errors", across * high, high, gradient, "top", outputs)}${loaded("given", across * wide, wide, from, "left", inputs)}
    workgroupBarrier();
    for (var k = 0u; k < ${SAMPLES}u; k++) {
      let e = errors[k * ${high}u + own.y];
      let x = given[k * ${wide}u + own.x];
      sum0 += e.x * x; sum1 += e.y * x; sum2 += e.z * x; sum3 += e.w * x;
    }
    workgroupBarrier();
  }
  let place = group.z * ${size}u;
  let row = top + own.y * ${LANES}u;
  let column = left + own.x * ${LANES}u;
  ${times(LANES, (i) => `keep(place, row + ${i}u, column, sum${i});`, "\n  ")}${biased ? summed(outputs, inputs, high, across) : ""}
}`,
  };
}

/** The sums of rows. An invocation has the same rows in every round, because a round has at most one row per
 *  invocation. */
function summed(outputs: number, inputs: number, high: number, across: number): string {
  return `
  if (index < ${across * high}u) { errors[index] = rows; }
  workgroupBarrier();
  if (group.x == 0u && index < ${high}u) {
    var total = vec4f();
    for (var i = 0u; i < ${across}u; i++) { total += errors[index * ${across}u + i]; }
    for (var j = 0u; j < ${LANES}u; j++) {
      let at = top + index * ${LANES}u + j;
      if (at < ${outputs}u) { partials[place + ${inputs * outputs}u + at] = total[j]; }
    }
  }`;
}

/** gradients[place + i] = the sum of `parts`, each of `size` numbers, plus that of earlier chunks. */
export function total(place: number, size: number, parts: number): Kernel {
  const uses = { gradients: "read_write", partials: "read", chunk: "uniform" } as const;
  return {
    uses,
    workgroups: [Math.ceil(size / WIDE_GROUP), 1, 1],
    work: 2 * size * parts,
    code: `${declared(uses, "f32")}
@compute @workgroup_size(${WIDE_GROUP})
fn main(@builtin(global_invocation_id) own: vec3u) {
  let i = own.x;
  if (i >= ${size}u) { return; }
  var sum = 0.0;
  for (var part = 0u; part < ${parts}u; part++) { sum += partials[part * ${size}u + i]; }
  if (chunk.start > 0u) { sum += gradients[${place}u + i]; }
  gradients[${place}u + i] = sum;
}`,
  };
}
