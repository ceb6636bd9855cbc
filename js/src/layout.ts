// Where panels stand: the kernel's tree of rows and columns as nested flex boxes, and what it becomes when it is narrow.

import { element } from "./dom";
import type { Leaf, Split } from "./protocol";

/** Pictures below this width, in CSS pixels, are no longer worth comparing; panels then stand one above the other. */
export const MIN_PANEL = 180;

export type Tree = Leaf | Split;

/** The narrowest panel, in CSS pixels, that `tree` gives in `width`. */
export function narrowest(tree: Tree, width: number): number {
  if (tree.kind === "leaf") return width;
  const shares = tree.children.map((child, i) =>
    narrowest(child, tree.direction === "row" ? width * (tree.weights[i] ?? 1) : width),
  );
  return Math.min(...shares);
}

/** Panels in reading order. */
export function panels(tree: Tree): string[] {
  return tree.kind === "leaf" ? [tree.panel] : tree.children.flatMap(panels);
}

/** The tree as elements, `place` giving each panel's. */
export function build(tree: Tree, place: (panel: string) => HTMLElement): HTMLElement {
  if (tree.kind === "leaf") return place(tree.panel);
  const box = element("div", { className: `vw-split vw-${tree.direction}` });
  tree.children.forEach((child, i) => {
    const part = build(child, place);
    part.style.flex = `${tree.weights[i] ?? 1} 1 0`;
    box.append(part);
  });
  return box;
}
