import { describe, expect, it } from "vitest";
import { Phase } from "../../src/wire/phase";

const HZ60 = 1000 / 60;

/** Animation frames of a display, each with a frame that is ready `wait` milliseconds before. */
function watch(phase: Phase, interval: number, wait: (frame: number) => number): void {
  for (let frame = 1; frame <= 60; frame++) {
    const at = 1000 + frame * interval;
    phase.drawn(at, [at - wait(frame)]);
  }
}

describe("Phase", () => {
  it("tells how much later frames could be sent and still be drawn in time", () => {
    const phase = new Phase();
    watch(phase, HZ60, () => 9);
    const { interval, early } = phase.take();
    expect(interval).toBeCloseTo(HZ60, 3);
    expect(early).toBeCloseTo(7.5, 3); // 1.5 ms before each animation frame
  });

  it("leaves a margin for late frames", () => {
    const phase = new Phase();
    watch(phase, HZ60, (frame) => 8 + (frame % 5) - 2); // 6 to 10 ms before
    expect(phase.take().early).toBeCloseTo(4.5, 1);
  });

  it("does not send all frames earlier for a few that are delayed in transit", () => {
    const phase = new Phase();
    watch(phase, HZ60, (frame) => (frame % 8 === 0 ? 15.2 : 6)); // one in eight misses its animation frame
    const { early } = phase.take();
    expect(early).toBeGreaterThan(-1);
    expect(early).toBeLessThan(1);
  });

  it("treats frames on both sides of an animation frame as close", () => {
    const phase = new Phase();
    watch(phase, HZ60, (frame) => (frame % 2 === 0 ? 0.5 : HZ60 - 0.5));
    const { early } = phase.take();
    expect(early).toBeLessThan(-1.5); // they should be sent earlier, so that none misses its animation frame
    expect(early).toBeGreaterThan(-3);
  });

  it("finds the display's interval if animation frames are missing", () => {
    const phase = new Phase();
    for (let frame = 1; frame <= 60; frame++)
      if (frame % 3 !== 0) phase.drawn(frame * HZ60, [frame * HZ60 - 4]);
    expect(phase.take().interval).toBeCloseTo(HZ60, 3);
  });

  it("suggests no change if frames have no common phase, or there are few", () => {
    const phase = new Phase();
    watch(phase, HZ60, (frame) => (frame * 7.3) % HZ60);
    expect(phase.take().early).toBe(0);
    expect(phase.take()).toEqual({ interval: 0, early: 0 });
  });

  it("reports nothing for a display so fast that it does not matter", () => {
    const phase = new Phase();
    watch(phase, 1000 / 144, () => 3);
    expect(phase.take()).toEqual({ interval: 0, early: 0 });
  });
});
