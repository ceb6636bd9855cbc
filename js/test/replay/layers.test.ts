// Hiding labels in recorded pictures.

import { expect, test } from "vitest";
import { onlyShown, withoutHidden } from "../../src/replay/layers";

const labels = [
  { name: "road", color: "#804080", hidden: false },
  { name: "car", color: "#00008e", hidden: true },
];
const ROAD = [0x80, 0x40, 0x80, 255];
const CAR = [0, 0, 0x8e, 255];
const MAGENTA = [255, 0, 255, 255];

test("a hidden label of a label map shows the compositor's checkerboard, other colours stay", () => {
  const pixels = new Uint8ClampedArray([...ROAD, ...Array(8).fill(CAR).flat(), ...MAGENTA]);
  withoutHidden(pixels, 10, labels);
  const light = [153, 153, 153, 255];
  const dark = [102, 102, 102, 255];
  expect([...pixels]).toEqual([...ROAD, ...Array(7).fill(light).flat(), ...dark, ...MAGENTA]);
});

test("an overlay keeps the labels that are shown only", () => {
  const pixels = new Uint8ClampedArray([...ROAD, ...CAR, 153, 153, 153, 255]);
  onlyShown(pixels, labels);
  expect([3, 7, 11].map((i) => pixels[i])).toEqual([255, 0, 0]);
});
