import { describe, expect, it } from "vitest";
import { css, described, drawings, ink, LINE, PAD, type Rect } from "../../src/annotations/layout";
import type { Marks } from "../../src/wire/protocol";

const marks = (news: Partial<Marks> = {}): Marks => ({
  area: [0, 0, 100, 100],
  caption: "",
  boxes: [],
  box_texts: [],
  box_colors: [],
  points: [],
  point_texts: [],
  point_colors: [],
  ...news,
});
const boxes = (...all: [number[], string][]): Partial<Marks> => ({
  boxes: all.flatMap(([box]) => box),
  box_texts: all.map(([, text]) => text),
  box_colors: all.map(() => 0xff8000),
});
const whole = { viewport: { left: 0, top: 0, right: 100, bottom: 100 }, width: 400, height: 200 };
const measure = (text: string) => 6 * text.length;
const one = (news: Partial<Marks>, placement = whole) => drawings([marks(news)], placement, measure)[0];

describe("annotations over a picture", () => {
  it("lie where their texels are", () => {
    const drawing = one({
      ...boxes([[10, 20, 50, 60], ""]),
      points: [0.5, 99.5],
      point_texts: [""],
      point_colors: [1],
    });
    expect(drawing?.boxes).toEqual([
      { rect: { left: 40, top: 40, right: 200, bottom: 120 }, color: 0xff8000 },
    ]);
    expect(drawing?.points).toEqual([{ x: 2, y: 199, color: 1 }]);
    expect(drawing?.labels).toEqual([]);
  });

  it("follow a viewport, and are left out where nothing of their picture is seen", () => {
    const zoomed = { ...whole, viewport: { left: 10, top: 10, right: 20, bottom: 20 } };
    expect(one(boxes([[12, 12, 14, 14], ""]), zoomed)?.boxes[0]?.rect).toEqual({
      left: 80,
      top: 40,
      right: 160,
      bottom: 80,
    });
    expect(one({ area: [30, 0, 40, 10], caption: "not here" }, zoomed)).toBeUndefined();
  });

  it("show lines at the border whole, and cut boxes that go beyond it", () => {
    const [box] = one(boxes([[0, -20, 50, 100], ""]))?.boxes ?? [];
    expect(box?.rect).toEqual({ left: 1, top: -40, right: 200, bottom: 199 });
  });

  it("have texts above their boxes, or inside where there is no room", () => {
    const labels = one(boxes([[10, 20, 50, 60], "cat"], [[60, 2, 90, 90], "dog"]))?.labels;
    expect(labels?.map(({ rect }) => [rect.left, rect.top])).toEqual([
      [40, 40 - LINE],
      [240, 4],
    ]);
    expect(labels?.[0]?.rect.right).toBe(40 + 3 * 6 + 2 * PAD);
  });

  it("never have texts that leave the picture or cover the caption", () => {
    const inside = (rect: Rect) =>
      rect.left >= 0 && rect.top >= 0 && rect.right <= 400 && rect.bottom <= 200 - LINE;
    for (let seed = 0; seed < 300; seed += 1) {
      const at = (salt: number) => ((seed * 7919 + salt * 104729) % 1201) / 10 - 10;
      const [left, top] = [at(1), at(2)];
      const text = "x".repeat(seed % 90);
      const drawing = one({
        ...boxes([[left, top, Math.max(left, at(3)), Math.max(top, at(4))], text]),
        points: [at(5), at(6)],
        point_texts: [text],
        point_colors: [0],
        caption: "the caption",
      });
      const [caption, ...labels] = drawing?.labels ?? [];
      expect(caption?.rect).toEqual({ left: 0, top: 200 - LINE, right: 400, bottom: 200 });
      expect(labels.filter(({ rect }) => !inside(rect))).toEqual([]);
    }
  });

  it("have texts beside each other where that is possible", () => {
    const [first, second] = one(boxes([[10, 30, 50, 60], "cat"], [[10, 30, 50, 61], "dog"]))?.labels ?? [];
    expect(first?.rect.bottom).toBeLessThanOrEqual(second?.rect.top ?? 0);
  });

  it("have no texts on a picture that these would cover, nor on boxes that are out of sight", () => {
    expect(one(boxes([[10, 10, 20, 20], "cat"]), { ...whole, height: 2 * LINE })?.labels).toEqual([]);
    const zoomed = { ...whole, viewport: { left: 50, top: 50, right: 100, bottom: 100 } };
    expect(one(boxes([[10, 10, 20, 20], "cat"]), zoomed)?.labels).toEqual([]);
  });

  it("have at most 500 texts, in the picture and in words", () => {
    const many = marks(
      boxes(...Array.from({ length: 800 }, (_, i) => [[i / 9, 0, 99, 99], `b${i}`] as [number[], string])),
    );
    const drawn = drawings([many, many], whole, measure);
    expect(drawn.map(({ boxes, labels }) => [boxes.length, labels.length])).toEqual([
      [800, 500],
      [800, 0],
    ]);
    expect(described([many])).toMatch(/^800 boxes: b0, b1, .*, b19, and 780 more$/);
  });

  it("are described in words", () => {
    expect(described([marks({ ...boxes([[0, 0, 1, 1], "cat 0.98"]), caption: "right" })])).toBe(
      "1 box: cat 0.98; right",
    );
    expect(described([])).toBe("");
  });

  it("have colours that are safe in a style, and text that is read on them", () => {
    expect([css(0xff), css(-1), css(0x1ff8000), css(Number.NaN)]).toEqual([
      "#0000ff",
      "#ffffff",
      "#ff8000",
      "#000000",
    ]);
    expect([ink(0xffffff), ink(0)]).toEqual(["#000", "#fff"]);
  });
});
