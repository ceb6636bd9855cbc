// The picture of a network's output: one pixel per sample.

/** Red, green and blue in 0..255. */
export type Color = readonly [number, number, number];

/** RGBA of numbers in 0..1. A sample has 1 (grey) or 3 numbers. */
export function pixelsOf(made: Float32Array, numbers: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray((4 * made.length) / numbers);
  for (let from = 0, to = 0; from < made.length; from += numbers, to += 4) {
    for (let c = 0; c < 3; c++) pixels[to + c] = 255 * (made[from + Math.min(c, numbers - 1)] as number);
    pixels[to + 3] = 255;
  }
  return pixels;
}

/** RGBA of the scores of `classes`: the colour of the likeliest class. Without `colors`, the probabilities: of the
 *  second of two classes as grey, of three classes as red, green and blue. */
export function classPixelsOf(
  scores: Float32Array,
  classes: number,
  colors: readonly Color[],
): Uint8ClampedArray<ArrayBuffer> {
  if (colors.length === 0) return pixelsOf(probabilities(scores, classes), classes === 2 ? 1 : classes);
  const pixels = new Uint8ClampedArray((4 * scores.length) / classes);
  for (let from = 0, to = 0; from < scores.length; from += classes, to += 4) {
    let likeliest = 0;
    for (let c = 1; c < classes; c++)
      if ((scores[from + c] as number) > (scores[from + likeliest] as number)) likeliest = c;
    pixels.set(colors[likeliest] as Color, to);
    pixels[to + 3] = 255;
  }
  return pixels;
}

function probabilities(scores: Float32Array, classes: number): Float32Array {
  const kept = classes === 2 ? [1] : Array.from({ length: classes }, (_, c) => c);
  const made = new Float32Array((kept.length * scores.length) / classes);
  for (let from = 0, to = 0; from < scores.length; from += classes, to += kept.length) {
    const own = scores.subarray(from, from + classes);
    const most = Math.max(...own);
    const total = own.reduce((sum, score) => sum + Math.exp(score - most), 0);
    made.set(
      kept.map((c) => Math.exp((own[c] as number) - most) / total),
      to,
    );
  }
  return made;
}
