// Fixed features of the samples, such as Fourier features. They are made once, so that engines get them for inputs.

/** What becomes of a feature: it stays as it is, or is replaced by its sine or cosine. */
export const FEATURES = ["same", "sin", "cos"] as const;

/** A matrix times the inputs of a sample, each number made as its kind says. */
export interface Features {
  /** Numbers of a sample. */
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
