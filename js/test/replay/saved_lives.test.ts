import { describe, expect, it } from "vitest";
import { savedLives } from "../../src/replay/saved_lives";

describe("savedLives", () => {
  const texel = { canvas: "p/a", x: 3, y: 1 };
  const lives = savedLives([
    { ...texel, channel: 1, steps: [1, 5], values: [0.25, null] },
    { ...texel, channel: 0, steps: [1, 5], values: [0.5, 0.75] },
  ]);

  it("has the channels of a texel in order, with gaps where values were not finite", () => {
    const [red, green] = lives("p/a", 3, 1);
    expect(red?.steps).toEqual([1, 5]);
    expect(red?.last).toEqual([0.5, 0.75]);
    expect(green?.last).toEqual([0.25, null]);
  });

  it("has none of other texels", () => {
    expect(lives("p/a", 1, 3)).toEqual([]);
  });
});
