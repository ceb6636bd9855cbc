import { describe, expect, it } from "vitest";
import { decades, evenly, powers } from "../src/ticks";

describe("a logarithmic axis", () => {
  it("has powers of ten only, unless there are too few", () => {
    expect(decades(null, [0.01, 0.02, 0.1, null, 1])).toEqual([0.01, null, 0.1, null, 1]);
    expect(decades(null, [0.2, 0.5, 1])).toEqual([0.2, 0.5, 1]);
    expect(powers([0.01, null, 1])).toEqual(["0.01", "", "1"]);
  });
});

describe("a linear axis", () => {
  it("tells each mark of a plateau from the next", () => {
    expect(evenly([0.6921, 0.69211, 0.69212], 1e-5)).toEqual(["0.6921", "0.69211", "0.69212"]);
    expect(evenly([-100.06, -100.04, -100.02], 0.02)).toEqual(["-100.06", "-100.04", "-100.02"]);
    expect(evenly([1_234_560, 1_234_565], 5)).toEqual(["1.23456e6", "1.234565e6"]);
  });

  it("says no more than it has to", () => {
    expect(evenly([-0.5, 0, 0.25, 1], 0.25)).toEqual(["-0.5", "0", "0.25", "1"]);
    expect(evenly([0, 2e-5, 4e-5], 2e-5)).toEqual(["0", "2e-5", "4e-5"]);
    expect(evenly([0, 50, 100], 50)).toEqual(["0", "50", "100"]);
    expect(evenly([0.1, 0.1 + 0.2], 0.1)).toEqual(["0.1", "0.3"]);
  });
});
