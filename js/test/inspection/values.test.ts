import { describe, expect, it } from "vitest";
import { decoded, difference, said, saidDifference } from "../../src/inspection/values";

function bytes(values: Float32Array | Float64Array | BigInt64Array): DataView {
  return new DataView(values.buffer);
}

describe("decoded", () => {
  it("reads floats as the kernel sends them, with NaN and infinity", () => {
    const read = decoded("float32", bytes(new Float32Array([0.1, Number.NaN, Number.POSITIVE_INFINITY])));
    expect(read).toEqual([Math.fround(0.1), Number.NaN, Number.POSITIVE_INFINITY]);
    expect(decoded("float64", bytes(new Float64Array([0.1])))).toEqual([0.1]);
  });

  it("reads integers beyond what a float holds", () => {
    expect(decoded("int64", bytes(new BigInt64Array([2n ** 62n + 1n])))).toEqual([2n ** 62n + 1n]);
  });
});

describe("said", () => {
  it.each([
    ["float32", Math.fround(0.1), "0.1"],
    ["float64", 0.1 + 0.2, "0.30000000000000004"],
    ["bfloat16", 0.10009765625, "0.1"],
    ["float16", 0.0999755859375, "0.1"],
    ["float32", Math.fround(1.5e-8), "1.5e-8"],
    ["float32", Number.NaN, "NaN"],
    ["float16", Number.NEGATIVE_INFINITY, "−∞"],
    ["float32", -0.5, "-0.5"],
    ["float32", 3, "3"],
    ["int64", 2n ** 62n + 1n, "4611686018427387905"],
    ["uint8", 255n, "255"],
    ["bool", 1n, "True"],
    ["bool", 0n, "False"],
  ] as const)("writes a %s of %s as %s", (dtype, value, text) => {
    expect(said(value, dtype)).toBe(text);
  });

  it("writes any float32 so that it reads back the same", () => {
    let seed = 1;
    for (let i = 0; i < 500; i++) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      const value = Math.fround((seed / 2 ** 31 - 0.5) * 10 ** ((i % 17) - 8));
      expect(Math.fround(Number(said(value, "float32")))).toBe(value);
    }
  });
});

describe("difference", () => {
  it("is exact for integers", () => {
    expect(difference(2n ** 62n, 2n ** 62n + 1n)).toBe(1n);
  });

  it("has few digits for floats", () => {
    expect(saidDifference(difference(0.1, 0.3))).toBe("0.2");
    expect(saidDifference(difference(1n, 0.5))).toBe("-0.5");
  });
});
