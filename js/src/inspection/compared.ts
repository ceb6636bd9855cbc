// Which pictures the user compares, as it is kept. Pure.

import { readByCanvas } from "../wire/kept";
import { STOPS, table } from "./colormaps";
import { MODES, type Settings } from "./comparison";
import { DIFFERENCES } from "./difference";

/** What the user has chosen for a canvas. */
export interface Choice {
  /** What the program asked for then, as text. If it asks for something else, that holds. */
  readonly asked: string;
  /** Null: nothing, though the program asked. */
  readonly compared: ({ readonly other: string } & Settings) | null;
}

const MOST_GAIN = 1e9;
const LONGEST = 4_096;

/** Reads saved choices by canvas, which may come from anywhere. What is not sound is left out. */
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

/** A colormap that can be shown: one that every page has, or one with its colours. */
function readColours(colormap: unknown, colors: unknown): Pick<Settings, "colormap" | "colors"> {
  if (typeof colormap !== "string" || colormap.length > LONGEST) return { colormap: "", colors: "" };
  if (typeof colors === "string" && colors.length <= LONGEST && table(colors) !== null)
    return { colormap, colors };
  return { colormap: Object.hasOwn(STOPS, colormap) ? colormap : "", colors: "" };
}
