// Activation functions and their slopes in WGSL, four numbers at a time.
//
// Built-in functions differ between graphics cards: a sine may be off by 5e-4, and the tanh of a large number may be
// NaN. So only arithmetic and exp, which is accurate, are used here. NaN must pass through, because a loss of NaN tells
// the reader that the rate was too high: hence no clamps, and comparisons that preserve it.

import type { Activation, Layer } from "./definition";

interface Curve {
  /** Other functions that it calls. */
  needs?: string;
  /** An expression in x; the slope may also use y, the value at x. */
  at: string;
  slope: string;
}

const SIGMOID = `
fn sigmoid(x: vec4f) -> vec4f {
  let e = exp(-abs(x));
  return select(e, vec4f(1.0), x >= vec4f()) / (1.0 + e);
}`;

// Uses the series where 1 - e would cancel.
const TANH = `
fn tanh_of(x: vec4f) -> vec4f {
  let e = exp(-2.0 * abs(x));
  let far = select(vec4f(-1.0), vec4f(1.0), x >= vec4f()) * (1.0 - e) / (1.0 + e);
  let s = x * x;
  let near = x * (1.0 + s * (-0.33333333 + s * (0.13333333 + s * (-0.053968254 + s * 0.021869489))));
  return select(far, near, abs(x) < vec4f(0.25));
}`;

// The cumulative normal distribution, by a complementary error function accurate to 1.2e-7 (Numerical Recipes, 6.2).
const NORMAL = `
fn normal(x: vec4f) -> vec4f {
  let z = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.5 * z);
  let sum = 1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807
    + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))))));
  let half = 0.5 * t * exp(-z * z - 1.26551223 + t * sum);
  return select(half, 1.0 - half, x >= vec4f());
}`;

// Both use the series of sine between -pi/2 and pi/2. The remainder after whole turns is exact up to 2^16 of them.
const TURNS = `
fn remainder(x: vec4f) -> vec4f {
  let turns = round(x * 0.15915494);
  return (x - turns * 6.28125) - turns * 0.0019353072;
}
fn series(x: vec4f) -> vec4f {
  let s = x * x;
  return x * (1.0 + s * (-0.16666667 + s * (0.0083333333 + s * (-0.00019841270 + s * (2.7557319e-6
    - s * 2.5052108e-8)))));
}
fn sine(x: vec4f) -> vec4f {
  let r = remainder(x);
  let beyond = select(vec4f(-3.1415927), vec4f(3.1415927), r >= vec4f()) - r;
  return series(select(r, beyond, abs(r) > vec4f(1.5707963)));
}
fn cosine(x: vec4f) -> vec4f {
  return series(1.5707963 - abs(remainder(x)));
}`;

const BENT = "tanh_of(0.79788456 * (x + 0.044715 * x * x * x))";

const CURVES: Record<Activation, (scale: string) => Curve> = {
  relu: () => ({
    at: "select(x, vec4f(), x < vec4f())",
    slope: "select(vec4f(), vec4f(1.0), y > vec4f())",
  }),
  leaky_relu: (scale) => ({
    at: `select(${scale} * x, x, x > vec4f())`,
    slope: `select(vec4f(${scale}), vec4f(1.0), x > vec4f())`,
  }),
  silu: () => ({
    needs: `${SIGMOID}
fn slope_of(gate: vec4f, x: vec4f) -> vec4f { return gate * (1.0 + x * (1.0 - gate)); }`,
    at: "x * sigmoid(x)",
    slope: "slope_of(sigmoid(x), x)",
  }),
  gelu: () => ({
    needs: NORMAL,
    at: "x * normal(x)",
    slope: "normal(x) + x * 0.39894228 * exp(-0.5 * x * x)",
  }),
  gelu_tanh: () => ({
    needs: `${TANH}
fn slope_of(bent: vec4f, x: vec4f) -> vec4f {
  return 0.5 * (1.0 + bent) + 0.39894228 * x * (1.0 - bent * bent) * (1.0 + 0.134145 * x * x);
}`,
    at: `0.5 * x * (1.0 + ${BENT})`,
    slope: `slope_of(${BENT}, x)`,
  }),
  tanh: () => ({ needs: TANH, at: "tanh_of(x)", slope: "1.0 - y * y" }),
  sigmoid: () => ({ needs: SIGMOID, at: "sigmoid(x)", slope: "y * (1.0 - y)" }),
  sine: (scale) => ({
    needs: TURNS,
    at: `sine(${scale} * x)`,
    slope: `${scale} * cosine(${scale} * x)`,
  }),
};

/** A number as a WGSL literal. */
export const literal = (value: number): string => {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
};

/** `fn at(x: vec4f) -> vec4f` and `fn slope(x: vec4f, y: vec4f) -> vec4f` of an activation layer. */
export function curveText({ kind, scale }: Layer): string {
  const { needs = "", at, slope } = CURVES[kind as Activation](literal(scale));
  return `${needs}
fn at(x: vec4f) -> vec4f { return ${at}; }
fn slope(x: vec4f, y: vec4f) -> vec4f { return ${slope}; }`;
}
