import { describe, expect, it } from "vitest";
import { exact, fixed, full, grouped, short, typed } from "../../src/base/numbers";

describe("a number that is shown", () => {
  it("has few digits", () => {
    expect([0, 0.002, 1234.567, 1e-5, 0.00317, 1e7, Number.NaN, -0.5].map((value) => short(value))).toEqual([
      "0",
      "0.002",
      "1235",
      "1e-5",
      "0.00317",
      "1e7",
      "NaN",
      "-0.5",
    ]);
  });

  it("has all its digits in full", () => {
    expect([0, 0.1, -100.06, 1e-5, 2.5e-30, 1_234_565, 5e-324, 1e308].map(full)).toEqual([
      "0",
      "0.1",
      "-100.06",
      "1e-5",
      "2.5e-30",
      "1.234565e6",
      "5e-324",
      "1e308",
    ]);
  });

  it("is grouped, or has a fixed number of decimals", () => {
    expect(grouped(1234567.2)).toBe("1,234,567");
    expect(fixed(2.46, 1)).toBe("2.5");
    expect(fixed(Number.NaN, 1)).toBe("–");
  });
});

describe("a number that is typed", () => {
  it("may have wide digits, as Chinese and Japanese keyboards write them", () => {
    expect(["０．００１", "－３", "−0.5", "１e－３", "1，234"].map((text) => typed(text, false))).toEqual([
      0.001,
      -3,
      -0.5,
      1e-3,
      Number.NaN, // as ambiguous as 1,234
    ]);
  });

  it("is written so that it can be typed again", () => {
    expect([0, 0.1 + 0.2, 1234567.89, 5e-4, 1e-5].map((value) => exact(value, 15))).toEqual([
      "0",
      "0.3",
      "1234567.89",
      "5e-4",
      "1e-5",
    ]);
  });

  it("is read unless it is ambiguous", () => {
    expect(["12", "1,234,567", "-1,234", "1e3"].map((text) => typed(text, true))).toEqual([
      12, 1_234_567, -1234, 1000,
    ]);
    expect(["0,123", "1,5", "-2,25", " 3 "].map((text) => typed(text, false))).toEqual([
      0.123, 1.5, -2.25, 3,
    ]);
    for (const text of ["", "1,23,456", "1,2,3", "1,5"]) expect(typed(text, true)).toBeNaN();
    for (const text of ["", "1,234", "1,234.5", "1,2,3", "ten"]) expect(typed(text, false)).toBeNaN();
  });
});
