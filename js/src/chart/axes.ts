// Which series share a value axis: those that measure the same thing. Pure.

/** Maximum number of axes. Beyond it none would be readable, so all series share one. */
const MOST_AXES = 3;
/** The part of a name that says where a value was measured, before or after what it measures. */
const WHERE = /^(train|training|val|valid|validation|eval|test)[_ ]|[_ ](train|val|valid|test)$/i;

/** What comes between the name of a scalar and the run or rank that logged it. */
const BY = " · ";

/** What a series measures: "train/loss", "val/loss", "val_loss" and "loss · rank 1" are all a "loss". */
export function measured(name: string): string {
  const scalar = name.split(BY, 1)[0] || name;
  const last = scalar.slice(scalar.lastIndexOf("/") + 1);
  return last.replace(WHERE, "") || last || name;
}

export interface Axes {
  /** What is measured on each axis, in the order of the series. */
  readonly names: readonly string[];
  /** The axis of each series. */
  readonly of: readonly number[];
}

/** The axes of series with these `names`, or one for all if they should share it. */
export function axesOf(names: readonly string[], share: boolean): Axes {
  const all = [...new Set(names.map(measured))];
  if (share || all.length > MOST_AXES) return { names: [""], of: names.map(() => 0) };
  return { names: all, of: names.map((name) => all.indexOf(measured(name))) };
}
