// @vitest-environment node
import { describe, expect, it } from "vitest";
import { BUFFERS, type Kernel } from "../../src/training/gpu_kernel";
import { planOf } from "../../src/training/gpu_plan";
import { begun, drawn, trainings } from "./problems";

const PLANS = trainings.map((training) => ({ name: training.name, plan: planOf(begun(training)[0]) }));
const kernelsOf = ({ train, predict, step }: ReturnType<typeof planOf>): Kernel[] => [
  ...train,
  step,
  ...predict,
];
/** Invocations of a workgroup, and bytes that they share. */
const size = ({ code }: Kernel) =>
  (/@workgroup_size\(([\d, ]+)\)/.exec(code)?.[1] ?? "")
    .split(",")
    .reduce((all, each) => all * Number(each), 1);
const shared = ({ code }: Kernel) =>
  [...code.matchAll(/var<workgroup> \w+: array<(vec4f|f32), (\d+)>/g)].reduce(
    (sum, [, type, count]) => sum + (type === "f32" ? 4 : 16) * Number(count),
    0,
  );

describe.each(PLANS)("the kernels of $name", ({ plan }) => {
  it("declare what they use, and use what they declare", () => {
    for (const { code, uses } of kernelsOf(plan)) {
      const declared = [...code.matchAll(/@binding\((\d+)\) var<[^>]*> (\w+):/g)];
      expect(declared.map(([, place]) => BUFFERS[Number(place)])).toEqual(Object.keys(uses));
      for (const [line, , name] of declared) {
        const rest = code.replace(line as string, "");
        expect(rest).toMatch(new RegExp(`\\b${name}[[.]`));
      }
    }
  });

  it("fit every device", () => {
    for (const kernel of kernelsOf(plan)) {
      expect(size(kernel)).toBeLessThanOrEqual(256);
      expect(shared(kernel)).toBeLessThanOrEqual(16_384);
      expect(Math.max(...kernel.workgroups)).toBeLessThanOrEqual(65_535);
      expect(Object.keys(kernel.uses).length).toBeLessThanOrEqual(8);
    }
  });

  it("have numbers for all shapes, and never add to the same place as another", () => {
    for (const { code } of kernelsOf(plan)) {
      expect(code).not.toMatch(/undefined|NaN|Infinity|-1u|\batomic/);
      expect(code.split("{").length).toBe(code.split("}").length);
    }
  });
});

describe("a plan", () => {
  it("goes through every sample once", () => {
    for (const samples of [1, 63, 64, 65, 100_000]) {
      const { starts, stride } = planOf(drawn(samples, 2, 64, 3)[0]);
      expect(starts.map((start) => start / stride)).toEqual(starts.map((_, i) => i));
      expect(starts.length * stride).toBeGreaterThanOrEqual(samples);
      expect((starts.length - 1) * stride).toBeLessThan(samples);
    }
  });

  it("takes fewer samples at once for a wide network, so that no kernel takes long", () => {
    const plan = planOf(drawn(20_000, 2, 600, 600, 3)[0]);
    expect(plan.starts.length).toBeGreaterThan(10);
    for (const { work } of plan.train) expect(work).toBeLessThan(1 << 29);
    expect(plan.sizes.values).toBeLessThan(1 << 25);
  });

  it("takes no more memory for more samples, apart from the samples and their outputs", () => {
    const [few, many] = [200_000, 400_000].map((samples) => planOf(drawn(samples, 2, 64, 3)[0]).sizes);
    expect(many?.values).toBeLessThan(1.1 * (few?.values as number));
    expect(many?.partials).toBeLessThan(1.1 * (few?.partials as number));
  });
});
