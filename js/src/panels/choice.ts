// The user's choices about the panels of a view: which are hidden, which one fills the view, and how space is shared.
// They refer to parts of the program's layout by name, so they survive changes to it. Pure.

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

/** Limits for reading a choice: how many panels, splits and shares, and how many characters in a name. */
const MOST = 1_024;
const LONGEST = 4_096;

/** The visible part of the layout, and where it comes from in the program's layout. */
export interface ShownSplit extends Split {
  /** The split of the program's layout. */
  readonly of: Split;
  /** The indexes of the children among the children of that split. */
  readonly places: readonly number[];
  readonly children: ShownTree[];
}
export type ShownTree = Leaf | ShownSplit;

/** Tells a split from all others by what it divides. A layout with other panels needs other names, or it would get
 *  shares meant for others. */
export function named(split: Split): string {
  return JSON.stringify([split.direction, ...split.children.map(panels)]);
}

/** The visible part of `layout`. Entries of `choice` for panels that do not exist are ignored. */
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

/** The shares of the children of `split`: the user's, or else the program's. */
export function sharesOf(split: Split, { shares }: Choice): readonly number[] {
  const chosen = Object.hasOwn(shares, named(split)) ? shares[named(split)] : undefined;
  return chosen?.length === split.children.length ? chosen : split.weights;
}

/** The choice in which the children of `split` on either side of border `at` divide their space: the first gets the
 *  share `part`, 0 to 1. */
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

/** Reads a saved choice, which is untrusted. Anything invalid is dropped. */
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
