// The matrix products of a training, on one block of memory: by WebAssembly with SIMD where the page allows it,
// otherwise by plain code. Both follow `js/kernels.mjs`. Offsets are in numbers, not bytes.

import { bytesOf } from "../base/base64";

/** Both modules in base64, assembled by the build. */
declare const VW_KERNELS: { plain: string; fused: string };

/** Features are padded to a multiple of this, samples of a block to a multiple of `COLUMNS`. */
export const ROWS = 4;
export const COLUMNS = 12;

export interface Kernels {
  /** The name of the engine, for users. */
  readonly name: string;
  readonly memory: Float32Array<ArrayBuffer>;
  /** out[m, n] = bias[m] + a[m, k] b[k, n]; `a` holds four rows together, rows of b and out are `stride` apart. */
  product(
    out: number,
    a: number,
    b: number,
    bias: number,
    m: number,
    k: number,
    n: number,
    stride: number,
  ): void;
  /** out[m, k] += a[m, n] b[k, n]^T; sums[m] += the sums of a's rows. Rows of a and b are `stride` apart. */
  outer(
    out: number,
    a: number,
    b: number,
    sums: number,
    m: number,
    k: number,
    n: number,
    stride: number,
  ): void;
  /** x = max(x, 0) */
  relu(x: number, count: number): void;
  /** g = y > 0 ? g : 0 */
  reluBack(g: number, y: number, count: number): void;
}

const PAGE = 1 << 14; // numbers in a page of WebAssembly's memory

/** The fastest kernels that this browser and the page's policy allow, with memory for `size` numbers. */
export function fastest(size: number, kinds: readonly ("fused" | "plain")[] = ["fused", "plain"]): Kernels {
  for (const kind of kinds) {
    try {
      return compiled(size, kind);
    } catch (error) {
      if (error instanceof RangeError) throw error; // too little memory: plain code would need as much
    }
  }
  return plainCode(size);
}

function compiled(size: number, kind: "fused" | "plain"): Kernels {
  const bytes = bytesOf(VW_KERNELS[kind]);
  const module = new WebAssembly.Module(bytes);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) });
  const { exports } = new WebAssembly.Instance(module, { page: { memory } });
  const { product, outer, relu, relu_back } = exports as Record<string, (...args: number[]) => void>;
  if (!product || !outer || !relu || !relu_back) throw new Error("a kernel is missing");
  return {
    name: kind === "fused" ? "WebAssembly (SIMD, fused)" : "WebAssembly (SIMD)",
    memory: new Float32Array(memory.buffer),
    product: (out, a, b, bias, m, k, n, stride) =>
      product(4 * out, 4 * a, 4 * b, 4 * bias, m, k, n, 4 * stride),
    outer: (out, a, b, sums, m, k, n, stride) => outer(4 * out, 4 * a, 4 * b, 4 * sums, m, k, n, 4 * stride),
    relu: (x, count) => relu(4 * x, count),
    reluBack: (g, y, count) => relu_back(4 * g, 4 * y, count),
  };
}

/** Plain code: ten to twenty times slower, but works everywhere. */
export function plainCode(size: number): Kernels {
  const memory = new Float32Array(size);
  const at = (place: number) => memory[place] as number;
  return {
    name: "JavaScript",
    memory,
    product(out, a, b, bias, m, k, n, stride) {
      for (let row = 0; row < m; row++) {
        const to = out + row * stride;
        memory.fill(at(bias + row), to, to + n);
        for (let inner = 0; inner < k; inner++) {
          const weight = at(a + ((row >> 2) * k + inner) * ROWS + (row & 3));
          const from = b + inner * stride;
          for (let column = 0; column < n; column++)
            memory[to + column] = at(to + column) + weight * at(from + column);
        }
      }
    },
    outer(out, a, b, sums, m, k, n, stride) {
      for (let row = 0; row < m; row++) {
        const left = a + row * stride;
        for (let column = 0; column < k; column++) {
          const right = b + column * stride;
          let sum = 0;
          for (let inner = 0; inner < n; inner++) sum += at(left + inner) * at(right + inner);
          memory[out + row * k + column] = at(out + row * k + column) + sum;
        }
        let sum = 0;
        for (let inner = 0; inner < n; inner++) sum += at(left + inner);
        memory[sums + row] = at(sums + row) + sum;
      }
    },
    relu(x, count) {
      for (let i = x; i < x + count; i++) if (at(i) < 0) memory[i] = 0;
    },
    reluBack(g, y, count) {
      for (let i = 0; i < count; i++) if (!(at(y + i) > 0)) memory[g + i] = 0;
    },
  };
}
