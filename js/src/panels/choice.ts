// What was chosen by hand about the panels of a view: which are hidden, which one fills the view, and how wide their
// neighbours are. It lies over the program's layout and names its parts, so it outlives changes of that. Pure.

import type { Leaf, Split } from "../wire/protocol";
import { panels, type Tree } from "./layout";

export interface Choice {
  /** The ids of hidden panels. */
  readonly hidden: readonly string[];
  /** The id of the panel that fills the view, if any. */
  readonly maximised: string | null;
  /** The shares of a split's children, by the name of the split. */
  readonly shares: Readonly<Record<string, readonly number[]>>;
}

export const NO_CHOICE: Choice = { hidden: [], maximised: null, shares: {} };

/** Most panels, splits and shares of a choice that are read, and most characters of a name. */
const MOST = 1_024;
const LONGEST = 4_096;

/** A part of the layout that is shown, and the place in the program's layout that it has. */
export interface ShownSplit extends Split {
  /** The split of the program's layout. */
  readonly of: Split;
  /** The places of the children among the children of that split. */
  readonly places: readonly number[];
  readonly children: ShownTree[];
}
export type ShownTree = Leaf | ShownSplit;

/** Tells a split from all others by what it divides. A layout with other panels has other names, or it would give
 *  panels the shares of others. */
export function named(split: Split): string {
  return JSON.stringify([split.direction, ...split.children.map(panels)]);
}

/** The part of `layout` that is shown. What `choice` says of panels that are not there is left out of account. */
export function shown(layout: Tree, choice: Choice): ShownTree {
  const { maximised } = choice;
  if (maximised !== null && panels(layout).includes(maximised)) return { kind: "leaf", panel: maximised };
  return without(layout, choice) ?? (without(layout, { ...choice, hidden: [] }) as ShownTree);
}

/** The hidden panels of `layout`, in its order. There are none if nothing would be left. */
export function hidden(layout: Tree, choice: Choice): string[] {
  const all = panels(layout);
  const away = all.filter((panel) => choice.hidden.includes(panel));
  return away.length === all.length ? [] : away;
}

function without(tree: Tree, choice: Choice): ShownTree | null {
  if (tree.kind === "leaf") return choice.hidden.includes(tree.panel) ? null : tree;
  const shares = sharesOf(tree, choice);
  const kept = tree.children.flatMap((child, place) => {
    const rest = without(child, choice);
    return rest === null ? [] : [{ rest, place, weight: shares[place] ?? 0 }];
  });
  if (kept.length < 2) return kept[0]?.rest ?? null;
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  return {
    ...tree,
    of: tree,
    places: kept.map(({ place }) => place),
    weights: kept.map(({ weight }) => weight / total),
    children: kept.map(({ rest }) => rest),
  };
}

/** The shares of the children of `split`: those chosen by hand, or the program's. */
export function sharesOf(split: Split, { shares }: Choice): readonly number[] {
  const chosen = Object.hasOwn(shares, named(split)) ? shares[named(split)] : undefined;
  return chosen?.length === split.children.length ? chosen : split.weights;
}

/** The choice in which the children of `split` before and after its border `at` share what they have: the first gets
 *  `part` of it, 0 to 1. */
export function moved(choice: Choice, split: ShownSplit, at: number, part: number): Choice {
  const shares = [...sharesOf(split.of, choice)];
  const [before, after] = [split.places[at] as number, split.places[at + 1] as number];
  const both = (shares[before] as number) + (shares[after] as number);
  shares[before] = both * part;
  shares[after] = both * (1 - part);
  return { ...choice, shares: { ...choice.shares, [named(split.of)]: shares } };
}

/** The choice in which the children of `split` have the program's shares. */
export function asProgrammed(choice: Choice, split: ShownSplit): Choice {
  const { [named(split.of)]: _, ...shares } = choice.shares;
  return { ...choice, shares };
}

/** Reads a saved choice, which may come from anywhere. Whatever is not sound in it is left out. */
export function readChoice(value: unknown): Choice {
  if (typeof value !== "object" || value === null) return NO_CHOICE;
  const { hidden, maximised, shares } = value as Record<string, unknown>;
  const found = typeof shares === "object" && shares !== null ? Object.entries(shares).slice(0, MOST) : [];
  return {
    hidden: Array.isArray(hidden) ? [...new Set(hidden.slice(0, MOST).filter(isName))] : [],
    maximised: isName(maximised) ? maximised : null,
    shares: Object.fromEntries(found.filter(([name, parts]) => isName(name) && areShares(parts))),
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST;
}

function areShares(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST &&
    value.every((share) => typeof share === "number" && share > 0 && share <= 1)
  );
}
