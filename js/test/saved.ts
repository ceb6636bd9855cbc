// Replays of earlier versions and malformed ones, from files that the Python tests use too.

import notebook from "../../tests/replay/saved/0.1.ipynb?raw";
import cases from "../../tests/replay/saved/malformed.json?raw";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Place = readonly (string | number)[];

const STATE = "application/vnd.jupyter.widget-state+json";
const models = JSON.parse(notebook).metadata.widgets[STATE].state as Record<
  string,
  { state: { _replay?: string } }
>;
const text = Object.values(models).find((model) => model.state._replay !== undefined)?.state
  ._replay as string;

/** A fresh copy of the replay document that version 0.1 saved. */
// biome-ignore lint/suspicious/noExplicitAny: tests change any part of it into anything
export const earlier = (): any => JSON.parse(text);

/** Changes that make a replay invalid: `change` is the place, `to` the new value, `says` a part of the reason. */
export const malformed = JSON.parse(cases) as { change: Place; to: Json; says: string }[];

/** Sets the place `where` of `document` to `to`. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function changed(document: any, where: Place, to: unknown): any {
  let holder = document;
  for (const key of where.slice(0, -1)) holder = holder[key];
  holder[where.at(-1) as string] = to;
  return document;
}
