// A replay as one line of text, for outputs without pictures. `vultorch_widget/run/saving.py` writes the same.

import { grouped, short } from "../base/numbers";
import type { ReplayDocument } from "../replay/document";

const MOST_VALUES = 8;

/** Title, state, step and the last logged values. */
export function summary({ title, state, last, series }: ReplayDocument): string {
  const values = Object.entries(series).flatMap(([name, { values }]) => {
    const value = values.at(-1);
    return value == null ? [] : [`${name} ${short(value)}`];
  });
  return [`${title}: ${state} at step ${grouped(last)}`, ...values.slice(0, MOST_VALUES)].join(" · ");
}
