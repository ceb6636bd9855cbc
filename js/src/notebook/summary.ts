// A replay in words, for where there are only words: as `vultorch_widget/saving.py` has it.

import { grouped, short } from "../base/numbers";
import type { ReplayDocument } from "../replay/document";

const MOST_VALUES = 8;

/** The title, how far it is, and what was logged last. */
export function summary({ title, state, last, series }: ReplayDocument): string {
  const values = Object.entries(series).flatMap(([name, { values }]) => {
    const value = values.at(-1);
    return value == null ? [] : [`${name} ${short(value)}`];
  });
  return [`${title}: ${state} at step ${grouped(last)}`, ...values.slice(0, MOST_VALUES)].join(" · ");
}
