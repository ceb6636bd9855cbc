import { expect, it } from "vitest";
import { tabulate } from "../../src/chart/columns";
import { Series } from "../../src/chart/series";

/** A series of `count` values, the square of every `every`th step. */
function squares(count: number, every = 1): Series {
  const series = new Series("squares");
  for (let i = 0; i < count; i++) {
    series.steps.push(i * every);
    for (const column of [series.low, series.high, series.ema, series.last]) column.push((i * every) ** 2);
  }
  return series;
}

it("shows every step of a part that has space for them", () => {
  const all = squares(10_000);
  expect(tabulate([all], 500, false).columns[0].length).toBeLessThanOrEqual(500);
  const [steps, , , last] = tabulate([all], 500, false, [4000, 4100]).columns;
  expect(steps).toEqual(Array.from({ length: 102 }, (_, i) => 4000 + i)); // and the one that follows
  expect(last?.[0]).toBe(4000 ** 2);
});

it("has a point at each side of a part, so that lines reach its ends", () => {
  const [steps] = tabulate([squares(100, 1000)], 500, false, [1500, 1600]).columns;
  expect(steps).toEqual([1000, 2000]);
});
