// Activation functions and their derivatives, one number at a time in double precision. ReLU is in the kernels.

import type { Activation, Layer } from "./definition";

export interface Curve {
  /** The value at x. */
  at(x: number): number;
  /** The slope at x, where the value is y. */
  slope(x: number, y: number): number;
  /** Whether the slope needs only y, so that outputs may overwrite inputs. */
  fromValue: boolean;
}

const ROOT_HALF = Math.SQRT1_2;
const DENSITY = 1 / Math.sqrt(2 * Math.PI);
const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const normal = (x: number) => 1 - 0.5 * erfc(x * ROOT_HALF);

/** The complementary error function, accurate to 1.2e-7 everywhere (Numerical Recipes, 6.2). */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const made =
    t *
    Math.exp(
      -z * z -
        1.26551223 +
        t *
          (1.00002368 +
            t *
              (0.37409196 +
                t *
                  (0.09678418 +
                    t *
                      (-0.18628806 +
                        t *
                          (0.27886807 +
                            t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))))))),
    );
  return x >= 0 ? made : 2 - made;
}

const CURVES: Record<Exclude<Activation, "relu">, (scale: number) => Curve> = {
  leaky_relu: (scale) => ({
    at: (x) => (x > 0 ? x : scale * x),
    slope: (x) => (x > 0 ? 1 : scale),
    fromValue: false,
  }),
  silu: () => ({
    at: (x) => x * sigmoid(x),
    slope: (x) => {
      const gate = sigmoid(x);
      return gate * (1 + x * (1 - gate));
    },
    fromValue: false,
  }),
  gelu: () => ({
    at: (x) => x * normal(x),
    slope: (x) => normal(x) + x * DENSITY * Math.exp(-0.5 * x * x),
    fromValue: false,
  }),
  gelu_tanh: () => ({
    at: (x) => 0.5 * x * (1 + Math.tanh(TANH_SCALE * (x + TANH_CUBE * x ** 3))),
    slope: (x) => {
      const bent = Math.tanh(TANH_SCALE * (x + TANH_CUBE * x ** 3));
      return 0.5 * (1 + bent) + 0.5 * x * (1 - bent * bent) * TANH_SCALE * (1 + 3 * TANH_CUBE * x * x);
    },
    fromValue: false,
  }),
  tanh: () => ({ at: Math.tanh, slope: (_, y) => 1 - y * y, fromValue: true }),
  sigmoid: () => ({ at: sigmoid, slope: (_, y) => y * (1 - y), fromValue: true }),
  sine: (scale) => ({
    at: (x) => Math.sin(scale * x),
    slope: (x) => scale * Math.cos(scale * x),
    fromValue: false,
  }),
};

/** The curve of an activation layer; null for ReLU, and for layers that are not activations. */
export function curveOf({ kind, scale }: Layer): Curve | null {
  return kind in CURVES ? CURVES[kind as keyof typeof CURVES](scale) : null;
}
