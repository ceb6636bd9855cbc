import { describe, expect, it } from "vitest";
import { beside, inCorner } from "../../src/inspection/box_places";

const size = { width: 200, height: 80 };
const within = { width: 1000, height: 500 };

describe("beside", () => {
  it("is below and to the right of the pointer where there is room", () => {
    expect(beside({ x: 100, y: 100 }, size, within)).toEqual({ x: 114, y: 114 });
  });

  it("changes sides at the right and lower edges", () => {
    expect(beside({ x: 990, y: 490 }, size, within)).toEqual({ x: 990 - 214, y: 490 - 94 });
  });

  it("stays inside a view that is hardly wider than it is", () => {
    expect(beside({ x: 100, y: 10 }, size, { width: 210, height: 500 }).x).toBe(6);
  });
});

describe("inCorner", () => {
  const window = { x: 100, y: 50, width: 400, height: 300 };

  it("is in the corner that is farthest from the texel", () => {
    const texel = { x: 110, y: 60, width: 9, height: 9 };
    expect(inCorner(texel, window, size, within)).toMatchObject({ x: 296, y: 266 });
  });

  it("leaves the texel free in a window smaller than the box", () => {
    const small = { x: 100, y: 50, width: 90, height: 60 };
    const texel = { x: 140, y: 75, width: 9, height: 9 };
    const { y } = inCorner(texel, small, size, within);
    expect(y).toBeGreaterThanOrEqual(84);
  });
});
