// Where panels stand and how large their pictures are: the kernel's tree of rows and columns in a given width. Pure.

import type { CanvasSpec, Leaf, Split } from "./protocol";

/** Pictures below this width, in CSS pixels, are no longer worth comparing; panels then stand one above the other. */
export const MIN_PANEL = 180;
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

/** A panel of `width` CSS pixels whose pictures `flow` in a row or a column and share `height`; each is in a `cell`. */
export interface PanelBox {
  kind: "leaf";
  panel: string;
  width: number;
  height: number;
  flow: Direction;
  /** CSS pixels across. */
  cell: number;
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
 * Where panels would be too narrow, those without pictures go below the others, and else all stand in one column.
 * `pixel` is one device pixel: widths are multiples of it, so that equal shares are equal.
 */
export function arrange(tree: Tree, width: number, height: number, canvases: Canvases, pixel = 1): Box {
  const plan = { canvases, pixel };
  if (narrowest(tree, width) >= MIN_PANEL) return fit(tree, width, height, plan);
  const rest = withoutControls(tree, canvases);
  const tucked = rest !== null && narrowest(rest, width) >= MIN_PANEL;
  const order = panels(tree);
  const single = (panel: string) => fit({ kind: "leaf", panel }, width, height, plan);
  if (!tucked) return { kind: "split", direction: "column", width, children: order.map(single) };
  const below = order.filter((panel) => !pictured(panel, canvases));
  const children = [fit(rest, width, height, plan), ...below.map(single)];
  return { kind: "split", direction: "column", width, children };
}

/** The narrowest panel, in CSS pixels, that `tree` gives in `width`. */
export function narrowest(tree: Tree, width: number): number {
  if (tree.kind === "leaf") return width;
  const shares = tree.children.map((child, i) =>
    narrowest(child, tree.direction === "row" ? width * (tree.weights[i] ?? 0) : width),
  );
  return Math.min(...shares);
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
  const room = Math.max(MIN_PICTURE, height - HEAD);
  const row = needs(specs, "row", width, room);
  const column = needs(specs, "column", width, room);
  // Of several pictures the arrangement counts that shows them largest.
  const flow = specs.length > 1 && column.area > row.area ? "column" : "row";
  const cell = flow === "row" ? whole(width / Math.max(1, specs.length), plan) : width;
  return { kind: "leaf", panel, width, height: flow === "row" ? row.height : column.height, flow, cell };
}

/** The most device pixels that `length` has room for, in CSS pixels. */
function whole(length: number, { pixel }: Plan): number {
  return Math.floor(length / pixel + 1e-6) * pixel;
}

/** The height that pictures that `flow` so can use of `room`, and the area that they then show. */
function needs(specs: readonly CanvasSpec[], flow: Direction, width: number, room: number) {
  const count = specs.length;
  if (count === 0) return { height: 0, area: 0 };
  const extra = count > 1 ? CAPTION : 0;
  const across = (flow === "row" ? width / count : width) - 2 * PADDING;
  const down = Math.max(1, (flow === "row" ? room : room / count) - extra - PADDING);
  const shown = specs.map((spec) => size(spec, Math.max(1, across), down));
  const area = shown.reduce((sum, { width, height }) => sum + width * height, 0);
  const cell = Math.max(...shown.map(({ height }) => height)) + extra + PADDING;
  return { height: Math.ceil(flow === "row" ? cell : cell * count), area };
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
