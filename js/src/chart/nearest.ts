// Which part of a curve is closest to a pointer.

/** A position in CSS pixels. */
export type Spot = readonly [x: number, y: number];

/** The part of a curve between its points `after` and `after + 1` that is closest to a spot: at which `part` of the way,
 *  and how far that is. */
export interface Nearest {
  readonly after: number;
  readonly part: number;
  readonly distance: number;
}

/** The part of a `curve` that is closest to `spot`, null if it has none. Curves have gaps where there is no point. */
export function nearest(curve: readonly (Spot | null)[], [x, y]: Spot): Nearest | null {
  let found: Nearest | null = null;
  for (let after = 0; after + 1 < curve.length; after++) {
    const [from, to] = [curve[after], curve[after + 1]];
    if (from == null || to == null) continue;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const along = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1);
    const part = Math.min(1, Math.max(0, along));
    const distance = Math.hypot(from[0] + part * dx - x, from[1] + part * dy - y);
    if (found === null || distance < found.distance) found = { after, part, distance };
  }
  return found;
}
