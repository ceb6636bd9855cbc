// Values of tensors as numbers and as text. Pure.

import { short } from "../base/numbers";

/** Integers that a float may not represent exactly are bigints. */
export type Value = number | bigint;

/** Bits of a float's fraction, by dtype. */
const FRACTION: Record<string, number> = { float16: 10, bfloat16: 7 };
const MOST_DIGITS = 17;

/** Decodes the values that the kernel sends for a tensor of `dtype`. */
export function decoded(dtype: string, buffer: DataView): Value[] {
  const floats = dtype.includes("float");
  const size = floats && dtype !== "float64" ? 4 : 8;
  const count = Math.floor(buffer.byteLength / size);
  return Array.from({ length: count }, (_, i) => {
    if (!floats) return buffer.getBigInt64(i * size, true);
    return size === 8 ? buffer.getFloat64(i * size, true) : buffer.getFloat32(i * size, true);
  });
}

/** The value of a tensor of `dtype` as text: floats get enough digits to tell them from their neighbours. */
export function said(value: Value, dtype: string): string {
  if (dtype === "bool") return value === 0n ? "False" : "True";
  if (typeof value === "bigint" || Number.isInteger(value)) return plain(value);
  if (!Number.isFinite(value)) return short(value);
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    if (rounded(Number(value.toPrecision(digits)), dtype) === value) return short(value, digits);
  }
  return short(value, MOST_DIGITS);
}

function plain(value: Value): string {
  return typeof value === "number" && Math.abs(value) >= 1e15 ? short(value, 9) : String(value);
}

function rounded(value: number, dtype: string): number {
  const bits = FRACTION[dtype];
  if (bits === undefined) return dtype === "float32" ? Math.fround(value) : value;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits);
  return Math.round(value / unit) * unit;
}

/** `b` minus `a`, exactly if both are integers. */
export function difference(a: Value, b: Value): Value {
  return typeof a === "bigint" && typeof b === "bigint" ? b - a : Number(b) - Number(a);
}

/** A difference as text, with few digits: further digits of a float are rounding error. */
export function saidDifference(value: Value): string {
  return typeof value === "bigint" ? String(value) : short(value, 5);
}
