// @vitest-environment node
import { describe, expect, it } from "vitest";
import { classPixelsOf, pixelsOf } from "../../src/training/picture";

const numbers = (...values: number[]) => Float32Array.from(values);

describe("the picture of a network's output", () => {
  it("is grey for one number per sample, and coloured for three", () => {
    expect([...pixelsOf(numbers(0, 1), 1)]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
    expect([...pixelsOf(numbers(0, 0.5, 2), 3)]).toEqual([0, 128, 255, 255]);
  });

  it("has the colour of the likeliest class", () => {
    const colors = [
      [1, 2, 3],
      [4, 5, 6],
    ] as const;
    expect([...classPixelsOf(numbers(-900, -901, 2, 3), 2, colors)]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  });

  it("has the probabilities of classes without colours", () => {
    expect([...classPixelsOf(numbers(0, Math.log(3)), 2, [])]).toEqual([191, 191, 191, 255]);
    expect([...classPixelsOf(numbers(1000, 1000, -1000), 3, [])]).toEqual([128, 128, 0, 255]);
  });
});
