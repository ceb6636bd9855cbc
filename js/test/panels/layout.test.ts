import { describe, expect, it } from "vitest";
import { arrange, type Box, HEAD, type PanelBox, panels, type Tree } from "../../src/panels/layout";
import type { CanvasSpec } from "../../src/wire/protocol";

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
  it("knows its panels", () => {
    expect(panels(tree)).toEqual(["a", "b", "c"]);
  });
});

const canvas = (width: number, height: number, overrides: Partial<CanvasSpec> = {}): CanvasSpec => ({
  id: "p/c",
  name: "c",
  filter: "linear",
  fit: "contain",
  width,
  height,
  detail: "",
  error: "",
  pointer: "off",
  link: "auto",
  legends: [],
  ...overrides,
});

const row = (...names: string[]): Tree => ({
  kind: "split",
  direction: "row",
  weights: names.map(() => 1 / names.length),
  children: names.map((panel) => ({ kind: "leaf", panel })),
});

const leaves = (box: Box): PanelBox[] => (box.kind === "leaf" ? [box] : box.children.flatMap(leaves));

describe("an arrangement", () => {
  const square = [canvas(256, 256)];

  it("gives pictures side by side the same size, in whole device pixels", () => {
    const canvases = new Map([
      ["a", square],
      ["b", square],
      ["c", [canvas(256, 64)]],
    ]);
    for (const pixel of [1, 1 / 1.5, 0.5]) {
      const boxes = leaves(arrange(row("a", "b", "c"), 1000, 700, canvases, pixel));
      expect(new Set(boxes.map((box) => box.width)).size).toBe(1);
      expect(new Set(boxes.map((box) => box.height)).size).toBe(1);
      expect((boxes[0]?.width ?? 0) / pixel).toBeCloseTo(Math.floor(1000 / 3 / pixel), 6);
    }
  });

  it("takes no more height than pictures can use, or than is available", () => {
    const canvases = new Map([["a", [canvas(400, 100)]]]);
    const [flat] = leaves(arrange({ kind: "leaf", panel: "a" }, 812, 700, canvases));
    expect(flat?.height).toBe(206); // 800 wide in 4:1, plus padding
    const [tall] = leaves(arrange({ kind: "leaf", panel: "a" }, 812, 300, new Map([["a", square]])));
    expect(tall?.height).toBe(300 - HEAD);
    const [stretched] = leaves(
      arrange({ kind: "leaf", panel: "a" }, 812, 700, new Map([["a", [canvas(4, 1, { fit: "stretch" })]]])),
    );
    expect(stretched?.height).toBe(700 - HEAD);
  });

  it("keeps pictures side by side in a narrow cell and puts panels of controls below them", () => {
    const canvases = new Map([
      ["truth", square],
      ["output", square],
    ]);
    const box = arrange(row("settings", "truth", "output"), 480, 270, canvases);
    if (box.kind !== "split") throw new Error("three panels are a split");
    expect(box.direction).toBe("column");
    expect(box.children[0]).toMatchObject({ kind: "split", direction: "row" });
    expect(box.children[1]).toMatchObject({ kind: "leaf", panel: "settings", width: 480, height: 0 });
  });

  it("stacks pictures that would be too small to compare", () => {
    const box = arrange(
      row("a", "b"),
      300,
      200,
      new Map([
        ["a", square],
        ["b", square],
      ]),
    );
    expect(box).toMatchObject({ kind: "split", direction: "column" });
    expect(leaves(box).map((leaf) => leaf.width)).toEqual([300, 300]);
  });

  it("arranges several pictures of a panel so that they are largest", () => {
    const panel: Tree = { kind: "leaf", panel: "a" };
    const wide = new Map([["a", [canvas(400, 100), canvas(400, 100)]]]);
    const tall = new Map([["a", [canvas(100, 400), canvas(100, 400)]]]);
    expect(arrange(panel, 600, 500, wide)).toMatchObject({ rows: 2, cell: 600 });
    expect(arrange(panel, 601, 500, tall)).toMatchObject({ rows: 1, cell: 300 });
  });

  it("puts many pictures of a panel in rows", () => {
    const panel: Tree = { kind: "leaf", panel: "a" };
    const sixteen = new Map([["a", Array.from({ length: 16 }, () => canvas(64, 64))]]);
    expect(arrange(panel, 1000, 700, sixteen)).toMatchObject({ rows: 3, cell: 166 });
    expect(arrange(panel, 300, 700, sixteen)).toMatchObject({ rows: 6, cell: 100 });
    expect(arrange(panel, 300, 150, sixteen)).toMatchObject({ rows: 4, cell: 75, height: 300 });
  });

  it("wraps a row whose pictures would be too small to compare", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const canvases = new Map(names.map((name) => [name, square]));
    const box = arrange(row(...names), 1220, 686, canvases);
    if (box.kind !== "split") throw new Error("eight panels are a split");
    expect(box.direction).toBe("column");
    expect(
      box.children.map((child) =>
        leaves(child)
          .map((leaf) => leaf.panel)
          .join(""),
      ),
    ).toEqual(["abcd", "efgh"]);
    expect(new Set(leaves(box).map((leaf) => leaf.width))).toEqual(new Set([305]));
    expect(leaves(arrange(row(...names), 400, 686, canvases)).map((leaf) => leaf.width)).toEqual(
      Array(8).fill(200),
    );
  });

  it("wraps a row of three before its pictures become tiny, with the controls below", () => {
    const canvases = new Map(["a", "b", "c"].map((name) => [name, square]));
    expect(leaves(arrange(row("a", "b", "c"), 700, 648, canvases)).map((leaf) => leaf.width)).toEqual([
      350, 350, 700,
    ]);
    const controls = leaves(arrange(row("a", "b", "settings"), 640, 648, canvases));
    expect(controls.map(({ panel, width }) => [panel, width])).toEqual([
      ["a", 320],
      ["b", 320],
      ["settings", 640],
    ]);
  });

  it("fits pictures to the width in a narrow cell, where the view may grow", () => {
    const canvases = new Map(["a", "b"].map((name) => [name, square]));
    const heights = leaves(arrange(row("a", "b"), 300, 648, canvases)).map((leaf) => leaf.height);
    expect(heights).toEqual([294, 294]); // 288 wide, plus padding
  });

  it("knows how much of its width a panel's pictures need", () => {
    const panel: Tree = { kind: "leaf", panel: "a" };
    expect(arrange(panel, 1000, 400 + HEAD + 6, new Map([["a", square]]))).toMatchObject({ used: 412 });
    expect(arrange(panel, 1000, 400, new Map([["a", [canvas(0, 0)]]]))).toMatchObject({ used: 1000 });
  });

  it("gives a narrow panel of a row what it needs, and the others their shares", () => {
    const [side, main] = leaves(
      arrange(
        { ...row("a", "b"), weights: [0.1, 0.9] } as Tree,
        1000,
        600,
        new Map([
          ["a", square],
          ["b", square],
        ]),
      ),
    );
    expect([side?.width, main?.width]).toEqual([180, 820]);
  });

  it("wraps nested rows, with the controls below all pictures", () => {
    const inner: Tree = {
      kind: "split",
      direction: "column",
      weights: [0.5, 0.5],
      children: [row("b", "c"), row("d", "e")],
    };
    const outer: Tree = {
      kind: "split",
      direction: "row",
      weights: [0.2, 0.2, 0.6],
      children: [{ kind: "leaf", panel: "settings" }, { kind: "leaf", panel: "a" }, inner],
    };
    const canvases = new Map(["a", "b", "c", "d", "e"].map((name) => [name, square]));
    const boxes = leaves(arrange(outer, 370, 300, canvases));
    expect(boxes.map((leaf) => leaf.panel)).toEqual(["a", "b", "c", "d", "e", "settings"]);
    expect(Math.min(...boxes.map((leaf) => leaf.width))).toBeGreaterThanOrEqual(180);
  });
});
