import { describe, expect, it } from "vitest";
import { build, narrowest, panels, type Tree } from "../src/layout";
import { fitted } from "../src/picture";
import type { CanvasSpec } from "../src/protocol";

const tree: Tree = {
  kind: "split",
  direction: "row",
  weights: [0.8, 0.2],
  children: [
    {
      kind: "split",
      direction: "column",
      weights: [0.5, 0.5],
      children: [
        { kind: "leaf", panel: "a" },
        { kind: "leaf", panel: "b" },
      ],
    },
    { kind: "leaf", panel: "c" },
  ],
};

describe("the layout", () => {
  it("knows its panels and the narrowest of them", () => {
    expect(panels(tree)).toEqual(["a", "b", "c"]);
    expect(narrowest(tree, 1000)).toBeCloseTo(200);
    expect(narrowest({ kind: "leaf", panel: "a" }, 300)).toBe(300);
  });

  it("becomes nested boxes with the weights as shares", () => {
    const box = build(tree, (panel) => Object.assign(document.createElement("section"), { id: panel }));
    expect(box.className).toContain("vw-row");
    expect([...box.children].map((child) => (child as HTMLElement).style.flexGrow)).toEqual(["0.8", "0.2"]);
    expect(box.firstElementChild?.className).toContain("vw-column");
    expect([...box.querySelectorAll("section")].map((section) => section.id)).toEqual(["a", "b", "c"]);
  });
});

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
  });

  it("keeps its aspect ratio, or not, in whole device pixels", () => {
    expect(fitted(spec("contain"), { width: 601, height: 701 }, 1)).toEqual({ width: 601, height: 301 });
    expect(fitted(spec("stretch"), { width: 601, height: 701 }, 1)).toEqual({ width: 601, height: 701 });
    expect(fitted(spec("natural"), { width: 601, height: 701 }, 2)).toEqual({ width: 512, height: 256 });
    expect(fitted(spec("natural"), { width: 128, height: 701 }, 2)).toEqual({ width: 128, height: 64 });
  });

  it("is nothing where there is nothing, and never less than a pixel otherwise", () => {
    expect(fitted(spec("contain", 0, 0), { width: 10, height: 10 }, 1)).toEqual({ width: 0, height: 0 });
    expect(fitted(spec("contain", 8192, 1), { width: 100, height: 100 }, 1)).toEqual({
      width: 100,
      height: 1,
    });
  });
});
