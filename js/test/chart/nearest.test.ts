import { expect, it } from "vitest";
import { nearest } from "../../src/chart/nearest";

it("finds the closest part of a curve, the position along it, and the distance", () => {
  expect(
    nearest(
      [
        [0, 0],
        [10, 0],
        [20, 10],
      ],
      [4, 3],
    ),
  ).toEqual({ after: 0, part: 0.4, distance: 3 });
  expect(
    nearest(
      [
        [0, 0],
        [10, 0],
      ],
      [13, 4],
    ),
  ).toEqual({ after: 0, part: 1, distance: 5 });
});

it("sees nothing in a gap", () => {
  expect(nearest([[0, 0], null, [20, 0]], [10, 0])).toBeNull();
  expect(nearest([], [0, 0])).toBeNull();
});
