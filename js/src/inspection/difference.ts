// The difference of two pictures, from their 8 bits per channel. Pure.

export const DIFFERENCES = ["signed", "absolute", "squared", "relative"] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** Added to the divisor, so that black does not divide by zero; see `relative`. */
const LEAST = 0.01;

/** Maps a value of the picture and of the other picture, both 0 to 255, to the value to paint, not yet rounded. */
export function differ(kind: Difference, gain: number): (one: number, other: number) => number {
  switch (kind) {
    case "signed":
      return (one, other) => 127.5 + (gain * (one - other)) / 2;
    case "absolute":
      return (one, other) => gain * Math.abs(one - other);
    case "squared":
      return (one, other) => (gain * (one - other) ** 2) / 255;
    case "relative":
      return (one, other) => (gain * 255 * Math.abs(one - other)) / (other + 255 * LEAST);
  }
}

/** Replaces `one` by its difference from `other`. Both are RGBA, 4 bytes per pixel. The 256 RGB colours of `table` then
 *  paint the mean of the three channels; null paints each channel. */
export function subtract(
  one: Uint8ClampedArray,
  other: Uint8ClampedArray,
  kind: Difference,
  gain: number,
  table: Uint8ClampedArray | null = null,
): void {
  const map = differ(kind, gain);
  for (let at = 0; at < one.length; at += 4) {
    let sum = 0;
    for (let channel = at; channel < at + 3; channel += 1) {
      const value = map(one[channel] as number, other[channel] as number);
      sum += value;
      one[channel] = value;
    }
    if (table === null) continue;
    const color = 3 * Math.min(255, Math.max(0, Math.round(sum / 3)));
    for (let channel = 0; channel < 3; channel += 1) one[at + channel] = table[color + channel] as number;
  }
}
