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

it("shows the number of an integer that has no label", () => {
  const mask = { name: "mask", texel: texel("int64", -100n), labels: ["road", "car"] };
  expect(cells([mask])).toEqual([["mask", "-100"]]);
});

it("compares pictures, whatever label maps are beside them", () => {
  const entries = [
    { name: "classes", texel: texel("int64", 1n), labels: ["road", "car"] },
    { name: "truth", texel: texel("float32", 0.5) },
    { name: "prediction", texel: texel("float32", 0.25) },
  ];
  expect(cells(entries)).toEqual([
    ["classes", "1 car"],
    ["truth", "0.5"],
    ["prediction", "0.25"],
    ["difference", "-0.25"],
  ]);
});
