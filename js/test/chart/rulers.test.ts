import { expect, it } from "vitest";
import { Ruler, ticksOf } from "../../src/chart/rulers";

const rows = (...values: number[][]) => new DataView(Float64Array.from(values.flat()).buffer);

it("finds values between its rows and beyond, and the way back", () => {
  const ruler = new Ruler();
  ruler.apply(0, rows([10, 1], [20, 2], [40, 3]));
  expect([0, 10, 15, 30, 50].map((step) => ruler.at(step))).toEqual([0, 1, 1.5, 2.5, 3.5]);
  expect([0, 1, 1.5, 2.5, 3.5].map((value) => ruler.stepAt(value))).toEqual([0, 10, 15, 30, 50]);
});

it("keeps the first rows of a patch, and leaves out those that do not increase", () => {
  const ruler = new Ruler();
  ruler.apply(0, rows([1, 1], [2, 2]));
  ruler.apply(1, rows([3, 5], [2, 6], [4, 4], [5, Number.NaN], [6, 7]));
  expect(ruler.rows).toEqual({ steps: [1, 3, 6], values: [1, 5, 7] });
});

it("is of no use with a single row", () => {
  const ruler = new Ruler();
  ruler.apply(0, rows([1, 1]));
  expect(ruler.useful).toBe(false);
});

it("writes seconds as a clock does", () => {
  expect(ticksOf("seconds", [0, 0.5, 1])).toEqual(["0 s", "0.5 s", "1 s"]);
  expect(ticksOf("seconds", [0, 30, 90])).toEqual(["0:00", "0:30", "1:30"]);
  expect(ticksOf("seconds", [0, 3600, 9000])).toEqual(["0:00:00", "1:00:00", "2:30:00"]);
  expect(ticksOf("epochs", [0, 0.1, 0.2])).toEqual(["0", "0.1", "0.2"]);
});
