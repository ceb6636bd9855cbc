import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { INTERVAL, type Painted, RESYNC, Reporter, SILENCE } from "../src/report";

describe("Reporter", () => {
  let reports: Painted[];
  let reporter: Reporter;

  beforeEach(() => {
    vi.useFakeTimers();
    reports = [];
    reporter = new Reporter((report) => reports.push(report));
  });
  afterEach(() => {
    reporter.destroy();
    vi.useRealTimers();
  });

  it("reports at most four times a second however much is painted", () => {
    for (let seq = 1; seq <= 120; seq++) {
      reporter.painted(seq);
      vi.advanceTimersByTime(1000 / 60);
    }
    expect(reports.length).toBeLessThanOrEqual(9);
    expect(reports.length).toBeGreaterThanOrEqual(7);
  });

  it("reports the last frame of a burst although none follows", () => {
    for (let seq = 1; seq <= 5; seq++) reporter.painted(seq);
    vi.advanceTimersByTime(INTERVAL);
    expect(reports.at(-1)).toMatchObject({ seq: 5, painted: 5 });
    expect(reports.at(-1)?.age_ms).toBeCloseTo(INTERVAL, 0);
  });

  it("reports each frame where they are slower than the interval", () => {
    for (let seq = 1; seq <= 3; seq++) {
      reporter.painted(seq);
      vi.advanceTimersByTime(370);
    }
    expect(reports.map((report) => report.seq)).toEqual([1, 2, 3]);
  });

  it("says at once that it is hidden or shown, and only when that changes", () => {
    reporter.answered = true;
    reporter.show(true);
    reporter.show(true);
    reporter.show(false);
    expect(reports.map((report) => report.visible)).toEqual([true, false]);
  });

  it("speaks up when a running kernel falls silent, and stays quiet when it is paused", () => {
    reporter.show(true);
    reporter.heard(true);
    vi.advanceTimersByTime(2 * SILENCE + 1);
    expect(reports.length).toBeGreaterThan(1);
    const before = reports.length;
    reporter.heard(false);
    vi.advanceTimersByTime(5 * SILENCE);
    expect(reports.length).toBe(before);
  });

  it("sends nothing after it is destroyed", () => {
    reporter.painted(1);
    reporter.painted(2);
    const before = reports.length;
    reporter.destroy();
    vi.advanceTimersByTime(10 * SILENCE);
    expect(reports.length).toBe(before);
  });

  it("asks for whole pictures at most once a second, and does ask in the end", () => {
    for (let i = 0; i < 10; i++) {
      reporter.resync();
      reporter.painted(i);
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(RESYNC);
    expect(reports.filter((report) => report.resync)).toHaveLength(2);
  });
});
