// Which pictures the user compares, in the form that is saved. Pure.

import { readByCanvas } from "../wire/kept";
import { STOPS, table } from "./colormaps";
import { MODES, type Settings } from "./comparison";
import { DIFFERENCES } from "./difference";

/** What the user has chosen for a canvas. */
export interface Choice {
  /** What the program asked for at the time, as text. The choice lasts until it asks for something else. */
  readonly asked: string;
  /** Null: no comparison, although the program asked for one. */
  readonly compared: ({ readonly other: string } & Settings) | null;
}

const MOST_GAIN = 1e9;
const LONGEST = 4_096;

/** Reads saved choices by canvas, which are untrusted. Invalid ones are dropped. */
export function readCompared(value: unknown): Map<string, Choice> {
  return readByCanvas(value, readChoice);
}

function readChoice(saved: unknown): Choice | undefined {
  const { asked, compared } = (saved ?? {}) as Record<string, unknown>;
  if (typeof asked !== "string") return undefined;
  const read = compared === null ? null : readSettings(compared);
  return read === undefined ? undefined : { asked, compared: read };
}

function readSettings(value: unknown): Choice["compared"] | undefined {
  const { other, mode, difference, gain, colormap, colors } = (value ?? {}) as Record<string, unknown>;
  const known = MODES.find((one) => one === mode);
  const kind = DIFFERENCES.find((one) => one === difference);
  const sound = typeof gain === "number" && gain > 0 && gain <= MOST_GAIN;
  if (typeof other !== "string" || known === undefined || kind === undefined || !sound) return undefined;
  return { other, mode: known, difference: kind, gain, ...readColours(colormap, colors) };
}

/** A colormap that can be shown: a name that every page knows, or one with its own colours. */
function readColours(colormap: unknown, colors: unknown): Pick<Settings, "colormap" | "colors"> {
  if (typeof colormap !== "string" || colormap.length > LONGEST) return { colormap: "", colors: "" };
  if (typeof colors === "string" && colors.length <= LONGEST && table(colors) !== null)
    return { colormap, colors };
  return { colormap: Object.hasOwn(STOPS, colormap) ? colormap : "", colors: "" };
}
