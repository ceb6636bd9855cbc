// How a user chose to view a canvas, on top of how the program shows it. Pure.

import { readByCanvas } from "../wire/kept";
import { STOPS } from "./colormaps";

/** The user's choices for a canvas. */
export interface Look {
  /** In stops: each one doubles what is painted. */
  readonly exposure: number;
  /** Added after that; 1 goes from black to white. */
  readonly offset: number;
  /** A name, "" for grey, or null for the program's choice. */
  readonly colormap: string | null;
  /** Null for the program's choice. */
  readonly channels: Channels | null;
}
export type Channels = "auto" | "r" | "g" | "b" | "a";

export const AS_SET: Look = { exposure: 0, offset: 0, colormap: null, channels: null };
export const CHANNELS: readonly Channels[] = ["auto", "r", "g", "b", "a"];
/** Colormaps to choose from, except grey. The program may set any that `cmap` knows. */
export const COLORMAPS: readonly string[] = Object.keys(STOPS);
export const MOST_STOPS = 32;
const MOST_OFFSET = 1e6;

export function isAsSet({ exposure, offset, colormap, channels }: Look): boolean {
  return exposure === 0 && offset === 0 && colormap === null && channels === null;
}

/** The exposure and offset that paint `low` black and `high` white, over the program's `gain` and `offset`. Null if
 *  none can: the program's gain is zero or negative. */
export function fitting(
  low: number,
  high: number,
  program: { gain: number; offset: number },
): Pick<Look, "exposure" | "offset"> | null {
  const span = (high > low ? high - low : 1) * program.gain;
  if (!(span > 0) || !Number.isFinite(span)) return null;
  const exposure = Math.min(MOST_STOPS, Math.max(-MOST_STOPS, -Math.log2(span)));
  const offset = -(low * program.gain + program.offset) * 2 ** exposure;
  return { exposure, offset: Math.min(MOST_OFFSET, Math.max(-MOST_OFFSET, offset)) };
}

/** Reads saved looks by canvas, which are untrusted. Invalid ones are dropped. */
export function readLooks(value: unknown): Map<string, Look> {
  return readByCanvas(value, readLook);
}

function readLook(saved: unknown): Look | undefined {
  if (typeof saved !== "object" || saved === null) return undefined;
  const { exposure, offset, colormap, channels } = saved as Record<string, unknown>;
  const look = {
    exposure: within(exposure, MOST_STOPS),
    offset: within(offset, MOST_OFFSET),
    colormap: ["", ...COLORMAPS].find((name) => name === colormap) ?? null,
    channels: CHANNELS.find((name) => name === channels) ?? null,
  };
  return isAsSet(look) ? undefined : look;
}

function within(value: unknown, most: number): number {
  return typeof value === "number" && Math.abs(value) <= most ? value : 0;
}
