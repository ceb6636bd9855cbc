import { describe, expect, it } from "vitest";
import { full } from "../../src/base/numbers";
import { linearRange, linearSplits, logRange, logSplits } from "../../src/chart/ticks";

const LEAST = Number.MIN_VALUE;
const MOST = Number.MAX_VALUE;

/** The labels of an axis for values from `low` to `high`. */
const log = (low: number, high: number) => logSplits(...logRange(low, high)).map(full);
const linear = (low: number, high: number) => linearSplits(...linearRange(low, high)).map(full);

/** Doubles of all magnitudes, some near powers of ten. */
const VALUES = Array.from({ length: 633 }, (_, i) => i - 324)
  .flatMap((power) => ["1", "1.1", "2.3", "4.99", "9.9"].map((digits) => Number(`${digits}e${power}`)))
  .filter((value) => value > 0 && Number.isFinite(value));
const FACTORS = [
  1,
  1 + 1e-13,
  1 + 1e-8,
  1.00001,
  1.01,
  1.1,
  1.6,
  2,
  4,
  9,
  10,
  20,
  90,
  130,
  1e3,
  1e7,
  1e23,
  1e150,
  1e308,
];

function check(range: [number, number], marks: readonly number[], [low, high]: [number, number]): void {
  const [from, to] = range;
  const where = () => `${low} to ${high}: ${marks}`;
  const rising = marks.every((mark, i) => i === 0 || mark > (marks[i - 1] as number));
  const within = marks.every((mark) => mark >= from && mark <= to);
  const size = Math.max(-low, high);
  const few = size < 1e-320 || (size < 1e-299 && high - low < 0.2 * size); // such small doubles have few digits
  const least = few ? 0 : 3;
  const read = new Set(marks.map(full)).size;
  if (!(from < to && Number.isFinite(to - from) && from <= low && to >= high))
    throw new Error(`range of ${where()}`);
  if (!(rising && within && read === marks.length && read >= least && read <= 8))
    throw new Error(`marks of ${where()}`);
}

describe("the axis of values", () => {
  it("has a few ticks for any values", { timeout: 120_000 }, () => {
    for (const low of [LEAST, ...VALUES, MOST]) {
      for (const high of FACTORS.map((factor) => Math.min(MOST, low * factor))) {
        const range = logRange(low, high);
        if (!(range[0] > 0)) throw new Error(`no logarithm of ${range[0]}, for ${low} to ${high}`);
        check(range, logSplits(...range), [low, high]);
        for (const [one, other] of [
          [low, high],
          [-high, -low],
          [-low / 3, high / 2.1],
          [0, high],
        ] as [number, number][]) {
          const across = linearRange(one, other);
          if (one < other) check(across, linearSplits(...across), [one, other]);
        }
      }
    }
  });

  it("has a range even if its difference overflows", () => {
    const range = linearRange(-MOST, MOST);
    expect(range[1] - range[0]).toBe(MOST);
    expect(linearSplits(...range).map(full)).toEqual(["-5e307", "0", "5e307"]);
  });

  it("has a range before any value is finite", () => {
    expect(logRange(null, null)).toEqual([1, 10]);
    expect(linearRange(null, null)).toEqual([0, 1]);
  });
});

describe("a logarithmic axis", () => {
  it("is padded by a twentieth of the span", () => {
    const [low, high] = logRange(1.02, 1.1);
    expect(low).toBeCloseTo(1.016, 3);
    expect(high).toBeCloseTo(1.104, 3);
    expect(logRange(1e-30, 1)[0]).toBeCloseTo(10 ** -31.5, 40);
  });

  it("has some height for a constant", () => {
    expect(logRange(0.5, 0.5)).toEqual([0.25, 1]);
    expect(log(0.0123, 0.0123)).toEqual(["0.007", "0.01", "0.015", "0.02"]);
  });

  it("has ticks at powers of ten, and others if those are few", () => {
    expect(log(1e-30, 1)).toEqual(["1e-30", "1e-25", "1e-20", "1e-15", "1e-10", "1e-5", "1"]);
    expect(log(1e-3, 0.5)).toEqual(["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"]);
    expect(log(1e-5, 3)).toEqual(["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]);
    expect(log(2, 90)).toEqual(["2", "5", "10", "20", "50", "100"]);
  });

  it("has at least three ticks within any part of a decade", () => {
    expect(log(0.02, 0.1)).toEqual(["0.02", "0.03", "0.05", "0.07", "0.1"]);
    expect(log(0.022, 0.095)).toEqual(["0.03", "0.05", "0.07", "0.1"]);
    expect(log(2.1, 4)).toEqual(["2.5", "3", "3.5", "4"]);
    for (let low = 1; low < 10; low *= 1.013)
      for (let factor = 1.01; factor < 12; factor *= 1.017) {
        const range = logRange(low, low * factor);
        const marks = logSplits(...range);
        const apart = marks.slice(1).map((mark, i) => Math.log(mark / (marks[i] as number)));
        const share = Math.min(...apart) / Math.log(range[1] / range[0]);
        if (marks.length < 3 || marks.length > 8 || share < 0.07)
          throw new Error(`${low} to ${low * factor}: ${marks}, ${share}`);
      }
  });

  it("has evenly spaced ticks within a decade", () => {
    expect(log(1.02, 1.1)).toEqual(["1.02", "1.04", "1.06", "1.08", "1.1"]);
    expect(log(0.69309, 0.69312)).toEqual([
      "0.69309",
      "0.693095",
      "0.6931",
      "0.693105",
      "0.69311",
      "0.693115",
      "0.69312",
    ]);
  });
});

describe("a linear axis", () => {
  it("has different labels for ticks of a plateau", () => {
    expect(linear(-100.06, -100.02)).toEqual(["-100.06", "-100.05", "-100.04", "-100.03", "-100.02"]);
    expect(linear(1_234_560, 1_234_563)).toEqual([
      "1.23456e6",
      "1.2345605e6",
      "1.234561e6",
      "1.2345615e6",
      "1.234562e6",
      "1.2345625e6",
      "1.234563e6",
    ]);
  });

  it("has no more digits than needed", () => {
    expect(linear(-0.5, 1)).toEqual(["-0.5", "0", "0.5", "1"]);
    expect(linear(0, 4e-5)).toEqual(["0", "1e-5", "2e-5", "3e-5", "4e-5"]);
    expect(linear(0.1, 0.1 + 0.2)).toEqual(["0.1", "0.15", "0.2", "0.25", "0.3"]);
  });

  it("ends at zero if no value crosses it, and centres a constant", () => {
    expect(linearRange(0, 5)).toEqual([0, 5.5]);
    expect(linearRange(-5, -0.1)[1]).toBe(0);
    expect(linearRange(3.25, 3.25)).toEqual([0, 6.5]);
    expect(linearRange(0, 0)).toEqual([-1, 1]);
  });
});
