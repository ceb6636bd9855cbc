// Lays out the kernel's tree of rows and columns in a given width: the place of panels and the size of pictures. Pure.

import type { CanvasSpec, Leaf, Split } from "../wire/protocol";

/** Narrowest panel with pictures, in CSS pixels. Below this, panels are stacked: pictures this small cannot be
 *  compared. */
export const MIN_PANEL = 180;
/** Narrowest panel with pictures, in CSS pixels, in a row of more than two. */
const COMFORT = 260;
/** Narrowest panel without pictures, in CSS pixels. Below this, its sliders have no track left, so the panel moves
 *  below. */
const MIN_CONTROLS = 220;
/** Height in CSS pixels of wrapped rows, if the view is that high. */
const LEAST_ROW = 320;
/** CSS pixels around the pictures of a panel: on each side of each picture, and above for the panel's name. */
export const PADDING = 6;
export const HEAD = 28;
/** CSS pixels of the caption below each picture, if a panel has several. */
export const CAPTION = 20;
/** Minimum height of a picture in CSS pixels, whatever the layout asks for. */
const MIN_PICTURE = 120;

export type Tree = Leaf | Split;
export type Direction = "row" | "column";
/** The canvases of each panel, by its id. A panel without any has only controls. */
export type Canvases = ReadonlyMap<string, readonly CanvasSpec[]>;

/** A panel of `width` CSS pixels. Its pictures share `height` in `rows`, one per cell. */
export interface PanelBox {
  kind: "leaf";
  panel: string;
  width: number;
  height: number;
  rows: number;
  /** Width of a cell in CSS pixels. */
  cell: number;
  /** Width in CSS pixels that the pictures need. Controls may use the rest. */
  used: number;
}

export interface SplitBox {
  kind: "split";
  direction: Direction;
  width: number;
  children: Box[];
}

export type Box = PanelBox | SplitBox;

/**
 * Lays out `tree` in `width` CSS pixels. `height` is for panels with pictures. The height of controls is added to it, so
 * that they never take space from a picture. Pictures side by side get the same height, so that they can be compared.
 *
 * If panels would be too narrow, those without pictures move below the others, and rows wrap. Widths are multiples of
 * `pixel`, a device pixel in CSS pixels, so that equal shares get equal widths.
 */
export function arrange(tree: Tree, width: number, height: number, canvases: Canvases, pixel = 1): Box {
  const plan = { canvases, pixel };
  if (isRoomy(tree, width, canvases)) return fit(tree, width, height, plan); // a box for each part of the tree
  const rest = withoutControls(tree, canvases);
  const single = (panel: string) => fit({ kind: "leaf", panel }, width, height, plan);
  const below = panels(tree)
    .filter((panel) => !pictured(panel, canvases))
    .map(single);
  const children =
    rest === null ? below : [...stacked(folded(rest, width, canvases), width, height, plan), ...below];
  return { kind: "split", direction: "column", width, children };
}

/** Whether every panel of `tree` is wide enough in `width`. The row around `tree` has `beside` panels. */
export function isRoomy(tree: Tree, width: number, canvases: Canvases, beside = 1): boolean {
  if (tree.kind === "leaf") return width >= (pictured(tree.panel, canvases) ? least(beside) : MIN_CONTROLS);
  if (tree.direction === "column")
    return tree.children.every((child) => isRoomy(child, width, canvases, beside));
  const parts = inRow(tree);
  const across = Math.max(
    beside,
    parts.filter(({ tree }) => withoutControls(tree, canvases) !== null).length,
  );
  return parts.every(({ tree, weight }) => isRoomy(tree, width * weight, canvases, across));
}

/** Narrowest panel with pictures, in CSS pixels, in a row of `across`. Two are worth comparing at almost any size. */
function least(across: number): number {
  return across > 2 ? COMFORT : MIN_PANEL;
}

/** Wraps the rows of `tree` so that no panel is too narrow in `width`, as far as possible. */
function folded(tree: Tree, width: number, canvases: Canvases): Tree {
  if (tree.kind === "leaf" || isRoomy(tree, width, canvases)) return tree;
  if (tree.direction === "column")
    return { ...tree, children: tree.children.map((child) => folded(child, width, canvases)) };
  const children = inRow(tree);
  const pair = Math.min(2, Math.floor(width / MIN_PANEL));
  const most = Math.max(1, pair, Math.floor(width / COMFORT));
  const rows = Math.ceil(children.length / most);
  const each = Math.ceil(children.length / rows);
  const parts = Array.from({ length: rows }, (_, row) => children.slice(row * each, (row + 1) * each));
  const made = parts.filter((part) => part.length > 0).map((part) => rowOf(part, width, canvases));
  return { ...tree, direction: "column", weights: made.map(() => 1 / made.length), children: made };
}

/** The parts of a row and their shares of its width. Nested rows are flattened. */
function inRow(tree: Split, share = 1): { tree: Tree; weight: number }[] {
  return tree.children.flatMap((child, i) => {
    const weight = share * (tree.weights[i] ?? 0);
    return child.kind === "split" && child.direction === "row"
      ? inRow(child, weight)
      : [{ tree: child, weight }];
  });
}

function rowOf(parts: readonly { tree: Tree; weight: number }[], width: number, canvases: Canvases): Tree {
  const weights = widened(
    parts.map(({ weight }) => weight),
    Math.min(1 / parts.length, least(parts.length) / width),
  );
  const children = parts.map(({ tree }, i) => folded(tree, width * (weights[i] ?? 1), canvases));
  return children.length === 1
    ? (children[0] as Tree)
    : { kind: "split", direction: "row", weights, children };
}

/** Shares in proportion to `weights`, but each at least `least`. All of them have to fit. */
function widened(weights: readonly number[], least: number): number[] {
  const narrow = new Set<number>();
  for (;;) {
    const free = weights.reduce((sum, weight, i) => (narrow.has(i) ? sum : sum + weight), 0);
    const room = 1 - narrow.size * least;
    const shares = weights.map((weight, i) => (narrow.has(i) || free === 0 ? least : (weight / free) * room));
    const next = shares.findIndex((share, i) => !narrow.has(i) && share < least);
    if (next < 0) return shares;
    narrow.add(next);
  }
}

/** The parts of `tree`, stacked. A single panel gets the whole `height`, since the view may grow. Rows of several
 *  panels share it, but do not become too low. */
function stacked(tree: Tree, width: number, height: number, plan: Plan): Box[] {
  const parts = inColumn(tree);
  const shared = Math.max(height / parts.length, Math.min(height, LEAST_ROW));
  return parts.map((part) => fit(part, width, part.kind === "leaf" ? height : shared, plan));
}

/** The parts of a column. Nested columns are flattened. */
function inColumn(tree: Tree): Tree[] {
  return tree.kind === "leaf" || tree.direction === "row" ? [tree] : tree.children.flatMap(inColumn);
}

/** The ids of all panels in reading order. */
export function panels(tree: Tree): string[] {
  return tree.kind === "leaf" ? [tree.panel] : tree.children.flatMap(panels);
}

function pictured(panel: string, canvases: Canvases): boolean {
  return (canvases.get(panel)?.length ?? 0) > 0;
}

/** Removes the panels without pictures and rescales the shares. Returns null if none is left. */
function withoutControls(tree: Tree, canvases: Canvases): Tree | null {
  if (tree.kind === "leaf") return pictured(tree.panel, canvases) ? tree : null;
  const kept = tree.children.flatMap((child, i) => {
    const rest = withoutControls(child, canvases);
    return rest === null ? [] : [{ rest, weight: tree.weights[i] ?? 0 }];
  });
  if (kept.length < 2) return kept[0]?.rest ?? null;
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  return {
    ...tree,
    weights: kept.map(({ weight }) => weight / total),
    children: kept.map(({ rest }) => rest),
  };
}

interface Plan {
  canvases: Canvases;
  pixel: number;
}

function fit(tree: Tree, width: number, height: number, plan: Plan): Box {
  if (tree.kind === "leaf") return fitPanel(tree.panel, width, height, plan);
  const { direction, weights } = tree;
  const children = tree.children.map((child, i) => {
    const share = weights[i] ?? 0;
    if (direction === "column") return fit(child, width, height * share, plan);
    return fit(child, whole(width * share, plan), height, plan);
  });
  if (direction === "row") level(children);
  return { kind: "split", direction, width, children };
}

/** Gives pictures in a row the same height. */
function level(boxes: readonly Box[]): void {
  const leaves = boxes.filter((box): box is PanelBox => box.kind === "leaf" && box.height > 0);
  const height = Math.max(0, ...leaves.map((leaf) => leaf.height));
  for (const leaf of leaves) leaf.height = height;
}

function fitPanel(panel: string, width: number, height: number, plan: Plan): PanelBox {
  const specs = plan.canvases.get(panel) ?? [];
  // Several pictures get more height than one would, or they would be tiny in a narrow cell.
  const least = specs.length > 1 ? Math.min(width, 2 * MIN_PANEL) : MIN_PICTURE;
  const room = Math.max(least, height - HEAD);
  // Picks the grid that shows the pictures largest.
  const grids = Array.from({ length: Math.max(1, specs.length) }, (_, i) =>
    grid(specs, i + 1, width, room, plan),
  );
  const best = grids.reduceRight((best, other) => (isBetter(other, best) ? other : best));
  const { height: needed, rows, cell, used } = best;
  return { kind: "leaf", panel, width, height: specs.length === 0 ? 0 : needed, rows, cell, used };
}

/** Whether `grid` shows its pictures larger than `other` does, or equally large with fewer empty cells. */
function isBetter(grid: Grid, other: Grid): boolean {
  return grid.area === other.area ? grid.places < other.places : grid.area > other.area;
}

/** Rounds a length in CSS pixels down to whole device pixels. */
function whole(length: number, { pixel }: Plan): number {
  return Math.floor(length / pixel + 1e-6) * pixel;
}

type Grid = ReturnType<typeof grid>;

/** A grid of pictures in `columns`: the part of `room` that it uses, and the total `area` of its pictures. */
function grid(specs: readonly CanvasSpec[], columns: number, width: number, room: number, plan: Plan) {
  const rows = Math.max(1, Math.ceil(specs.length / columns));
  const extra = (specs.length > 1 ? CAPTION : 0) + PADDING;
  const cell = whole(width / columns, plan);
  const shown = specs.map((spec) =>
    size(spec, Math.max(1, cell - 2 * PADDING), Math.max(1, room / rows - extra)),
  );
  const area = shown.reduce((sum, { width, height }) => sum + width * height, 0);
  const down = Math.max(0, ...shown.map(({ height }) => height)) + extra;
  const across = Math.ceil(Math.max(0, ...shown.map(({ width }) => width))) + 2 * PADDING;
  return {
    height: rows * Math.ceil(down),
    area,
    places: rows * columns,
    rows,
    cell,
    used: columns * Math.min(cell, across),
  };
}

function size(
  { fit, width, height }: CanvasSpec,
  across: number,
  down: number,
): { width: number; height: number } {
  if (fit === "stretch" || width === 0 || height === 0) return { width: across, height: down };
  const scale = Math.min(across / width, down / height, fit === "natural" ? 1 : Number.POSITIVE_INFINITY);
  return { width: width * scale, height: height * scale };
}
