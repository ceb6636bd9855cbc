// Kernels for training on the graphics card: WGSL with every shape and offset as a literal, so that a driver can unroll
// its loops. The values of a chunk are laid out as in `network.ts`: those of a feature side by side, `stride` long. No
// two invocations add to the same number, so results are reproducible.

/** What a kernel can use. Each has its own slot in every bind group. */
export const BUFFERS = [
  "values",
  "parameters",
  "gradients",
  "partials",
  "inputs",
  "targets",
  "moments",
  "losses",
  "made",
  "chunk",
  "settings",
] as const;
export type BufferName = (typeof BUFFERS)[number];
export type Access = "read_write" | "read" | "uniform";

export interface Kernel {
  code: string;
  uses: Partial<Record<BufferName, Access>>;
  workgroups: readonly [number, number, number];
  /** Approximate number of operations. */
  work: number;
}

/** Samples that an invocation takes at once. */
export const LANES = 4;
/** A stride is a multiple of this. */
export const STRIDE = 64;
/** Invocations per workgroup, for kernels without tiles and for kernels over parameters. */
export const GROUP = 64;
export const WIDE_GROUP = 256;

const TYPES = { chunk: "Chunk", settings: "Settings" } as const;
const STRUCTS = {
  // The first sample, and how many there are.
  chunk: "struct Chunk { start: u32, count: u32 }",
  // Filled in by `settingsOf`.
  settings: `struct Settings {
  lr: f32, decay: f32, momentum: f32, eps: f32,
  beta1: f32, beta2: f32, rate1: f32, rate2: f32,
  correction: f32, place: u32,
}`,
} as const;

export function declared(uses: Kernel["uses"], of: "f32" | "vec4f"): string {
  return Object.entries(uses)
    .map(([name, access]) => {
      const place = `@group(0) @binding(${BUFFERS.indexOf(name as BufferName)})`;
      if (access === "uniform") {
        const known = name as keyof typeof TYPES;
        return `${STRUCTS[known]}\n${place} var<uniform> ${name}: ${TYPES[known]};`;
      }
      const element = name === "values" ? of : "f32";
      return `${place} var<storage, ${access}> ${name}: array<${element}>;`;
    })
    .join("\n");
}

export const times = (count: number, line: (i: number) => string, between = "\n") =>
  Array.from({ length: count }, (_, i) => line(i)).join(between);
