// @vitest-environment node
import { describe, expect, it } from "vitest";
import { shareOf, workersFor } from "../../src/training/shares";
import { drawn, layersOf } from "./problems";

const problem = (samples: number, ...widths: number[]) => ({
  ...drawn(1, 1, 1)[0],
  layers: layersOf(...widths),
  samples,
});

describe("the number of workers", () => {
  it("is that of the cores, up to eight, where a step is long", () => {
    const large = problem(65_536, 2, 64, 64, 3);
    expect([1, 2, 4, 8, 64].map((cores) => workersFor(large, cores))).toEqual([1, 2, 4, 8, 8]);
  });

  it("is one where a step is short, or has more parameters than samples to learn them from", () => {
    expect(workersFor(problem(1_024, 2, 16, 3), 8)).toBe(1);
    expect(workersFor(problem(4_096, 2, 16, 3), 8)).toBe(1);
    expect(workersFor(problem(500, 2, 2_048, 2_048, 3), 8)).toBe(1);
  });

  it("grows with the work", () => {
    const counts = [1_024, 4_096, 8_192, 16_384, 32_768].map((samples) =>
      workersFor(problem(samples, 2, 64, 64, 3), 8),
    );
    expect(counts).toEqual([1, 1, 3, 7, 8]);
  });
});

it("shares have every sample once, and are equal but for one", () => {
  for (const [samples, count] of [
    [50, 3],
    [7, 7],
    [65_536, 8],
    [101, 6],
  ] as const) {
    const shares = Array.from({ length: count }, (_, i) => shareOf(samples, i, count));
    expect(shares[0]?.from).toBe(0);
    expect(shares.at(-1)?.to).toBe(samples);
    const sizes = shares.map(({ from, to }, i) => {
      expect(from).toBe(i === 0 ? 0 : shares[i - 1]?.to);
      return to - from;
    });
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});
