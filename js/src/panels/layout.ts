// Where panels stand and how large their pictures are: the kernel's tree of rows and columns in a given width. Pure.

import type { CanvasSpec, Leaf, Split } from "../wire/protocol";

/** Pictures below this width, in CSS pixels, are no longer worth comparing; panels then stand one above the other. */
export const MIN_PANEL = 180;
/** Panels with pictures are at least this wide, in CSS pixels, where more than two would stand side by side. */
const COMFORT = 260;
/** A panel without pictures that would be narrower, in CSS pixels, goes below the others: its sliders need a track. */
const MIN_CONTROLS = 220;
/** Rows that one was broken up into are this high, in CSS pixels, if there is so much height. */
const LEAST_ROW = 320;
/** CSS pixels that a panel needs around its pictures: at each side of each picture, and above for the panel's name. */
export const PADDING = 6;
export const HEAD = 28;
/** CSS pixels of the line under each picture of a panel that has several. */
export const CAPTION = 20;
/** Pictures are at least this high, in CSS pixels, whatever the layout says. */
const MIN_PICTURE = 120;

export type Tree = Leaf | Split;
export type Direction = "row" | "column";
/** The canvases of a panel by its id. A panel without any only has controls. */
export type Canvases = ReadonlyMap<string, readonly CanvasSpec[]>;

/** A panel of `width` CSS pixels whose pictures share `height` in so many `rows`; each is in a `cell`. */
export interface PanelBox {
  kind: "leaf";
  panel: string;
  width: number;
  height: number;
  rows: number;
  /** CSS pixels across. */
  cell: number;
  /** CSS pixels across that the pictures themselves need; beside them there may be room for controls. */
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
 * The boxes of `tree` in `width` CSS pixels. `height` is meant for panels with their pictures; what controls need comes
 * on top, so that they never take room from a picture. Pictures side by side get the same height, to be compared.
 *
 * Where panels would be too narrow, those without pictures go below the others, and rows become several rows.
 * `pixel` is one device pixel: widths are multiples of it, so that equal shares are equal.
 */
export function arrange(tree: Tree, width: number, height: number, canvases: Canvases, pixel = 1): Box {
  const plan = { canvases, pixel };
  if (isRoomy(tree, width, canvases)) return fit(tree, width, height, plan);
  const rest = withoutControls(tree, canvases);
  const single = (panel: string) => fit({ kind: "leaf", panel }, width, height, plan);
  const below = panels(tree)
    .filter((panel) => !pictured(panel, canvases))
    .map(single);
  const children =
    rest === null ? below : [...stacked(folded(rest, width, canvases), width, height, plan), ...below];
  return { kind: "split", direction: "column", width, children };
}

/** Whether every panel of `tree` in `width` is as wide as what it has needs; `beside` others stand in its row. */
function isRoomy(tree: Tree, width: number, canvases: Canvases, beside = 1): boolean {
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

/** CSS pixels for each of so many panels with pictures side by side: two are compared at almost any size. */
function least(across: number): number {
  return across > 2 ? COMFORT : MIN_PANEL;
}

/** `tree` with its rows broken up so that no panel in `width` is too narrow, as far as that can be. */
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

/** What stands side by side in `tree`, with the share of each: a row in a row is part of it. */
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

/** Shares in proportion to `weights`, but none below `least`, for which there has to be room. */
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

/** The boxes of `tree` one above another. One that fills the width has `height` of its own, for the view may grow; rows
 *  of several share it as long as they are not too low. */
function stacked(tree: Tree, width: number, height: number, plan: Plan): Box[] {
  const parts = inColumn(tree);
  const shared = Math.max(height / parts.length, Math.min(height, LEAST_ROW));
  return parts.map((part) => fit(part, width, part.kind === "leaf" ? height : shared, plan));
}

/** What stands one above the other in `tree`. */
function inColumn(tree: Tree): Tree[] {
  return tree.kind === "leaf" || tree.direction === "row" ? [tree] : tree.children.flatMap(inColumn);
}

/** Panels in reading order. */
export function panels(tree: Tree): string[] {
  return tree.kind === "leaf" ? [tree.panel] : tree.children.flatMap(panels);
}

function pictured(panel: string, canvases: Canvases): boolean {
  return (canvases.get(panel)?.length ?? 0) > 0;
}

/** `tree` with only the panels that have pictures, and their shares in proportion; null where there are none. */
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

/** Gives the pictures of panels side by side one height. */
function level(boxes: readonly Box[]): void {
  const leaves = boxes.filter((box): box is PanelBox => box.kind === "leaf" && box.height > 0);
  const height = Math.max(0, ...leaves.map((leaf) => leaf.height));
  for (const leaf of leaves) leaf.height = height;
}

function fitPanel(panel: string, width: number, height: number, plan: Plan): PanelBox {
  const specs = plan.canvases.get(panel) ?? [];
  // In a narrow cell several pictures would be stamps in the height that one has.
  const least = specs.length > 1 ? Math.min(width, 2 * MIN_PANEL) : MIN_PICTURE;
  const room = Math.max(least, height - HEAD);
  // Of several pictures the arrangement counts that shows them largest.
  const grids = Array.from({ length: Math.max(1, specs.length) }, (_, i) =>
    grid(specs, i + 1, width, room, plan),
  );
  const best = grids.reduceRight((best, other) => (isBetter(other, best) ? other : best));
  const { height: needed, rows, cell, used } = best;
  return { kind: "leaf", panel, width, height: specs.length === 0 ? 0 : needed, rows, cell, used };
}

/** Whether `grid` shows its pictures larger than `other`, or as large with fewer places left empty. */
function isBetter(grid: Grid, other: Grid): boolean {
  return grid.area === other.area ? grid.places < other.places : grid.area > other.area;
}

/** The most device pixels that `length` has room for, in CSS pixels. */
function whole(length: number, { pixel }: Plan): number {
  return Math.floor(length / pixel + 1e-6) * pixel;
}

type Grid = ReturnType<typeof grid>;

/** Pictures in so many `columns`: the `height` of `room` and the width that they can use, and the `area` that they then
 *  show. */
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
