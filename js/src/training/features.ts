// Fixed features of the samples, such as Fourier features. They are computed once and serve the engines as inputs.

/** How a feature is transformed: not at all, or by sine or cosine. */
export const FEATURES = ["same", "sin", "cos"] as const;

/** A matrix times the inputs of a sample, with each result transformed according to its kind. */
export interface Features {
  /** Numbers per sample. */
  inputs: number;
  kinds: readonly (typeof FEATURES)[number][];
  /** (kinds, inputs), row by row. */
  matrix: Float32Array;
}

const MADE = { same: (value: number) => value, sin: Math.sin, cos: Math.cos };

/** (samples, inputs) as (samples, kinds). */
export function featuresOf(samples: Float32Array, { inputs, kinds, matrix }: Features): Float32Array {
  const count = samples.length / inputs;
  const made = new Float32Array(count * kinds.length);
  for (let sample = 0; sample < count; sample++)
    kinds.forEach((kind, row) => {
      let sum = 0;
      for (let i = 0; i < inputs; i++)
        sum += (matrix[row * inputs + i] as number) * (samples[sample * inputs + i] as number);
      made[sample * kinds.length + row] = MADE[kind](sum);
    });
  return made;
}
