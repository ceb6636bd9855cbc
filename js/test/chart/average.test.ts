import { describe, expect, it } from "vitest";
import { Average } from "../../src/chart/average";
import cases from "../average.json";

describe("the moving average", () => {
  it.each(cases)("equals the kernel's for values logged $logged", ({ steps, values, averages }) => {
    const average = new Average();
    const found = steps.map((step, i) => average.after(step, values[i] ?? Number.NaN));
    expect(found).toEqual(averages.map((value) => (value === null ? Number.NaN : expect.closeTo(value, 12))));
  });

  it("lags by the same number of steps whether each or every tenth is logged", () => {
    const [each, tenth] = [new Average(), new Average()];
    const falling = (step: number) => 2 - step / 1000;
    let of_each = 0;
    let of_tenth = 0;
    for (let step = 0; step <= 1000; step += 1) of_each = each.after(step, falling(step));
    for (let step = 0; step <= 1000; step += 10) of_tenth = tenth.after(step, falling(step));
    expect(of_tenth).toBeCloseTo(of_each, 12);
  });

  it("stays within the values, however large, and does not change within a step", () => {
    const average = new Average();
    const most = Number.MAX_VALUE;
    average.after(1, most);
    expect(Math.abs(average.after(2, -most))).toBeLessThan(most);
    const before = average.value;
    expect(average.after(2, 7)).toBe(before);
  });
});
