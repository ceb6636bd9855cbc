import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Outgoing } from "../../src/wire/connection";
import {
  INTERVAL,
  LONGEST_INTERVAL,
  RESYNC,
  Reporter,
  SILENCE,
  STEADY_INTERVAL,
} from "../../src/wire/report";

describe("Reporter", () => {
  let reports: Extract<Outgoing, { kind: "report" }>[];
  let reporter: Reporter;

  beforeEach(() => {
    vi.useFakeTimers();
    reports = [];
    seq = 0;
    const send = (message: Outgoing) => message.kind === "report" && reports.push(message);
    reporter = new Reporter({ client: "me", send });
  });
  afterEach(() => {
    reporter.destroy();
    vi.useRealTimers();
  });

  it("reports at most four times a second however much is painted", () => {
    show(2, 120, { lost: 2 });
    expect(reports.length).toBeLessThanOrEqual(9);
    expect(reports.length).toBeGreaterThanOrEqual(7);
  });

  /** Lets frames arrive and be painted, `fps` a second. Every `lost`th is not painted. */
  function show(seconds: number, fps = 50, { lost = 0, bytes = 10_000 } = {}): void {
    for (let i = 1; i <= seconds * fps; i++) {
      reporter.arrived(bytes);
      if (lost === 0 || i % lost !== 0) reporter.painted(++seq);
      vi.advanceTimersByTime(1000 / fps);
    }
  }
  let seq = 0;

  it("reports after a second, then every two, while every frame is painted, and announces it", () => {
    show(4);
    const before = reports.length;
    show(8);
    expect(reports.length - before).toBe(4);
    expect(reports.at(-1)?.next_ms).toBe(LONGEST_INTERVAL);
    expect(reports.filter((report) => report.next_ms === STEADY_INTERVAL)).toHaveLength(1);
  });

  it.each([10, 24])("reports every two seconds at %d frames a second as well", (fps) => {
    show(4, fps);
    const before = reports.length;
    show(8, fps);
    expect(reports.length - before).toBe(4);
  });

  it("does not take an occasional skipped frame for falling behind", () => {
    show(4);
    const before = reports.length;
    show(8, 50, { lost: 20 });
    expect(reports.length - before).toBe(4);
  });

  it("reports four times a second again once frames are lost, the first time at once", () => {
    show(4);
    const before = reports.length;
    show(0.4, 50, { lost: 2 });
    expect(reports.length).toBeGreaterThan(before);
    expect(reports.at(-1)?.next_ms).toBe(INTERVAL);
    show(2, 50, { lost: 2 });
    expect(reports.length - before).toBeGreaterThanOrEqual(8);
  });

  it("reports four times a second if the connection may be slow or the rate changes", () => {
    show(3, 50, { bytes: 100_000 });
    expect(reports.at(-1)?.next_ms).toBe(INTERVAL);
    show(3);
    expect(reports.at(-1)?.next_ms).toBe(LONGEST_INTERVAL);
    show(2.5, 20);
    expect(reports.some((report, i) => i > reports.length - 3 && report.next_ms === INTERVAL)).toBe(true);
  });

  it("reports the last frame of a burst even if none follows", () => {
    for (let seq = 1; seq <= 5; seq++) reporter.painted(seq);
    vi.advanceTimersByTime(INTERVAL);
    expect(reports.at(-1)).toMatchObject({ seq: 5, painted: 5 });
    expect(reports.at(-1)?.age_ms).toBeCloseTo(INTERVAL, 0);
  });

  it("reports each frame if they are slower than the interval", () => {
    for (let seq = 1; seq <= 3; seq++) {
      reporter.painted(seq);
      vi.advanceTimersByTime(370);
    }
    expect(reports.map((report) => report.seq)).toEqual([1, 2, 3]);
  });

  it("reports at once when it is hidden or shown", () => {
    reporter.answered = true;
    reporter.show(true);
    reporter.show(true);
    reporter.show(false);
    expect(reports.map((report) => report.visible)).toEqual([true, false]);
  });

  it("reports when a running kernel falls silent, but not when it is paused", () => {
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

  it("asks for whole pictures at most once a second, but does ask eventually", () => {
    for (let i = 0; i < 10; i++) {
      reporter.resync();
      reporter.painted(i);
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(RESYNC);
    expect(reports.filter((report) => report.resync)).toHaveLength(2);
  });
});
