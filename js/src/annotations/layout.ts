// Where boxes, points and texts go on the screen, and how a screen reader describes them. Pure. All lengths are CSS
// pixels. `vultorch_widget/annotations/drawing.py` places texts in saved files by the same rules.

import type { Marks } from "../wire/protocol";

/** The visible part of a canvas: `viewport`, in texels, drawn into `width` x `height`. */
export interface Placement {
  readonly viewport: { left: number; top: number; right: number; bottom: number };
  readonly width: number;
  readonly height: number;
}

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A text on a background of `color`. It is cut off if it is wider than `rect`. */
export interface Label {
  readonly text: string;
  readonly rect: Rect;
  readonly color: number;
}

/** Everything drawn over one picture, within `area`. */
export interface Drawing {
  readonly area: Rect;
  readonly boxes: readonly { rect: Rect; color: number }[];
  readonly points: readonly { x: number; y: number; color: number }[];
  readonly labels: readonly Label[];
}

/** Height of a text, and space beside it. */
export const LINE = 17;
export const PAD = 4;
/** Width of a box's line. */
export const STROKE = 2;
/** Radius of a point. */
export const RADIUS = 3.5;
/** A picture shorter than this many lines gets no texts, which would cover it. */
const LEAST_LINES = 3;
/** Maximum number of texts on a canvas. More would be unreadable. */
const MOST_TEXTS = 500;
/** Maximum number of texts that are read aloud. */
const MOST_SPOKEN = 20;

/** The drawings of `pictures`. `measure` returns the width of a text. */
export function drawings(
  pictures: readonly Marks[],
  placement: Placement,
  measure: (text: string) => number,
): Drawing[] {
  let texts = MOST_TEXTS;
  return pictures.flatMap((marks) => {
    const drawing = drawn(marks, placement, measure, texts);
    texts -= drawing?.labels.length ?? 0;
    return drawing ?? [];
  });
}

function drawn(
  marks: Marks,
  { viewport, width, height }: Placement,
  measure: (text: string) => number,
  mostTexts: number,
): Drawing | null {
  const across = width / (viewport.right - viewport.left);
  const down = height / (viewport.bottom - viewport.top);
  const x = (texel: number) => (texel - viewport.left) * across;
  const y = (texel: number) => (texel - viewport.top) * down;
  const rect = (at: readonly number[]): Rect => {
    const [left = 0, top = 0, right = 0, bottom = 0] = at;
    return { left: x(left), top: y(top), right: x(right), bottom: y(bottom) };
  };
  const area = common(rect(marks.area), { left: 0, top: 0, right: width, bottom: height });
  if (area === null) return null;
  const boxes = marks.box_colors.map((color, i) => ({
    rect: inward(rect(marks.boxes.slice(4 * i, 4 * i + 4)), rect(marks.area)),
    color,
  }));
  const points = marks.point_colors.map((color, i) => ({
    x: x(marks.points[2 * i] ?? 0),
    y: y(marks.points[2 * i + 1] ?? 0),
    color,
  }));
  const labels = new Labels(area, measure, mostTexts);
  if (area.bottom - area.top >= LEAST_LINES * LINE) {
    labels.caption(marks.caption);
    boxes.forEach(({ rect: { left, top, right, bottom }, color }, i) => {
      const tops = [top - LINE, top, bottom];
      labels.add(marks.box_texts[i] ?? "", color, left, tops, { left, top, right, bottom });
    });
    points.forEach(({ x, y, color }, i) => {
      const tops = [y - LINE / 2, y + RADIUS, y - RADIUS - LINE];
      labels.add(marks.point_texts[i] ?? "", color, x + 2 * RADIUS, tops, {
        left: x - RADIUS,
        top: y - RADIUS,
        right: x + RADIUS,
        bottom: y + RADIUS,
      });
    });
  }
  return { area, boxes, points, labels: labels.placed };
}

/** The labels of one picture. They stay inside `area` and avoid each other where possible. */
class Labels {
  readonly placed: Label[] = [];
  #area: Rect;
  #bottom: number; // above the caption
  #measure: (text: string) => number;
  #most: number;

  constructor(area: Rect, measure: (text: string) => number, most: number) {
    this.#area = area;
    this.#bottom = area.bottom;
    this.#measure = measure;
    this.#most = most;
  }

  caption(said: string): void {
    const text = oneLine(said);
    if (text === "" || this.placed.length >= this.#most) return;
    this.#bottom = this.#area.bottom - LINE;
    this.placed.push({ text, rect: { ...this.#area, top: this.#bottom }, color: 0x000000 });
  }

  /** Adds a label at the best of `tops`, unless the thing it names, `what`, is out of sight. */
  add(said: string, color: number, left: number, tops: readonly number[], what: Rect): void {
    const text = oneLine(said);
    if (text === "" || this.placed.length >= this.#most || common(what, this.#area) === null) return;
    const area = { ...this.#area, bottom: this.#bottom };
    const width = Math.min(this.#measure(text) + 2 * PAD, area.right - area.left);
    const start = Math.min(Math.max(area.left, left), area.right - width);
    const fitting = tops.filter((top) => top >= area.top && top + LINE <= area.bottom);
    if (fitting.length === 0) fitting.push(Math.max(area.top, Math.min(tops[0] ?? 0, area.bottom - LINE)));
    const rects = fitting.map((top) => ({ left: start, top, right: start + width, bottom: top + LINE }));
    const free = rects.find((rect) => !this.placed.some((other) => overlap(rect, other.rect)));
    this.placed.push({ text, rect: free ?? (rects[0] as Rect), color });
  }
}

/** `rect` with any edges on the border of `area` moved inward, so that the whole line is visible. */
function inward(rect: Rect, area: Rect): Rect {
  const half = STROKE / 2;
  const near = (edge: number, border: number) => Math.abs(edge - border) < half;
  return {
    left: near(rect.left, area.left) ? area.left + half : rect.left,
    top: near(rect.top, area.top) ? area.top + half : rect.top,
    right: near(rect.right, area.right) ? area.right - half : rect.right,
    bottom: near(rect.bottom, area.bottom) ? area.bottom - half : rect.bottom,
  };
}

function overlap(one: Rect, other: Rect): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** The intersection of two rectangles, or null if they do not touch. */
function common(one: Rect, other: Rect): Rect | null {
  const rect = {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
  return rect.left <= rect.right && rect.top <= rect.bottom ? rect : null;
}

function oneLine(text: string): string {
  return text.split(/\s+/).join(" ").trim();
}

/** Black or white, whichever is easier to read on `color`. */
export function ink(color: number): string {
  const light = 0.299 * ((color >> 16) & 255) + 0.587 * ((color >> 8) & 255) + 0.114 * (color & 255);
  return light > 140 ? "#000" : "#fff";
}

export function css(color: number): string {
  return `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
}

/** Describes `pictures` in words, such as "2 boxes: cat 0.98, dog 0.75". */
export function described(pictures: readonly Marks[]): string {
  const parts = [
    counted(
      pictures.flatMap((marks) => marks.box_texts),
      "box",
      "boxes",
    ),
    counted(
      pictures.flatMap((marks) => marks.point_texts),
      "point",
      "points",
    ),
    listed(pictures.map((marks) => marks.caption)),
  ];
  return parts.filter(Boolean).join("; ");
}

function counted(texts: readonly string[], one: string, many: string): string {
  if (texts.length === 0) return "";
  const count = `${texts.length} ${texts.length === 1 ? one : many}`;
  return [count, listed(texts)].filter(Boolean).join(": ");
}

function listed(texts: readonly string[]): string {
  const said = texts.filter(Boolean);
  const more = said.length > MOST_SPOKEN ? [`and ${said.length - MOST_SPOKEN} more`] : [];
  return [...said.slice(0, MOST_SPOKEN), ...more].join(", ");
}
