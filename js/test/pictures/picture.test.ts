import { describe, expect, it } from "vitest";
import { fitted } from "../../src/pictures/picture";
import type { CanvasSpec } from "../../src/wire/protocol";

describe("a fitted picture", () => {
  const spec = (fit: CanvasSpec["fit"], width = 256, height = 128): CanvasSpec => ({
    id: "p/c",
    name: "c",
    filter: "linear",
    fit,
    width,
    height,
    detail: "",
    error: "",
    pointer: "off",
    link: "auto",
    legends: [],
  });

  it("keeps its aspect ratio unless stretched, in whole device pixels", () => {
    expect(fitted(spec("contain"), { width: 601, height: 701 }, 1)).toEqual({ width: 601, height: 301 });
    expect(fitted(spec("stretch"), { width: 601, height: 701 }, 1)).toEqual({ width: 601, height: 701 });
    expect(fitted(spec("natural"), { width: 601, height: 701 }, 2)).toEqual({ width: 512, height: 256 });
    expect(fitted(spec("natural"), { width: 128, height: 701 }, 2)).toEqual({ width: 128, height: 64 });
  });

  it("is empty if the canvas is, and otherwise at least a pixel", () => {
    expect(fitted(spec("contain", 0, 0), { width: 10, height: 10 }, 1)).toEqual({ width: 0, height: 0 });
    expect(fitted(spec("contain", 8192, 1), { width: 100, height: 100 }, 1)).toEqual({
      width: 100,
      height: 1,
    });
  });
});
