// What the table of a texel's values says.

import { expect, it } from "vitest";
import { cells } from "../../src/inspection/reading";

const texel = (dtype: string, ...numbers: (number | bigint)[]) => ({
  picture: -1,
  column: 2,
  row: 3,
  dtype,
  numbers,
});

it("names the label of an overlay, which has no difference to a picture", () => {
  const entries = [
    { name: "image", texel: texel("float32", 0.5) },
    { name: "overlay", texel: texel("int64", 1n), labels: ["road", "car"], over: true },
  ];
  expect(cells(entries)).toEqual([
    ["image", "0.5"],
    ["overlay", "1 car"],
  ]);
});

it("shows the number of what is no label", () => {
  const mask = { name: "mask", texel: texel("int64", -100n), labels: ["road", "car"] };
  expect(cells([mask])).toEqual([["mask", "-100"]]);
});
