import { describe, expect, it } from "vitest";
import { indexAt } from "../../src/base/steps";

describe("the index of a step", () => {
  it("is that of the last step at or before it, or the first", () => {
    expect([-1, 0, 9, 10, 29, 30, 99].map((step) => indexAt([0, 10, 30], step))).toEqual([
      0, 0, 0, 1, 1, 2, 2,
    ]);
  });
});
