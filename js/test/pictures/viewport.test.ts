import { describe, expect, it } from "vitest";
import { centred, isWhole, panned, toCss, toTexel, whole, zoomed } from "../../src/pictures/viewport";

const size = { width: 640, height: 400 };
const part = { left: 100, top: 50, right: 260, bottom: 150 };

describe("a viewport", () => {
  it("keeps the texel under the pointer where it is, however often it zooms in", () => {
    const placement = { viewport: whole(size), width: 320, height: 200 };
    const pointer = { x: 211, y: 37 };
    const under = toTexel(placement, pointer);
    for (let i = 0; i < 30; i++) {
      placement.viewport = zoomed(placement.viewport, 1.17, under, size, 1e-3);
      const { x, y } = toCss(placement, under);
      expect(Math.hypot(x - pointer.x, y - pointer.y)).toBeLessThan(1e-6);
    }
  });

  it("keeps the aspect ratio and the bounds of the picture, and returns to the whole", () => {
    let seen = whole(size);
    for (let i = 0; i < 400; i++) {
      const fixed = { x: (i * 97) % 640, y: (i * 61) % 400 };
      seen = zoomed(seen, i % 3 === 0 ? 0.4 : 1.9, fixed, size, 1e-3);
      seen = panned(seen, ((i * 37) % 300) - 150, ((i * 53) % 300) - 150, size);
      expect(seen.left).toBeGreaterThanOrEqual(0);
      expect(seen.top).toBeGreaterThanOrEqual(0);
      expect(seen.right).toBeLessThanOrEqual(640);
      expect(seen.bottom).toBeLessThanOrEqual(400);
      expect((seen.right - seen.left) / (seen.bottom - seen.top)).toBeCloseTo(1.6, 6);
    }
    expect(zoomed(seen, 1e-9, { x: 3, y: 3 }, size, 1e-3)).toEqual(whole(size));
  });

  it("shows no less than the least share, and does not move once it shows that", () => {
    const least = zoomed(part, 1e9, { x: 180, y: 100 }, size, 0.01);
    expect(least.right - least.left).toBeCloseTo(6.4, 9);
    expect(zoomed(least, 2, { x: 177, y: 99 }, size, 0.01).left).toBeCloseTo(least.left, 9);
  });

  it("pans as far as the picture goes", () => {
    expect(panned(part, -1e4, 20, size)).toEqual({ left: 0, top: 70, right: 160, bottom: 170 });
    expect(centred(part, { x: 320, y: 200 }, size)).toEqual({ left: 240, top: 150, right: 400, bottom: 250 });
  });

  it("is the whole picture if nothing is cut off", () => {
    expect(isWhole(whole(size), size)).toBe(true);
    expect(isWhole(part, size)).toBe(false);
  });

  it("says where a texel lies, and which lies there", () => {
    const placement = { viewport: part, width: 320, height: 200 };
    expect(toCss(placement, { x: 180, y: 100 })).toEqual({ x: 160, y: 100 });
    expect(toTexel(placement, { x: 0, y: 200 })).toEqual({ x: 100, y: 150 });
  });
});
