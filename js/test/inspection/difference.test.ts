// The difference that a page makes of 8 bits a channel.

import { expect, test } from "vitest";
import { STOPS, table } from "../../src/inspection/colormaps";
import { subtract } from "../../src/inspection/difference";

const one = () => new Uint8ClampedArray([200, 100, 60, 255]);
const other = new Uint8ClampedArray([100, 100, 10, 255]);

test("without a colormap each channel shows its own difference", () => {
  const pixels = one();
  subtract(pixels, other, "absolute", 2);
  expect([...pixels]).toEqual([200, 0, 100, 255]);
});

test("a colormap paints the mean of the channels", () => {
  const pixels = one();
  const colors = table("000000ff8000") as Uint8ClampedArray;
  subtract(pixels, other, "absolute", 2, colors);
  expect([...pixels]).toEqual([100, 50, 0, 255]);
});

test("a difference beyond the range has the colour at the end", () => {
  const pixels = one();
  subtract(pixels, other, "absolute", 50, table("000000ff8000"));
  expect([...pixels]).toEqual([255, 128, 0, 255]);
});

test("every colormap has 256 colours, from its first stop to its last", () => {
  for (const stops of Object.values(STOPS)) {
    const colors = table(stops) as Uint8ClampedArray;
    expect(colors.length).toBe(256 * 3);
    const hex = (from: number) =>
      [...colors.slice(from, from + 3)].map((v) => v.toString(16).padStart(2, "0"));
    expect(hex(0).join("")).toBe(stops.slice(0, 6));
    expect(hex(255 * 3).join("")).toBe(stops.slice(-6));
  }
});

test("invalid colours give no table", () => {
  for (const wrong of ["", "00", "000000", "zz0000ff8000", "000000ff80"]) expect(table(wrong)).toBe(null);
});
